"""What stands in a calendar: its subject's assignments with their due dates and reminders.

Those that are open, and for a while those that ended, so that clients learn that they did. Nothing
is said of them that people wrote; nothing that is not opened yet is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plans.climbing import ladders_of
from plans.ladder import steps
from plans.loading import read_calendar
from plans.rules import is_open, outside, timeliness
from plans.store import Connection, catalogue
from plans.store import calendar_feeds as store
from plans.store.catalogue import Heading
from plans.store.ledger import state_of
from plans.terms import Outside, Review, Timeliness, Work

DONE_STAYS = timedelta(days=90)
CANCELLED_STAYS = timedelta(days=30)
MOST = 1_500
"""More entries than go into the bytes that Google takes (``integrations.calendar_feed``)."""

Pair = tuple[str, str]
"""The same in Vietnamese and in English."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One assignment as calendars show it. ``alarms``: on which days it reminds.

    ``sequence`` grows with each event and each version of the plan; ``modified`` is the moment
    since which it reads as it does, also where the day alone made it overdue.
    """

    key: str
    title: Pair
    period: str | None
    plan: str
    group: Pair
    lead: Pair | None
    short: str | None
    deliverable: str | None
    due: date
    due_estimated: bool
    original_due: date
    kind: Timeliness | Outside
    work: Work
    review: Review
    percent: int
    done_on: date | None
    sequence: int
    modified: datetime
    alarms: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """A calendar's entries, the most urgent first, of so many in all; ``record`` names it."""

    entries: tuple[Entry, ...]
    total: int
    record: str
    on: date
    modified: datetime


def contents(connection: Connection, row: Any, now: datetime, zone: ZoneInfo) -> Contents:
    """What a calendar holds at a moment.

    ``row`` bears ``department``, ``plan`` and ``created_at``. A department's holds what it leads,
    so nothing whose lead is not decided; a plan's holds all.
    """
    on = now.astimezone(zone).date()
    since = (now - DONE_STAYS, now - CANCELLED_STAYS)
    span = store.Span(row.department, row.plan, on, *since)
    rows, total = store.entries(connection, span, MOST)
    headings = catalogue.headings(connection, sorted({one.plan for one in rows}))
    alarms = _alarms(connection, on)
    found = tuple(_entry(one, headings, alarms, on, zone) for one in rows)
    # On another day another thing is overdue, and others have ended too long ago.
    begun = datetime.combine(on, time(), zone)
    modified = max([row.created_at, begun, *(one.modified for one in found)])
    return Contents(found, total, store.record_name(connection), on, modified)


def _entry(
    row: Row[Any],
    headings: Mapping[str, Heading],
    alarms: Callable[[str, date], tuple[date, ...]],
    on: date,
    zone: ZoneInfo,
) -> Entry:
    state = state_of(row)
    kind = outside(state) or timeliness(state, on)
    assert kind is not None
    group = headings[row.plan].titles.get(row.group)
    return Entry(
        key=row.id,
        title=(row.title_vi, row.title_en),
        period=row.period,
        plan=row.plan_number or row.plan_title_vi,
        group=(group.vi, group.en) if group else ("", ""),
        lead=(row.department_vi, row.department_en) if row.department_vi else None,
        short=row.abbr,
        deliverable=row.deliverable,
        due=row.due,
        due_estimated=row.due_estimated,
        original_due=row.original_due,
        kind=kind,
        work=state.work,
        review=state.review,
        percent=row.percent,
        done_on=row.done_on,
        sequence=row.events + row.plan_version - 2,
        modified=_modified(row, kind, zone),
        alarms=alarms(row.plan, row.due) if is_open(state) else (),
    )


def _modified(row: Row[Any], kind: Timeliness | Outside, zone: ZoneInfo) -> datetime:
    moments: list[datetime] = [row.changed_at, row.plan_loaded_at]
    if kind is Timeliness.OPEN_OVERDUE:
        moments.append(datetime.combine(row.due + timedelta(days=1), time(), zone))
    return max(moments)


def _alarms(connection: Connection, on: date) -> Callable[[str, date], tuple[date, ...]]:
    """On which days the rungs of a plan's ladder lie that come before a due date, from today on.

    Worked out once for each date, by the same working days as the messages are.
    """
    ladders, calendar = ladders_of(connection), read_calendar(connection)
    known: dict[tuple[int, date], tuple[date, ...]] = {}

    def days(plan: str, due: date) -> tuple[date, ...]:
        ladder = ladders[plan][0]
        key = (id(ladder), due)
        if key not in known:
            every = {one.day for one in steps(ladder, due, calendar)} | {due}
            known[key] = tuple(sorted(day for day in every if on <= day <= due))
        return known[key]

    return days
