"""The burn-up: how much of a plan was done by each day, against the due dates and an even pace.

Shares of the weight that is counted so far. What counts is the day on which the report that was
later accepted was handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from plans.declaration import Ongoing, Periodic, Plan
from plans.outlining import Moment
from plans.rules import State, outside
from plans.store import Connection
from plans.store import outline as store

MOST_POINTS = 60
STEPS = (1, 3, 6, 12, 24, 60, 120)
"""Months between two points."""

Load = tuple[date, date | None, int]
"""A weight with its due date and the day on which it was done (None: it is not)."""


@dataclass(frozen=True, slots=True)
class Point:
    """By the end of a day: shares (0-1) of the weight that were done, due, and evenly paced."""

    day: date
    done: float
    due: float
    even: float


@dataclass(frozen=True, slots=True)
class Pace:
    """A plan's course until a day; the even pace goes from ``begin`` to ``end``."""

    begin: date
    end: date
    points: tuple[Point, ...]


def pace_of(connection: Connection, plan: Plan, moment: Moment) -> Pace | None:
    """A plan's course as it is recorded, or was at a moment; None where nothing is counted."""
    loads: list[Load] = store.paces(connection, plan.id, moment.at)
    loads += [_load(one) for one in (moment.changed or {}).values() if outside(one) is None]
    return pace(plan, loads, moment.on)


def _load(state: State) -> Load:
    return state.due, state.done_on, state.weight


def pace(plan: Plan, loads: Sequence[Load], on: date) -> Pace | None:
    """A plan's course up to a day, a point at each month's end and on the day itself."""
    whole = sum(weight for _, _, weight in loads)
    if not whole or on < plan.issued:
        return None
    end = last_day(plan, max(due for due, _, _ in loads), on)
    closed = max([end, *(day for due, done, _ in loads for day in (due, done) if day)])
    points = tuple(
        Point(
            day,
            done=_share(((done, weight) for _, done, weight in loads), day, whole),
            due=_share(((due, weight) for due, _, weight in loads), day, whole),
            even=even(plan.issued, end, day),
        )
        for day in days(plan.issued, min(on, closed))
    )
    return Pace(plan.issued, end, points)


def last_day(plan: Plan, last_due: date, on: date) -> date:
    """When an even pace would have done all that is counted so far.

    A plan's end; but while reports of later periods are still to be opened, the last date of what
    has been: an end years ahead would ask for little of what is due already.
    """
    recurring = any(
        isinstance(due, Periodic | Ongoing) for _, task in plan.tasks() for due in task.due
    )
    if plan.ends is None or (recurring and on < plan.ends):
        return max(last_due, plan.issued + timedelta(days=1))
    return plan.ends


def even(begin: date, end: date, day: date) -> float:
    """The share that an even pace has done by a day."""
    return min(1.0, max(0.0, (day - begin) / (end - begin)))


def _share(some: Iterable[tuple[date | None, int]], day: date, whole: int) -> float:
    return sum(weight for when, weight in some if when and when <= day) / whole


def days(begin: date, until: date) -> list[date]:
    """The first day, months' ends, and the last day: at most ``MOST_POINTS``."""
    months = (until.year - begin.year) * 12 + until.month - begin.month
    step = next((one for one in STEPS if months / one <= MOST_POINTS - 2), STEPS[-1])
    between = [day for day in _month_ends(begin, until, step) if begin < day < until]
    return list(dict.fromkeys([begin, *between, until]))


def _month_ends(begin: date, until: date, step: int) -> Iterator[date]:
    first = begin.year * 12 + begin.month
    for month in range(first, until.year * 12 + until.month + 1):
        if month % step == 0:
            yield date(month // 12, month % 12 + 1, 1) - timedelta(days=1)
