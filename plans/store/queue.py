"""What waits for the coordinating office: reports by who may review them, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal, select, tuple_

from plans.store.assignments import with_names
from plans.store.schema import assignments, extensions
from plans.terms import ExtensionState, Review, Work

c = assignments.c
Place = tuple[date, str]
"""In the queue: the day of the report, and the assignment's id."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which reports that wait; ``plans``: those that the reader may review, None: all."""

    plans: Sequence[str] | None = None
    plan: str | None = None
    group: str | None = None
    department: str | None = None


def page(
    connection: Connection, which: Waiting, limit: int, after: Place | None = None
) -> list[Row[Any]]:
    """Up to ``limit`` of them after a place, with titles and names."""
    query = select(c.id).where(*_conditions(which))
    if after:
        place = tuple_(literal(after[0]), literal(after[1]))
        query = query.where(tuple_(c.submitted_on, c.id) > place)
    # First which, then what: titles are looked up for one page, not for all that wait.
    keys = connection.execute(query.order_by(c.submitted_on, c.id).limit(limit)).scalars().all()
    shown = with_names().where(c.id.in_(keys)).order_by(c.submitted_on, c.id)
    return list(connection.execute(shown)) if keys else []


def next_after(connection: Connection, which: Waiting, place: Place) -> str | None:
    """The id of the report that waits after a place; the first one where none does."""
    following = page(connection, which, 1, place) or page(connection, which, 1)
    return following[0].id if following else None


def tally(connection: Connection, plans: Sequence[str] | None) -> list[Row[Any]]:
    """How many wait of each plan, group and department: rows (plan, group, department, n)."""
    query = select(c.plan, c.group, c.department, func.count().label("n"))
    query = query.where(*_conditions(Waiting(plans))).group_by(c.plan, c.group, c.department)
    return list(connection.execute(query.order_by(c.plan, c.group, c.department)))


def tally_requests(connection: Connection, plans: Sequence[str] | None) -> list[Row[Any]]:
    """The same of requests for a later date that wait for a decision."""
    x = extensions.c
    query = select(c.plan, c.group, c.department, func.count().label("n"))
    query = query.join(extensions, x.assignment == c.id)
    query = query.where(x.state == ExtensionState.REQUESTED)
    if plans is not None:
        query = query.where(c.plan.in_(plans))
    return list(connection.execute(query.group_by(c.plan, c.group, c.department)))


def _conditions(which: Waiting) -> list[ColumnElement[bool]]:
    # What is suspended or cancelled keeps its review's state, but cannot be reviewed.
    found = [c.review == Review.SUBMITTED, c.work.in_((Work.NOT_STARTED, Work.IN_PROGRESS))]
    if which.plans is not None:
        found.append(c.plan.in_(which.plans))
    equal = {c.plan: which.plan, c.group: which.group, c.department: which.department}
    return found + [column == value for column, value in equal.items() if value is not None]
