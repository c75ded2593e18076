"""A plan's tasks in time: from when to when each of their periods runs, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from plans.access import Caller
from plans.declaration import Part
from plans.outlining import TaskLine
from plans.store import Connection
from plans.store import outline as store
from plans.store.declarations import Version
from plans.store.outline import Sum
from plans.store.schema import assignments
from plans.store.sight import sights_of


@dataclass(frozen=True, slots=True)
class Bar:
    """All assignments of one task for one period (None: it has none).

    ``original``: the due date before it was extended, None: it was not. A clause that was given
    to a hundred bodies is one bar, with all of them in ``sum``.
    """

    task: str
    period: str | None
    start: date
    due: date
    original: date | None
    sum: Sum


@dataclass(frozen=True, slots=True)
class Lane:
    """A task, or a part with a lead of its own (``part``), with its bars, the earliest first."""

    line: TaskLine
    bars: tuple[Bar, ...]
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The days from which to which a plan's work is spread."""

    begin: date
    end: date


def lanes(
    connection: Connection, version: Version, lines: Sequence[TaskLine], on: date, caller: Caller
) -> list[Lane]:
    """Some tasks in time, as far as a caller may see them."""
    plan, a = version.declared.plan, assignments.c
    ids = [key for line in lines for key in _ids(line)]
    columns = (a.period, a.period_start)
    found = store.sums(connection, plan.id, ids, on, *columns, sight=sights_of(caller))
    bars: dict[str, list[Bar]] = {}
    for (task, period, start), one in found.items():
        begin = max(start or plan.issued, plan.issued)  # no work is owed before there is a plan
        bars.setdefault(task, []).append(_bar(task, period, begin, one))
    return [lane for line in lines for lane in _lanes(line, bars)]


def _lanes(line: TaskLine, bars: Mapping[str, list[Bar]]) -> Iterator[Lane]:
    yield Lane(line, _sorted(bars.get(line.id, ())))
    for one in line.parts:
        if one.part.id in bars:
            yield Lane(line, _sorted(bars[one.part.id]), one.part)


def _ids(line: TaskLine) -> list[str]:
    return [line.id, *(one.part.id for one in line.parts)]


def _bar(task: str, period: str | None, start: date, one: Sum) -> Bar:
    original = one.original_due if one.original_due < one.last_due and one.extended else None
    return Bar(
        task, period, min(start, one.last_due - timedelta(days=1)), one.last_due, original, one
    )


def _sorted(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    return tuple(sorted(bars, key=lambda bar: (bar.due, bar.start)))


def span(connection: Connection, version: Version, on: date, caller: Caller) -> Span:
    """From a plan's issue to its last due date, with today while it runs."""
    plan = version.declared.plan
    last = store.last_due(connection, plan.id, sights_of(caller)) or plan.issued
    end = max(last, plan.issued + timedelta(days=30))
    runs = plan.ends is None or on <= plan.ends
    return Span(plan.issued, max(end, on) if runs else end)
