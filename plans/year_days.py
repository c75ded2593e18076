"""A year's calendar as it is shown: what each day is, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from plans.calendar import WorkCalendar
from plans.loading import read_years
from plans.overriding import Override, listing
from plans.store import Connection

SATURDAY = 5


class DayKind(StrEnum):
    """What a day is in the calendar."""

    WORKED = "worked"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OFF = "off"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day. ``off``: free by a notice; ``swapped``: a weekend's day that is worked.

    ``decided``: by which document, where the office decided it over the calendar's files.
    """

    day: date
    kind: DayKind
    vi: str = ""
    en: str = ""
    decided: Override | None = None

    @property
    def is_worked(self) -> bool:
        """Whether offices work."""
        return self.kind in (DayKind.WORKED, DayKind.SWAPPED)


@dataclass(frozen=True, slots=True)
class Year:
    """A year's days in order. ``notices``: the documents that its file names; None: an estimate."""

    year: int
    days: tuple[CalendarDay, ...]
    notices: str | None

    @property
    def working(self) -> int:
        """How many days are worked."""
        return sum(one.is_worked for one in self.days)


def read_year(connection: Connection, year: int) -> Year:
    """A year as the record's calendar has it, decided days included."""
    decided = {one.day: one for one in listing(connection)}
    declared = read_years(connection)
    calendar = WorkCalendar(declared, {day: one.working for day, one in decided.items()})
    names = holidays_of(year)
    found = tuple(_day(day, calendar, names, decided) for day in _days(year))
    notices = next((one.source for one in declared if one.year == year), None)
    return Year(year, found, notices)


def _day(
    day: date,
    calendar: WorkCalendar,
    names: Mapping[date, tuple[str, str]],
    decided: Mapping[date, Override],
) -> CalendarDay:
    vi, en = names.get(day, ("", ""))
    weekend = day.weekday() >= SATURDAY
    if calendar.is_working_day(day):
        kind = DayKind.SWAPPED if weekend else DayKind.WORKED
    elif vi:
        kind = DayKind.HOLIDAY
    else:
        kind = DayKind.WEEKEND if weekend else DayKind.OFF
    return CalendarDay(day, kind, vi, en, decided.get(day))


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@lru_cache(maxsize=64)
def holidays_of(year: int) -> Mapping[date, tuple[str, str]]:
    """The public holidays of a year with their Vietnamese and English names."""
    # Imported late, as in plans.calendar.
    from holidays import country_holidays

    vi = country_holidays("VN", years=year, language="vi")
    en = country_holidays("VN", years=year, language="en_US")
    return {day: (name, _dated(en.get(day, name))) for day, name in vi.items()}


def _dated(name: str) -> str:
    """The package writes the dates within English names month first."""
    return re.sub(r"\b(\d\d)/(\d\d)/(\d{4})\b", r"\2/\1/\3", name)
