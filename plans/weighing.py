"""What a figure would do to its target's course, before it is given; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plans.courses import Course, Figure, course, expected_at, newest
from plans.figures import NewMeasurement, period_of, value_of
from plans.measuring import Owned, answering
from plans.outliers import doubts_of
from plans.store import Connection
from plans.store import measurements as store


@dataclass(frozen=True, slots=True)
class Tried:
    """A figure that is not in the record; what ``courses`` judges by."""

    value: float
    n: int
    period: str
    period_start: date
    period_end: date


@dataclass(frozen=True, slots=True)
class Weighed:
    """A tried figure and the course before and after it.

    ``expected``: what the path asks for at its period's end, None: there is no path.
    ``decides``: whether it is of the newest period, by which the course is judged; ``doubts``: why
    it may be wrong.
    """

    figure: Tried
    before: Course
    after: Course
    expected: float | None
    decides: bool
    doubts: Sequence[Mapping[str, Any]] = ()


def weigh(connection: Connection, one: Owned, given: NewMeasurement, day: date) -> Weighed:
    """What ``measuring.measure`` would make of a figure; refuses what it refuses."""
    answering(one)
    target, begun = one.target, one.goal.issued
    period, value = period_of(target, begun, given.period, day), value_of(target, given)
    rows = store.of_targets(connection, [target.id])[target.id]
    n = 1 + max((row.n for row in rows if row.period == period.key), default=0)
    tried = Tried(value, n, period.key, period.start, period.end)
    figures: list[Figure] = [*rows, tried]
    return Weighed(
        figure=tried,
        before=course(target, rows, day, begun),
        after=course(target, figures, day, begun),
        expected=expected_at(target, begun, min(day, period.end)),
        decides=newest(figures, day) is tried,
        doubts=[one.as_json() for one in doubts_of(target, period, value, rows)],
    )
