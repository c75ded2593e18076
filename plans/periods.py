"""Reporting periods, by Decree 09/2019/NĐ-CP, article 12 ("official"), or by calendar month.

Official periods close on the 14th, since the report must be on the table before the calendar period
ends: a month runs from the 15th of the one before to its own 14th, a quarter, half-year and year
likewise (15/12 to 14/3, 14/6, 14/9 and 14/12). Some circulars use calendar periods instead.

Fortnights are no matter of the decree: 14-day blocks counted from Monday 01/01/2024.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from plans.errors import InvalidInput
from plans.terms import PeriodKind

Window = Literal["official", "calendar"]
Language = Literal["vi", "en"]

FIRST_FORTNIGHT = date(2024, 1, 1)
FORTNIGHT_DAYS = 14
CUTOFF_DAY = 14
MONTHS_OF = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF_YEAR: 6,
    PeriodKind.NINE_MONTHS: 9,
    PeriodKind.YEAR: 12,
}
KEY_PATTERN = re.compile(
    r"F(?P<fortnight>(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2})"
    r"|(?P<year>(?:19|20|21)[0-9]{2})"
    r"(?:-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4])|-H(?P<half>[12])|-(?P<nine>9M))?"
)
DAY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")
ROMAN = ("I", "II", "III", "IV")
# Not strftime: its names follow the process's locale.
ENGLISH_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period from ``start`` to ``end``, both included.

    ``key`` is URL-safe, unique within its kind and window, and sorts in order of time.
    """

    kind: PeriodKind
    key: str
    start: date
    end: date

    @property
    def cutoff(self) -> date:
        """The last day whose figures belong in the report (chốt số liệu)."""
        return self.end


def period_of(kind: PeriodKind, day: date, window: Window = "official") -> Period:
    """The period that ``day`` lies in.

    Nine months do not tile the year, so there it is the period that ends next, on or after ``day``:
    the one that will be reported next, even if it has not started yet.
    """
    if kind is PeriodKind.FORTNIGHT:
        return _fortnight(day)
    year, month = divmod(_month_of(day, window), 12)
    if kind is PeriodKind.NINE_MONTHS and month >= MONTHS_OF[kind]:
        year, month = year + 1, 0
    return _of_months(kind, year, month // MONTHS_OF[kind], window)


def next_period(period: Period) -> Period:
    """The period of the same kind and window that follows."""
    return period_of(period.kind, period.end + timedelta(days=1), _window_of(period))


def periods_between(
    kind: PeriodKind, first: date, last: date, window: Window = "official"
) -> list[Period]:
    """Every period that overlaps ``first`` to ``last``, both included, in order."""
    found: list[Period] = []
    if last < first:
        return found
    period = period_of(kind, first, window)
    while period.start <= last:
        found.append(period)
        period = next_period(period)
    return found


def parse_key(key: str, window: Window = "official") -> Period:
    """The period that ``key`` names.

    Raises:
        InvalidInput: no period has this key.
    """
    match = KEY_PATTERN.fullmatch(key)
    if match is None:
        raise InvalidInput(
            f"'{key}' is no period; expected one like 2025-01, 2025-Q1, 2025-H1, 2025-9M, 2025 "
            "or F2025-03-24"
        )
    if match["fortnight"]:
        return _parse_fortnight(match["fortnight"])
    for kind, group in (
        (PeriodKind.MONTH, "month"),
        (PeriodKind.QUARTER, "quarter"),
        (PeriodKind.HALF_YEAR, "half"),
    ):
        if match[group]:
            return _of_months(kind, int(match["year"]), int(match[group]) - 1, window)
    kind = PeriodKind.NINE_MONTHS if match["nine"] else PeriodKind.YEAR
    return _of_months(kind, int(match["year"]), 0, window)


def label(period: Period, language: Language = "vi") -> str:
    """What people call the period: "quý I/2025", "Q1 2025"."""
    return _vietnamese(period) if language == "vi" else _english(period)


def said(key: str, language: Language = "vi") -> str:
    """What people call an assignment's period; a task's second date, whose key is that day, too.

    Raises:
        InvalidInput: the key names neither a period nor a day.
    """
    named = key.partition("~")[0]
    try:
        day = date.fromisoformat(named) if DAY_PATTERN.fullmatch(named) else None
    except ValueError:
        day = None
    if day is None:
        return label(parse_key(named), language)
    if language == "vi":
        return f"{day:%d/%m/%Y}"
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"


def _month_of(day: date, window: Window) -> int:
    """Months since year 0 of the month that ``day`` is reported under."""
    months = day.year * 12 + day.month - 1
    return months + 1 if window == "official" and day.day > CUTOFF_DAY else months


def _opening(month: int, window: Window) -> date:
    """The first day that is reported under ``month``, in months since year 0."""
    if window == "official":
        return date((month - 1) // 12, (month - 1) % 12 + 1, CUTOFF_DAY + 1)
    return date(month // 12, month % 12 + 1, 1)


def _of_months(kind: PeriodKind, year: int, index: int, window: Window) -> Period:
    """The ``index``-th period (from 0) of its kind that is reported under ``year``."""
    length = MONTHS_OF[kind]
    first = year * 12 + index * length
    end = _opening(first + length, window) - timedelta(days=1)
    return Period(kind, _key(kind, year, index + 1), _opening(first, window), end)


def _key(kind: PeriodKind, year: int, ordinal: int) -> str:
    suffix = {
        PeriodKind.MONTH: f"-{ordinal:02}",
        PeriodKind.QUARTER: f"-Q{ordinal}",
        PeriodKind.HALF_YEAR: f"-H{ordinal}",
        PeriodKind.NINE_MONTHS: "-9M",
    }
    return f"{year:04}{suffix.get(kind, '')}"


def _fortnight(day: date) -> Period:
    into = (day - FIRST_FORTNIGHT).days % FORTNIGHT_DAYS
    start = day - timedelta(days=into)
    end = start + timedelta(days=FORTNIGHT_DAYS - 1)
    return Period(PeriodKind.FORTNIGHT, f"F{start.isoformat()}", start, end)


def _parse_fortnight(text: str) -> Period:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"'F{text}' is no period: there is no such day") from None
    period = _fortnight(day)
    if period.start != day:
        raise InvalidInput(f"no fortnight starts on {text}; the one around it is '{period.key}'")
    return period


def _window_of(period: Period) -> Window:
    return "calendar" if period.start.day == 1 else "official"


def _vietnamese(period: Period) -> str:
    year, index = _year_and_index(period)
    match period.kind:
        case PeriodKind.FORTNIGHT:
            return f"kỳ 02 tuần từ {period.start:%d/%m/%Y}"
        case PeriodKind.MONTH:
            return f"tháng {period.end:%m/%Y}"
        case PeriodKind.QUARTER:
            return f"quý {ROMAN[index]}/{year}"
        case PeriodKind.HALF_YEAR:
            return f"6 tháng {('đầu', 'cuối')[index]} năm {year}"
        case PeriodKind.NINE_MONTHS:
            return f"9 tháng năm {year}"
        case PeriodKind.YEAR:
            return f"năm {year}"


def _english(period: Period) -> str:
    year, index = _year_and_index(period)
    match period.kind:
        case PeriodKind.FORTNIGHT:
            month = ENGLISH_MONTHS[period.start.month - 1]
            return f"fortnight from {period.start.day} {month} {period.start.year}"
        case PeriodKind.MONTH:
            return f"{ENGLISH_MONTHS[index]} {year}"
        case PeriodKind.QUARTER:
            return f"Q{index + 1} {year}"
        case PeriodKind.HALF_YEAR:
            return f"{('first', 'second')[index]} half of {year}"
        case PeriodKind.NINE_MONTHS:
            return f"nine months of {year}"
        case PeriodKind.YEAR:
            return f"year {year}"


def _year_and_index(period: Period) -> tuple[int, int]:
    """The year that the period is reported under, and its place (from 0) in that year."""
    # Every period ends within the month that names it, in both windows.
    return period.end.year, (period.end.month - 1) // MONTHS_OF.get(period.kind, 12)
