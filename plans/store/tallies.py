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
    # Each row is classed once and few classes are summed, which costs less than seven sums a row.
    keys = [BY[name].label(name) for name in by]
    weight = func.sum(a.weight).label("weight")
    rows = select(*keys, _class(on).label("found"), func.count().label("n"), weight)
    some = rows.where(*where).group_by(*keys, "found").subquery()
    same = [some.c[name] for name in by]
    query = select(*same, *_sums(some.c)).group_by(*same)
    return {tuple(row[: len(by)]): _tally(row[len(by) :]) for row in connection.execute(query)}


def of_plans(plans: Sequence[str]) -> ColumnElement[bool]:
    """The condition that leaves some plans' assignments."""
    return a.plan.in_(list(plans))


def of_department(code: str) -> ColumnElement[bool]:
    """The condition that leaves what is counted under one body."""
    # Not by coalesce, which no index answers.
    return (a.department == code) | (a.department.is_(None) & (a.declared == code))


BESIDE, ON_TIME, LATE, OPEN, OVERDUE = range(5)


def _class(on: date) -> ColumnElement[int]:
    """In which of the four classes one assignment stands, or beside them."""
    late = case((a.review == Review.SUBMITTED, a.submitted_on > a.due), else_=a.due < on)
    done, is_open = a.work == Work.DONE, a.work.in_(OPEN_WORK)
    return case(
        (a.lead_status == LeadStatus.UNDECIDED, BESIDE),
        (done & (a.done_on <= a.due), ON_TIME),
        (done, LATE),
        (is_open & late, OVERDUE),
        (is_open, OPEN),
        else_=BESIDE,
    )


def _sums(some: Any) -> list[ColumnElement[Any]]:
    done, counted = (ON_TIME, LATE), (ON_TIME, LATE, OPEN, OVERDUE)

    def total(which: Sequence[int], value: ColumnElement[int]) -> ColumnElement[Any]:
        return func.sum(case((some.found.in_(which), value), else_=0))

    return [
        func.sum(some.n),
        total(counted, some.n),
        total((ON_TIME,), some.n),
        total(done, some.n),
        total((OVERDUE,), some.n),
        total(counted, some.weight),
        total(done, some.weight),
    ]


def overdue(on: date) -> ColumnElement[bool]:
    """Open and overdue: not reported after the due date, or reported late and not yet reviewed."""
    waits = a.review == Review.SUBMITTED
    late = case((waits, a.submitted_on > a.due), else_=a.due < on)
    decided = a.lead_status != LeadStatus.UNDECIDED
    return and_(a.work.in_(OPEN_WORK), decided, late)


def _tally(sums: Sequence[int]) -> Tally:
    every, counted, on_time, done, late, weight, weight_done = map(int, sums)
    classes = {
        Timeliness.DONE_ON_TIME: on_time,
        Timeliness.DONE_LATE: done - on_time,
        Timeliness.OPEN_ON_TIME: counted - done - late,
        Timeliness.OPEN_OVERDUE: late,
    }
    return Tally(classes, every - counted, weight, weight_done)
