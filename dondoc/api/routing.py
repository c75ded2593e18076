"""How a route declares who may call it and what it may answer; what every handler takes.

A route without a declared rule fails the suite (``tests/dondoc/api/test_access_matrix.py``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, Header

from dondoc.api.callers import context, visitor
from dondoc.api.context import Answer, Context
from dondoc.api.problems import MEDIA_TYPE
from plans import access
from plans.access import Action
from plans.errors import Denied

__all__ = ["Answer", "Here", "Visit", "allow", "public"]

RULE = "x-dondoc-rule"
PUBLIC = "public"
KIND = "x-dondoc-kind"
_KINDS = {"user": "people who signed in", "link": "links in messages"}

Here = Annotated[Context, Depends(context)]
"""The request of a caller that we know."""

Visit = Annotated[Context, Depends(visitor)]
"""The request of anybody."""

_SAID = {
    400: "The request cannot be read",
    401: "Nobody that we know",
    403: "You may see it, but not do this",
    404: "There is none, or none that you may see",
    409: "The record forbids it now",
    412: "It has changed since you read it (If-Match)",
    413: "More than is taken",
    415: "A type that is not taken",
    422: "What was given is wrong; `errors` names the fields",
    429: "Too often; see Retry-After",
    500: "An error on our side",
    503: "Not now; nothing was written, try again",
}
_ALWAYS = (422, 429, 500, 503)
_WRITES = (400, 409, 412, 413, 415)


def allow(
    action: Action,
    *,
    missing: bool = False,
    writes: bool = False,
    kind: Literal["user", "link"] | None = None,
    answers: tuple[int, ...] = (),
) -> dict[str, Any]:
    """A route that asks for ``action``; ``missing``: it may answer 404; ``writes``: it may write.

    ``kind``: only for people who signed in, or for messages' links. ``answers``: further statuses.
    Handlers check the subject; this checks the caller's role.
    """
    statuses = (401, 403, *_ALWAYS, *((404,) if missing else ()), *(_WRITES if writes else ()))
    dependencies = [
        Depends(_require(action, kind)),
        *([Depends(_write_headers)] if writes else []),
    ]
    return {
        "dependencies": dependencies,
        "openapi_extra": {RULE: str(action), **({KIND: kind} if kind else {})},
        "responses": _documented({*statuses, *answers}),
    }


def public(
    *, strict: bool = False, writes: bool = False, answers: tuple[int, ...] = ()
) -> dict[str, Any]:
    """A route that anybody may call; ``strict``: few times a minute (where one could guess)."""
    statuses = {*_ALWAYS, *((400, 401, 413, 415) if writes else ()), *answers}
    return {
        "dependencies": [Depends(_guarded)] if strict else [],
        "openapi_extra": {RULE: PUBLIC},
        "responses": _documented(statuses),
    }


def _require(action: Action, kind: str | None) -> Callable[[Context], Awaitable[None]]:
    async def require(here: Here) -> None:
        access.check(here.caller, action)
        if kind and here.caller.kind != kind:
            raise Denied(f"this is for {_KINDS[kind]}")

    return require


async def _guarded(here: Visit) -> None:
    here.running.limiter.guard(here.request)


async def _write_headers(
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200,
            description="The same key and request get the first answer again; kept for 7 days.",
        ),
    ] = None,
    if_match: Annotated[
        str | None, Header(max_length=1000, description="The version that you read (its ETag).")
    ] = None,
) -> None:
    """Documents the headers; ``Context`` reads them."""


def _documented(statuses: set[int]) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": _SAID[status], "content": {MEDIA_TYPE: schema}}
        for status in sorted(statuses)
    }
