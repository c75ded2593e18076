"""The figures: examples that can be added up by hand."""

from __future__ import annotations

from datetime import date

import pytest

from plans.progress import NO_DAY, Bucket, count, slot, sum_up
from plans.rules import Event, State, project
from plans.terms import EventKind, LeadStatus, Outside, Timeliness
from tests.builders import build_assigned, build_event

DUE, ON = date(2025, 3, 31), date(2025, 4, 10)
EARLY, LATE = date(2025, 3, 30), date(2025, 4, 2)


def after(*events: Event, ongoing: bool = False, weight: int = 1, due: date = DUE) -> State:
    first = build_assigned(ongoing=ongoing, weight=weight, due=due.isoformat())
    return project([first, *events])


def updated(percent: int) -> Event:
    return build_event(EventKind.UPDATED, percent=percent)


def submitted(day: date) -> Event:
    return build_event(EventKind.SUBMITTED, submitted_on=day.isoformat())


ACCEPTED, CANCELLED = build_event(EventKind.ACCEPTED), build_event(EventKind.CANCELLED)
NEXT_YEAR = date(2026, 1, 1)

SOME = [
    after(updated(100), submitted(EARLY), ACCEPTED, weight=3),
    after(updated(80), submitted(LATE), ACCEPTED),
    after(updated(50), submitted(EARLY), weight=2),
    after(updated(50), submitted(LATE)),
    after(updated(10)),
    after(due=NEXT_YEAR, weight=2),
    after(CANCELLED, weight=100),
    after(build_event(EventKind.SUSPENDED), weight=100),
]
REPORTS = [
    after(submitted(EARLY), ACCEPTED, ongoing=True),
    after(submitted(LATE), ongoing=True),
    after(ongoing=True),
    after(ongoing=True, due=NEXT_YEAR),
]


def test_classes() -> None:
    found = sum_up(map(count, SOME), ON)
    assert found.classes == {
        Timeliness.DONE_ON_TIME: 1,
        Timeliness.DONE_LATE: 1,
        Timeliness.OPEN_ON_TIME: 2,
        Timeliness.OPEN_OVERDUE: 2,
    }
    assert found.outside == {Outside.CANCELLED: 1, Outside.SUSPENDED: 1}
    assert found.assignments == 6
    assert found.waiting_review == 2


def test_rates() -> None:
    found = sum_up(map(count, SOME), ON)
    assert found.completion == pytest.approx((3 + 1) / 10)
    assert found.progress == pytest.approx((3 * 100 + 80 + 2 * 50 + 50 + 10) / (100 * 10))
    assert found.on_time_rate == pytest.approx(1 / (1 + 1 + 2))
    assert found.reporting_rate is None


def test_ongoing_reports_have_a_rate_of_their_own() -> None:
    found = sum_up(map(count, SOME + REPORTS), ON)
    assert found.on_time_rate == pytest.approx(1 / 4)
    assert found.reporting_rate == pytest.approx(2 / 3)
    assert found.assignments == 10
    assert found.classes[Timeliness.OPEN_OVERDUE] == 4


def test_nothing_divides_by_nothing() -> None:
    found = sum_up([count(after(CANCELLED))], ON)
    assert (found.completion, found.progress, found.on_time_rate) == (None, None, None)
    assert found.assignments == 0


def test_time_moves_only_what_is_open() -> None:
    years = [date(2024, 1, 1), date(2030, 1, 1)]
    before, later = (sum_up(map(count, SOME), on).classes for on in years)
    assert before[Timeliness.OPEN_ON_TIME] == 3
    assert later[Timeliness.OPEN_OVERDUE] == 3
    for done in (Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE):
        assert before[done] == later[done] == 1


@pytest.mark.parametrize(
    ("state", "bucket", "day"),
    [
        (after(), Bucket.OPEN, DUE),
        (after(submitted(DUE)), Bucket.WAITING_ON_TIME, NO_DAY),
        (after(submitted(LATE)), Bucket.WAITING_LATE, NO_DAY),
        (after(submitted(DUE), ACCEPTED), Bucket.DONE_ON_TIME, NO_DAY),
        (after(submitted(LATE), ACCEPTED), Bucket.DONE_LATE, NO_DAY),
    ],
)
def test_slots(state: State, bucket: Bucket, day: date) -> None:
    assert slot(state) == slot(state, "original")
    assert (slot(state).bucket, slot(state).day) == (bucket, day)


def test_slots_keep_the_original_date_too() -> None:
    state = after(build_event(EventKind.REDATED, due="2025-06-30"), submitted(LATE))
    assert slot(state).bucket is Bucket.WAITING_ON_TIME
    assert slot(state, "original").bucket is Bucket.WAITING_LATE


def test_undecided_is_counted_beside() -> None:
    first = build_assigned(department=None, lead_status=LeadStatus.UNDECIDED)
    assert sum_up([count(project([first]))], ON).outside == {Outside.UNDECIDED: 1}
