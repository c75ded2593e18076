"""Where a target stands: reached, on the straight path to its goal, or behind it.

Pure functions. A target is a measured goal and no task: it is never summed with tasks, nor with
other targets.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal, Protocol, TypeVar

from plans.declaration import Target
from plans.periods import parse_key

HIGHER_IS_BETTER = ("reach", "at_least", "above", "maintain", "increase")
Course = Literal["reached", "on_course", "behind", "not_measured", "direction"]


class Figure(Protocol):
    """What a course is judged by: a value for a period, the ``n``-th that was given for it."""

    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def n(self) -> int: ...  # noqa: D102
    @property
    def period(self) -> str: ...  # noqa: D102
    @property
    def period_start(self) -> date: ...  # noqa: D102
    @property
    def period_end(self) -> date: ...  # noqa: D102


AnyFigure = TypeVar("AnyFigure", bound=Figure)


def course(target: Target, measurements: Iterable[Figure], on: date, begun: date) -> Course:
    """Where a target stands on a day, by the last measurement of its last period.

    The path runs straight from the baseline, on the day the plan was issued (``begun``), to the
    goal at the end of the due year; the figure is held against the path at its own period's end,
    not at ``on``, since a figure says nothing of later days. After the due year only the goal
    counts. Without a baseline or a due year there is no path to be on: short of the goal is behind.
    """
    if target.value is None:
        return "direction"
    latest = newest(measurements, on)
    if latest is None:
        return "not_measured"
    if reached(target, latest.value):
        return "reached"
    expected = expected_at(target, begun, min(on, latest.period_end))
    if expected is None or on > _closes(target):
        return "behind"
    good = latest.value >= expected if rises(target) else latest.value <= expected
    return "on_course" if good else "behind"


def newest(measurements: Iterable[AnyFigure], on: date) -> AnyFigure | None:
    """The last figure of the last period that has begun; of two that end together, the longer."""
    begun = [one for one in measurements if one.period_start <= on]
    return max(begun, key=_place, default=None)


def _place(one: Figure) -> tuple[date, int, int]:
    return one.period_end, -one.period_start.toordinal(), one.n


def last_of_each(measurements: Iterable[AnyFigure]) -> list[AnyFigure]:
    """The last figure of every period, the last period first."""
    found: dict[str, AnyFigure] = {}
    for one in sorted(measurements, key=_place, reverse=True):
        found.setdefault(one.period, one)
    return list(found.values())


def rises(target: Target) -> bool:
    """Whether more is better, by the target's comparator."""
    return target.comparator in HIGHER_IS_BETTER


def lies_backwards(target: Target) -> bool:
    """Whether its own baseline surpasses a target already."""
    if target.value is None or target.baseline is None:
        return False
    value, start = target.value, target.baseline.value
    return value < start if rises(target) else value > start


def reached(target: Target, value: float) -> bool:
    """Whether a value is what the target asks for; ``above`` and ``below`` exclude the goal."""
    assert target.value is not None, f"'{target.id}' is a direction: no value reaches it"
    match target.comparator:
        case "above":
            return value > target.value
        case "below":
            return value < target.value
        case "at_most" | "decrease_to":
            return value <= target.value
        case _:
            return value >= target.value


def expected_at(target: Target, begun: date, day: date) -> float | None:
    """What the straight path asks for on a day; None where no path can be drawn."""
    if target.value is None or target.baseline is None or target.due_year is None:
        return None
    start, ends = target.baseline.value, _closes(target)
    if day >= ends:
        return target.value
    share = max(0, (day - begun).days) / max(1, (ends - begun).days)
    return start + share * (target.value - start)


def _closes(target: Target) -> date:
    """The last day of the due year, which closes as its reporting period does."""
    return parse_key(str(target.due_year)).end if target.due_year else date.max
