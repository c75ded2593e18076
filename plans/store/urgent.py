"""What presses on a day: what is late and at whom, what falls due, what waits for review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from plans.store.assignments import owing, with_names
from plans.store.ledger import chunks
from plans.store.schema import assignments, departments, tasks
from plans.store.tallies import overdue
from plans.terms import LeadStatus, Review, Work

a = assignments.c


@dataclass(frozen=True, slots=True)
class Late:
    """What is overdue at one body. ``unanswered``: how much of it without any report."""

    department: str
    overdue: int
    oldest: date
    unanswered: int


@dataclass(frozen=True, slots=True)
class Coming:
    """How much one body still owes for one day."""

    due: date
    department: str
    n: int


def late_at(connection: Connection, plans: Sequence[str], on: date) -> list[Late]:
    """The bodies with something overdue in some plans, those with most of it first."""
    number = func.count().label("number")
    unanswered = func.sum(case((a.review == Review.NONE, 1), else_=0))
    query = select(a.department, number, func.min(a.due), unanswered)
    # What waits for review came late before today, so that its due date has passed as well: by
    # the due date an index finds what can be overdue at all.
    query = query.where(a.due < on, overdue(on), a.plan.in_(plans)).group_by(a.department)
    rows = connection.execute(query.order_by(number.desc(), func.min(a.due), a.department))
    return [Late(row[0], row[1], row[2], int(row[3])) for row in rows]


def falling_due(
    connection: Connection, plans: Sequence[str], first: date, last: date
) -> list[Coming]:
    """What is still owed for each day of a span, by body; the bodies with most of it first."""
    number = func.count().label("number")
    query = select(a.due, a.department, number)
    query = query.where(a.plan.in_(plans), a.due >= first, a.due <= last, *owing())
    query = query.group_by(a.due, a.department).order_by(a.due, number.desc(), a.department)
    return [Coming(*row) for row in connection.execute(query)]


def waiting(connection: Connection, plans: Sequence[str], limit: int) -> list[Row[Any]]:
    """What was submitted and waits for its review, the oldest first, with titles and names."""
    query = with_names().where(
        a.review == Review.SUBMITTED,
        a.work != Work.SUSPENDED,
        a.work != Work.CANCELLED,
        a.lead_status != LeadStatus.UNDECIDED,
        a.plan.in_(plans),
    )
    return list(connection.execute(query.order_by(a.submitted_on, a.due, a.id).limit(limit)))


def still_owing(connection: Connection, plans: Sequence[str], codes: Sequence[str]) -> set[str]:
    """Which of some bodies owe something in some plans."""
    query = select(a.department).where(a.department.in_(codes), a.plan.in_(plans), *owing())
    return set(connection.execute(query.distinct()).scalars()) if codes else set()


def names(connection: Connection, codes: Iterable[str]) -> dict[str, Row[Any]]:
    """Some bodies' names and kinds, without what was declared of them."""
    d = departments.c
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(codes))):
        query = select(d.code, d.name_vi, d.name_en, d.abbr, d.kind, d.parent)
        found |= {row.code: row for row in connection.execute(query.where(d.code.in_(chunk)))}
    return found


def leading(connection: Connection) -> list[Row[Any]]:
    """The bodies that lead anything, by name."""
    d = departments.c
    leads = select(a.id).where(a.department == d.code).exists()
    query = select(d.code, d.name_vi, d.name_en, d.kind).where(leads)
    return list(connection.execute(query.order_by(d.name_vi, d.code)))


def task(connection: Connection, key: str) -> Row[Any] | None:
    """A task's titles, by its id."""
    t = tasks.c
    return connection.execute(select(t.id, t.title_vi, t.title_en).where(t.id == key)).first()
