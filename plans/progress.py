"""The roll-up: assignments counted by class, and the figures that follow from the counts.

A ``Slot`` says where one assignment stands in the counters in a way that no clock can make stale:
the open ones by due date, the done ones by lateness. Any date's classes are then a small sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from plans.rules import Basis, State, outside_of
from plans.terms import LeadStatus, Outside, Review, Timeliness, Work

NO_DAY = date(1, 1, 1)
"""Stands in a slot whose class does not depend on the day."""


class Bucket(StrEnum):
    """What is counted apart. Only ``open`` needs its due date to be classed."""

    OPEN = "open"
    WAITING_ON_TIME = "waiting_on_time"
    WAITING_LATE = "waiting_late"
    DONE_ON_TIME = "done_on_time"
    DONE_LATE = "done_late"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one assignment is counted."""

    bucket: Bucket
    day: date
    ongoing: bool


def slot(state: State, basis: Basis = "current") -> Slot:
    """The slot of an assignment, judged by its current or its original due date."""
    due = state.due if basis == "current" else state.original_due
    answered = state.done_on if state.work is Work.DONE else state.submitted_on
    late = answered is not None and answered > due
    where = slot_of(state.work, state.review, state.lead_status, due, late=late)
    return Slot(*where, state.ongoing)


def slot_of(
    work: Work, review: Review, lead: LeadStatus, due: date, *, late: bool
) -> tuple[Bucket, date]:
    """Bucket and day; ``late``: the report that was accepted, or that waits, came after ``due``."""
    beside = outside_of(work, lead)
    if beside:
        return Bucket(beside.value), NO_DAY
    if work is Work.DONE:
        return Bucket.DONE_LATE if late else Bucket.DONE_ON_TIME, NO_DAY
    if review is Review.SUBMITTED:
        return Bucket.WAITING_LATE if late else Bucket.WAITING_ON_TIME, NO_DAY
    return Bucket.OPEN, due


def class_of(bucket: Bucket, day: date, on: date) -> Timeliness | Outside:
    """The class of a slot's assignments on a date."""
    if bucket is Bucket.OPEN:
        return Timeliness.OPEN_ON_TIME if on <= day else Timeliness.OPEN_OVERDUE
    return _CLASS[bucket]


_CLASS: dict[Bucket, Timeliness | Outside] = {
    Bucket.WAITING_ON_TIME: Timeliness.OPEN_ON_TIME,
    Bucket.WAITING_LATE: Timeliness.OPEN_OVERDUE,
    Bucket.DONE_ON_TIME: Timeliness.DONE_ON_TIME,
    Bucket.DONE_LATE: Timeliness.DONE_LATE,
    Bucket.SUSPENDED: Outside.SUSPENDED,
    Bucket.CANCELLED: Outside.CANCELLED,
    Bucket.UNDECIDED: Outside.UNDECIDED,
}


@dataclass(frozen=True, slots=True)
class Count:
    """Some assignments of one slot. ``done_percent``: the sum of weight × reported percent."""

    slot: Slot
    n: int
    weight: int
    done_percent: int


def count(state: State, basis: Basis = "current") -> Count:
    """One assignment as a count."""
    return Count(slot(state, basis), 1, state.weight, state.weight * state.percent)


@dataclass(slots=True)
class Progress:
    """The figures of some assignments on a date. Rates are 0-1, None where nothing divides.

    ``original``: the same against the original due dates, so that no extension hides lateness.
    """

    on: date
    classes: Counter[Timeliness] = field(default_factory=Counter)
    outside: Counter[Outside] = field(default_factory=Counter)
    timed: Counter[Timeliness] = field(default_factory=Counter)
    weight: int = 0
    weight_done: int = 0
    done_percent: int = 0
    reports_came: int = 0
    reports_overdue: int = 0
    waiting_review: int = 0
    original: Progress | None = None

    def add(self, one: Count) -> None:
        """Count some more assignments."""
        found = class_of(one.slot.bucket, one.slot.day, self.on)
        if isinstance(found, Outside):
            self.outside[found] += one.n
            return
        self.classes[found] += one.n
        self.weight += one.weight
        self.done_percent += one.done_percent
        if found in (Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE):
            self.weight_done += one.weight
        waits = one.slot.bucket in (Bucket.WAITING_ON_TIME, Bucket.WAITING_LATE)
        self.waiting_review += one.n if waits else 0
        if not one.slot.ongoing:
            self.timed[found] += one.n
        elif one.slot.bucket is not Bucket.OPEN:
            self.reports_came += one.n
        elif found is Timeliness.OPEN_OVERDUE:
            self.reports_overdue += one.n

    @property
    def assignments(self) -> int:
        """How many are counted: the sum of the four classes."""
        return self.classes.total()

    @property
    def completion(self) -> float | None:
        """Weight accepted ÷ weight."""
        return _rate(self.weight_done, self.weight)

    @property
    def progress(self) -> float | None:
        """Σ weight × reported percent ÷ Σ weight."""
        return _rate(self.done_percent, 100 * self.weight)

    @property
    def on_time_rate(self) -> float | None:
        """Done on time ÷ (done on time + done late + open and overdue), without ongoing ones."""
        on_time = self.timed[Timeliness.DONE_ON_TIME]
        late = self.timed[Timeliness.DONE_LATE] + self.timed[Timeliness.OPEN_OVERDUE]
        return _rate(on_time, on_time + late)

    @property
    def reporting_rate(self) -> float | None:
        """Of the ongoing tasks' reports that came or are overdue, how many came."""
        return _rate(self.reports_came, self.reports_came + self.reports_overdue)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def sum_up(counts: Iterable[Count], on: date) -> Progress:
    """The figures of many counts on a date."""
    total = Progress(on)
    for one in counts:
        total.add(one)
    return total


def sum_both(current: Iterable[Count], original: Iterable[Count], on: date) -> Progress:
    """The figures on a date, with those against the original due dates beside them."""
    total = sum_up(current, on)
    total.original = sum_up(original, on)
    return total
