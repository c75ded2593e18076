"""When a notice is owed: the rungs of a plan's ladder, in working days from the due date."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from plans.calendar import WorkCalendar
from plans.declaration import Rung


@dataclass(frozen=True, slots=True)
class Step:
    """A rung on its day."""

    rung: Rung
    day: date


def steps(ladder: Sequence[Rung], due: date, calendar: WorkCalendar) -> list[Step]:
    """A ladder's rungs with their days for one due date, in order."""
    return [Step(rung, calendar.add_working_days(due, rung.days)) for rung in ladder]


def reached(ladder: Sequence[Rung], due: date, on: date, calendar: WorkCalendar) -> Step | None:
    """The last rung whose day has come by ``on``.

    Earlier ones that were missed are not made up for: the latest says all that they said.
    """
    past = [step for step in steps(ladder, due, calendar) if step.day <= on]
    return past[-1] if past else None


@dataclass(frozen=True, slots=True)
class Reach:
    """Which due dates have come to a rung, and to no later one, by a day: ``(after, until]``.

    ``after`` None: however long ago.
    """

    rung: Rung
    after: date | None
    until: date


def reaches(ladder: Sequence[Rung], on: date, calendar: WorkCalendar) -> list[Reach]:
    """The inverse of ``reached``: each rung's due dates; a rung that has none is missing."""
    ends = [last_due(rung.days, on, calendar) for rung in ladder]
    found = [Reach(*one) for one in zip(ladder, [*ends[1:], None], ends, strict=True)]
    return [one for one in found if one.after is None or one.after < one.until]


def last_due(days: int, on: date, calendar: WorkCalendar) -> date:
    """The last due date from which so many working days (before it: negative) lie by ``on``."""
    # Later due dates have later rungs, so that it can be searched for. No two years have so many
    # days off that a working day lies more than two days and a month ahead.
    first, last = on - _span(days), on + _span(-days)
    between = range(first.toordinal(), last.toordinal() + 1)
    number = bisect_right(
        between, on, key=lambda n: calendar.add_working_days(date.fromordinal(n), days)
    )
    return date.fromordinal(between[number - 1])


def _span(days: int) -> timedelta:
    return timedelta(days=2 * max(days, 0) + 30)
