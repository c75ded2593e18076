"""From declared tasks to assignments: who owes what for which period.

One clause becomes one assignment, or, where it fans out to a class of bodies, one a member. What
cannot be decided becomes an undecided assignment with its reason, never nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from plans.bodies import Directory, Lead
from plans.calendar import WorkCalendar
from plans.deadlines import Occurrence, occurrences
from plans.declaration import Department, Part, Plan, SolutionGroup, Task
from plans.terms import LeadStatus


@dataclass(frozen=True, slots=True)
class Settled:
    """Who leads by a person's word: on which assignment it was said, and when the body exists.

    ``lasting``: a document gave the task to another than who was declared, for good.
    """

    department: str
    assignment: str
    since: date | None = None
    until: date | None = None
    lasting: bool = False

    def exists_on(self, day: date) -> bool:
        """Whether the body exists on a day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


Words = Mapping[tuple[str, str], Settled]
"""What people settled, by task and declared body."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One department's obligation for one task and one period, before it is in the record.

    ``slot`` is unique and made of what was declared, so that opening twice opens once; ``body``
    is set for a member of a class that the record may not know yet; ``settled`` names the
    assignment on which a person said who leads.
    """

    slot: str
    ref: str
    plan: str
    group: str
    task: str
    weight: int
    needs_review: bool
    declared: str
    lead: Lead
    territory: str | None
    occurrence: Occurrence
    body: Department | None = None
    settled: str | None = None

    @property
    def class_slot(self) -> str | None:
        """Of a class's member: the slot that stands for the class while nobody declares members."""
        if self.body is None:
            return None
        period = f"/{self.occurrence.key}" if self.occurrence.key else ""
        return f"{self.plan}/{self.task}/{unit_of(self.slot)}{period}"

    @property
    def id(self) -> str:
        """Opaque, URL-safe, and the same whenever the slot is opened."""
        return id_of(self.slot)


def obligations(
    plan: Plan,
    directory: Directory,
    calendar: WorkCalendar,
    until: date,
    settled: Words | None = None,
) -> list[Obligation]:
    """Everything that a plan has assigned by a day, in the document's order.

    Where the rules are not sure who leads, what a person ``settled`` for the same holds.
    """
    if until < plan.issued:
        return []
    found: list[Obligation] = []
    for group, task in plan.tasks():
        spans = occurrences(
            task.due, issued=plan.issued, ends=plan.ends, until=until, calendar=calendar
        )
        for occurrence in spans:
            found += _of_task(_Place(plan, group, task, occurrence, settled or {}), directory)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    plan: Plan
    group: SolutionGroup
    task: Task
    occurrence: Occurrence
    settled: Words


def _of_task(place: _Place, directory: Directory) -> Iterator[Obligation]:
    task = place.task
    leads = (task.lead,) if task.lead else ()
    yield from _of_bodies(place, directory, task, (*leads, *task.fan_out))
    for part in task.parts:
        if part.lead:
            yield from _of_bodies(place, directory, part, (part.lead,))


def _of_bodies(
    place: _Place, directory: Directory, what: Task | Part, codes: tuple[str, ...]
) -> Iterator[Obligation]:
    """One obligation for each body, none twice: a lead that is also a member answers once."""
    taken: set[str] = set()
    for code in dict.fromkeys(codes):
        for one in _of_code(place, directory, what, code):
            if one.lead.code is None or one.lead.code not in taken:
                yield one
            if one.lead.code:
                taken.add(one.lead.code)


def _of_code(
    place: _Place, directory: Directory, what: Task | Part, code: str
) -> Iterator[Obligation]:
    due, province = place.occurrence.due, place.plan.province
    if not directory.is_class(code):
        lead = directory.lead_on(code, due, what.function or place.task.function)
        yield _obligation(place, directory, what, code, lead)
        return
    members, sure = directory.members_on(code, due, province)
    if not members:
        yield _obligation(place, directory, what, code, sure)
    for member in members:
        lead = Lead(member.code, sure.status, sure.reason)
        yield _obligation(place, directory, what, code, lead, member)


def _obligation(
    place: _Place,
    directory: Directory,
    what: Task | Part,
    code: str,
    lead: Lead,
    member: Department | None = None,
) -> Obligation:
    plan, occurrence = place.plan, place.occurrence
    period = f"/{occurrence.key}" if occurrence.key else ""
    unit = f"{code}:{member.code}" if member else code
    declared = member.code if member else code
    said = _said(place, directory, (what.id, declared), lead)
    if said:
        lead = _by_word(said, directory, occurrence.due, what.function or place.task.function)
    return Obligation(
        slot=f"{plan.id}/{what.id}/{unit}{period}",
        ref=f"{plan.id}/{what.id}/{lead.code or code}{period}",
        plan=plan.id,
        group=place.group.id,
        task=what.id,
        weight=place.task.weight,
        needs_review=place.task.needs_review,
        declared=declared,
        lead=lead,
        territory=_territory(directory, plan, occurrence.due),
        occurrence=occurrence,
        body=member,
        settled=said.assignment if said else None,
    )


def _said(
    place: _Place, directory: Directory, about: tuple[str, str], lead: Lead
) -> Settled | None:
    """What a person settled, where it answers what the rules leave open and holds when it is due.

    Another body than the one that was found is no confirmation of that one.
    """
    said, due = place.settled.get(about), place.occurrence.due
    if said is None or directory.is_class(said.department):
        return None
    if said.lasting:
        return said if said.since is None or said.since <= due else None
    if lead.status is LeadStatus.CONFIRMED or lead.code not in (None, said.department):
        return None
    return said if said.exists_on(due) else None


def _by_word(said: Settled, directory: Directory, due: date, function: str | None) -> Lead:
    """Who was named, or, where a task was given to a body for good that has ended, its heir."""
    if said.exists_on(due):
        return Lead(said.department, LeadStatus.CONFIRMED)
    if directory.knows(said.department):
        return directory.lead_on(said.department, due, function)
    reason = f"{said.department}, to whom it was given, ended on {said.until}"
    return Lead(None, LeadStatus.UNDECIDED, reason)


def _territory(directory: Directory, plan: Plan, day: date) -> str | None:
    province = directory.province_on(plan.province, day) if plan.province else None
    return province.code if province else None


def unit_of(slot: str) -> str:
    """The class of bodies that a member's slot was made for."""
    return slot.split("/")[2].partition(":")[0]


def id_of(slot: str) -> str:
    """The id that a slot gives."""
    digest = hashlib.sha256(slot.encode()).digest()
    return b32encode(digest[:15]).decode().lower()
