"""Two moments compared: the differences of single assignments are the figures' difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.comparing import DUE_DATE_PASSED, Difference, Standing, difference
from plans.errors import Conflict
from plans.progress import Progress, count, sum_both
from plans.rules import Event, State, apply, begin, project
from plans.terms import EventKind, LeadStatus, Outside, Review, Timeliness
from tests.builders import ZONE, at, build_assigned, build_event

FIRST = date(2025, 3, 1)
DAYS = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))
ISO = DAYS.map(date.isoformat)


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """One assignment's events, as the rules let them follow each other."""
    events = [
        build_assigned(
            when=draw(DAYS),
            due=draw(ISO),
            group=draw(st.sampled_from(["nhom-1", "nhom-2"])),
            weight=draw(st.integers(1, 3)),
            ongoing=draw(st.booleans()),
        )
    ]
    state = begin(events[0])
    for _ in range(draw(st.integers(0, 6))):
        when = events[-1].recorded_at + timedelta(hours=draw(st.integers(0, 400)))
        kind, payload = draw(st.sampled_from(KINDS)), draw(PAYLOADS)
        event = Event(kind, "tester", when, when, payload)
        try:
            state = apply(state, event)
        except Conflict:
            continue
        events.append(event)
    return events


KINDS = [
    EventKind.UPDATED,
    EventKind.SUBMITTED,
    EventKind.SUBMITTED,
    EventKind.ACCEPTED,
    EventKind.RETURNED,
    EventKind.REDATED,
    EventKind.MOVED,
    EventKind.SUSPENDED,
    EventKind.RESUMED,
    EventKind.CANCELLED,
    EventKind.REASSIGNED,
    EventKind.CORRECTED,
]
PAYLOADS = st.fixed_dictionaries(
    {
        "percent": st.integers(0, 100),
        "submitted_on": ISO,
        "due": ISO,
        "group": st.sampled_from(["nhom-1", "nhom-2"]),
        "department": st.just("so-tai-chinh"),
        "lead_status": st.just(LeadStatus.CONFIRMED),
        "reopen": st.booleans(),
    }
)


def state_at(events: Iterable[Event], moment: datetime) -> State | None:
    known = [event for event in events if event.recorded_at <= moment]
    return project(known) if known else None


def figures(states: Iterable[State | None], on: date) -> Progress:
    there = [state for state in states if state]
    return sum_both(
        [count(state) for state in there], [count(state, "original") for state in there], on
    )


def sums(found: Iterable[Difference], end: str) -> Counter[tuple[str, str]]:
    """What the differing assignments add up to at one end."""
    total: Counter[tuple[str, str]] = Counter()
    for one in found:
        standing: Standing | None = getattr(one, end)
        if standing is None:
            continue
        total["current", standing.current] += 1
        total["original", standing.original] += 1
        if isinstance(standing.current, Timeliness):
            total["weight", ""] += standing.weight
            total["percent", ""] += standing.weight * standing.percent
            total["waiting", ""] += standing.review is Review.SUBMITTED
    return total


def figures_as_sums(found: Progress) -> Counter[tuple[str, str]]:
    assert found.original
    total: Counter[tuple[str, str]] = Counter()
    for name, one in (("current", found), ("original", found.original)):
        for kind, n in [*one.classes.items(), *one.outside.items()]:
            total[name, str(kind)] += n
    total["weight", ""], total["percent", ""] = found.weight, found.done_percent
    total["waiting", ""] = found.waiting_review
    return total


@given(
    every=st.lists(stories(), min_size=1, max_size=6),
    ends=st.tuples(DAYS, DAYS, st.integers(0, 23)).filter(lambda ends: ends[0] <= ends[1]),
)
def test_the_differences_are_the_figures_difference(
    every: list[list[Event]], ends: tuple[date, date, int]
) -> None:
    first, last, hour = ends
    since, until = at(first, hour), at(last, hour)
    before = [state_at(events, since) for events in every]
    after = [state_at(events, until) for events in every]
    found = [
        one
        for n, events in enumerate(every)
        if (now := after[n])
        and (
            one := difference(
                str(n),
                before[n],
                now,
                [event for event in events if since < event.recorded_at <= until],
                first,
                last,
            )
        )
    ]
    was, now_ = figures_as_sums(figures(before, first)), figures_as_sums(figures(after, last))
    told = sums(found, "after")
    told.subtract(sums(found, "before"))
    now_.subtract(was)
    assert +told == +now_
    assert -told == -now_
    for one in found:
        assert one.causes, "nothing changes without a reason"


def opened(**given: object) -> State:
    return begin(build_assigned(**given))


def test_only_the_clock_moved_on() -> None:
    state = opened(due="2025-03-31")
    one = difference("a", state, state, [], date(2025, 3, 31), date(2025, 4, 1))
    assert one
    assert one.before
    assert (one.before.current, one.after.current) == (
        Timeliness.OPEN_ON_TIME,
        Timeliness.OPEN_OVERDUE,
    )
    [cause] = one.causes
    assert (cause.kind, cause.day, cause.actor) == (DUE_DATE_PASSED, date(2025, 3, 31), None)


def test_nothing_differs_while_nothing_happens() -> None:
    state = opened(due="2025-03-31")
    assert difference("a", state, state, [], date(2025, 3, 1), date(2025, 3, 31)) is None
    assert difference("a", state, state, [], date(2025, 4, 1), date(2025, 5, 1)) is None


@pytest.mark.parametrize(
    ("kind", "payload", "attribute"),
    [
        (EventKind.MOVED, {"group": "nhom-2"}, "group"),
        (EventKind.REDATED, {"due": "2025-06-30"}, "due"),
        (
            EventKind.REASSIGNED,
            {"department": "so-tai-chinh", "lead_status": "confirmed"},
            "lead",
        ),
        (EventKind.UPDATED, {"percent": 5}, "percent"),
    ],
)
def test_an_event_is_the_cause(kind: EventKind, payload: dict[str, object], attribute: str) -> None:
    state = opened()
    event = build_event(kind, date(2025, 3, 2), **payload, basis="12/KH")
    one = difference("a", state, apply(state, event), [event], FIRST, date(2025, 3, 3))
    assert one
    assert getattr(one.before, attribute) != getattr(one.after, attribute)
    [cause] = one.causes
    assert (cause.kind, cause.actor, cause.basis) == (str(kind), "tester", "12/KH")
    assert cause.at == event.recorded_at.astimezone(ZONE)


def test_what_was_opened_in_between_was_not_there_before() -> None:
    one = difference("a", None, opened(), [build_assigned()], FIRST, FIRST)
    assert one
    assert one.before is None
    assert [cause.kind for cause in one.causes] == ["assigned"]


def test_what_is_outside_is_told_as_such() -> None:
    state = opened()
    event = build_event(EventKind.CANCELLED)
    one = difference("a", state, apply(state, event), [event], FIRST, FIRST)
    assert one
    assert one.after.current is Outside.CANCELLED
