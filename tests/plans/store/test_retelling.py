"""The past, without telling anew what has not changed: the same as from the ledger alone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from plans import rolling
from plans.access import Caller, Grant
from plans.comparing import Difference, compare, compare_ends, difference, explain
from plans.errors import Conflict
from plans.outlining import Wanted, outlined, then
from plans.progress import count, sum_both
from plans.rules import Event, State, apply, is_open, project, timeliness
from plans.store import Connection, outline, past, reading, writing
from plans.store.declarations import declared_at
from plans.store.ledger import append, entries_of, event_of, history, states_as_of
from plans.store.outline import Sum, piece_of
from plans.store.schema import assignments
from plans.terms import EventKind, Outside, Role, Timeliness
from tests.builders import ZONE, at
from tests.offices import NOW, furnish
from tests.plans.test_comparing import KINDS

SEEDS = range(4)
MOMENTS = [NOW + timedelta(days=n, hours=7) for n in (-200, -1, 0, 4, 11, 19, 33, 60)]
OFFICE = Caller("user:1", "user", (Grant(Role.ADMIN),))


def payload(rng: random.Random) -> dict[str, object]:
    days = [(NOW.date() + timedelta(days=rng.randrange(-40, 60))).isoformat() for _ in range(2)]
    return {
        "percent": rng.randrange(101),
        "submitted_on": days[0],
        "due": days[1],
        "group": rng.choice(["nhom-1", "nhom-2"]),
        "department": "so-tai-chinh",
        "lead_status": "confirmed",
        "reopen": rng.random() < 0.5,
        "withdraws": rng.random() < 0.3,
    }


def story(rng: random.Random, events: list[Event]) -> list[Event]:
    """Some of what the rules let follow, over forty days."""
    state, when, found = project(events), NOW, []
    for _ in range(rng.randrange(9)):
        when += timedelta(hours=rng.randrange(200))
        event = Event(rng.choice([*KINDS, EventKind.SUBMITTED]), "tester", when, when, payload(rng))
        try:
            state = apply(state, event)
        except Conflict:
            continue
        found.append(event)
    return found


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def record(engine: Engine, seed: int) -> None:
    rng = random.Random(seed)
    with writing(engine) as connection:
        keys = list(connection.execute(select(assignments.c.id)).scalars())
        stories = history(connection, keys)
        append(connection, {key: story(rng, stories[key]) for key in keys})


@pytest.mark.parametrize("seed", SEEDS)
def test_the_past_is_the_ledgers(office: Engine, seed: int) -> None:
    record(office, seed)
    with reading(office) as connection:
        for moment in MOMENTS:
            told = states_as_of(connection, plan="mau", as_of=moment)
            assert past.states_at(connection, "mau", moment) == told
            on = moment.astimezone(ZONE).date()
            progress = rolling.plan_progress(connection, "mau", on, moment)
            assert rolling.figures(progress.total) == figures(told.values(), on)
            groups = {key: one for key, one in progress.groups.items() if one.weight or one.outside}
            for key, one in groups.items():
                some = [state for state in told.values() if state.group == key]
                assert rolling.figures(one) == figures(some, on)
    assert told  # the last moment lies after all of it


def figures(states: Iterable[State], on: date) -> dict[str, object]:
    some = list(states)
    both = [count(state) for state in some], [count(state, "original") for state in some]
    return rolling.figures(sum_both(*both, on))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_comparison_is_the_ledgers(office: Engine, seed: int) -> None:
    record(office, seed)
    pairs = [(MOMENTS[n], MOMENTS[m]) for n in range(len(MOMENTS)) for m in range(n, len(MOMENTS))]
    differing = 0
    with reading(office) as connection:
        for since, until in pairs:
            found = compare(connection, "mau", since, until, ZONE)
            told = replayed(connection, since, until)
            assert {one.assignment: one for one in found.differences} == told
            ends = compare_ends(connection, "mau", since, until, ZONE)
            assert set(ends.differing) == set(told)
            some = sorted(told)[:3]
            assert explain(connection, ends, some) == [told[key] for key in some]
            differing += len(told)
    assert differing > len(pairs)


def replayed(connection: Connection, since: datetime, until: datetime) -> dict[str, Difference]:
    """The differences from the whole ledger, without any short way."""
    first, last = (moment.astimezone(ZONE).date() for moment in (since, until))
    found = {}
    for key, rows in entries_of(connection, plan="mau", as_of=until):
        events = [event_of(row) for row in rows]
        known = [one for one in events if one.recorded_at <= since]
        before = project(known) if known else None
        rest = events[len(known) :]
        if one := difference(key, before, project(events), rest, first, last):
            found[key] = one
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tasks_sums_and_filters_are_its_assignments(office: Engine, seed: int) -> None:
    record(office, seed)
    with reading(office) as connection:
        version = declared_at(connection, "mau")
        for moment in [*MOMENTS[2:], None]:
            on = (moment or MOMENTS[-1]).astimezone(ZONE).date()
            states = states_as_of(connection, plan="mau", as_of=moment)
            seen = then(connection, "mau", on, moment)
            every = outlined(connection, version, Wanted(), seen, OFFICE)
            assert {one.id: one.sum for one in every.lines if one.sum} == sums(states, on)
            for kind in Timeliness:
                wanted = Wanted(timeliness=kind)
                lines = outlined(connection, version, wanted, seen, OFFICE).lines
                fits = {one.task for one in states.values() if timeliness(one, on) == kind}
                assert {one.id for one in lines} == fits
            lines = outlined(connection, version, Wanted(open_only=True), seen, OFFICE).lines
            assert {one.id for one in lines} == {s.task for s in states.values() if is_open(s)}


def sums(states: dict[str, State], on: date) -> dict[str, Sum]:
    found: dict[str, Sum] = {}
    for key, state in states.items():
        found.setdefault(state.task, Sum()).add(piece_of(key, state, on), on)
    return found


def test_a_sum_says_what_presses_most(office: Engine) -> None:
    with reading(office) as connection:
        states = states_as_of(connection, plan="mau")
        mine = sums(states, date(2025, 4, 16))
        undecided = mine["cu-di-san"]
        assert (undecided.standing, undecided.counted) == (Outside.UNDECIDED, 0)
        assert (mine["mot"].standing, mine["mot"].n) == (Timeliness.OPEN_OVERDUE, 1)
        assert mine["mot"].id and mine["mot"].lead == "so-y-te"
        assert mine["chung"].n == 3 and mine["chung"].id is None and mine["chung"].lead is None
        assert outline.last_due(connection, "mau") == max(one.due for one in states.values())


def test_tasks_of_earlier_versions_stay_with_what_they_had(office: Engine) -> None:
    with reading(office) as connection:
        version = declared_at(connection, "mau")
        known = set(version.declared.whole) - {"mot"}
        rows = outline.undeclared(connection, "mau", known)
        assert [row.id for row in rows] == ["mot"]
        assert outline.undeclared(connection, "mau", known, at(date(2025, 4, 15))) == []
