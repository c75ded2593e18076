"""What changed in a plan between two moments, and why: by events, or because a due date passed.

Both ends are what was recorded by then, so the comparison of two past moments never changes. What
the differences of single assignments add up to is the difference of the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from operator import attrgetter

from plans.errors import InvalidInput
from plans.rolling import PlanProgress, progress_then
from plans.rules import Basis, Event, State, outside, timeliness
from plans.store import Connection, past
from plans.terms import Outside, Review, Timeliness

DUE_DATE_PASSED = "due_date_passed"


@dataclass(frozen=True, slots=True)
class Standing:
    """One assignment at a moment, as figures see it. ``lead`` None: undecided."""

    group: str
    lead: str | None
    percent: int
    due: date
    original_due: date
    review: Review
    weight: int
    ongoing: bool
    current: Timeliness | Outside
    original: Timeliness | Outside


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an assignment stands otherwise. Without an actor: only the clock moved on.

    ``at`` is when it was recorded, ``said_at`` when it was said; ``basis`` a document or a version.
    """

    kind: str
    actor: str | None = None
    at: datetime | None = None
    said_at: datetime | None = None
    basis: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One assignment that stands otherwise; ``before`` None: it was not there yet."""

    assignment: str
    before: Standing | None
    after: Standing
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan's figures at two moments, and every assignment that differs."""

    before: PlanProgress
    after: PlanProgress
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """A plan's figures at two moments, and how each assignment that differs stood, by id."""

    before: PlanProgress
    after: PlanProgress
    differing: Mapping[str, tuple[State | None, State]]
    since: datetime
    until: datetime
    days: tuple[date, date]


def compare(
    connection: Connection, plan: str, since: datetime, until: datetime, zone: tzinfo
) -> Comparison:
    """Compare a plan at two moments; each end's day, in ``zone``, decides what is overdue."""
    ends = compare_ends(connection, plan, since, until, zone)
    found = explain(connection, ends, list(ends.differing))
    return Comparison(ends.before, ends.after, tuple(found))


def compare_ends(
    connection: Connection, plan: str, since: datetime, until: datetime, zone: tzinfo
) -> Ends:
    """The same without why each assignment differs, which ``explain`` says of some of them."""
    if until < since:
        message = f"{until.isoformat()} lies before 'from'; swap the two"
        raise InvalidInput(f"to: {message}", fields={"to": message})
    first, last = (moment.astimezone(zone).date() for moment in (since, until))
    changed = past.both_ends(connection, plan, since, until)
    was = [before for before, _ in changed.values() if before]
    now = [after for _, after in changed.values()]
    # Of what has not changed since, only a due date that passed can make a difference.
    passed = past.passed_between(connection, plan, since, first, last)
    both = changed | {key: (state, state) for key, state in passed.items()}
    return Ends(
        progress_then(connection, plan, first, since, since, was),
        progress_then(connection, plan, last, until, since, now),
        {key: pair for key, pair in both.items() if _differs(*pair, first, last)},
        since,
        until,
        (first, last),
    )


def _differs(before: State | None, after: State, first: date, last: date) -> bool:
    # Mostly what was reported differs: classes are only told where nothing else does.
    if before is None or _REPORTED(before) != _REPORTED(after):
        return True
    return standing(before, first) != standing(after, last)


_REPORTED = attrgetter("group", "department", "percent", "due", "review")


def explain(connection: Connection, ends: Ends, keys: Sequence[str]) -> list[Difference]:
    """How some assignments differ, and why."""
    first, last = ends.days
    events = past.events_between(connection, keys, ends.since, ends.until)
    found = [
        difference(key, *ends.differing[key], events.get(key, ()), first, last) for key in keys
    ]
    return [one for one in found if one]


def difference(
    key: str, before: State | None, after: State, events: Iterable[Event], first: date, last: date
) -> Difference | None:
    """How an assignment stands otherwise on the last day than on the first, and why."""
    was = standing(before, first) if before else None
    now = standing(after, last)
    if was == now:
        return None
    causes = [_cause(event) for event in events]
    if clock := _clock(after, first, last):
        causes.append(clock)
    return Difference(key, was, now, tuple(causes))


def standing(state: State, on: date) -> Standing:
    """An assignment on a day, as figures see it."""
    return Standing(
        group=state.group,
        lead=state.department,
        percent=state.percent,
        due=state.due,
        original_due=state.original_due,
        review=state.review,
        weight=state.weight,
        ongoing=state.ongoing,
        current=_class(state, on, "current"),
        original=_class(state, on, "original"),
    )


def _class(state: State, on: date, basis: Basis) -> Timeliness | Outside:
    found = outside(state) or timeliness(state, on, basis)
    assert found is not None
    return found


def _cause(event: Event) -> Cause:
    basis = event.payload.get("basis")
    return Cause(
        kind=str(event.kind),
        actor=event.actor,
        at=event.recorded_at,
        said_at=event.occurred_at,
        basis=None if basis is None else str(basis),
    )


def _clock(state: State, first: date, last: date) -> Cause | None:
    """A due date that passed between the two days and made a difference."""
    dues: dict[Basis, date] = {"current": state.due, "original": state.original_due}
    passed = [
        due
        for basis, due in dues.items()
        if _class(state, first, basis) != _class(state, last, basis)
    ]
    return Cause(DUE_DATE_PASSED, day=passed[0]) if passed else None
