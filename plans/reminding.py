"""Who is reminded of what on a day: one message a recipient, each rung told once.

What is owed follows from the assignments, the plans' ladders, the calendar and the day alone, and
from what was told before; so a missed day is made up for by the next run, and nobody hears twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from plans.addressing import Bodies
from plans.declaration import Rung
from plans.holding import held
from plans.ladder import reached
from plans.loading import read_calendar
from plans.messages import Earlier, Line, ReminderContent
from plans.store import Connection, catalogue, lists
from plans.store.events import returned_because
from plans.store.notices import NewNotice, SentRung, owe, sent_rungs
from plans.terms import LeadStatus, NoticeKind, Review

HORIZON = timedelta(days=120)
"""No ladder's first rung lies further ahead: 60 working days."""
STALE = timedelta(days=60)
"""A superior is not told of a rung that was reached longer ago: a plan that is loaded late, or a
long standstill, does not flood it with what is past. The lead is told once; digests name all."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One line of one message: to whom, of which kind, and which rung it tells."""

    recipient: str
    kind: NoticeKind
    rung: int
    due: date
    coordinator: str
    line: Line

    @property
    def why(self) -> str:
        """The rung in words, for people who ask why this is sent."""
        if self.rung == 0:
            return "on the due date"
        side = "after" if self.rung > 0 else "before"
        return f"{abs(self.rung)} working days {side} the due date"


def remind(connection: Connection, on: date, now: datetime, *, domain: str) -> list[str]:
    """Owe the day's reminders and escalations, but to whom is held; gives the new notices' keys."""
    withheld = held(connection, on)
    owed = [one for one in owed_on(connection, on) if one.recipient not in withheld]
    return owe(connection, notices_of(connection, owed, on, domain=domain), now)


def owed_on(connection: Connection, on: date) -> list[Owed]:
    """Everything that is to be told on a day and was not told yet, most urgent first.

    Also what is withheld that day: ``remind`` leaves it out, who looks is told.
    """
    calendar = read_calendar(connection)
    ladders = _ladders(connection)
    which = lists.Filter(open_only=True, due_by=on + HORIZON)
    rows = lists.listing(connection, which, on)
    bodies = Bodies(connection, on)
    climbed = [
        (row, step)
        for row in rows
        if (step := reached(ladders[row.plan][0], row.due, on, calendar))
    ]
    told = sent_rungs(connection, [row.id for row, _ in climbed])
    returned = [row.id for row, _ in climbed if row.review == Review.RETURNED]
    reasons = returned_because(connection, returned)
    found: list[Owed] = []
    for row, step in climbed:
        earlier = told.get(row.id, [])
        for recipient, kind in recipients(bodies, row, step.rung, ladders[row.plan][1]):
            if kind is NoticeKind.ESCALATION and not _may_escalate(earlier, row.due, step.day, on):
                continue
            if not _was_told(earlier, recipient, row.due, step.rung.days):
                before = (Earlier(day=one.day, to=bodies.name(one.recipient)) for one in earlier)
                line = line_of(row, on, tuple(before), reasons.get(row.id))
                office = bodies.present(row.coordinator) or row.coordinator
                found.append(Owed(recipient, kind, step.rung.days, row.due, office, line))
    return found


def _ladders(connection: Connection) -> dict[str, tuple[tuple[Rung, ...], str]]:
    """Each plan's ladder and coordinator."""
    plans = (catalogue.read_plan(connection, row.id) for row in catalogue.plan_rows(connection))
    return {plan.id: (plan.ladder, plan.coordinator) for plan in plans}


def _may_escalate(earlier: Iterable[SentRung], due: date, reached_on: date, on: date) -> bool:
    """Nobody is reported to a superior who was not told of this due date on an earlier day."""
    if on - reached_on > STALE:
        return False
    return any(one.due == due and one.day < on for one in earlier)


def _was_told(earlier: Iterable[SentRung], recipient: str, due: date, rung: int) -> bool:
    """A changed due date is told anew; a later rung says all that an earlier one did."""
    return any(
        one.recipient == recipient and one.due == due and one.rung >= rung for one in earlier
    )


def recipients(
    bodies: Bodies, row: Any, rung: Rung, coordinator: str
) -> list[tuple[str, NoticeKind]]:
    """The lead (before it exists, the declared body) and, on the last rungs, its superior."""
    lead = next((code for code in (row.department, row.declared) if bodies.exists(code)), None)
    if lead is None:
        return []
    above = bodies.superior(lead, coordinator) if rung.superior else None
    escalation = [(above, NoticeKind.ESCALATION)] if above else []
    return [(lead, NoticeKind.REMINDER), *escalation]


def line_of(
    row: Any, on: date, earlier: tuple[Earlier, ...] = (), reason: str | None = None
) -> Line:
    """A listed assignment as a line of a message."""
    return Line(
        assignment=row.id,
        plan_number=row.plan_number or row.plan_title_vi,
        task_title=row.title_vi,
        clause=row.clause,
        department=row.department_vi or row.declared,
        due=row.due,
        due_estimated=row.due_estimated,
        period=row.period,
        days=(row.due - on).days,
        percent=row.percent,
        missing=_missing(row),
        reason=reason,
        deliverable=row.deliverable,
        lead_unconfirmed=row.lead_status == LeadStatus.UNCONFIRMED,
        earlier=earlier,
    )


def _missing(row: Any) -> tuple[Any, ...]:
    if row.review == Review.RETURNED:
        return ("correction",)
    return ("report", "deliverable") if row.deliverable else ("report",)


def notices_of(
    connection: Connection, owed: Iterable[Owed], on: date, *, domain: str
) -> list[NewNotice]:
    """One notice for each recipient and kind, its lines grouped, the most urgent first."""
    found = contents_of(connection, owed, on)
    return [_notice(content, some, domain) for content, some in found]


def contents_of(
    connection: Connection, owed: Iterable[Owed], on: date
) -> list[tuple[ReminderContent, list[Owed]]]:
    """What each of those notices says, and what it is made of."""
    bodies = Bodies(connection, on)
    grouped: dict[tuple[str, NoticeKind], list[Owed]] = {}
    for one in owed:
        grouped.setdefault((one.recipient, one.kind), []).append(one)
    found = []
    for (recipient, kind), some in sorted(grouped.items()):
        content = ReminderContent(
            kind=kind,
            recipient=recipient,
            recipient_name=bodies.name(recipient),
            office=_only_office(bodies, recipient, some),
            day=on,
            lines=tuple(one.line for one in sorted(some, key=_urgency)),
        )
        found.append((content, some))
    return found


def _only_office(bodies: Bodies, recipient: str, some: Iterable[Owed]) -> str | None:
    """Who asks, if it is one office; an office does not write to itself in its own name."""
    offices = {one.coordinator for one in some}
    return bodies.name(offices.pop()) if len(offices) == 1 and recipient not in offices else None


def _urgency(one: Owed) -> tuple[int, str, str]:
    return (one.line.days, one.line.plan_number, one.line.assignment)


def _notice(content: ReminderContent, some: list[Owed], domain: str) -> NewNotice:
    rungs = tuple(sorted((one.line.assignment, one.due, one.rung) for one in some))
    key = notice_key(content.kind, content.recipient, content.day, repr(rungs))
    return NewNotice(
        key=key,
        kind=content.kind,
        recipient=content.recipient,
        day=content.day,
        content=content.model_dump(mode="json"),
        message_id=message_id(key, domain),
        rungs=rungs,
    )


def notice_key(kind: NoticeKind, recipient: str, day: date, what: str) -> str:
    """A notice's unique key: made of what it says to whom, never of when a run happened."""
    digest = hashlib.sha256(what.encode()).hexdigest()[:16]
    return f"{kind}/{recipient}/{day.isoformat()}/{digest}"


def message_id(key: str, domain: str) -> str:
    """A stable Message-ID, so that a message sent twice can be recognised as one."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
