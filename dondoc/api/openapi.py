"""The OpenAPI document: FastAPI's, with what only we know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from dondoc.api.problems import Problem
from dondoc.api.routing import PUBLIC, RULE
from plans.reporting import Report

ABOUT = """\
JSON in UTF-8. Say who you are with `Authorization: Bearer <token>`, or by a session's cookie.
Errors are RFC 9457 problems with a stable `type` and the request's id. Lists give `items` and
`next`, the `cursor` of the page after. Dates are `YYYY-MM-DD`, times RFC 3339 with an offset.
A write may bear an `Idempotency-Key`: the same key and request get the first answer again."""


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once."""
    if app.openapi_schema is None:
        found = FastAPI.openapi(app)
        found["info"]["description"] = ABOUT
        _add_problem(found)
        for operation in operations(found):
            _describe(operation)
        app.openapi_schema = found
    return app.openapi_schema


def operations(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of a document."""
    for path in found["paths"].values():
        yield from path.values()


def _add_problem(found: dict[str, Any]) -> None:
    parts = found.setdefault("components", {})
    for model in (Problem, Report):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = {**schema.pop("$defs", {}), model.__name__: schema}
        parts.setdefault("schemas", {}).update(schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"token": []}]


def _describe(operation: dict[str, Any]) -> None:
    """The docstring's first paragraph is the summary, instead of the function's name."""
    first, _, rest = operation.pop("description", "").replace("``", "`").partition("\n\n")
    if first:
        operation["summary"] = " ".join(first.split())
    if rest:
        operation["description"] = rest
    public = operation.get(RULE) == PUBLIC
    operation["security"] = [] if public else [{"token": []}]
