"""What a target's chart shows, a point a row: where it began, each figure, where it is to end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from plans.courses import expected_at
from plans.measuring import Owned
from plans.periods import parse_key


@dataclass(frozen=True, slots=True)
class Point:
    """One row: its day, why it is there, what was measured, and what the straight path asks for.

    ``measured`` None: nothing was, or it may not be shown (``suppressed``).
    """

    day: date
    kind: Literal["begun", "measured", "due"]
    period: str | None = None
    measured: float | None = None
    expected: float | None = None
    suppressed: bool = False


def points(one: Owned, figures: Iterable[Mapping[str, Any]]) -> list[Point]:
    """A target's points in the order of time; ``figures`` are those of ``measuring.described``."""
    target, begun = one.target, one.goal.issued
    found = [_measured(one, figure) for figure in figures]
    if target.baseline is not None:
        found.append(Point(begun, "begun", expected=expected_at(target, begun, begun)))
    if target.value is not None and target.due_year is not None:
        ends = parse_key(str(target.due_year)).end
        found.append(Point(ends, "due", expected=expected_at(target, begun, ends)))
    order = ("begun", "measured", "due")
    return sorted(found, key=lambda point: (point.day, order.index(point.kind), point.period or ""))


def _measured(one: Owned, figure: Mapping[str, Any]) -> Point:
    day, begun = figure["period_end"], one.goal.issued
    return Point(
        day=day,
        kind="measured",
        period=figure["period"],
        measured=figure["value"],
        # Before the plan was issued there was no path to be on.
        expected=expected_at(one.target, begun, day) if day >= begun else None,
        suppressed=figure["suppressed"],
    )
