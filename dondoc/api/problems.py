"""Errors as callers see them: RFC 9457 problems with a stable ``type``, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dondoc.api.context import request_id_of
from dondoc.api.denials import note_error
from plans import full_disk
from plans.errors import (
    Denied,
    DondocError,
    Hidden,
    InvalidCatalogue,
    InvalidInput,
    OutsideError,
    TooMany,
    Unauthenticated,
)

MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 50
_log = logging.getLogger("dondoc.api")


class FieldProblem(BaseModel):
    """What is wrong with one field of what was sent; of a declaration also where, and a remedy."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None
    remedy: str | None = None
    severity: str | None = None


class Problem(BaseModel):
    """An RFC 9457 problem."""

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldProblem] = []


def problem(
    request: Request,
    code: str,
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    places: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem response; ``places``: what is wrong where in a declaration.

    To a person who looks at a page it is a page (``dondoc.web.failing``).
    """
    as_page = getattr(request.app.state, "problem_page", None)
    if as_page and (found := as_page(request, status, sayable(detail), headers)):
        assert isinstance(found, Response)
        return found
    fields = list((errors or {}).items())[:MOST_FIELDS]
    body = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sayable(detail),
        "request_id": request_id_of(request),
        "errors": [
            *({"field": sayable(one), "message": sayable(said)} for one, said in fields),
            *places[:MOST_FIELDS],
        ],
    }
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def sayable(text: str) -> str:
    """Text that can be sent: what a caller wrote may hold half a pair of surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def add_handlers(app: FastAPI) -> None:
    """Let every error that leaves a route become a problem."""
    app.add_exception_handler(DondocError, _on_dondoc_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(OSError, _on_system_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_dondoc_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DondocError)
    if isinstance(error, Denied | Hidden | Unauthenticated):
        try:
            await run_in_threadpool(note_error, request, error)
        except DBAPIError as away:
            # Not in the log, not answered: whoever is denied tries again.
            return await _on_database_error(request, away)
    if isinstance(error, OutsideError):
        _log.warning("%s", error, extra={"request_id": request_id_of(request)})
    status = 503 if isinstance(error, OutsideError) else error.status
    return problem(
        request,
        error.code,
        status,
        _detail(error),
        errors=_fields(error),
        places=_places(error),
        headers=_headers(error),
    )


def _headers(error: DondocError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="dondoc"'}
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, OutsideError):
        return {"Retry-After": "5"}
    return {}


def _fields(error: DondocError) -> dict[str, str]:
    return error.fields if isinstance(error, InvalidInput) else {}


def _detail(error: DondocError) -> str:
    """A whole list of problems stands in ``errors``; the sentence says how many there are."""
    if isinstance(error, InvalidCatalogue):
        return f"{len(error.problems)} problems in what was declared; `errors` has the first ones"
    return str(error)


def _places(error: DondocError) -> list[dict[str, Any]]:
    if not isinstance(error, InvalidCatalogue):
        return []
    return [
        {
            "field": sayable(one.path),
            "message": sayable(one.message),
            "line": one.line,
            "column": one.column,
            "remedy": sayable(one.remedy),
            "severity": one.severity,
        }
        for one in error.problems
    ]


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = {_place(one): str(one["msg"]) for one in error.errors()}
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return problem(request, "invalid-json", 400, "the body is not JSON", errors=errors)
    if _is_other_than_json(request, error):
        said = "send application/json"
        return problem(request, "unsupported-type", 415, said, errors={"Content-Type": said})
    first = next(iter(errors.items()), ("", "invalid"))
    return problem(request, "invalid-input", 422, f"{first[0]}: {first[1]}", errors=errors)


def _is_other_than_json(request: Request, error: RequestValidationError) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    whole = any(tuple(one["loc"]) == ("body",) for one in error.errors())
    return whole and kind != "application/json" and not kind.endswith("+json")


def _place(error: Mapping[str, Any]) -> str:
    """Where in the request: ``evidence.0.date``; a query's or a header's name."""
    place = [str(part) for part in error["loc"]]
    return ".".join(place[1:] if len(place) > 1 else place)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400 and isinstance(error.__cause__, ValueError | RecursionError):
        # The framework read a body: in no UTF-8, nested too deep, with a number too long.
        said = "the body is not JSON"
        return problem(request, "invalid-json", 400, said, errors={"body": said})
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    return problem(request, code, error.status_code, str(error.detail), headers=headers)


async def _on_database_error(request: Request, error: Exception) -> Response:
    """A database that is away or too busy is a matter of time; anything else is our fault.

    Whether it had written when it went away is not known: a key that is used again tells.
    """
    if not isinstance(error, OperationalError):
        return await _on_bug(request, error)
    _log.error("database: %s", error.orig, extra={"request_id": request_id_of(request)})
    if full_disk.is_full(error):
        return _no_room(request)
    said = "the database does not answer now; try again with the same Idempotency-Key"
    return problem(request, "unavailable", 503, said, headers={"Retry-After": "5"})


async def _on_system_error(request: Request, error: Exception) -> Response:
    """A full disk is the operator's to mend; anything else that the system refuses is our fault."""
    if not full_disk.is_full(error):
        return await _on_bug(request, error)
    _log.error("system: %s", error, extra={"request_id": request_id_of(request)})
    return _no_room(request)


def _no_room(request: Request) -> Response:
    headers = {"Retry-After": "60"}
    return problem(request, "insufficient-storage", 507, full_disk.SAID, headers=headers)


async def _on_bug(request: Request, error: Exception) -> Response:
    key = request_id_of(request)
    _log.error("unexpected error", exc_info=error, extra={"request_id": key})
    said = f"an error on our side; tell the coordinating office the request id {key}"
    return problem(request, "internal", 500, said)
