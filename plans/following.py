"""Following the record: every ledger event, once and in order, within what a caller may see.

A cursor is the position up to which a follower has read. What is not for its eyes, or not of the
kinds it asked for, is passed over, and the cursor moves on past it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from plans.access import Caller
from plans.errors import InvalidInput
from plans.store import Connection, following
from plans.store.ledger import get_texts
from plans.store.sight import visible_to
from plans.terms import EventKind

WINDOW = 5_000
"""Positions that one call looks at, however few of them the caller may see."""
NOW = "now"
LONGEST_CURSOR = 18
_TEXT = re.compile(r"[0-9a-f]{64}")
"""What names people's own words in a payload."""


class Change(BaseModel):
    """One ledger event as other systems get it; the same in ``GET /changes`` and in webhooks.

    ``actor``: a code (``token:…``, ``user:…``, ``feed:…``), never a person's name. ``words``: what
    people wrote with it, null where nothing was written or where it has been removed.
    """

    model_config = ConfigDict(frozen=True)

    position: int
    assignment: str
    ref: str
    plan: str
    n: int
    kind: EventKind
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]
    words: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Some changes, the cursor to go on from, and whether it is worth while to do so at once."""

    items: list[Change]
    next: int
    more: bool


def changes(
    connection: Connection,
    caller: Caller,
    after: int,
    limit: int,
    *,
    kinds: Collection[str] | None = None,
    plan: str | None = None,
) -> Followed:
    """What follows a position, of at most ``WINDOW`` positions; the caller numbered before.

    ``InvalidInput``: the record does not reach as far as the cursor, so an older state of it was
    restored; going on would miss what is recorded until then.
    """
    last = following.end(connection)
    if after > last:
        message = f"the record ends at {last}: it was restored from a backup; follow it anew"
        raise InvalidInput(message, fields={"after": message})
    until = min(after + WINDOW, last)
    found = following.entries(
        connection,
        after,
        until,
        limit + 1,
        visible=visible_to(caller),
        kinds=kinds,
        plan=plan,
    )
    rows = found[:limit]
    reached = rows[-1].position if len(found) > limit else until
    more = reached < last or following.is_behind(connection)
    return Followed(_changes_of(connection, rows), reached, more)


def read_cursor(connection: Connection, after: str | None) -> int:
    """The position that a cursor stands for: absent is the beginning, ``now`` the end."""
    if after is None:
        return 0
    if after == NOW:
        return following.end(connection)
    if not (after.isascii() and after.isdigit() and len(after) <= LONGEST_CURSOR):
        message = "the 'next' of an earlier answer, or 'now'"
        raise InvalidInput(f"after: {message}", fields={"after": message})
    return int(after)


def _changes_of(connection: Connection, rows: Iterable[Row[Any]]) -> list[Change]:
    read = [(row, json.loads(row.payload)) for row in rows]
    words = get_texts(connection, [key for _, payload in read for key in _texts_of(payload)])
    return [_change(row, payload, words) for row, payload in read]


def _texts_of(payload: Mapping[str, Any]) -> list[str]:
    return [one for one in payload.values() if isinstance(one, str) and _TEXT.fullmatch(one)]


def _change(row: Row[Any], payload: dict[str, Any], words: Mapping[str, Any]) -> Change:
    said: dict[str, Any] = {}
    for key in _texts_of(payload):
        said |= words.get(key, {})
    names = set(Change.model_fields) - {"payload", "words"}
    facts = {name: getattr(row, name) for name in names}
    return Change(**facts, payload=payload, words=said or None)
