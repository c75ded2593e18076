"""The four classes of a date counted by any columns of assignments, in one query.

For what no counter keeps: a plan's groups, departments × groups, a department's plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from plans.store.assignments import OPEN_WORK
from plans.store.schema import assignments
from plans.terms import LeadStatus, Review, Timeliness, Work

By = Literal["plan", "group", "department"]

a = assignments.c
BY = {"plan": a.plan, "group": a.group, "department": func.coalesce(a.department, a.declared)}
"""One without a decided lead is counted under the body that was declared, as in the counters."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Some assignments on a date. ``outside``: how many stand beside the four classes."""

    classes: dict[Timeliness, int] = field(default_factory=lambda: dict.fromkeys(Timeliness, 0))
    outside: int = 0
    weight: int = 0
    weight_done: int = 0

    @property
    def assignments(self) -> int:
        """How many are counted: the sum of the four classes."""
        return sum(self.classes.values())

    @property
    def overdue(self) -> int:
        """How many are open and overdue."""
        return self.classes[Timeliness.OPEN_OVERDUE]

    @property
    def completion(self) -> float | None:
        """Weight accepted ÷ weight, None where there is nothing."""
        return self.weight_done / self.weight if self.weight else None

    @property
    def worst(self) -> Timeliness | None:
        """The class that asks most for attention; None where nothing is counted."""
        return next((one for one in WORST_FIRST if self.classes[one]), None)


WORST_FIRST = (
    Timeliness.OPEN_OVERDUE,
    Timeliness.OPEN_ON_TIME,
    Timeliness.DONE_LATE,
    Timeliness.DONE_ON_TIME,
)


def add_up(some: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    found = list(some)
    return Tally(
        {name: sum(one.classes[name] for one in found) for name in Timeliness},
        sum(one.outside for one in found),
        sum(one.weight for one in found),
        sum(one.weight_done for one in found),
    )


def tallies(
    connection: Connection, on: date, by: Sequence[By], *where: ColumnElement[bool]
) -> dict[tuple[str, ...], Tally]:
    """What is counted on a date by some columns: the SQL twin of ``progress.Progress``."""
    keys = [BY[name] for name in by]
    query = select(*keys, *_sums(on)).where(*where).group_by(*keys)
    return {tuple(row[: len(keys)]): _tally(row[len(keys) :]) for row in connection.execute(query)}


def of_plans(plans: Sequence[str]) -> ColumnElement[bool]:
    """The condition that leaves some plans' assignments."""
    return a.plan.in_(list(plans))


def of_department(code: str) -> ColumnElement[bool]:
    """The condition that leaves what is counted under one body."""
    # Not by coalesce, which no index answers.
    return (a.department == code) | (a.department.is_(None) & (a.declared == code))


def _sums(on: date) -> list[ColumnElement[Any]]:
    decided = a.lead_status != LeadStatus.UNDECIDED
    done = and_(decided, a.work == Work.DONE)
    counted = and_(decided, a.work.in_((*OPEN_WORK, Work.DONE)))
    return [
        func.count(),
        _sum(counted),
        _sum(and_(done, a.done_on <= a.due)),
        _sum(done),
        _sum(overdue(on)),
        _sum(counted, a.weight),
        _sum(done, a.weight),
    ]


def overdue(on: date) -> ColumnElement[bool]:
    """Open and overdue: not reported after the due date, or reported late and not yet reviewed."""
    waits = a.review == Review.SUBMITTED
    late = case((waits, a.submitted_on > a.due), else_=a.due < on)
    decided = a.lead_status != LeadStatus.UNDECIDED
    return and_(a.work.in_(OPEN_WORK), decided, late)


def _sum(condition: ColumnElement[bool], value: Any = 1) -> ColumnElement[Any]:
    return func.sum(case((condition, value), else_=0))


def _tally(sums: Sequence[int]) -> Tally:
    every, counted, on_time, done, late, weight, weight_done = map(int, sums)
    classes = {
        Timeliness.DONE_ON_TIME: on_time,
        Timeliness.DONE_LATE: done - on_time,
        Timeliness.OPEN_ON_TIME: counted - done - late,
        Timeliness.OPEN_OVERDUE: late,
    }
    return Tally(classes, every - counted, weight, weight_done)
