"""The working calendar of a year, and days that a document makes worked or free."""

from __future__ import annotations

import hashlib
from calendar import Calendar
from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.web.admin.common import TRIED, asked, day_of, refused, status_of, who_of
from dondoc.web.explaining import Fault
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import governing, overriding
from plans.access import Action
from plans.errors import InvalidInput, NotFound, Stale
from plans.overriding import Moved
from plans.store import Connection
from plans.year_days import CalendarDay, DayKind, read_year

calendar = APIRouter(include_in_schema=False)

FIRST, LAST, LISTED = 2000, 2100, 100
KINDS = {
    DayKind.HOLIDAY: marked("public holiday"),
    DayKind.OFF: marked("day off by a notice"),
    DayKind.SWAPPED: marked("worked weekend’s day"),
    DayKind.WEEKEND: marked("weekend"),
    DayKind.WORKED: marked("working day"),
}
WEEKDAYS = (
    (marked("Mon"), marked("Monday")),
    (marked("Tue"), marked("Tuesday")),
    (marked("Wed"), marked("Wednesday")),
    (marked("Thu"), marked("Thursday")),
    (marked("Fri"), marked("Friday")),
    (marked("Sat"), marked("Saturday")),
    (marked("Sun"), marked("Sunday")),
)


@calendar.get("/admin/calendar", **see(Action.LOAD_PLANS))
def show_calendar(page: Seen) -> Response:
    """A year, month by month."""
    return _year(page, _wanted(asked(page, "year"), page.here.day))


def _wanted(said: str, today: date) -> int:
    if not said:
        return today.year
    if not said.isascii() or not said.isdecimal() or not FIRST <= int(said[:5]) <= LAST:
        raise NotFound("no such year")
    return int(said)


def _year(page: Page, number: int, status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        year = read_year(connection, number)
        who = who_of(connection, page, [one.decided.actor for one in year.days if one.decided])
    given: dict[str, Any] = {"errors": {}, "typed": {"working": "0"}} | facts
    days = {one.day: one for one in year.days}
    special = [
        one for one in year.days if one.decided or one.kind not in (DayKind.WORKED, DayKind.WEEKEND)
    ]
    return page.show(
        "admin/calendar.html",
        status,
        year=year,
        months=[_month(number, month, days) for month in range(1, 13)],
        special=special,
        kind_words=KINDS,
        weekdays=WEEKDAYS,
        who=who,
        first=FIRST,
        last=LAST,
        **given,
    )


def _month(
    year: int, month: int, days: dict[date, CalendarDay]
) -> tuple[int, list[list[CalendarDay | None]], int]:
    """A month by weeks, with how many of its days are worked."""
    weeks = [
        [days[day] if day.month == month else None for day in week]
        for week in Calendar().monthdatescalendar(year, month)
    ]
    worked = sum(one is not None and one.is_worked for week in weeks for one in week)
    return month, weeks, worked


# --- a day is decided ---------------------------------------------------------------------------


@calendar.get("/admin/calendar/change", **see(Action.LOAD_PLANS))
def preview_change(page: Seen) -> Response:
    """Which dates would move if a day were worked, or free."""
    typed = {name: asked(page, name) for name in ("day", "working", "basis")}
    return _preview(page, typed)


def _preview(
    page: Page, typed: dict[str, str], status: int = 200, error: Fault | None = None
) -> Response:
    errors = refused(page, error) if error else {}
    try:
        day, working = day_of("day", typed["day"]), _working(typed["working"])
        number = governing.read_document(typed["basis"]).number
        with page.reading() as connection:
            moved = overriding.preview(connection, day, working, page.here.day)
    except TRIED as fault:
        return _back(page, typed, fault)
    return page.show(
        "admin/calendar_change.html",
        status,
        day=day,
        working=working,
        basis=number,
        errors=errors,
        **_moving(moved),
    )


def _working(said: str) -> bool:
    if said not in ("0", "1"):
        message = "Input should be 'worked' or 'free'"
        raise InvalidInput(message, fields={"working": message})
    return said == "1"


def _moving(moved: Sequence[Moved]) -> dict[str, Any]:
    return {"moved": moved[:LISTED], "total": len(moved), "seal": seal_of(moved)}


def seal_of(moved: Sequence[Moved]) -> str:
    """Stands for what moves where: it is another one once that changes."""
    said = sorted((one.assignment, str(one.before), str(one.after)) for one in moved)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _back(page: Page, typed: dict[str, str], error: Fault) -> Response:
    """The year with the form as it was filled in, and what is wrong with it."""
    year = typed["day"][:4]
    known = year.isascii() and year.isdecimal() and FIRST <= int(year) <= LAST
    shown = {"errors": refused(page, error, document="basis"), "typed": typed}
    return _year(page, int(year) if known else page.here.day.year, status_of(error), **shown)


def _require_same(moved: Sequence[Moved], seal: str) -> None:
    if seal_of(moved) != seal:
        raise Stale("other dates would move than those that were shown")


@calendar.post("/admin/calendar/change", **see(Action.LOAD_PLANS))
def change_day(page: Sent) -> Response:
    """Decide that a day is worked, or free, with exactly the dates that were shown."""
    typed = {name: page.fields.get(name, "").strip() for name in ("day", "working", "basis")}

    def act(connection: Connection) -> str:
        day, working = day_of("day", typed["day"]), _working(typed["working"])
        by: dict[str, Any] = {"actor": page.caller.actor, "now": page.here.now}
        moved = overriding.apply(connection, day, working, typed["basis"], **by)
        _require_same(moved, page.fields.get("seal", ""))
        return page.go(f"/admin/calendar?year={day.year}", "decided")

    try:
        return page.write(act)
    except Stale as error:
        return _preview(page, typed, 412, error)
    except TRIED as error:
        return _back(page, typed, error)


# --- and left to the calendar again -------------------------------------------------------------


@calendar.get("/admin/calendar/withdrawal", **see(Action.LOAD_PLANS))
def preview_withdrawal(page: Seen) -> Response:
    """Which dates would move if a decided day were left to the calendar's files again."""
    return _withdrawal(page, asked(page, "day"))


def _withdrawal(page: Page, said: str, status: int = 200, error: Fault | None = None) -> Response:
    errors = refused(page, error) if error else {}
    try:
        day = day_of("day", said)
        with page.reading() as connection:
            decided = next((o for o in overriding.listing(connection) if o.day == day), None)
            moved = overriding.preview_withdrawal(connection, day, page.here.day)
    except TRIED as fault:
        return _back(page, {"day": said, "working": "0", "basis": ""}, fault)
    return page.show(
        "admin/calendar_withdrawal.html",
        status,
        day=day,
        decided=decided,
        errors=errors,
        **_moving(moved),
    )


@calendar.post("/admin/calendar/withdrawal", **see(Action.LOAD_PLANS))
def withdraw_day(page: Sent) -> Response:
    """Leave a decided day to the calendar's files again."""
    said = page.fields.get("day", "")

    def act(connection: Connection) -> str:
        day = day_of("day", said)
        by: dict[str, Any] = {"actor": page.caller.actor, "now": page.here.now}
        _require_same(overriding.withdraw(connection, day, **by), page.fields.get("seal", ""))
        return page.go(f"/admin/calendar?year={day.year}", "withdrawn")

    try:
        return page.write(act)
    except TRIED as error:
        return _withdrawal(page, said, status_of(error), error)
