"""Whatever happens, every quick way to a figure agrees with the slow and obvious one.

Stories of random events are played on a database; then counters, groups, past states and filters
are compared with what follows from projecting each ledger and asking the rules, one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from plans.errors import Conflict
from plans.progress import Progress, sum_up
from plans.rules import Basis, Event, State, apply, begin, is_open, outside, project, timeliness
from plans.store import catalogue, counters, writing
from plans.store.chains import verify
from plans.store.ledger import append, events_of, open_assignments, states_as_of
from plans.store.lists import Filter, listing, number_of
from plans.terms import EventKind, LeadStatus, Review, Timeliness, Work
from tests.builders import at, build_departments, build_new, build_plan, undone

PLANS, GROUPS = ("p1", "p2"), ("g1", "g2")
BODIES = ("so-y-te", "so-tai-chinh", "van-phong", None)
FIRST = date(2025, 3, 1)
ON_DATES = [FIRST - timedelta(days=1), FIRST + timedelta(days=4), FIRST + timedelta(days=20)]
BASES: tuple[Basis, ...] = get_args(Basis)

days = st.integers(0, 9).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
percents = st.none() | st.integers(0, 100)
K = EventKind


def lead_of(department: str | None) -> dict[str, Any]:
    sure = LeadStatus.CONFIRMED if department else LeadStatus.UNDECIDED
    return {"department": department, "lead_status": sure}


leads = st.sampled_from(BODIES).map(lead_of)
payloads: dict[EventKind, st.SearchStrategy[dict[str, Any]]] = {
    K.UPDATED: st.fixed_dictionaries({"percent": percents}),
    K.SUBMITTED: st.fixed_dictionaries({"submitted_on": days}),
    K.EXTENSION_REQUESTED: st.fixed_dictionaries(
        {"extension": st.just("x"), "requested_on": st.just(FIRST.isoformat()), "due": days}
    ),
    K.EXTENSION_GRANTED: st.fixed_dictionaries({"extension": st.just("x"), "due": days}),
    K.EXTENSION_REFUSED: st.just({"extension": "x"}),
    K.REDATED: st.fixed_dictionaries({"due": days}),
    K.MOVED: st.fixed_dictionaries({"group": st.sampled_from(GROUPS)}),
    K.REASSIGNED: leads,
    K.CORRECTED: st.fixed_dictionaries({"percent": st.integers(0, 100), "reopen": st.booleans()}),
}
RUNS: list[list[EventKind]] = [
    *[[kind] for kind in list(EventKind)[1:]],
    [K.UPDATED, K.SUBMITTED],
    [K.UPDATED, K.SUBMITTED, K.ACCEPTED],
    [K.SUBMITTED, K.RETURNED],
    [K.EXTENSION_REQUESTED, K.EXTENSION_GRANTED],
    [K.REDATED],
    [K.SUSPENDED],
    [K.SUBMITTED, K.ACCEPTED, K.CORRECTED],
]
runs = st.sampled_from([*RUNS, *RUNS[-7:]]).flatmap(
    lambda kinds: st.tuples(
        *(st.tuples(st.just(kind), payloads.get(kind, st.just({}))) for kind in kinds)
    )
)
starts = st.builds(
    lambda lead, given: lead | given,
    leads,
    st.fixed_dictionaries(
        {
            "plan": st.sampled_from(PLANS),
            "group": st.sampled_from(GROUPS),
            "declared": st.sampled_from(["so-y-te", "so-cu"]),
            "territory": st.sampled_from([None, "ha-noi", "can-tho"]),
            "ongoing": st.booleans(),
            "weight": st.integers(1, 5),
            "due": days,
        }
    ),
)
steps = st.lists(st.tuples(st.integers(0, 5), runs), min_size=5, max_size=20)
Run = tuple[tuple[EventKind, dict[str, Any]], ...]


@dataclass(frozen=True)
class Story:
    """Assignments as they begin, then steps: which one, and what happens to it."""

    starts: list[dict[str, Any]]
    steps: list[tuple[int, Run]]


stories = st.builds(Story, st.lists(starts, min_size=2, max_size=6), steps)
States = dict[str, State]


def play(connection: Connection, story: Story) -> list[States]:
    """Play what the rules allow of a story; gives the states after each hour of it."""
    new = [build_new(str(n), when=FIRST, **start) for n, start in enumerate(story.starts)]
    open_assignments(connection, new)
    states = {str(n): begin(one.event) for n, one in enumerate(new)}
    past = [dict(states)]
    for hour, (which, wanted) in enumerate(story.steps, start=1):
        key = str(which % len(new))
        some, states[key] = allowed(states[key], wanted, hour)
        assert append(connection, {key: some}).get(key, states[key]) == states[key]
        past.append(dict(states))
    return past


def allowed(state: State, wanted: Run, hour: int) -> tuple[list[Event], State]:
    now, found = at(FIRST) + timedelta(hours=hour), []
    for kind, payload in wanted:
        event = Event(kind, "tester", now, now, payload)
        with suppress(Conflict):
            state = apply(state, event)
            found.append(event)
    return found, state


def all_stories(engine: Engine, check: Any, examples: int, *, same: bool = False) -> None:
    """Play stories on the engine's database, each in a transaction that is rolled back."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=same,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(stories)
    def run(story: Story) -> None:
        with undone(engine) as connection:
            check(connection, play(connection, story))

    run()


@pytest.fixture
def ready(engine: Engine) -> Iterator[tuple[Engine, int]]:
    """A database with two plans and their departments, and how many stories to play on it."""
    with writing(engine) as connection:
        catalogue.save_bodies(connection, build_departments().departments)
        for plan in PLANS:
            catalogue.save_plan(connection, build_plan(id=plan), 1, at(FIRST))
    yield engine, 150 if engine.dialect.name == "sqlite" else 40


# --- the slow and obvious way ------------------------------------------------------------------


def figures_by_hand(states: list[State], on: date, basis: Basis) -> dict[str, Any]:
    counted = [(state, timeliness(state, on, basis)) for state in states if not outside(state)]
    waiting = [state for state, _ in counted if waits(state)]
    timed = Counter(found for state, found in counted if not state.ongoing)
    late = timed[Timeliness.DONE_LATE] + timed[Timeliness.OPEN_OVERDUE]
    weight = sum(state.weight for state, _ in counted)
    done = sum(state.weight for state, _ in counted if state.work is Work.DONE)
    reported = sum(state.weight * state.percent for state, _ in counted)
    reports = [(state, found) for state, found in counted if state.ongoing]
    came = sum(state.work is Work.DONE or waits(state) for state, _ in reports)
    missing = sum(found is Timeliness.OPEN_OVERDUE and not waits(state) for state, found in reports)
    return {
        "classes": Counter(found for _, found in counted),
        "outside": Counter(beside for state in states if (beside := outside(state))),
        "assignments": len(counted),
        "completion": done / weight if weight else None,
        "progress": reported / (100 * weight) if weight else None,
        "on_time_rate": divide(timed[Timeliness.DONE_ON_TIME], late),
        "reporting_rate": divide(came, missing),
        "waiting_review": len(waiting),
    }


def waits(state: State) -> bool:
    return state.review is Review.SUBMITTED


def divide(good: int, bad: int) -> float | None:
    return good / (good + bad) if good + bad else None


def figures_of(progress: Progress, like: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(progress, name) for name in like}


def grouped(states: States, dimension: str) -> dict[str, list[State]]:
    found: dict[str, list[State]] = {}
    for state in states.values():
        key = {
            "plan": state.plan,
            "department": state.department or state.declared,
            "territory": state.territory,
            "central": None if state.territory else state.plan,
        }[dimension]
        if key:
            found.setdefault(key, []).append(state)
    return found


def same_figures(counts: Mapping[str, Any], states: dict[str, list[State]], basis: Basis) -> None:
    assert counts.keys() == states.keys()
    for key, some in states.items():
        for on in ON_DATES:
            expected = figures_by_hand(some, on, basis)
            assert figures_of(sum_up(counts[key], on), expected) == expected


# --- the properties ----------------------------------------------------------------------------


def test_counters_agree_with_the_ledger(ready: tuple[Engine, int]) -> None:
    def check(connection: Connection, past: list[States]) -> None:
        states = {key: project(events_of(connection, key)) for key in past[-1]}
        assert states == past[-1]
        for basis in BASES:
            for dimension in get_args(counters.Dimension):
                counts = counters.read(connection, dimension, basis=basis)
                same_figures(counts, grouped(states, dimension), basis)
            same_nation(connection, list(states.values()), basis)
        assert counters.recount(connection, states.values(), repair=False) == []
        assert verify(connection) == []

    all_stories(ready[0], check, ready[1])


def same_nation(connection: Connection, states: list[State], basis: Basis) -> None:
    for on in ON_DATES:
        counts = counters.read_nation(connection, basis, on=on)
        expected = figures_by_hand(states, on, basis)
        assert figures_of(sum_up(chain.from_iterable(counts.values()), on), expected) == expected
        for code in {one.territory for one in states}:
            mine = [one for one in states if one.territory == code]
            expected = figures_by_hand(mine, on, basis)
            found = sum_up(counts[code or counters.CENTRAL], on)
            assert figures_of(found, expected) == expected


def test_groups_agree_with_the_ledger(ready: tuple[Engine, int]) -> None:
    def check(connection: Connection, past: list[States]) -> None:
        for plan in PLANS:
            groups: dict[str, list[State]] = {}
            for state in past[-1].values():
                if state.plan == plan:
                    groups.setdefault(state.group, []).append(state)
            for basis in BASES:
                same_figures(counters.read_groups(connection, plan, basis), groups, basis)
                for on in ON_DATES:
                    many = counters.read_groups_of(connection, PLANS, on=on)[basis].get(plan, {})
                    assert many.keys() == groups.keys()
                    for key, some in groups.items():
                        expected = figures_by_hand(some, on, basis)
                        assert figures_of(sum_up(many[key], on), expected) == expected

    all_stories(ready[0], check, ready[1])


def test_the_past_stays_as_it_was_recorded(ready: tuple[Engine, int]) -> None:
    def check(connection: Connection, past: list[States]) -> None:
        for hour, states in enumerate(past):
            as_of = at(FIRST) + timedelta(hours=hour)
            assert states_as_of(connection, as_of=as_of) == states
            assert states_as_of(connection, as_of=as_of + timedelta(minutes=59)) == states
        assert states_as_of(connection, as_of=at(FIRST) - timedelta(seconds=1)) == {}
        mine = {key: state for key, state in past[-1].items() if state.plan == PLANS[0]}
        assert states_as_of(connection, plan=PLANS[0]) == mine

    all_stories(ready[0], check, ready[1])


def test_filters_agree_with_the_rules(ready: tuple[Engine, int]) -> None:
    def found(connection: Connection, which: Filter, on: date) -> set[str]:
        keys = [row.id for row in listing(connection, which, on)]
        assert len(keys) == len(set(keys)) == number_of(connection, which, on)
        return set(keys)

    def check(connection: Connection, past: list[States]) -> None:
        states = past[-1]
        for on in ON_DATES:
            for wanted in Timeliness:
                expected = {key for key, one in states.items() if timeliness(one, on) is wanted}
                assert found(connection, Filter(timeliness=wanted), on) == expected
        owing = {key for key, one in states.items() if is_open(one)}
        assert found(connection, Filter(open_only=True), FIRST) == owing
        assert found(connection, Filter(), FIRST) == set(states)

    all_stories(ready[0], check, ready[1])


def test_stories_reach_every_class_and_everything_beside_them(sqlite_engine: Engine) -> None:
    """Else the properties above would say little."""
    seen: Counter[Any] = Counter()

    def check(_connection: Connection, past: list[States]) -> None:
        for state in past[-1].values():
            found = outside(state) or timeliness(state, ON_DATES[1])
            seen[found] += 1
            seen["extended"] += state.due != state.original_due
            seen["moved"] += replace(state, group="g1") != state

    all_stories(sqlite_engine, check, 200, same=True)
    assert len(seen) == 4 + 3 + 2
    assert min(seen.values()) >= 3, seen
