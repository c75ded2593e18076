"""Calendars in an office at work: who makes them, and what they hold when they are fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from plans import calendar_feeds as calendars
from plans.access import Caller, Grant
from plans.calendar_entries import Contents, Entry, contents
from plans.calendar_feeds import NewCalendar
from plans.store import reading, writing
from plans.terms import Role, Scope
from tests.acts import MOT, TODAY, key_of
from tests.builders import ZONE, at

SECRET = "s" * 40
NOW = at(TODAY)
HEALTH, MONEY = "so-y-te", "so-tai-chinh"


def caller(role: str, department: str | None = None, **given: Any) -> Caller:
    reach = frozenset([department] if department else ())
    grant = Grant(Role(role), department, reach, **given)
    return Caller(f"office:{role} {department} {given}", "user", (grant,))


ADMIN, OFFICE, VIEWER = caller("admin"), caller("coordinator"), caller("viewer")
OF_PLAN = caller("coordinator", plans=frozenset({"mau"}))
OWN = caller("department", HEALTH)
NOTHING = caller("coordinator", plans=frozenset())
LINK = Caller(
    f"link:{HEALTH}",
    "link",
    (Grant(Role.DEPARTMENT, HEALTH, frozenset({HEALTH}), supports=False),),
    frozenset({Scope.ASSIGNMENTS, Scope.REPORT}),
)
UNCONFIRMED = Caller(LINK.actor, "link", LINK.grants, frozenset({Scope.ASSIGNMENTS}))


def make(engine: Engine, who: Caller = ADMIN, now: datetime = NOW, **given: Any) -> Any:
    new = NewCalendar(**({} if "plan" in given else {"department": HEALTH}) | given)
    with writing(engine) as connection:
        return calendars.create(connection, who, new, now=now)


def fetch(engine: Engine, row: Any, now: datetime = NOW) -> Contents:
    token = calendars.token_of(SECRET, row.id)
    with reading(engine) as connection:
        found = calendars.found_by(connection, SECRET, token, now)
        return contents(connection, found, now, ZONE)


def entry(engine: Engine, row: Any, ref: str = MOT, now: datetime = NOW) -> Entry:
    key = key_of(engine, ref)
    [found] = [one for one in fetch(engine, row, now).entries if one.key == key]
    return found
