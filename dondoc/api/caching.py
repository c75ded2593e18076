"""Answers that a client may keep: with an ETag, and 304 where it has the same already."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from dondoc.api.context import Context

FRESH = "private, no-cache"
"""Keep it, but ask each time whether it is still the same."""
SETTLED = "private, max-age=3600"
"""Of the past: nothing that is recorded later changes it."""


def cacheable(rule: dict[str, Any]) -> dict[str, Any]:
    """A route's rule (``allow``) that also says that it may answer 304."""
    said = {304: {"description": "You have the same already (If-None-Match)"}}
    return rule | {"responses": rule["responses"] | said}


def kept(here: Context, body: BaseModel, control: str = FRESH) -> Response:
    """A model as an answer that may be kept; 304 to a client that has it."""
    raw = body.model_dump_json(by_alias=True).encode()
    tag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": control, "Vary": "Authorization, Cookie"}
    known = here.request.headers.get("if-none-match", "")
    seen = {one.strip().removeprefix("W/") for one in known.split(",")}
    if seen & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(raw, 200, headers, "application/json")
