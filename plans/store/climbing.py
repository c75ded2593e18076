"""What has reached a rung of its ladder that somebody was not told of: found by the database.

It leaves a little more than what is owed, never less: where a body has ended, its successor is
found by rules that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)

from plans.store.assignments import OPEN_WORK, owing, with_names
from plans.store.ledger import CHUNK, chunks
from plans.store.schema import assignments, departments, plans, rungs_sent
from plans.terms import LeadStatus, Review

a, r, d, p = assignments.c, rungs_sent.c, departments.c, plans.c


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of some plans' ladder on a day, by the due dates that have come to it.

    ``after`` (None: no limit) is excluded, ``until`` included. ``escalates_after``: superiors are
    told of later due dates, None: they are not told. ``leaving``: plans that have another ladder;
    ``plans`` None: of all others.
    """

    days: int
    after: date | None
    until: date
    escalates_after: date | None
    plans: Sequence[str] | None
    leaving: Sequence[str] = ()


def ladders(connection: Connection) -> list[Row[Any]]:
    """Each plan's ladder, as it is kept, and its coordinator."""
    return list(connection.execute(select(p.id, p.coordinator, p.ladder)))


def candidates(connection: Connection, rung: Rung, on: date) -> Iterator[Row[Any]]:
    """What is owed on a rung that its lead (``untold``) or the body above (``escalates``) may not
    have been told of.
    """
    untold = or_(~_told(a.department, rung.days), _is_gone(a.department, on))
    escalates: ColumnElement[bool] = false()
    query = select(a.id, a.plan, a.due, a.department, a.declared).select_from(assignments)
    if rung.escalates_after is not None:
        query = query.outerjoin(departments, d.code == a.department).join(plans, p.id == a.plan)
        escalates = and_(a.due > rung.escalates_after, _escalates(rung.days, on))
    query = query.add_columns(untold.label("untold"), escalates.label("escalates"))
    query = query.where(a.due <= rung.until, *owing(), or_(untold, escalates))
    if rung.after is not None:
        query = query.where(a.due > rung.after)
    for part in _parts(query, rung):
        yield from connection.execute(part.execution_options(yield_per=CHUNK))


def _parts(query: Select[Any], rung: Rung) -> Iterator[Select[Any]]:
    if rung.plans is not None:
        for chunk in chunks(rung.plans):
            yield query.where(a.plan.in_(chunk))
    elif len(rung.leaving) <= CHUNK:
        yield query.where(a.plan.not_in(rung.leaving)) if rung.leaving else query
    else:
        yield query  # who reads them looks at each plan's ladder


def _told(recipient: ColumnElement[Any], days: int) -> ColumnElement[bool]:
    """A recipient was told of this due date on the rung or a later one."""
    same = (r.assignment == a.id, r.due == a.due, r.rung >= days)
    return exists().where(r.recipient == recipient, *same)


def _escalates(days: int, on: date) -> ColumnElement[bool]:
    """Somebody was told on an earlier day, and the superior was not."""
    above = func.coalesce(d.parent, p.coordinator)
    earlier = exists().where(r.assignment == a.id, r.due == a.due, r.day < on)
    untold = and_(above != a.department, ~_told(above, days))
    return and_(earlier, or_(untold, _is_gone(above, on)))


def _is_gone(code: ColumnElement[Any], on: date) -> ColumnElement[bool]:
    there = departments.alias()
    query = select(there.c.code).where(_on(there, on))
    return code.not_in(query)


def _on(there: Any, on: date) -> ColumnElement[bool]:
    c = there.c
    return and_(or_(c.since.is_(None), c.since <= on), or_(c.until.is_(None), c.until >= on))


def owed(connection: Connection, keys: Sequence[str]) -> list[Row[Any]]:
    """Some assignments, by id, of those that are still owed, with titles and names."""
    found: list[Row[Any]] = []
    for chunk in chunks(keys):
        # What is owed is told apart here, lest SQLite look for it instead of for the ids.
        rows = connection.execute(with_names().where(a.id.in_(chunk)))
        found += [row for row in rows if _owes(row)]
    return sorted(found, key=lambda row: (row.due, row.ref, row.id))


def _owes(row: Row[Any]) -> bool:
    """The same as ``owing``, of a row."""
    undecided = row.lead_status == LeadStatus.UNDECIDED
    return row.work in OPEN_WORK and row.review != Review.SUBMITTED and not undecided
