"""What the record held at a past moment, without reading what has not changed since.

An assignment whose last entry is not after the moment stood then as it stands now: it is read, or
counted, as it is. Only the others are told anew from their ledger. ``ledger.states_as_of`` says
the same from the ledger alone (a property test holds the two together).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Row, Select, or_, select

from plans.rules import Event, State, fold
from plans.store.assignments import owing
from plans.store.ledger import chunks, event_of, state_of
from plans.store.schema import assignments, ledger
from plans.terms import EventKind

a, entry = assignments.c, ledger.c
KINDS = {str(kind): kind for kind in EventKind}


def states_at(connection: Connection, plan: str, moment: datetime) -> dict[str, State]:
    """Every assignment of a plan that was open at a moment, as it stood then, by id."""
    settled = select(assignments).where(a.plan == plan, a.changed_at <= moment)
    found = {row.id: state_of(row) for row in connection.execute(settled)}
    return found | changed_since(connection, plan, moment)


def changed_since(connection: Connection, plan: str, moment: datetime) -> dict[str, State]:
    """As they stood at a moment: those that were open then and have changed since, by id."""
    columns = (entry.assignment, entry.kind, entry.payload)
    rows = connection.execute(_entries(plan, moment, moment, *columns))
    return {key: fold(_said(some)) for key, some in groupby(rows, key=itemgetter(0))}


def _said(rows: Iterable[Row[Any]]) -> Iterator[tuple[EventKind, Any]]:
    return ((KINDS[row[1]], from_json(row[2])) for row in rows)


def both_ends(
    connection: Connection, plan: str, since: datetime, until: datetime
) -> dict[str, tuple[State | None, State]]:
    """Those that changed after ``since``, as they stood then (None: not open yet) and ``until``."""
    known = (entry.recorded_at <= since).label("known")
    columns = (entry.assignment, entry.kind, entry.payload, known)
    rows = connection.execute(_entries(plan, since, until, *columns))
    return {key: _ends(list(some)) for key, some in groupby(rows, key=itemgetter(0))}


def _ends(rows: Sequence[Row[Any]]) -> tuple[State | None, State]:
    known = sum(1 for row in rows if row[3])
    before = fold(_said(rows[:known])) if known else None
    return before, fold(_said(rows[known:]), before)


def passed_between(
    connection: Connection, plan: str, since: datetime, first: date, last: date
) -> dict[str, State]:
    """What has not changed after ``since``, is owed, and had a due date from ``first`` on that
    passed by ``last``: by id.
    """
    passed = [(due >= first) & (due < last) for due in (a.due, a.original_due)]
    query = select(assignments).where(a.plan == plan, a.changed_at <= since, *owing())
    rows = connection.execute(query.where(or_(*passed)))
    return {row.id: state_of(row) for row in rows}


def events_between(
    connection: Connection, keys: Sequence[str], since: datetime, until: datetime
) -> dict[str, list[Event]]:
    """What was recorded of some assignments after ``since``, by ``until``; by id."""
    found: dict[str, list[Event]] = {}
    for chunk in chunks(keys):
        query = select(ledger).where(entry.assignment.in_(chunk))
        query = query.where(entry.recorded_at > since, entry.recorded_at <= until)
        for row in connection.execute(query.order_by(entry.n)):
            found.setdefault(row.assignment, []).append(event_of(row))
    return found


def _entries(plan: str, since: datetime, until: datetime, *columns: Any) -> Select[Any]:
    query = select(*columns).join(assignments, a.id == entry.assignment)
    query = query.where(a.plan == plan, a.changed_at > since, a.opened_at <= until)
    return query.where(entry.recorded_at <= until).order_by(entry.assignment, entry.n)
