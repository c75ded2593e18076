"""What runs owe, found by the database, against the slow and obvious way: every row, by the rules.

A random office's days: bodies report, come back, move, end; whatever happened, both ways agree,
and a day owed in parts is the same as in one go.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from plans import digest_offices, digests, reminding
from plans.addressing import Bodies
from plans.calendar import WorkCalendar
from plans.declaration import Departments, Rung, Successor
from plans.ladder import reached, reaches
from plans.loading import read_calendar
from plans.messages import DigestContent
from plans.reminding import STALE, owed_on, recipients, remind_in_parts
from plans.rules import Event, is_open
from plans.store import catalogue, lists, reading, writing
from plans.store.events import WORTH_TELLING
from plans.store.ledger import append, events_of, open_assignments, state_of
from plans.store.notices import sent_rungs
from plans.store.schema import assignments, deliveries, notices, rungs_sent
from plans.terms import EventKind, LeadStatus, NoticeKind, Review
from tests.builders import at, build_department, build_new, build_plan

CALENDAR = WorkCalendar([])
FIRST = date(2025, 3, 3)
DAYS = [FIRST + timedelta(days=n) for n in (0, 9, 10, 30, 31, 32, 36, 37, 45, 60, 61, 120)]
LADDERS = {
    "mau": (Rung(days=-3), Rung(days=1), Rung(days=5, superior=True)),
    "hai": (Rung(days=-10), Rung(days=0, superior=True), Rung(days=10, superior=True)),
    "ba": (Rung(days=-3), Rung(days=1), Rung(days=5, superior=True)),
}
BODIES = {"so-a": "office", "so-b": "office", "so-c": None, "phong-a": "so-a", "office": None}


@given(
    st.lists(st.integers(-60, 250), min_size=1, max_size=6, unique=True).map(sorted),
    st.dates(date(2024, 1, 1), date(2026, 6, 30)),
    st.integers(-400, 120),
)
@settings(max_examples=150, deadline=None)
def test_the_due_dates_of_a_rung_are_those_that_reached_it(
    days: list[int], on: date, shift: int
) -> None:
    ladder, due = [Rung(days=n) for n in days], on + timedelta(days=shift)
    step = reached(ladder, due, on, CALENDAR)
    found = [
        one.rung
        for one in reaches(ladder, on, CALENDAR)
        if (one.after is None or one.after < due) and due <= one.until
    ]
    assert found == ([step.rung] if step else [])


# --- an office and its days -------------------------------------------------------------------


def declare(connection: Connection, ended: dict[str, date]) -> None:
    """The bodies; those that have ended are followed by ``so-b``."""
    heir = (Successor(code="so-b", functions="all"),)
    bodies = [
        build_department(code, parent=above, until=ended.get(code), successors=heir)
        if code in ended
        else build_department(code, parent=above)
        for code, above in BODIES.items()
    ]
    catalogue.save_bodies(connection, bodies)
    catalogue.save_directory(connection, Departments(functions={}, departments=tuple(bodies)))


def furnish(engine: Engine, chance: random.Random) -> list[str]:
    keys = [f"a{n}" for n in range(60)]
    with writing(engine) as connection:
        declare(connection, {})
        for plan, ladder in LADDERS.items():
            made = build_plan(id=plan, ladder=ladder, coordinator=chance.choice(["office", "so-c"]))
            catalogue.save_plan(connection, made, 1, at(FIRST))
        new = []
        for key in keys:
            code = chance.choice(list(BODIES))
            due = FIRST + timedelta(days=chance.randrange(-20, 60))
            new.append(
                build_new(
                    key,
                    plan=chance.choice(list(LADDERS)),
                    department=code,
                    declared=chance.choice([code, "office"]),
                    due=due.isoformat(),
                    when=FIRST - timedelta(days=30),
                )
            )
        open_assignments(connection, new)
    return keys


def happen(engine: Engine, keys: list[str], on: date, chance: random.Random) -> None:
    """Some reports, reviews, other dates and other leads; and a body may end."""
    with writing(engine) as connection:
        rows = {row.id: row for row in connection.execute(select(assignments))}
        for key in chance.sample(keys, 12):
            if kind := possible(rows[key], on, chance):
                append(connection, {key: [Event(kind[0], "office", at(on), at(on), kind[1])]})
        if chance.random() < 0.3:
            declare(
                connection, {chance.choice(["so-a", "phong-a", "so-c"]): on - timedelta(days=1)}
            )


def possible(row: Any, on: date, chance: random.Random) -> tuple[EventKind, Any] | None:
    state = state_of(row)
    if row.review == Review.SUBMITTED:
        kind = chance.choice([EventKind.ACCEPTED, EventKind.RETURNED])
        return kind, {}
    if not is_open(state):
        return None
    lead = chance.choice(["so-b", "office"])
    moved = {"department": lead, "lead_status": LeadStatus.UNCONFIRMED}
    return chance.choice(
        [
            (EventKind.SUBMITTED, {"percent": 100, "submitted_on": on.isoformat()}),
            (EventKind.REDATED, {"due": (row.due + timedelta(days=15)).isoformat()}),
            (EventKind.REASSIGNED, moved),
        ]
    )


def story(engine: Engine, seed: int) -> Iterator[date]:
    chance = random.Random(seed)
    keys = furnish(engine, chance)
    for on in DAYS:
        yield on
        happen(engine, keys, on, chance)


# --- the slow and obvious way -----------------------------------------------------------------


def owed_by_hand(connection: Connection, on: date) -> list[tuple[Any, ...]]:
    calendar, bodies, found = read_calendar(connection), Bodies(connection, on), []
    for row in lists.listing(connection, lists.Filter(open_only=True), on):
        step = reached(LADDERS[row.plan], row.due, on, calendar)
        told = sent_rungs(connection, [row.id]).get(row.id, [])
        for recipient, kind in recipients(bodies, row, step.rung, row.coordinator) if step else ():
            assert step is not None
            before = any(one.due == row.due and one.day < on for one in told)
            if kind is NoticeKind.ESCALATION and (on - step.day > STALE or not before):
                continue
            same = (one for one in told if one.recipient == recipient and one.due == row.due)
            if not any(one.rung >= step.rung.days for one in same):
                found.append((recipient, kind, step.rung.days, row.due, row.id))
    return found


def digests_by_hand(connection: Connection, on: date) -> dict[str, dict[str, Any]]:
    rows, found = lists.listing(connection, lists.Filter(), on), {}
    bodies = Bodies(connection, on)
    week_ago = at(on - timedelta(days=7))
    for code in BODIES:
        mine = [row for row in rows if row.department == code]
        owed = [row for row in mine if is_open(state_of(row))]
        late = [row.id for row in owed if row.due < on]
        coming = [row.id for row in owed if on <= row.due <= on + timedelta(days=7)]
        said = [
            event
            for row in mine
            for event in events_of(connection, row.id)
            if event.kind in WORTH_TELLING and week_ago < event.recorded_at <= at(on)
        ]
        if bodies.exists(code) and (late or coming or said):
            found[code] = {
                "overdue": late[: digest_offices.SHOWN],
                "overdue_total": len(late),
                "due_next": coming[: digest_offices.SHOWN],
                "due_next_total": len(coming),
                "waiting_review": sum(row.review == Review.SUBMITTED for row in mine),
                "unconfirmed": sum(row.lead_status == LeadStatus.UNCONFIRMED for row in mine),
                "changes_total": len(said),
            }
    return found


def said(one: DigestContent) -> dict[str, Any]:
    lines = {
        name: [row.assignment for row in getattr(one, name)] for name in ("overdue", "due_next")
    }
    names = ("overdue_total", "due_next_total", "waiting_review", "unconfirmed", "changes_total")
    return lines | {name: getattr(one, name) for name in names}


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_owed_is_what_the_rules_say_of_every_row(engine: Engine, seed: int) -> None:
    every = 0
    for on in story(engine, seed):
        with reading(engine) as connection:
            owed = owed_on(connection, on)
            expected = owed_by_hand(connection, on)
        found = [(one.recipient, one.kind, one.rung, one.due, one.line.assignment) for one in owed]
        assert found == expected
        every += len(found)
        parts = list(remind_in_parts(engine, on, at(on), domain="x.vn", most=7))
        assert len(parts) > 1 or len(found) < 8
        with reading(engine) as connection:
            assert owed_by_hand(connection, on) == []
            kept = connection.execute(select(rungs_sent).where(rungs_sent.c.day == on)).all()
        told = [(row.recipient, row.rung, row.due, row.assignment) for row in kept]
        assert sorted(told) == sorted((one[0], one[2], one[3], one[4]) for one in found)
        assert not any(remind_in_parts(engine, on, at(on), domain="x.vn"))
    assert every > 100


@pytest.mark.parametrize("seed", [1, 2])
def test_digests_say_what_the_rules_say_of_every_row(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (digests, digest_offices):
        monkeypatch.setattr(module, "SHOWN", 3)
    monkeypatch.setattr(digests, "PART", 2)
    for on in story(engine, seed):
        with reading(engine) as connection:
            found = digests.digest_contents(connection, on, at(on))
            own = {one.recipient: said(one) for one in found if one.role == "department"}
            assert own == digests_by_hand(connection, on)
            of_offices(connection, [one for one in found if one.role == "office"], on)


def of_offices(connection: Connection, found: list[DigestContent], on: date) -> None:
    """An office's lists are those of its plans, whoever leads."""
    for one in found:
        plans = [section.plan for section in one.plans]
        which = lists.Filter(plans=plans, open_only=True, due_by=on - timedelta(days=1))
        late = lists.listing(connection, which, on)
        assert [row.assignment for row in one.overdue] == [row.id for row in late[:3]]
        assert one.overdue_total == len(late) == sum(held.tasks for held in one.overdue_at)
        waiting = lists.Filter(plans=plans, review=Review.SUBMITTED)
        assert one.waiting_review == lists.number_of(connection, waiting, on)
        mute = [row for row in late if row.review == Review.NONE]
        assert sum(silent.overdue for silent in one.silent) == len(mute)


def test_digests_in_parts_are_owed_once_however_often_a_run_ends_early(engine: Engine) -> None:
    furnish(engine, random.Random(3))
    on = FIRST + timedelta(days=14)
    run = digests.owe_digests_in_parts(engine, on, at(on), domain="x.vn", size=2)
    first = next(run)
    run.close()
    rest = list(digests.owe_digests_in_parts(engine, on, at(on, 10), domain="x.vn", size=2))
    with reading(engine) as connection:
        contents = digests.digest_contents(connection, on, at(on))
        keys = set(connection.execute(select(notices.c.key)).scalars())
        assert connection.scalar(select(func.count()).select_from(deliveries)) == len(contents)
    assert len(first) == 2
    assert keys == {*first, *(key for some in rest for key in some)}
    assert keys == {digests.digest_key(one) for one in contents}


def test_a_run_that_ends_early_leaves_the_rest_to_the_next(engine: Engine) -> None:
    furnish(engine, random.Random(4))
    run = reminding.remind_in_parts(engine, FIRST, at(FIRST), domain="x.vn", most=5)
    made = next(run)
    run.close()
    with reading(engine) as connection:
        left = owed_by_hand(connection, FIRST)
    assert made
    assert left
    rest = [
        key
        for some in reminding.remind_in_parts(engine, FIRST, at(FIRST), domain="x.vn")
        for key in some
    ]
    assert not set(made) & set(rest)
    with reading(engine) as connection:
        assert owed_by_hand(connection, FIRST) == []
