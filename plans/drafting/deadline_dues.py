"""From a point in time or a term to a due date as a task declares it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date

from plans.declaration import Due, Fixed, Periodic, Relative, Within
from plans.drafting.deadline_tokens import Limit, Point, Term
from plans.terms import PeriodKind


def relative(term: Term, after: date | str) -> Relative:
    """Days or working days after the plan\'s issue or a date."""
    days = {"working_days" if term.unit == "working_days" else "days": term.count}
    return Relative.model_validate({"type": "relative", "after": after, **days})


def later(start: date | None, months: int) -> date | None:
    """The same day some months later, or the month's last one (Civil Code 2015, article 147)."""
    if start is None:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > 2100:
        return None
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def in_year(point: Point, year: int | None) -> Point:
    """The same point in a year; 29/02 is the 28th where the year lacks it."""
    day = point.day
    if year and point.unit == "day":
        day = min(day, monthrange(year, point.number)[1])
    return replace(point, day=day, year=year)


def first_day(point: Point) -> date:
    """The first day of a point whose year is known."""
    assert point.year
    month = {
        "day": point.number,
        "month": point.number,
        "quarter": point.number * 3 - 2,
        "half": point.number * 6 - 5,
    }.get(point.unit, 1)
    return date(point.first or point.year, month, point.day or 1)


def last_day(point: Point) -> date:
    """The last day of a point whose year is known."""
    assert point.year
    if point.unit == "day":
        return date(point.year, point.number, point.day)
    month = {
        "month": point.number,
        "quarter": point.number * 3,
        "half": point.number * 6,
        "nine_months": 9,
    }.get(point.unit, 12)
    return date(point.year, month, monthrange(point.year, month)[1])


def once(point: Point, limit: Limit | None) -> Due:
    """A due date that comes once, for a point whose year is known."""
    match point.unit:
        case "day" if limit == "before":
            return Fixed(type="fixed", before=last_day(point))
        case "month":
            return Within(type="within", month=f"{point.year}-{point.number:02}")
        case "quarter":
            return Within(type="within", quarter=f"{point.year}-Q{point.number}")
        case "year" | "span":
            return Within(type="within", year=point.year)
        case _:
            return Fixed(type="fixed", by=last_day(point))


def yearly(stated: Point, limit: Limit | None) -> Periodic:
    """Each year on that day, or by the end of that month or quarter."""
    before = limit == "before"
    point = in_year(stated, 2027)
    day = first_day(point) if before else last_day(point)
    if stated.unit == "day":
        day = date(2028, stated.number, stated.day)
    said = f"{day:%m-%d}"
    if before:
        return Periodic(type="periodic", every=PeriodKind.YEAR, before=said)
    return Periodic(type="periodic", every=PeriodKind.YEAR, by=said)
