"""Figures to look at again: those that are in doubt, until a person says what is right."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from plans.access import Action, Caller, may
from plans.errors import Conflict, NotFound
from plans.measuring import Owned, listing, shown
from plans.store import Connection, audit
from plans.store import measurements as store
from plans.store.ledger import get_texts


def doubtful(connection: Connection, caller: Caller | None, day: date) -> list[dict[str, Any]]:
    """Flagged figures that nobody confirmed or corrected, of what a caller may see; the latest
    first. Each with its ``title`` and ``plan``."""
    rows = store.doubtful(connection)
    owned = {one.target.id: one for one in listing(connection, day)} if rows else {}
    notes = get_texts(connection, [row.note for row in rows if row.note])
    found = []
    for row in rows:
        if one := owned.get(row.target):
            clear = caller is None or may(caller, Action.SEE_SENSITIVE, one.subject)
            figure = shown(row, one.target, notes, clear=clear)
            told = {"title": one.target.title.model_dump(), "plan": one.goal.plan}
            found += [figure | told | {"unit": one.target.unit}] if figure["doubts"] else []
    return found


def confirm(connection: Connection, one: Owned, number: int, *, actor: str, now: datetime) -> Any:
    """Say that a doubtful figure of a target is right; who said so, and when, stays.

    Raises:
        NotFound: the target has no such figure.
        Conflict: there is no doubt of it, or it was confirmed or corrected already.
    """
    rows = store.of_targets(connection, [one.target.id])[one.target.id]
    row = next((row for row in rows if row.id == number), None)
    if row is None:
        raise NotFound(f"target '{one.target.id}' has no figure {number}")
    if not row.doubts:
        raise Conflict(f"there is no doubt of figure {number}")
    if row.confirmed_at is not None:
        raise Conflict(f"figure {number} was confirmed already, by {row.confirmed_by}")
    if any(other.period == row.period and other.n > row.n for other in rows):
        raise Conflict(f"figure {number} was corrected since; the last one of its period counts")
    store.confirm(connection, number, actor, now)
    audit.note(connection, now, actor, "figure-confirmed", subject=f"{one.target.id} {number}")
    return store.figure(connection, number)
