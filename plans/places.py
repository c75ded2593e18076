"""What one version of a plan assigns, and which assignment stands for which of its occurrences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.assignments import Obligation, Words, obligations
from plans.bodies import Directory
from plans.calendar import WorkCalendar
from plans.deadlines import Occurrence, occurrences
from plans.declaration import Part, Plan, Task
from plans.terms import Work

CLOSED = (Work.DONE, Work.CANCELLED)


@dataclass(frozen=True, slots=True)
class Bearings:
    """By what versions are read: bodies, calendar, and the moment of loading."""

    directory: Directory
    calendar: WorkCalendar
    now: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A slot's parts: the task or part, who was declared (and the member), which occurrence."""

    what: str
    unit: str
    key: str

    @classmethod
    def of(cls, slot: str) -> Place:
        """The parts of a slot."""
        _plan, what, unit, *key = slot.split("/", 3)
        return cls(what, unit, key[0] if key else "")


class Made:
    """What one version of a plan assigns by a day."""

    def __init__(self, plan: Plan, bearings: Bearings, until: date, settled: Words) -> None:
        calendar = bearings.calendar
        owed = obligations(plan, bearings.directory, calendar, until, settled)
        self.plan = plan.id
        self.owed: dict[str, Obligation] = {one.slot: one for one in owed}
        self.groups: dict[str, str] = {}
        self.leads: dict[str, str | None] = {}
        self.codes: dict[str, set[str]] = {}
        self.spans = spans_of(plan, calendar, until)
        for group, task in plan.tasks():
            self._keep(task, group.id, {*filter(None, (task.lead,)), *task.fan_out})
            for part in task.parts:
                self._keep(part, group.id, {part.lead} if part.lead else set())

    def _keep(self, what: Task | Part, group: str, codes: set[str]) -> None:
        self.groups[what.id], self.leads[what.id] = group, what.lead
        self.codes[what.id] = codes

    def due(self, what: str, key: str) -> date | None:
        """When an occurrence is due, if there is such a one."""
        span = self.spans.get(what, {}).get(key)
        return span.due if span else None

    def once(self, what: str) -> dict[str, date]:
        """The due dates that do not recur, by key."""
        spans = self.spans.get(what, {})
        return {key: span.due for key, span in spans.items() if span.period is None}

    def makes(self, place: Place, key: str, before: Made) -> bool:
        """Whether a slot stands: made, or left out by what is not the plan's doing."""
        ending = f"/{key}" if key else ""
        slot = f"{self.plan}/{place.what}/{place.unit}{ending}"
        declared = place.unit.partition(":")[0] in self.codes.get(place.what, ())
        return slot in self.owed or (declared and slot not in before.owed)


Spans = Mapping[str, Mapping[str, Occurrence]]
"""Occurrences by key, by task or part."""


def spans_of(plan: Plan, calendar: WorkCalendar, until: date) -> Spans:
    """Every occurrence of a plan's tasks that has opened by a day; parts have their task's."""
    found: dict[str, Mapping[str, Occurrence]] = {}
    for _, task in plan.tasks():
        some = occurrences(
            task.due, issued=plan.issued, ends=plan.ends, until=until, calendar=calendar
        )
        spans = {one.key: one for one in some}
        found |= dict.fromkeys((task.id, *(part.id for part in task.parts)), spans)
    return found


def horizon(rows: Iterable[Any], plans: Iterable[Plan], today: date) -> date:
    """A day by which everything has opened that some assignments may be for."""
    starts: list[date] = [row.period_start for row in rows if row.period_start]
    return max(today, *(plan.issued for plan in plans), *starts)


def redating(row: Any, was: date | None, due: date | None) -> dict[str, str] | None:
    """What tells an assignment the date that is computed for it now; None: it keeps its own.

    ``was``: the date computed before. A later date that somebody granted is not shortened unseen
    by a rule that says less.
    """
    granted = row.extended and due is not None and due < row.due
    if due is None or due in (was, row.due) or granted:
        return None
    return {"due": due.isoformat(), "from": row.due.isoformat()}


def stands_for(rows: Iterable[Any], before: Made, after: Made) -> dict[str, str]:
    """The new version's occurrence that each assignment, by id, is for; the others' are gone."""
    found: dict[str, str] = {}
    once: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        place = Place.of(row.slot)
        if row.period_start is None:
            once[place.what, place.unit].append(row)
        elif place.key in after.spans.get(place.what, {}):
            found[row.id] = place.key
    for (what, _), some in once.items():
        found |= _matched(some, before.once(what), after.once(what))
    return found


def _matched(
    rows: Sequence[Any], before: Mapping[str, date], after: Mapping[str, date]
) -> dict[str, str]:
    """Dates of one task and body, old to new: the same date first, then the same key.

    The first date of a task has no key of its own: when it is taken out, the next one takes its
    place, whose assignment is in the record under its date and must not be cancelled.
    """
    left = {Place.of(row.slot).key: row for row in rows}
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
