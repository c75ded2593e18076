"""Whatever happens while messages cannot be sent: each thing is told once, and nothing outdated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from plans.calendar import WorkCalendar
from plans.catching_up import settle, settle_in_parts
from plans.errors import Conflict
from plans.holding import held, hold, lift
from plans.ladder import reached
from plans.reminding import owed_on
from plans.store import Connection, reading, writing
from plans.store.schema import assignments, deliveries, rungs_sent
from plans.terms import Delivery, EventKind, NoticeKind, Review, Work
from tests.builders import at, build_plan, undone
from tests.catching import (
    LADDER,
    Sent,
    attempt,
    finish_work,
    happen,
    mine,
    owe,
    send,
    standing,
)
from tests.offices import furnish

FIRST = date(2025, 3, 24)
WORK = ("mau/mot/so-y-te", "mau/chung/so-y-te", "mau/chung/so-tai-chinh")
BODIES = ("so-y-te", "so-tai-chinh")
CALENDAR = WorkCalendar()
ACTS = ("submit", "return", "finish", "move", "suspend", "resume", "reassign", "hold", "lift")


@dataclass
class Day:
    """``up``: whether the mail server takes messages; ``runs``: whether anything of ours runs."""

    up: bool
    runs: bool
    acts: list[tuple[str, str, int]] = field(default_factory=list)


days = st.builds(
    Day,
    up=st.booleans(),
    runs=st.sampled_from([True, True, True, False]),
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from(WORK), st.integers(1, 20)), max_size=2
    ),
)


@pytest.fixture
def office(sqlite_engine: Engine) -> Engine:
    furnish(sqlite_engine, plan=build_plan(ladder=LADDER), now=at(date(2025, 1, 6)))
    return sqlite_engine


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(days, min_size=3, max_size=12))
def test_each_thing_is_told_once_and_nothing_outdated(office: Engine, course: list[Day]) -> None:
    out: list[Sent] = []
    with undone(office) as connection:
        for n, day in enumerate([*course, Day(up=True, runs=True)]):
            on = FIRST + timedelta(days=n)
            for act in day.acts:
                play(connection, on, *act)
            if not day.runs:
                continue
            if CALENDAR.is_working_day(on):
                owe(connection, on)
            if not day.up:
                settle(connection, on, at(on, 10))
                continue
            sent = send(connection, on)
            for one in sent:
                check_message(connection, one, on)
            out += sent
            if CALENDAR.is_working_day(on):
                check_told(connection, on)
        check_record(connection)
    check_once(out)


def play(connection: Connection, on: date, what: str, ref: str, n: int) -> None:
    """One act of the office or a department, where the rules allow it."""
    try:
        with connection.begin_nested():
            if what == "submit":
                happen(connection, EventKind.SUBMITTED, on, ref, submitted_on=on.isoformat())
            elif what == "return":
                happen(connection, EventKind.RETURNED, on, ref, note=None)
            elif what == "finish":
                finish_work(connection, on, ref)
            elif what == "move":
                due = (on + timedelta(days=n - 6)).isoformat()
                happen(connection, EventKind.REDATED, on, ref, due=due)
            elif what == "suspend":
                happen(connection, EventKind.SUSPENDED, on, ref)
            elif what == "resume":
                happen(connection, EventKind.RESUMED, on, ref)
            elif what == "reassign":
                to = {"department": BODIES[n % 2], "lead_status": "confirmed"}
                happen(connection, EventKind.REASSIGNED, on, ref, **to)
            elif what == "hold":
                hold(connection, BODIES[n % 2], reason="x", until=None, actor="u", now=at(on, 6))
            elif what == "lift":
                lift(connection, BODIES[n % 2], actor="u", now=at(on, 6))
    except Conflict:
        pass  # not possible now


def check_message(connection: Connection, one: Sent, on: date) -> None:
    """It says what is so on the day on which it goes out."""
    assert one.day == one.content.day == on
    assert one.content.lines
    for line in one.content.lines:
        row = connection.execute(
            select(assignments).where(assignments.c.id == line.assignment)
        ).one()
        assert row.work in (Work.NOT_STARTED, Work.IN_PROGRESS)
        assert row.review != Review.SUBMITTED
        assert (line.due, line.days, line.percent) == (row.due, (row.due - on).days, row.percent)
        if one.kind == NoticeKind.REMINDER:
            assert one.recipient == row.department
        else:
            assert one.recipient != row.department


def check_told(connection: Connection, on: date) -> None:
    """Whoever owes something was told it by a message that went out, on the rung it is on."""
    withheld = held(connection, on)
    assert [one for one in owed_on(connection, on) if one.recipient not in withheld] == []
    sent = select(rungs_sent).join(deliveries, deliveries.c.notice == rungs_sent.c.notice)
    rows = connection.execute(sent.where(deliveries.c.state == Delivery.SENT)).all()
    for row in connection.execute(select(assignments).where(assignments.c.department.in_(BODIES))):
        open_one = row.work in (Work.NOT_STARTED, Work.IN_PROGRESS)
        step = reached(LADDER, row.due, on, CALENDAR)
        asked = open_one and row.review != Review.SUBMITTED and step
        if asked and row.department not in withheld:
            told = [one.rung for one in rows if is_of(one, row)]
            assert step and told and max(told) >= step.rung.days


def is_of(rung: Any, row: Any) -> bool:
    told = (rung.assignment, rung.recipient, rung.due)
    return told == (row.id, row.department, row.due)


def check_record(connection: Connection) -> None:
    """What did not go out says why, and counts as told to nobody."""
    rows = {row.id: row for row in standing(connection)}
    for row in rows.values():
        assert row.state in ("sent", "waiting", "dropped")
        assert bool(row.error) is (row.state == "dropped")
        assert row.state == "waiting" or row.finished_at
        if row.error and row.error.startswith("merged into "):
            assert row.error.removeprefix("merged into ") in {one.key for one in rows.values()}
    told = connection.execute(select(rungs_sent.c.notice)).scalars()
    assert all(rows[notice].state != "dropped" for notice in told)
    assert len({row.message_id for row in rows.values()}) == len(rows)


def check_once(out: Sequence[Sent]) -> None:
    """The same of one due date is told again only on a later rung."""
    assert len({one.notice for one in out}) == len(out)
    told: dict[tuple[str, str, date], list[date]] = {}
    first: dict[tuple[str, date], date] = {}
    for one in out:
        for line in one.content.lines:
            heard = first.setdefault((line.assignment, line.due), one.day)
            assert one.kind == NoticeKind.REMINDER or heard < one.day, "its superior came first"
            told.setdefault((one.recipient, line.assignment, line.due), []).append(one.day)
    for (*_, due), when in told.items():
        rungs = [reached(LADDER, due, day, CALENDAR) for day in when]
        steps = [step.rung.days for step in rungs if step]
        assert steps == sorted(set(steps)) and len(steps) == len(when)


def test_in_parts_it_is_the_same(office: Engine) -> None:
    on = date(2025, 4, 3)
    with writing(office) as connection:
        for day in (date(2025, 3, 26), date(2025, 4, 1)):
            owe(connection, day)
        finish_work(connection, date(2025, 4, 2))
        attempt(connection, mine(connection, "so-tai-chinh")[0].id, "x", at(on))
    with undone(office) as connection:
        whole = settle(connection, on, at(on))
        expected = standing(connection)
    assert settle_in_parts(office, on, at(on), most=1) == whole
    with reading(office) as connection:
        assert standing(connection) == expected
    assert whole.retold and settle_in_parts(office, on, at(on)).retold == 0
