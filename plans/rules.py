"""What an assignment's events mean: its state, its class on a date, and what may follow.

Everything here is a pure function of the events, and of the day where the day matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Literal

from plans.errors import Conflict, InvalidInput
from plans.terms import EventKind, LeadStatus, Outside, Review, Timeliness, Work

Basis = Literal["current", "original"]
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an assignment's ledger. ``payload`` holds figures and codes, no free text."""

    kind: EventKind
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """What an assignment's events add up to. ``percent`` is as last reported, 0-100.

    ``pending_extension`` is the request that waits, ``extended`` how many were granted, and
    ``flagged`` says that the last report may hold personal data, which its writer confirmed.
    """

    plan: str
    group: str
    task: str
    department: str | None
    declared: str
    lead_status: LeadStatus
    territory: str | None
    ongoing: bool
    weight: int
    needs_review: bool
    due: date
    original_due: date
    work: Work = Work.NOT_STARTED
    review: Review = Review.NONE
    percent: int = 0
    submitted_on: date | None = None
    done_on: date | None = None
    pending_extension: str | None = None
    extended: int = 0
    flagged: bool = False
    events: int = 0


_FIELDS = State.__slots__
_VALUES = attrgetter(*_FIELDS)


def begin(event: Event) -> State:
    """The state after an assignment's first event."""
    return _begun(event.kind, event.payload)


def _begun(kind: EventKind, given: Payload) -> State:
    if kind is not EventKind.ASSIGNED:
        raise Conflict(f"an assignment begins with 'assigned', not '{kind}'")
    due = date.fromisoformat(given["due"])
    return State(
        plan=given["plan"],
        group=given["group"],
        task=given["task"],
        department=given["department"],
        declared=given["declared"],
        lead_status=LeadStatus(given["lead_status"]),
        territory=given["territory"],
        ongoing=given["ongoing"],
        weight=given["weight"],
        needs_review=given["needs_review"],
        due=due,
        original_due=due,
        events=1,
    )


def apply(state: State, event: Event) -> State:
    """The state after one more event; ``Conflict`` where the state forbids it."""
    changes = _APPLY[event.kind](state, event.payload)
    return replace(state, events=state.events + 1, **changes)


def project(events: Iterable[Event]) -> State:
    """The state that a whole ledger adds up to."""
    return fold((event.kind, event.payload) for event in events)


def fold(entries: Iterable[tuple[EventKind, Payload]], state: State | None = None) -> State:
    """The same from kinds and payloads alone: nothing else decides a state.

    ``state``: what earlier entries added up to.
    """
    rest = iter(entries)
    state = state or _begun(*next(rest))
    # One that may be changed: thousands of assignments are told anew for one figure of the past.
    draft: Any = SimpleNamespace(**dict(zip(_FIELDS, _VALUES(state), strict=True)))
    for kind, payload in rest:
        draft.__dict__.update(_APPLY[kind](draft, payload), events=draft.events + 1)
    return State(**draft.__dict__)


def outside(state: State) -> Outside | None:
    """Why an assignment is outside the four classes and the count, or None."""
    return outside_of(state.work, state.lead_status)


def outside_of(work: Work, lead: LeadStatus) -> Outside | None:
    """The same from the two fields that decide it."""
    if work is Work.SUSPENDED:
        return Outside.SUSPENDED
    if work is Work.CANCELLED:
        return Outside.CANCELLED
    return Outside.UNDECIDED if lead is LeadStatus.UNDECIDED else None


def timeliness(state: State, on: date, basis: Basis = "current") -> Timeliness | None:
    """The class on a date, or None outside the count.

    What counts is the day of the report that was accepted, or that waits for its review, against
    the due date; done late stays late. Judged against the original due date with ``original``.
    """
    if outside(state):
        return None
    due = state.due if basis == "current" else state.original_due
    if state.work is Work.DONE:
        assert state.done_on is not None
        return Timeliness.DONE_ON_TIME if state.done_on <= due else Timeliness.DONE_LATE
    answered = state.submitted_on if state.review is Review.SUBMITTED else None
    on_time = (answered or on) <= due
    return Timeliness.OPEN_ON_TIME if on_time else Timeliness.OPEN_OVERDUE


def is_open(state: State) -> bool:
    """Whether the department still owes something: counted, and neither done nor submitted."""
    return outside(state) is None and state.work is not Work.DONE and not _waits(state)


SOON = timedelta(days=3)


def due_soon(state: State, on: date) -> bool:
    """Owed, on time, and due within three days: what boards show in orange."""
    return is_open(state) and on <= state.due <= on + SOON


# --- what each kind of event does --------------------------------------------------------------

Changes = dict[str, Any]
"""The fields of the state that an event changes."""


def _waits(state: State) -> bool:
    return state.review is Review.SUBMITTED


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise Conflict(message)


def _active(state: State, what: str) -> None:
    _require(state.work is not Work.CANCELLED, f"cannot {what}: the assignment is cancelled")
    _require(state.work is not Work.SUSPENDED, f"cannot {what}: the assignment is suspended")
    _require(state.work is not Work.DONE, f"cannot {what}: it was accepted already")


def _decided(state: State, what: str) -> None:
    lead = state.lead_status
    _require(lead is not LeadStatus.UNDECIDED, f"cannot {what}: no lead is decided yet")


def percent_of(value: object) -> int:
    """A reported percentage, or ``InvalidInput``."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise InvalidInput(f"percent must be a whole number from 0 to 100, not {value!r}")
    return value


def _assigned(_state: State, _payload: Payload) -> Changes:
    raise Conflict("the assignment was assigned already")


def _updated(state: State, payload: Payload) -> Changes:
    _active(state, "update")
    _decided(state, "update")
    # A nil report says nothing new of the percentage: it stays.
    percent = state.percent if payload["percent"] is None else percent_of(payload["percent"])
    flagged = bool(payload.get("flagged"))
    found = {"percent": percent, "work": Work.IN_PROGRESS, "flagged": flagged}
    if payload.get("withdraws") and _waits(state):
        # What was handed in is no more what stands here: nobody may accept the one for the other.
        found |= {"review": Review.NONE, "submitted_on": None}
    return found


def _submitted(state: State, payload: Payload) -> Changes:
    # A report that waits may be replaced: what counts is the day of the one later accepted.
    _active(state, "submit")
    _decided(state, "submit")
    day = date.fromisoformat(payload["submitted_on"])
    return {"work": Work.IN_PROGRESS, "review": Review.SUBMITTED, "submitted_on": day}


def _accepted(state: State, _payload: Payload) -> Changes:
    _active(state, "accept")
    _decided(state, "accept")
    _require(_waits(state), "nothing was submitted that could be accepted")
    return {"work": Work.DONE, "review": Review.ACCEPTED, "done_on": state.submitted_on}


def _returned(state: State, _payload: Payload) -> Changes:
    _active(state, "return")
    _require(_waits(state), "nothing was submitted that could be returned")
    return {"review": Review.RETURNED, "submitted_on": None}


def _extension_requested(state: State, payload: Payload) -> Changes:
    _active(state, "ask for an extension")
    _decided(state, "ask for an extension")
    _require(state.pending_extension is None, "an extension was asked for already and waits")
    asked, wanted = (date.fromisoformat(payload[name]) for name in ("requested_on", "due"))
    _require(asked <= state.due, "an extension is asked for before the date passes")
    _require(wanted > state.due, f"an extension is to a day after {state.due}")
    return {"pending_extension": payload["extension"]}


def _extension_granted(state: State, payload: Payload) -> Changes:
    more = {"extended": state.extended + 1}
    return _extension_decided(state, payload) | _redated(state, payload) | more


def _extension_decided(state: State, payload: Payload) -> Changes:
    waits = state.pending_extension == payload["extension"]
    _require(waits, "this request for an extension was decided already")
    return {"pending_extension": None}


def _redated(state: State, payload: Payload) -> Changes:
    _require(state.work is not Work.CANCELLED, "cannot change the date: it is cancelled")
    _require(state.work is not Work.DONE, "cannot change the date: done late stays late")
    return {"due": date.fromisoformat(payload["due"])}


def _moved(_state: State, payload: Payload) -> Changes:
    return {"group": payload["group"]}


def _suspended(state: State, _payload: Payload) -> Changes:
    _active(state, "suspend")
    return {"work": Work.SUSPENDED}


def _resumed(state: State, payload: Payload) -> Changes:
    _require(state.work is Work.SUSPENDED, "cannot resume: it is not suspended")
    if was := payload.get("work"):
        return {"work": Work(was)}
    # Events of before this was kept say only what it must have been.
    begun = state.percent > 0 or state.review is not Review.NONE
    return {"work": Work.IN_PROGRESS if begun else Work.NOT_STARTED}


def _cancelled(state: State, _payload: Payload) -> Changes:
    _require(state.work is not Work.CANCELLED, "it is cancelled already")
    _require(state.work is not Work.DONE, "cannot cancel: it was accepted already")
    return {"work": Work.CANCELLED}


def _reassigned(state: State, payload: Payload) -> Changes:
    _require(state.work is not Work.CANCELLED, "cannot reassign: it is cancelled")
    status = LeadStatus(payload["lead_status"])
    department = payload["department"]
    same = department == state.department
    _require(same or state.work is not Work.DONE, "cannot reassign: it was accepted already")
    _require((department is None) == (status is LeadStatus.UNDECIDED), "a lead needs a department")
    declared = payload.get("declared", state.declared)
    return {"department": department, "lead_status": status, "declared": declared}


def _corrected(state: State, payload: Payload) -> Changes:
    """An accepted report was wrong: its percentage changes, or it is open again."""
    _require(state.work is Work.DONE, "only an accepted report is corrected; send an update")
    percent = percent_of(payload["percent"])
    if not payload.get("reopen"):
        return {"percent": percent}
    opened = {"percent": percent, "work": Work.IN_PROGRESS, "review": Review.RETURNED}
    return opened | {"submitted_on": None, "done_on": None}


_APPLY: dict[EventKind, Callable[[State, Payload], Changes]] = {
    EventKind.ASSIGNED: _assigned,
    EventKind.UPDATED: _updated,
    EventKind.SUBMITTED: _submitted,
    EventKind.ACCEPTED: _accepted,
    EventKind.RETURNED: _returned,
    EventKind.EXTENSION_REQUESTED: _extension_requested,
    EventKind.EXTENSION_GRANTED: _extension_granted,
    EventKind.EXTENSION_REFUSED: _extension_decided,
    EventKind.REDATED: _redated,
    EventKind.MOVED: _moved,
    EventKind.SUSPENDED: _suspended,
    EventKind.RESUMED: _resumed,
    EventKind.CANCELLED: _cancelled,
    EventKind.REASSIGNED: _reassigned,
    EventKind.CORRECTED: _corrected,
}
