"""Bringing a plan's new version to the assignments that earlier versions opened.

What is compared is what the two versions declare, under the same bodies and the same calendar:
an extension that was granted, a lead that was found and a member that joined are not the plan's
doing, so they stay. Nothing is deleted; an event says what the new version changed. A new weight,
or whether a review is needed, applies to what opens from then on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.assignments import obligations
from plans.bodies import Directory
from plans.calendar import WorkCalendar
from plans.deadlines import Occurrence, occurrences
from plans.declaration import Plan
from plans.rules import Event
from plans.store import Connection
from plans.store import assignments as store
from plans.store.ledger import append
from plans.terms import EventKind, Work

ACTOR = "system:load-plans"
CLOSED = (Work.DONE, Work.CANCELLED)
COUNTED = (EventKind.MOVED, EventKind.REDATED, EventKind.CANCELLED)
STILL_CANCELLED = "still_cancelled"
"""Declared again after having been cancelled: a person must look, for it stays cancelled."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A plan as it was loaded last, and as it is from ``version`` on."""

    before: Plan
    after: Plan
    version: int


@dataclass(frozen=True, slots=True)
class Bearings:
    """By what both versions are read: bodies, calendar, and the moment of loading."""

    directory: Directory
    calendar: WorkCalendar
    now: datetime


def amend(
    connection: Connection,
    amendments: Sequence[Amendment],
    bearings: Bearings,
    *,
    dry_run: bool = False,
) -> dict[str, dict[str, int]]:
    """Append what new versions change; gives, by plan, how many assignments (or would be)."""
    rows = store.of_plans(connection, [one.after.id for one in amendments], lock=not dry_run)
    events: dict[str, list[Event]] = {}
    numbers = {}
    for one in amendments:
        numbers[one.after.id] = _amend_one(one, rows[one.after.id], bearings, events)
    if not dry_run:
        append(connection, events)
    return numbers


def _amend_one(
    one: Amendment, rows: Sequence[Any], bearings: Bearings, events: dict[str, list[Event]]
) -> dict[str, int]:
    starts = [row.period_start for row in rows if row.period_start]
    until = max(bearings.now.date(), one.before.issued, one.after.issued, *starts)
    before = _Made(one.before, bearings, until)
    after = _Made(one.after, bearings, until)
    kept = _kept(rows, before, after)
    numbers = Counter[str](dict.fromkeys(COUNTED, 0))
    for row in rows:
        changes = _changes(row, kept.get(row.id), before, after)
        if changes:
            events[row.id] = [_event(kind, given, one, bearings) for kind, given in changes]
        numbers.update(str(kind) for kind, _ in changes)
        again = row.slot in after.slots and row.slot not in before.slots
        numbers[STILL_CANCELLED] += again and row.work == Work.CANCELLED
    return {str(name): n for name, n in numbers.items()}


def _event(kind: EventKind, given: Mapping[str, Any], one: Amendment, bearings: Bearings) -> Event:
    basis = {"version": one.version, "basis": f"version {one.version} of the plan"}
    return Event(kind, ACTOR, bearings.now, bearings.now, {**given, **basis})


def _changes(
    row: Any, key: str | None, before: _Made, after: _Made
) -> list[tuple[EventKind, dict[str, Any]]]:
    """What becomes of one assignment; ``key``: its occurrence in the new version, if any."""
    place = _Place.of(row.slot)
    found: list[tuple[EventKind, dict[str, Any]]] = []
    group = after.groups.get(place.what, row.group)
    if group != row.group:
        found.append((EventKind.MOVED, {"group": group, "from": row.group}))
    if row.work in CLOSED:
        return found
    if key is None:
        return [*found, (EventKind.CANCELLED, {})]
    due, was = after.due(place.what, key), before.due(place.what, place.key)
    if due != was and due is not None and due != row.due:
        dates = {"due": due.isoformat(), "from": row.due.isoformat()}
        found.append((EventKind.REDATED, dates))
    return found


# --- what a version makes ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A slot's parts: the task or part, who was declared (and the member), which occurrence."""

    what: str
    unit: str
    key: str

    @classmethod
    def of(cls, slot: str) -> _Place:
        _plan, what, unit, *key = slot.split("/", 3)
        return cls(what, unit, key[0] if key else "")


class _Made:
    """What one version of a plan assigns by a day."""

    def __init__(self, plan: Plan, bearings: Bearings, until: date) -> None:
        calendar = bearings.calendar
        owed = obligations(plan, bearings.directory, calendar, until)
        self.plan = plan.id
        self.slots = {one.slot for one in owed}
        self.groups: dict[str, str] = {}
        self.codes: dict[str, set[str]] = {}
        self.spans: dict[str, dict[str, Occurrence]] = {}
        for group, task in plan.tasks():
            found = occurrences(
                task.due, issued=plan.issued, ends=plan.ends, until=until, calendar=calendar
            )
            spans = {one.key: one for one in found}
            self._keep(task.id, group.id, {task.lead, *task.fan_out}, spans)
            for part in task.parts:
                self._keep(part.id, group.id, {part.lead} if part.lead else set(), spans)

    def _keep(self, what: str, group: str, codes: set[str], spans: dict[str, Occurrence]) -> None:
        self.groups[what], self.codes[what], self.spans[what] = group, codes, spans

    def due(self, what: str, key: str) -> date | None:
        """When an occurrence is due, if there is such a one."""
        span = self.spans.get(what, {}).get(key)
        return span.due if span else None

    def once(self, what: str) -> dict[str, date]:
        """The due dates that do not recur, by key."""
        spans = self.spans.get(what, {})
        return {key: span.due for key, span in spans.items() if span.period is None}

    def makes(self, place: _Place, key: str, before: _Made) -> bool:
        """Whether a slot stands: made, or left out by what is not the plan's doing."""
        ending = f"/{key}" if key else ""
        slot = f"{self.plan}/{place.what}/{place.unit}{ending}"
        declared = place.unit.partition(":")[0] in self.codes.get(place.what, ())
        return slot in self.slots or (declared and slot not in before.slots)


# --- which assignment stands for which occurrence -----------------------------------------------


def _kept(rows: Iterable[Any], before: _Made, after: _Made) -> dict[str, str]:
    """The occurrence of the new version that each assignment stands for; the others are gone."""
    found: dict[str, str] = {}
    once: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        place = _Place.of(row.slot)
        if row.period_start is None:
            once[place.what, place.unit].append(row)
        elif place.key in after.spans.get(place.what, {}):
            found[row.id] = place.key
    for (what, _), some in once.items():
        found |= _matched(some, before.once(what), after.once(what))
    return {
        row.id: found[row.id]
        for row in rows
        if row.id in found and after.makes(_Place.of(row.slot), found[row.id], before)
    }


def _matched(
    rows: Sequence[Any], before: Mapping[str, date], after: Mapping[str, date]
) -> dict[str, str]:
    """Dates of one task and body, old to new: the same date first, then the same key.

    The first date of a task has no key of its own: when it is taken out, the next one takes its
    place, whose assignment is in the record under its date and must not be cancelled.
    """
    left = {_Place.of(row.slot).key: row for row in rows}
    wanted = {key: day for key, day in after.items() if key in left}
    found: dict[str, str] = {}
    for same_date in (True, False):
        for key, day in list(wanted.items()):
            fit = [
                known
                for known, row in left.items()
                if (before.get(known, row.due) == day if same_date else _may_be(row, known, key))
            ]
            if fit:
                best = min(fit, key=lambda known: (left[known].work in CLOSED, known != key))
                found[left.pop(best).id] = key
                del wanted[key]
    return found


def _may_be(row: Any, known: str, key: str) -> bool:
    return known == key or row.work not in CLOSED
