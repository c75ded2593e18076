"""What the API refuses, as the client raises it.

ApiError                  any answer but success: status, code, detail, fields, request_id
├── UnauthenticatedError  401: the token is unknown, revoked or has expired
├── DeniedError           403: you may see it, but not do this
├── NotFoundError         404: there is none, or none that you may see
├── ConflictError         409: the record forbids it now
├── StaleError            412: it has changed since you read it (``if_match``)
├── InvalidError          422, 413, 415, 400: what was given is wrong; ``fields`` says where
│   └── PersonalDataError   texts that may hold a person's number: take it out, or confirm
├── TooManyError          429: too often, for longer than the client was to wait (``retry_after``)
└── UnreachableError      no answer at all
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from integrations.feed_requests import seconds_of
from plans.errors import OutsideError


class ApiError(OutsideError):
    """The API refused, or failed. ``code``: the last part of the problem's type."""

    def __init__(
        self,
        detail: str,
        *,
        status: int,
        code: str,
        fields: Mapping[str, str] | None = None,
        request_id: str | None = None,
        retry_after: float = 0,
    ) -> None:
        where = f" (request {request_id})" if request_id else ""
        super().__init__(f"{status} {code}: {detail}{where}", permanent=400 <= status < 500)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = dict(fields or {})
        self.request_id = request_id
        self.retry_after = retry_after


class UnauthenticatedError(ApiError):
    """401: the token is unknown, revoked or has expired."""


class DeniedError(ApiError):
    """403: you may see it, but not do this."""


class NotFoundError(ApiError):
    """404: there is none, or none that you may see."""


class ConflictError(ApiError):
    """409: the record forbids it now."""


class StaleError(ApiError):
    """412: it has changed since you read it."""


class InvalidError(ApiError):
    """What was given is wrong: 422, or it cannot be read or taken at all (400, 413, 415)."""


class PersonalDataError(InvalidError):
    """422 ``personal-data``: take the number out, or confirm that it is no person's."""


class TooManyError(ApiError):
    """429: too often. ``retry_after``: seconds to wait."""


class UnreachableError(ApiError):
    """No answer. What was to be written may have been written: repeat it with the same key."""

    def __init__(self, detail: str, *, lasting: bool = False) -> None:
        super().__init__(detail, status=0, code="unreachable")
        self.permanent = lasting


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: DeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: StaleError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
    429: TooManyError,
}


def error_of(response: httpx.Response) -> ApiError:
    """The error that a response is, whether Dondoc or something before it answered."""
    problem = _problem(response)
    code = str(problem.get("type") or "").rpartition("/")[2] or f"http-{response.status_code}"
    kind = _BY_STATUS.get(response.status_code, ApiError)
    return (PersonalDataError if code == "personal-data" else kind)(
        str(problem.get("detail") or _said(response)),
        status=response.status_code,
        code=code,
        fields=_fields(problem.get("errors")),
        request_id=str(problem.get("request_id") or response.headers.get("X-Request-ID") or "")
        or None,
        retry_after=seconds_of(response.headers.get("Retry-After", "")),
    )


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _fields(errors: Any) -> dict[str, str]:
    some = errors if isinstance(errors, list) else []
    return {str(one.get("field")): str(one.get("message")) for one in some if isinstance(one, dict)}


def _said(response: httpx.Response) -> str:
    if response.has_redirect_location:
        return f"it leads to {response.headers['Location']}, which is not followed"
    return response.reason_phrase or "no reason was given"
