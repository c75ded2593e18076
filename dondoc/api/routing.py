"""How a route declares who may call it and what it may answer; what every handler takes.

A route without a declared rule fails the suite (``tests/dondoc/api/test_access_matrix.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends

from dondoc.api.callers import KIND, PUBLIC, RULE, context, visitor
from dondoc.api.context import MOST_KEY, MOST_SEEN, Answer, Context
from dondoc.api.problems import MEDIA_TYPE
from plans.access import Action

__all__ = ["KIND", "PUBLIC", "RULE", "Answer", "Here", "Visit", "allow", "public"]

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
    503: "Not now; try again, with the same Idempotency-Key",
    507: "The disk is full; nothing is kept until there is room again",
}
_ALWAYS = (422, 429, 500, 503, 507)
_WRITES = (400, 409, 412, 413, 415)


def allow(
    action: Action,
    *,
    missing: bool = False,
    writes: bool = False,
    kind: Literal["user", "link"] | None = None,
    answers: tuple[int, ...] = (),
    documented: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A route that asks for ``action``; ``missing``: it may answer 404; ``writes``: it may write.

    ``kind``: only for people who signed in, or for messages' links; what these write bears no
    ``Idempotency-Key``. ``answers``: further statuses;
    ``documented``: what a handler that reads its request by hand says of it.
    Handlers check the subject; ``callers.context`` checks the role.
    """
    statuses = (401, 403, *_ALWAYS, *((404,) if missing else ()), *(_WRITES if writes else ()))
    extra = {RULE: str(action), **({KIND: kind} if kind else {})}
    said = dict(documented or {})
    headers = _headers(action, one=missing) if writes and not kind else []
    parameters = [*said.get("parameters", []), *headers]
    return {
        "dependencies": [Depends(context)],
        "openapi_extra": extra | said | {"parameters": parameters},
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


async def _guarded(here: Visit) -> None:
    here.running.limiter.guard(here.request)


KEYED = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request get the first answer again; kept for 7 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST_KEY},
}
"""Documented by hand: FastAPI would take a tenth of a millisecond a call to read them."""
_SEEN = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The version that you read (its ETag).",
    "schema": {"type": "string", "maxLength": MOST_SEEN},
}
_VERSIONED = (
    Action.REPORT,
    Action.REVIEW,
    Action.ASK_EXTENSION,
    Action.DECIDE_EXTENSION,
    Action.GOVERN,
)
"""What is done to an assignment; its versions are those that a caller can have seen."""


def _headers(action: Action, *, one: bool) -> list[dict[str, Any]]:
    """A batch, which is on no ``one`` thing, has its versions item by item."""
    return [KEYED, _SEEN] if one and action in _VERSIONED else [KEYED]


def _documented(statuses: set[int]) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": _SAID[status], "content": {MEDIA_TYPE: schema}}
        for status in sorted(statuses)
    }
