"""Requests for a later date: the ledger's events on them as rows that can be listed.

Each row is written in the transaction of its events; ``verify`` compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    insert,
    or_,
    select,
    true,
    update,
)

from plans.errors import NotFound
from plans.rules import Event
from plans.store.ledger import event_of
from plans.store.schema import assignments, extensions, ledger, plans, tasks
from plans.terms import EventKind, ExtensionState

x, a = extensions.c, assignments.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new request."""
    connection.execute(insert(extensions), dict(row))


def answer(connection: Connection, key: str, values: Mapping[str, Any]) -> None:
    """Keep how a request was decided."""
    connection.execute(update(extensions).where(x.id == key).values(dict(values)))


def _listing() -> Select[Any]:
    """Requests with what a person needs to know them by."""
    return (
        select(
            extensions,
            a.ref,
            a.plan,
            a.task,
            a.department,
            a.declared,
            a.work,
            a.due.label("present_due"),
            a.original_due,
            a.extended,
            a.events.label("version"),
            tasks.c.title_vi,
            tasks.c.title_en,
            plans.c.coordinator,
        )
        .join(assignments, a.id == x.assignment)
        .join(tasks, and_(tasks.c.plan == a.plan, tasks.c.id == a.task))
        .join(plans, plans.c.id == a.plan)
    )


def row_of(connection: Connection, key: str) -> Row[Any]:
    """One request by its id."""
    row = connection.execute(_listing().where(x.id == key)).first()
    if row is None:
        raise NotFound(f"no extension '{key}'")
    return row


def of_assignment(connection: Connection, assignment: str) -> list[Row[Any]]:
    """An assignment's requests, the first one first."""
    query = _listing().where(x.assignment == assignment)
    return list(connection.execute(query.order_by(x.requested_at, x.id)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests to list; None: any. ``visible`` is a condition on assignments."""

    state: ExtensionState | None = None
    plan: str | None = None
    department: str | None = None
    visible: ColumnElement[bool] | None = None


def listing(
    connection: Connection,
    wanted: Wanted,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[Row[Any]]:
    """Requests in the order in which they were made, after a place in it."""
    equal = {x.state: wanted.state, a.plan: wanted.plan, a.department: wanted.department}
    query = _listing().where(
        true(),
        *(column == value for column, value in equal.items() if value is not None),
        *([] if wanted.visible is None else [wanted.visible]),
    )
    if after is not None:
        when, key = after
        query = query.where(or_(x.requested_at > when, and_(x.requested_at == when, x.id > key)))
    return list(connection.execute(query.order_by(x.requested_at, x.id).limit(limit)))


# --- against the ledger ------------------------------------------------------------------------

_KINDS = (
    EventKind.EXTENSION_REQUESTED,
    EventKind.EXTENSION_GRANTED,
    EventKind.EXTENSION_REFUSED,
)
_COMPARED = ("assignment", "state", "requested_due", "requested_by", "decided_by", "granted_due")


def verify(connection: Connection) -> list[str]:
    """Where the rows differ from what the ledger says, in words; an empty list when they agree."""
    kept = {
        row.id: {name: getattr(row, name) for name in _COMPARED}
        for row in connection.execute(select(extensions))
    }
    query = select(ledger).where(ledger.c.kind.in_(_KINDS)).order_by(ledger.c.seq)
    true_ones: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query):
        event = event_of(row)
        one = true_ones.setdefault(event.payload["extension"], dict.fromkeys(_COMPARED))
        one |= _said(row.assignment, event)
    return [
        f"extension {key}: its row differs from what the ledger says"
        for key in sorted(kept.keys() | true_ones.keys())
        if kept.get(key) != true_ones.get(key)
    ]


def _said(assignment: str, event: Event) -> dict[str, Any]:
    """What one event says of its request."""
    if event.kind is EventKind.EXTENSION_REQUESTED:
        return {
            "assignment": assignment,
            "state": ExtensionState.REQUESTED,
            "requested_due": _day(event),
            "requested_by": event.actor,
        }
    if event.kind is EventKind.EXTENSION_REFUSED:
        return {"state": ExtensionState.REFUSED, "decided_by": event.actor}
    return {
        "state": ExtensionState.GRANTED,
        "decided_by": event.actor,
        "granted_due": _day(event),
    }


def _day(event: Event) -> date:
    return date.fromisoformat(event.payload["due"])
