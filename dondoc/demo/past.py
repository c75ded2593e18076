"""The simulated past: what departments reported before the week that the demo plays.

It goes through the same use cases as the main job, without the network and without mail: at a few
days of each year, periods open, reports come, the simulated coordinator reviews, figures are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dondoc.demo.answering import file_past
from dondoc.demo.departments import SimulatedAgencies, SimulatedTask
from dondoc.demo.desk import measure_past
from dondoc.demo.reports import ZONE
from dondoc.demo.reviewing import review_waiting
from dondoc.demo.roles import give_roles
from plans import loading, opening, reminding, rolling
from plans.assignments import Obligation, obligations
from plans.declaration import Department, Plan
from plans.deliverables import needed_by
from plans.gathering import take_page
from plans.settings import Settings
from plans.store import Connection, Engine, catalogue, claims, feeds, reading, writing
from plans.terms import Delivery, EvidenceKind

WEEK = timedelta(days=7)
UNHEARD = 2 * WEEK
"""What the past leaves to the main job: reports to gather, rungs to remind of."""
NOON = time(12)
CLOSINGS = ((2, 28), (6, 30), (9, 30), (12, 31))
"""Days of a year on which the past is caught up with, among them the last before bodies ended."""
LOTS = 10_000
BY_API = 6
"""Departments without a feed, which report by API."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=ZONE)


def simulate(engine: Engine, at: date) -> SimulatedAgencies:
    """The departments that every plan's obligations up to a day make, each with its own."""
    tasks, present = [], set()
    for one, body, needs in _decided(engine, at):
        tasks.append(_task(one, body, needs))
        if body.exists_on(at):
            present.add(body.code)
    noon = datetime.combine(at, NOON, ZONE)
    spoilt_at = noon - timedelta(hours=2)
    lately = (unheard_since(at, ZONE), noon)
    return SimulatedAgencies(
        tasks, present=present, spoilt_at=spoilt_at, by_api=BY_API, lately=lately
    )


def _decided(
    engine: Engine, until: date
) -> Iterator[tuple[Obligation, Department, EvidenceKind | None]]:
    with reading(engine) as connection:
        directory, calendar = loading.read_directory(connection), loading.read_calendar(connection)
        plans = [catalogue.read_plan(connection, row.id) for row in catalogue.plan_rows(connection)]
    for plan in plans:
        needs = _needs(plan)
        for one in obligations(plan, directory, calendar, until):
            if one.lead.code:
                yield one, one.body or directory.get(one.lead.code), needs.get(one.task)


def _needs(plan: Plan) -> dict[str, EvidenceKind | None]:
    needs = {task.id: needed_by(task) for _, task in plan.tasks()}
    return needs | {part.id: needed_by(part) for _, task in plan.tasks() for part in task.parts}


def _task(one: Obligation, body: Department, needs: EvidenceKind | None) -> SimulatedTask:
    """The obligation as its department knows it; one that begins later cannot answer sooner."""
    span = one.occurrence
    return SimulatedTask(
        department=body.code,
        plan=one.plan,
        task=one.task,
        period=span.key or None,
        opens=max(span.opens, body.since or span.opens),
        due=span.due,
        ongoing=span.ongoing,
        needs=needs or EvidenceKind.REPORT,
    )


def days_before(first: date, at: date) -> Iterator[date]:
    """The closing days from the first plan's issue on, and at last the day two weeks before."""
    last = at - UNHEARD
    for year in range(first.year, last.year + 1):
        for month, day in CLOSINGS:
            closing = date(year, month, day)
            if first <= closing < last:
                yield closing
    yield last


def unheard_since(at: date, zone: ZoneInfo) -> datetime:
    """From when on the main job hears what was reported."""
    return datetime.combine(at - UNHEARD, NOON, zone)


def heard_last(at: date, zone: ZoneInfo) -> datetime:
    """The moment after the last figures of the past: nothing is recorded before it any more."""
    return datetime.combine(at - WEEK, NOON, zone) + timedelta(minutes=1)


def play_past(engine: Engine, settings: Settings, agencies: SimulatedAgencies, at: date) -> None:
    """Everything up to two weeks before ``at``, the figures of a week before, those of targets."""
    with reading(engine) as connection:
        first = min(row.issued for row in catalogue.plan_rows(connection))
    before = LONG_AGO
    for day in days_before(first, at):
        now = datetime.combine(day, NOON, settings.zone)
        with writing(engine) as connection:
            opening.open_periods(connection, day, now)
        give_roles(engine, agencies.feeds())
        with writing(engine) as connection:
            _take_all(connection, agencies, now, settings)
            file_past(connection, agencies, before, now, settings.zone)
            review_waiting(connection, now)
            rolling.take_snapshot(connection, day, now)
        before = now
    with writing(engine) as connection:
        _remind(connection, at - UNHEARD, settings)
        week_ago = datetime.combine(at - WEEK, NOON, settings.zone)
        opening.open_periods(connection, at - WEEK, week_ago)
        rolling.take_snapshot(connection, at - WEEK, week_ago)
        measure_past(connection, at - WEEK, week_ago)


def _take_all(
    connection: Connection, agencies: SimulatedAgencies, now: datetime, settings: Settings
) -> None:
    """What each simulated department had reported by then, as if its feed had been pulled."""
    for row in feeds.feed_rows(connection):
        page = agencies.page(row.department, row.cursor or "", LOTS, now)
        if page["items"]:
            items, cursor = page["items"], page["next"]
            take_page(connection, row.department, items, cursor, now, settings.zone)
        feeds.save_outcome(connection, row.department, now, None, None)


def _remind(connection: Connection, on: date, settings: Settings) -> None:
    """A day's reminders, counted as sent: what later escalations refer to."""
    now = datetime.combine(on, NOON, settings.zone)
    reminding.remind(connection, on, now, domain="simulated.invalid")
    for one in claims.claim(connection, now, WEEK, LOTS):
        claims.finish(connection, one.notice, Delivery.SENT, now, address=None)
