"""When a notice is owed: the rungs of a plan's ladder, in working days from the due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
