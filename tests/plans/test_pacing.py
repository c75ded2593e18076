"""The burn-up: its shares, its even pace, its points; now and as it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from plans import outlining, pacing
from plans.declaration import Plan
from plans.pacing import MOST_POINTS, days, even, last_day, pace
from plans.store import reading, writing
from plans.store.ledger import append
from plans.terms import EventKind
from tests.builders import at, build_event, build_plan, build_task
from tests.offices import assignment, furnish

ISSUED = date(2025, 1, 2)


def one_off(**given: object) -> Plan:
    group = build_plan().groups[0].model_copy(update={"tasks": (build_task("mot"),)})
    return build_plan(groups=(group,), **given)


def test_shares_of_the_weight_by_day_of_the_accepted_report() -> None:
    loads = [
        (date(2025, 1, 31), date(2025, 2, 10), 3),  # done late
        (date(2025, 3, 31), date(2025, 2, 20), 1),  # done early
        (date(2025, 3, 31), None, 4),
    ]
    found = pace(one_off(), loads, date(2025, 4, 15))
    assert found is not None
    by_day = {one.day: (one.done, one.due) for one in found.points}
    assert by_day == {
        ISSUED: (0, 0),
        date(2025, 1, 31): (0, 3 / 8),
        date(2025, 2, 28): (4 / 8, 3 / 8),
        date(2025, 3, 31): (4 / 8, 1),
        date(2025, 4, 15): (4 / 8, 1),
    }
    assert (found.begin, found.end) == (ISSUED, date(2025, 12, 31))


def test_the_even_pace_ends_with_the_plan_or_with_what_is_opened_so_far() -> None:
    last = date(2025, 6, 30)
    assert last_day(one_off(), last, date(2025, 4, 1)) == date(2025, 12, 31)
    assert last_day(one_off(ends=None), last, date(2025, 4, 1)) == last
    # Reports of later months are still to be opened: the end would ask for too little.
    assert last_day(build_plan(), last, date(2025, 4, 1)) == last
    assert last_day(build_plan(), last, date(2025, 12, 31)) == date(2025, 12, 31)


def test_nothing_counted_is_no_course() -> None:
    assert pace(one_off(), [], date(2025, 4, 1)) is None
    assert pace(one_off(), [(date(2025, 3, 31), None, 1)], ISSUED - timedelta(days=1)) is None


def test_a_plan_that_ended_is_not_drawn_on_for_ever() -> None:
    found = pace(one_off(), [(date(2025, 3, 31), date(2026, 2, 3), 1)], date(2030, 1, 1))
    assert found is not None and found.points[-1].day == date(2026, 2, 3)
    assert found.points[-1].done == 1


@given(begin=st.dates(date(2000, 1, 1), date(2090, 1, 1)), length=st.integers(0, 20_000))
def test_points_are_few_in_order_and_hold_both_ends(begin: date, length: int) -> None:
    until = begin + timedelta(days=length)
    found = days(begin, until)
    assert (found[0], found[-1]) == (begin, until)
    assert found == sorted(set(found)) and len(found) <= MOST_POINTS
    assert all((day + timedelta(days=1)).day == 1 for day in found[1:-1])


@given(st.lists(st.dates(date(2024, 1, 1), date(2027, 1, 1)), min_size=2))
def test_the_even_pace_only_climbs(some: list[date]) -> None:
    shares = [even(ISSUED, date(2025, 12, 31), day) for day in sorted(some)]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    key = assignment(engine, "mau/mot/so-y-te").id
    day = date(2025, 5, 5)
    with writing(engine) as connection:
        done = [
            build_event(EventKind.UPDATED, day, percent=100),
            build_event(EventKind.SUBMITTED, day, submitted_on=day.isoformat()),
            build_event(EventKind.ACCEPTED, day),
        ]
        append(connection, {key: done})
    return engine


def test_the_course_is_read_from_the_record_as_it_is_and_as_it_was(office: Engine) -> None:
    with reading(office) as connection:
        now = outlining.then(connection, "mau", date(2025, 5, 10), None)
        past = outlining.then(connection, "mau", date(2025, 5, 4), at(date(2025, 5, 4), 23))
        after = pacing.pace_of(connection, build_plan(), now)
        before = pacing.pace_of(connection, build_plan(), past)
        told = outlining.then(connection, "mau", date(2025, 5, 10), at(date(2025, 5, 10)))
        assert pacing.pace_of(connection, build_plan(), told) == after
    assert after and before
    assert before.points[-1].done == 0 and before.points[-1].day == date(2025, 5, 4)
    assert after.points[-1].done > 0
    # The undecided one is not counted: one of 1, three of 2, some reports of 1.
    whole = 1 / after.points[-1].done
    assert whole == round(whole) and after.points[-1].due > 0
