"""An assignment's ledger as people read it: who did what when, in whose words, and its dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import Row

from plans.rules import Event
from plans.store import Connection
from plans.store.ledger import event_of, events_of, get_texts, rows_of
from plans.terms import EventKind

NAMES_OF_WORDS = ("text", "note")
"""The fields of a payload that name a row of ``texts``."""
REMOVED: Final = "removed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an assignment's ledger.

    ``words``: what people wrote with it; ``removed`` where the law had it taken out; None where
    nothing was written, or where the reader may not see it.
    """

    n: int
    kind: EventKind
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    payload: Mapping[str, Any]
    words: Mapping[str, Any] | Literal["removed"] | None
    hash: str


def entries(connection: Connection, key: str, caller_may_see_words: bool) -> list[Entry]:
    """An assignment's ledger, the first entry first."""
    rows = rows_of(connection, key)
    events = [event_of(row) for row in rows]
    names = [name for event in events for name in names_of(event.payload)]
    words = get_texts(connection, names) if caller_may_see_words else None
    return [_entry(row, event, words) for row, event in zip(rows, events, strict=True)]


def names_of(payload: Mapping[str, Any]) -> list[str]:
    """Under which hashes an event's words are kept."""
    return [payload[name] for name in NAMES_OF_WORDS if payload.get(name)]


def _entry(row: Row[Any], event: Event, words: Mapping[str, Any] | None) -> Entry:
    return Entry(
        n=row.n,
        kind=event.kind,
        actor=event.actor,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        payload=event.payload,
        words=None if words is None else _words(names_of(event.payload), words),
        hash=row.hash,
    )


def _words(
    names: list[str], words: Mapping[str, Any]
) -> Mapping[str, Any] | Literal["removed"] | None:
    if not names:
        return None
    found = [words[name] for name in names if name in words]
    return {key: said for one in found for key, said in one.items()} if found else REMOVED


@dataclass(frozen=True, slots=True)
class DateChange:
    """A due date that an assignment got: by what kind of event, by whom, when, and on what basis.

    ``extension``: the request that was granted. The first one is the original date.
    """

    due: date
    kind: EventKind
    actor: str
    at: datetime
    basis: str | None = None
    extension: str | None = None


_DATING = (EventKind.ASSIGNED, EventKind.REDATED, EventKind.EXTENSION_GRANTED)


def dates_of(connection: Connection, assignment: str) -> list[DateChange]:
    """Every due date that an assignment ever had, the original one first."""
    return dates_in(events_of(connection, assignment))


def dates_in(events: Iterable[Event]) -> list[DateChange]:
    """The same from its events."""
    return [
        DateChange(
            due=date.fromisoformat(one.payload["due"]),
            kind=one.kind,
            actor=one.actor,
            at=one.recorded_at,
            basis=one.payload.get("basis"),
            extension=one.payload.get("extension"),
        )
        for one in events
        if one.kind in _DATING
    ]
