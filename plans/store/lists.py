"""Lists of assignments: by filter, by words, by class, a page at a time.

What can match in several ways is asked for in each of them, so that an index answers every query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from plans.searching import plain, searchable
from plans.store.assignments import OPEN_WORK, owing, with_names
from plans.store.schema import assignments, departments, tasks
from plans.store.sight import supported_by
from plans.terms import LeadStatus, Review, Timeliness, Work

c = assignments.c


@dataclass(frozen=True, slots=True)
class Filter:
    """Which assignments to list; None: any. ``due_by`` and ``due_from`` include the day.

    ``words`` are searched in names, by ``page`` alone; ``sights`` what a caller may see.
    """

    ref: str | None = None
    plan: str | None = None
    group: str | None = None
    task: str | None = None
    department: str | None = None
    plans: Sequence[str] | None = None
    work: Work | None = None
    review: Review | None = None
    lead: LeadStatus | None = None
    timeliness: Timeliness | None = None
    open_only: bool = False
    due_by: date | None = None
    due_from: date | None = None
    due_before: date | None = None
    due_after: date | None = None
    supporting: str | None = None
    updated_since: datetime | None = None
    flagged: bool | None = None
    words: str | None = None
    sights: Sequence[ColumnElement[bool]] | None = None


def page(
    connection: Connection,
    which: Filter,
    on: date,
    limit: int,
    after: tuple[date, str] | None = None,
) -> list[Row[Any]]:
    """Up to ``limit`` assignments after a place in the order of due date and id."""
    some = _conditions(replace(which, timeliness=None, sights=None), on)
    found: set[tuple[date, str]] = set()
    for branch in _each_way(connection, which, on):
        query = select(c.due, c.id).where(*some, *branch).order_by(c.due, c.id)
        if after:
            query = query.where(tuple_(c.due, c.id) > tuple_(literal(after[0]), literal(after[1])))
        found |= {(row.due, row.id) for row in connection.execute(query.limit(limit))}
    # First which, then what: titles and names are looked up for one page, not for all that match.
    keys = [key for _, key in sorted(found)[:limit]]
    shown = with_names().where(c.id.in_(keys)).order_by(c.due, c.id)
    return list(connection.execute(shown)) if keys else []


def _each_way(
    connection: Connection, which: Filter, on: date
) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Every way in which an assignment can match; an index answers each of them."""
    said = _says(connection, which.words) if which.words else [true()]
    sights = [true()] if which.sights is None else which.sights
    for one, sight, branch in product(said, sights, _branches(which.timeliness, on)):
        yield one, sight, *branch


def listing(
    connection: Connection, which: Filter, on: date, *, limit: int | None = None, offset: int = 0
) -> list[Row[Any]]:
    """Assignments by filter, the most urgent first; ``on`` is the day that classes depend on."""
    query = with_names().where(*_conditions(which, on)).order_by(c.due, c.ref, c.id)
    return list(connection.execute(query.limit(limit).offset(offset)))


def number_of(connection: Connection, which: Filter, on: date, most: int | None = None) -> int:
    """How many assignments a filter finds; it has no words. ``most``: it counts no further."""
    found = select(c.id).where(*_conditions(which, on)).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def conditions_of(which: Filter, on: date) -> list[ColumnElement[bool]]:
    """A filter without words as conditions on ``assignments``, all of which hold."""
    return _conditions(which, on)


def _conditions(which: Filter, on: date) -> list[ColumnElement[bool]]:
    equal = {
        c.ref: which.ref,
        c.plan: which.plan,
        c.group: which.group,
        c.task: which.task,
        c.department: which.department,
        c.work: which.work,
        c.review: which.review,
        c.lead_status: which.lead,
    }
    found: list[ColumnElement[bool]] = [
        column == value for column, value in equal.items() if value is not None
    ]
    if which.plans is not None:
        found.append(c.plan.in_(which.plans))
    if which.open_only:
        found += owing()
    if which.due_by:
        found.append(c.due <= which.due_by)
    if which.due_from:
        found.append(c.due >= which.due_from)
    if which.due_before:
        found.append(c.due < which.due_before)
    if which.due_after:
        found.append(c.due > which.due_after)
    if which.supporting:
        found.append(supported_by([which.supporting]))
    if which.updated_since:
        found.append(c.changed_at >= which.updated_since)
    if which.flagged is not None:
        found.append(c.flagged.is_(which.flagged))
    if which.sights is not None:
        found.append(or_(false(), *which.sights))
    if which.timeliness:
        found.append(_class_condition(which.timeliness, on))
    return found


def _says(connection: Connection, words: str) -> list[ColumnElement[bool]]:
    """Every word stands in what the task is searched by, or in the lead's names; accents aside.

    One of these conditions holds. Tasks and bodies are looked through, which are few.
    """
    d = departments.c
    names = connection.execute(select(d.code, d.name_vi, d.name_en, d.abbr)).all()
    bodies = {row.code: searchable(*row) for row in names}
    every = plain(words).split()
    of_bodies = {word for word in every if any(word in said for said in bodies.values())}
    leads = [code for code, said in bodies.items() if all(word in said for word in of_bodies)]
    found = [_task_says(every)]
    if of_bodies and leads:
        rest = [word for word in every if word not in of_bodies]
        led = c.department.in_(leads)
        found.append(and_(_task_says(rest), led) if rest else led)
    return found


def _task_says(words: Sequence[str]) -> ColumnElement[bool]:
    t = tasks.c
    matches = [t.search.contains(word, autoescape=True) for word in words]
    return c.task.in_(select(t.id).where(*matches))


def _class_condition(wanted: Timeliness, on: date) -> ColumnElement[bool]:
    """The SQL twin of ``rules.timeliness`` (a property test holds them together)."""
    return or_(*(and_(*branch) for branch in _branches(wanted, on)))


def _branches(wanted: Timeliness | None, on: date) -> list[list[ColumnElement[bool]]]:
    """A class as conditions of which exactly one holds, each of which an index can answer."""
    if wanted is None:
        return [[]]
    # Not by the index on work, which leaves too much to be sorted: by the one on the due date.
    decided = c.lead_status != LeadStatus.UNDECIDED
    if wanted in (Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE):
        on_time = c.done_on <= c.due
        matches = on_time if wanted is Timeliness.DONE_ON_TIME else ~on_time
        return [[decided, func.coalesce(c.work, "") == Work.DONE, matches]]
    open_one = [decided, func.coalesce(c.work, "").in_(OPEN_WORK)]
    waits, owed = c.review == Review.SUBMITTED, c.review != Review.SUBMITTED
    if wanted is Timeliness.OPEN_ON_TIME:
        return [[*open_one, owed, c.due >= on], [*open_one, waits, c.submitted_on <= c.due]]
    return [[*open_one, owed, c.due < on], [*open_one, waits, c.submitted_on > c.due]]
