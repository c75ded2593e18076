"""Lists in pages: a cursor says where the next page begins, whatever was added meanwhile."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from plans.errors import InvalidInput

MOST = 500
USUAL = 100
MOST_INT = 2**63 - 1
"""The largest whole number that a database takes."""
Item = TypeVar("Item")


class PageQuery(BaseModel):
    """Which page of a list. Unknown parameters are refused: a misspelt filter must not be lost."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL
    cursor: Annotated[str, Field(max_length=1000)] | None = None


class Page(BaseModel, Generic[Item]):
    """A page of a list; ``next`` is the cursor of the one after it, or null."""

    items: list[Item]
    next: str | None = None


def cursor_of(*place: Any) -> str:
    """A place in a list's order as a cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def place_of(cursor: str | None, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The place that a cursor stands for, each part read by its kind; ``InvalidInput``: none."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError("another list's cursor")
        return tuple(_read(part, kind) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error, UnicodeError):
        message = "not a cursor of this list; begin without one"
        raise InvalidInput(f"cursor: {message}", fields={"cursor": message}) from None


def _read(part: Any, kind: Callable[[Any], Any]) -> Any:
    """A part of a place; ``ValueError`` for what no cursor of ours held or no database takes."""
    if kind in (int, str) and type(part) is not kind:
        raise ValueError("another list's cursor")
    found = kind(part)
    if isinstance(found, str) and "\x00" in found:
        raise ValueError("U+0000")
    if isinstance(found, int) and abs(found) > MOST_INT:
        raise ValueError("no number of ours")
    if isinstance(found, datetime) and (found.tzinfo is None or not 1945 <= found.year < 2200):
        raise ValueError("no moment of ours")
    return found


def cut(
    rows: Sequence[Any], limit: int, place: Callable[[Any], tuple[Any, ...]]
) -> tuple[Sequence[Any], str | None]:
    """A page and the cursor of the next one, from one row more than the page holds."""
    page = rows[:limit]
    return page, cursor_of(*place(page[-1])) if len(rows) > limit else None
