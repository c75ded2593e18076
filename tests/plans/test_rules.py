"""What each event may follow, and what a date makes of the state that they add up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plans.errors import Conflict, InvalidInput
from plans.rules import Event, State, apply, begin, is_open, outside, project, timeliness
from plans.terms import EventKind, LeadStatus, Outside, Review, Timeliness, Work
from tests.builders import build_assigned, build_event

K = EventKind
DUE = date(2025, 3, 31)
BEFORE, AFTER, LATER = date(2025, 3, 20), date(2025, 4, 7), date(2025, 5, 5)
WANTED = date(2025, 4, 30)

UPDATED = build_event(K.UPDATED, percent=40)
SUSPENDED, CANCELLED, RESUMED = (build_event(k) for k in (K.SUSPENDED, K.CANCELLED, K.RESUMED))
ACCEPTED, RETURNED = build_event(K.ACCEPTED), build_event(K.RETURNED)
UNDECIDED = build_event(K.REASSIGNED, department=None, lead_status=LeadStatus.UNDECIDED)


def submitted(day: date) -> Event:
    return build_event(K.SUBMITTED, day, submitted_on=day.isoformat())


def redated(day: date) -> Event:
    return build_event(K.REDATED, due=day.isoformat())


def asked(until: date = WANTED, on: date = BEFORE, key: str = "e1") -> Event:
    days = {"due": until.isoformat(), "requested_on": on.isoformat()}
    return build_event(K.EXTENSION_REQUESTED, on, extension=key, **days)


def granted(until: date = WANTED, key: str = "e1") -> Event:
    return build_event(K.EXTENSION_GRANTED, BEFORE, extension=key, due=until.isoformat())


def refused(key: str = "e1") -> Event:
    return build_event(K.EXTENSION_REFUSED, BEFORE, extension=key)


def after(*events: Event) -> State:
    return project([build_assigned(), *events])


STATES = {
    "not started": after(),
    "in progress": after(UPDATED),
    "waiting": after(UPDATED, submitted(BEFORE)),
    "returned": after(UPDATED, submitted(BEFORE), RETURNED),
    "done": after(UPDATED, submitted(BEFORE), ACCEPTED),
    "suspended": after(UPDATED, submitted(BEFORE), SUSPENDED),
    "cancelled": after(UPDATED, submitted(BEFORE), CANCELLED),
    "undecided": after(UPDATED, submitted(BEFORE), UNDECIDED),
}
OWING = ["not started", "in progress", "returned"]
RUNNING = [*OWING, "waiting"]
UNDONE = [*RUNNING, "suspended", "undecided"]

PAYLOADS: dict[EventKind, dict[str, Any]] = {
    K.UPDATED: {"percent": 50},
    K.SUBMITTED: {"submitted_on": "2025-03-21"},
    K.EXTENSION_REQUESTED: {"extension": "e1", "due": "2025-04-30", "requested_on": "2025-03-20"},
    K.EXTENSION_GRANTED: {"extension": "e1", "due": "2025-04-30"},
    K.EXTENSION_REFUSED: {"extension": "e1"},
    K.REDATED: {"due": "2025-04-30"},
    K.MOVED: {"group": "nhom-2"},
    K.REASSIGNED: {"department": "so-tai-chinh", "lead_status": LeadStatus.CONFIRMED},
    K.CORRECTED: {"percent": 30},
}
ALLOWED: dict[EventKind, list[str]] = {
    K.ASSIGNED: [],
    K.UPDATED: RUNNING,
    K.SUBMITTED: RUNNING,
    K.ACCEPTED: ["waiting"],
    K.RETURNED: ["waiting", "undecided"],
    K.EXTENSION_REQUESTED: RUNNING,
    K.EXTENSION_GRANTED: [],
    K.EXTENSION_REFUSED: [],
    K.REDATED: UNDONE,
    K.MOVED: list(STATES),
    K.SUSPENDED: [*RUNNING, "undecided"],
    K.RESUMED: ["suspended"],
    K.CANCELLED: UNDONE,
    K.REASSIGNED: UNDONE,
    K.CORRECTED: ["done"],
}


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("kind", EventKind)
def test_each_event_in_each_state(kind: EventKind, name: str) -> None:
    before, event = STATES[name], build_event(kind, **PAYLOADS.get(kind, {}))
    if name in ALLOWED[kind]:
        assert apply(before, event).events == before.events + 1
    else:
        with pytest.raises(Conflict):
            apply(before, event)


def test_an_assignment_begins_with_assigned() -> None:
    with pytest.raises(Conflict, match="begins with 'assigned'"):
        begin(UPDATED)


@pytest.mark.parametrize("name", STATES)
def test_what_is_open(name: str) -> None:
    assert is_open(STATES[name]) == (name in OWING)


@pytest.mark.parametrize("basis", ["current", "original"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("suspended", Outside.SUSPENDED),
        ("cancelled", Outside.CANCELLED),
        ("undecided", Outside.UNDECIDED),
    ],
)
def test_what_stands_beside_the_classes(name: str, expected: Outside, basis: Any) -> None:
    assert outside(STATES[name]) is expected
    assert timeliness(STATES[name], LATER, basis) is None


def test_open_until_the_due_date_is_over() -> None:
    assert timeliness(after(), DUE) is Timeliness.OPEN_ON_TIME
    assert timeliness(after(), date(2025, 4, 1)) is Timeliness.OPEN_OVERDUE


@pytest.mark.parametrize("on", [BEFORE, DUE, LATER])
@pytest.mark.parametrize(
    ("day", "waiting", "done"),
    [
        (DUE, Timeliness.OPEN_ON_TIME, Timeliness.DONE_ON_TIME),
        (date(2025, 4, 1), Timeliness.OPEN_OVERDUE, Timeliness.DONE_LATE),
    ],
)
def test_the_day_of_the_report_counts(
    day: date, waiting: Timeliness, done: Timeliness, on: date
) -> None:
    """Waiting does not make a report late, and done late stays late."""
    assert timeliness(after(submitted(day)), on) is waiting
    assert timeliness(after(submitted(day), ACCEPTED), on) is done


def test_what_counts_is_the_report_that_was_accepted() -> None:
    again = after(submitted(BEFORE), RETURNED, submitted(AFTER))
    assert timeliness(again, LATER) is Timeliness.OPEN_OVERDUE
    assert apply(again, ACCEPTED).done_on == AFTER
    replaced = after(submitted(BEFORE), submitted(AFTER), ACCEPTED)
    assert timeliness(replaced, LATER) is Timeliness.DONE_LATE


def test_returned_means_owed_again() -> None:
    state = after(submitted(BEFORE), RETURNED)
    assert (state.work, state.review) == (Work.IN_PROGRESS, Review.RETURNED)
    assert state.submitted_on is None
    assert timeliness(state, AFTER) is Timeliness.OPEN_OVERDUE


@pytest.mark.parametrize("change", [[redated(WANTED)], [asked(), granted()]])
def test_an_extension_cannot_hide_lateness(change: list[Event]) -> None:
    extended = after(*change)
    assert timeliness(extended, AFTER) is Timeliness.OPEN_ON_TIME
    assert timeliness(extended, AFTER, "original") is Timeliness.OPEN_OVERDUE
    done = after(*change, submitted(AFTER), ACCEPTED)
    assert timeliness(done, LATER) is Timeliness.DONE_ON_TIME
    assert timeliness(done, LATER, "original") is Timeliness.DONE_LATE
    assert done.original_due == DUE


# --- extensions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize(
    ("decision", "allowed"),
    [(granted(), UNDONE), (refused(), list(STATES))],
    ids=["grant", "refuse"],
)
def test_a_request_is_decided_in_each_state(name: str, decision: Event, allowed: list[str]) -> None:
    """Who is done or cancelled needs no later date, but its request can still be answered."""
    waits = replace(STATES[name], pending_extension="e1")
    if name in allowed:
        assert apply(waits, decision).pending_extension is None
    else:
        with pytest.raises(Conflict, match="cannot change the date"):
            apply(waits, decision)


def test_asking_for_an_extension_changes_no_date() -> None:
    waits = after(asked())
    assert (waits.due, waits.pending_extension, waits.extended) == (DUE, "e1", 0)
    answered = apply(waits, refused())
    assert (answered.due, answered.pending_extension, answered.extended) == (DUE, None, 0)


def test_each_granted_extension_counts() -> None:
    once = after(asked(), granted())
    assert (once.due, once.original_due, once.extended) == (WANTED, DUE, 1)
    twice = project(
        [build_assigned(), asked(), granted(), asked(LATER, AFTER, "e2"), granted(LATER, "e2")]
    )
    assert (twice.due, twice.original_due, twice.extended) == (LATER, DUE, 2)


def test_a_refused_or_a_redated_one_does_not_count() -> None:
    assert after(asked(), refused(), redated(WANTED)).extended == 0


@pytest.mark.parametrize("on", [date(2025, 4, 1), LATER])
def test_an_extension_is_asked_for_before_the_date_passes(on: date) -> None:
    assert after(asked(on=DUE)).pending_extension == "e1", "the last day is not over"
    with pytest.raises(Conflict, match="before the date passes"):
        after(asked(LATER, on))


def test_the_date_that_must_not_pass_is_the_present_one() -> None:
    assert after(asked(), granted(), asked(LATER, AFTER, "e2")).pending_extension == "e2"


@pytest.mark.parametrize("until", [BEFORE, DUE])
def test_an_extension_is_to_a_later_day(until: date) -> None:
    with pytest.raises(Conflict, match="to a day after 2025-03-31"):
        after(asked(until))


def test_one_request_waits_at_a_time() -> None:
    with pytest.raises(Conflict, match="asked for already"):
        after(asked(), asked(LATER, key="e2"))
    assert after(asked(), refused(), asked(LATER, key="e2")).pending_extension == "e2"


@pytest.mark.parametrize("second", [granted(), refused()])
@pytest.mark.parametrize("first", [granted(), refused()])
def test_a_request_is_decided_once(first: Event, second: Event) -> None:
    with pytest.raises(Conflict, match="decided already"):
        after(asked(), first, second)


@pytest.mark.parametrize("decision", [granted(key="e2"), refused("e2")])
def test_only_the_request_that_waits_is_decided(decision: Event) -> None:
    with pytest.raises(Conflict, match="decided already"):
        after(asked(), decision)


def test_a_request_waits_through_a_suspension() -> None:
    assert after(asked(), SUSPENDED, granted(), RESUMED).due == WANTED


def test_a_flag_is_of_the_last_report() -> None:
    flagged = build_event(K.UPDATED, percent=10, flagged=True)
    assert after(flagged).flagged
    assert after(flagged, submitted(BEFORE), RETURNED).flagged
    assert not after(flagged, UPDATED).flagged


@pytest.mark.parametrize(
    ("events", "work"),
    [
        ([], Work.NOT_STARTED),
        ([UPDATED], Work.IN_PROGRESS),
        ([submitted(BEFORE), RETURNED], Work.IN_PROGRESS),
    ],
)
def test_resumed_work_goes_on_where_it_was(events: list[Event], work: Work) -> None:
    assert after(*events, SUSPENDED, RESUMED).work is work


def test_resumed_work_is_where_the_event_says_it_was() -> None:
    """At 0 % the state alone cannot tell begun work from work that nobody began."""
    begun = build_event(K.UPDATED, percent=0)
    assert after(begun, SUSPENDED, RESUMED).work is Work.NOT_STARTED, "as events of before said"
    said = build_event(K.RESUMED, work="in_progress")
    assert after(begun, SUSPENDED, said).work is Work.IN_PROGRESS


def test_a_report_still_waits_after_a_suspension() -> None:
    state = after(submitted(BEFORE), SUSPENDED, RESUMED)
    assert state.review is Review.SUBMITTED
    assert timeliness(state, LATER) is Timeliness.OPEN_ON_TIME


def test_a_correction_changes_the_percentage_and_nothing_else() -> None:
    done = STATES["done"]
    state = apply(done, build_event(K.CORRECTED, percent=30))
    assert (state.percent, state.work, state.done_on) == (30, Work.DONE, done.done_on)


def test_a_correction_can_reopen() -> None:
    state = apply(STATES["done"], build_event(K.CORRECTED, percent=30, reopen=True))
    assert is_open(state)
    assert (state.percent, state.done_on, state.submitted_on) == (30, None, None)
    assert timeliness(state, AFTER) is Timeliness.OPEN_OVERDUE


def test_who_did_it_can_be_confirmed_but_not_changed() -> None:
    found = build_assigned(lead_status=LeadStatus.UNCONFIRMED)
    done = project([found, submitted(BEFORE), ACCEPTED])
    confirm = build_event(K.REASSIGNED, department="so-y-te", lead_status=LeadStatus.CONFIRMED)
    assert apply(done, confirm).lead_status is LeadStatus.CONFIRMED
    with pytest.raises(Conflict):
        apply(done, UNDECIDED)


@pytest.mark.parametrize(
    ("department", "status"),
    [(None, LeadStatus.CONFIRMED), ("so-y-te", LeadStatus.UNDECIDED)],
)
def test_a_lead_is_decided_when_it_is_somebody(department: str | None, status: LeadStatus) -> None:
    with pytest.raises(Conflict, match="a lead needs a department"):
        after(build_event(K.REASSIGNED, department=department, lead_status=status))


@pytest.mark.parametrize("kind", [K.UPDATED, K.CORRECTED])
@pytest.mark.parametrize("percent", [-1, 101, 50.0, "50", True])
def test_percent_is_a_whole_number_from_0_to_100(kind: EventKind, percent: object) -> None:
    before = STATES["done" if kind is K.CORRECTED else "in progress"]
    with pytest.raises(InvalidInput, match="whole number from 0 to 100"):
        apply(before, build_event(kind, percent=percent))


def test_a_nil_report_keeps_the_percentage() -> None:
    assert after(UPDATED, build_event(K.UPDATED, percent=None)).percent == 40
