"""Bringing a plan's new version to the assignments that earlier versions opened.

What is compared is what the two versions declare, under the same bodies and the same calendar:
an extension that was granted, a lead that was found and a member that joined are not the plan's
doing, so they stay. Nothing is deleted; an event says what the new version changed, and cites the
document that amended the plan. A new weight, or whether a review is needed, applies to what opens
from then on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plans.assignments import Obligation
from plans.declaration import BasisDocument, Plan
from plans.places import CLOSED, Bearings, Made, Place, horizon, redating, stands_for
from plans.rules import Event
from plans.store import Connection
from plans.store import assignments as store
from plans.store.ledger import append
from plans.terms import EventKind, LeadStatus, Work

ACTOR = "system:load-plans"
STILL_CANCELLED = "still_cancelled"
"""Declared again after having been cancelled: a person must look, for it stays cancelled."""
OPENED = "opened"
"""New in this version; ``open-periods`` opens it."""
COUNTED = (
    *(EventKind.MOVED, EventKind.REDATED, EventKind.REASSIGNED, EventKind.CANCELLED),
    *(OPENED, STILL_CANCELLED),
)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A plan as it was loaded last (None: never), and as it is from ``version`` on."""

    before: Plan | None
    after: Plan
    version: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a version does to one assignment: ``before`` and ``after`` by its ``kind``.

    Groups for ``moved``, dates for ``redated``, departments for ``reassigned`` (None: undecided)
    and ``opened``, the state of work for ``cancelled``. ``assignment`` is its id, None for what is
    yet to be opened.
    """

    kind: str
    ref: str
    before: str | None
    after: str | None
    assignment: str | None = None


@dataclass(slots=True)
class _Outcome:
    """What new versions do: events, renamed slots, reasons of new leads; by assignment."""

    events: dict[str, list[Event]]
    slots: dict[str, dict[str, Any]]
    reasons: dict[str, str | None]


def amend(
    connection: Connection,
    amendments: Sequence[Amendment],
    bearings: Bearings,
    *,
    dry_run: bool = False,
) -> dict[str, tuple[Effect, ...]]:
    """Append what new versions change; gives, by plan, what that is (or would be)."""
    plans = [one.after.id for one in amendments if one.before]
    rows = store.of_plans(connection, plans, lock=not dry_run)
    outcome = _Outcome({}, {}, {})
    effects = {}
    for one in amendments:
        mine = rows.get(one.after.id, [])
        effects[one.after.id] = tuple(_amend_one(connection, one, mine, bearings, outcome))
    if not dry_run:
        append(connection, outcome.events)
        store.rename(connection, outcome.slots)
        store.save_reasons(connection, outcome.reasons)
    return effects


def numbers_of(effects: Sequence[Effect]) -> dict[str, int]:
    """How many assignments are affected, by kind."""
    found = Counter(one.kind for one in effects)
    return {str(kind): found[str(kind)] for kind in COUNTED}


def citation(before: Plan | None, after: Plan, version: int) -> str:
    """What a version rests on: the newest document that it adds, or its own number."""
    known = before.amendments if before else ()
    new = [one for one in after.amendments if one not in known]
    if not new:
        return f"version {version} of the plan"
    return _cited(max(new, key=lambda one: one.issued or date.min))


def _cited(document: BasisDocument) -> str:
    day = f" ngày {document.issued:%d/%m/%Y}" if document.issued else ""
    return f"{document.number or document.title}{day}"


def _amend_one(
    connection: Connection,
    one: Amendment,
    rows: Sequence[Any],
    bearings: Bearings,
    outcome: _Outcome,
) -> Iterator[Effect]:
    settled = store.settled_leads(connection, one.after.id) if rows else {}
    versions = [plan for plan in (one.before, one.after) if plan]
    until = horizon(rows, versions, bearings.now.date())
    after = Made(one.after, bearings, until, settled)
    known = {row.slot for row in rows}
    if one.before:
        before = Made(one.before, bearings, until, settled)
        fates = _Fates(before, after, rows)
        basis = {"version": one.version, "basis": citation(one.before, one.after, one.version)}
        for row in rows:
            yield from _settle(row, fates, basis, bearings, outcome)
        known |= before.owed.keys() | {given.slot for given in fates.taken.values()}
    complete = store.completed_units(connection, one.after.id) if rows else set()
    for owed in after.owed.values():
        if owed.slot not in known and _opens(owed, complete, one.after, bearings.now.date()):
            yield Effect(OPENED, owed.ref, None, owed.lead.code)


def _opens(owed: Obligation, complete: set[tuple[str, str]], plan: Plan, today: date) -> bool:
    """Whether ``open-periods`` would open it today."""
    span = owed.occurrence
    finished = span.until_complete and (owed.task, owed.declared) in complete
    return plan.issued <= today and span.opens <= today and not finished


# --- what becomes of one assignment -------------------------------------------------------------


Given = Mapping[str, Any]
Changes = Iterator[tuple[EventKind, Given, str | None, str | None]]


class _Fates:
    """What a new version has for each assignment: an occurrence, and maybe another body's place.

    An assignment whose place is gone takes one that is new: its own body's first, so that each
    keeps its own record, then the new lead's for the old one's.
    """

    def __init__(self, before: Made, after: Made, rows: Sequence[Any]) -> None:
        self.before, self.after = before, after
        self.keys = stands_for(rows, before, after)
        self.staying = {
            row.id
            for row in rows
            if row.id in self.keys and after.makes(Place.of(row.slot), self.keys[row.id], before)
        }
        self.taken = self._taken(rows)

    def _taken(self, rows: Sequence[Any]) -> dict[str, Obligation]:
        known = {row.slot for row in rows}
        free: dict[tuple[str, str], list[Obligation]] = defaultdict(list)
        for one in self.after.owed.values():
            if one.slot not in known:
                free[one.task, one.occurrence.key].append(one)
        homeless = [
            row
            for row in rows
            if row.id in self.keys and row.id not in self.staying and row.work != Work.CANCELLED
        ]
        found: dict[str, Obligation] = {}
        for fits in (_same_body, self._new_lead):
            for row in homeless:
                some = free[Place.of(row.slot).what, self.keys[row.id]]
                fit = next((one for one in some if row.id not in found and fits(row, one)), None)
                if fit:
                    found[row.id] = fit
                    some.remove(fit)
        return found

    def _new_lead(self, row: Any, one: Obligation) -> bool:
        left, came = Place.of(row.slot), Place.of(one.slot)
        was, now = self.before.leads.get(left.what), self.after.leads.get(came.what)
        return (left.unit, came.unit) == (was, now)


def _same_body(row: Any, one: Obligation) -> bool:
    return row.department is not None and one.lead.code == row.department


def _settle(
    row: Any, fates: _Fates, basis: Given, bearings: Bearings, outcome: _Outcome
) -> Iterator[Effect]:
    for kind, given, was, now in _changes(row, fates):
        event = Event(kind, ACTOR, bearings.now, bearings.now, {**given, **basis})
        outcome.events.setdefault(row.id, []).append(event)
        if kind is EventKind.REASSIGNED:
            outcome.reasons[row.id] = fates.taken[row.id].lead.reason
        yield Effect(str(kind), row.ref, was, now, row.id)
    if place := fates.taken.get(row.id):
        outcome.slots[row.id] = _renamed(row, place)
    again = row.slot in fates.after.owed and row.slot not in fates.before.owed
    if again and row.work == Work.CANCELLED:
        yield Effect(STILL_CANCELLED, row.ref, None, None, row.id)


def _changes(row: Any, fates: _Fates) -> Changes:
    """Events' kinds and payloads, with what was and what is then."""
    place, before, after = Place.of(row.slot), fates.before, fates.after
    group = after.groups.get(place.what, row.group)
    if group != row.group:
        yield EventKind.MOVED, {"group": group, "from": row.group}, row.group, group
    if row.work in CLOSED:
        return
    taken = fates.taken.get(row.id)
    if taken is None and row.id not in fates.staying:
        yield EventKind.CANCELLED, {}, row.work, Work.CANCELLED.value
        return
    if taken and _led_anew(row, taken):
        yield EventKind.REASSIGNED, _new_lead(row, taken), row.department, taken.lead.code
    key = fates.keys[row.id]
    due, was = after.due(place.what, key), before.due(place.what, place.key)
    if dates := redating(row, was, due):
        yield EventKind.REDATED, dates, dates["from"], dates["due"]


def _led_anew(row: Any, place: Obligation) -> bool:
    """Whether the record says something else of who leads; the slot alone is no event."""
    same = (row.department, row.declared) == (place.lead.code, place.declared)
    surer = row.lead_status != LeadStatus.CONFIRMED and place.lead.status is LeadStatus.CONFIRMED
    return not same or surer


def _new_lead(row: Any, place: Obligation) -> dict[str, Any]:
    kept = row.department == place.lead.code and row.lead_status == LeadStatus.CONFIRMED
    return {
        "department": place.lead.code,
        "lead_status": LeadStatus.CONFIRMED if kept else place.lead.status,
        "declared": place.declared,
        "from": row.department,
    }


def _renamed(row: Any, place: Obligation) -> dict[str, Any]:
    """By which names it is known from now on, so that opening does not open a second one.

    What is done keeps its own; only the slot says that the new version's place is filled.
    """
    if row.work == Work.DONE:
        return {"slot": place.slot, "ref": row.ref, "period": row.period}
    return {"slot": place.slot, "ref": place.ref, "period": place.occurrence.key or None}
