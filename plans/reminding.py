"""Who is reminded of what on a day: one message a recipient, each rung told once.

What is owed follows from the assignments, the plans' ladders, the calendar and the day alone, and
from what was told before; so a missed day is made up for by the next run, and nobody hears twice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Container, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from plans.addressing import Bodies
from plans.calendar import WorkCalendar
from plans.climbing import Ladders, climbed, ladders_of
from plans.declaration import Rung
from plans.holding import held
from plans.ladder import Step, reached
from plans.loading import read_calendar
from plans.messages import Earlier, Line, ReminderContent
from plans.store import Connection, Engine, climbing, reading, writing
from plans.store.events import returned_because
from plans.store.notices import NewNotice, SentRung, owe, sent_rungs
from plans.terms import LeadStatus, NoticeKind, Review

STALE = timedelta(days=60)
"""A superior is not told of a rung that was reached longer ago: a plan that is loaded late, or a
long standstill, does not flood it with what is past. The lead is told once; digests name all."""
LOT = 2_000
"""Lines owed in one transaction: well under a second, in which nobody else writes on SQLite."""
Group = tuple[str, NoticeKind]
Lot = dict[Group, list[str]]


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
    """Owe the day's reminders and escalations, but to whom is held; gives the new notices' keys.

    All in the caller's transaction: who writes beside others takes ``remind_in_parts``.
    """
    day = _Day.read(connection, on)
    lots = _lots(day, _reached(connection, day))
    return [key for lot in lots for key in _owe_lot(connection, day, lot, now, domain)]


def remind_in_parts(
    engine: Engine, on: date, now: datetime, *, domain: str, most: int = LOT
) -> Generator[list[str]]:
    """The same, some recipients' in each transaction, so that others write in between.

    What is owed is looked for first, by reading alone; each part looks again at its own, so that
    a run beside this one, or one that was killed, leaves nothing told twice. Gives each part's
    new keys once they are kept.
    """
    with reading(engine) as connection:
        day = _Day.read(connection, on)
        lots = _lots(day, _reached(connection, day), most)
    for lot in lots:
        with writing(engine, alone="remind") as connection:
            made = _owe_lot(connection, day, lot, now, domain)
        yield made


def owed_on(connection: Connection, on: date) -> list[Owed]:
    """Everything that is to be told on a day and was not told yet, most urgent first.

    Also what is withheld that day: ``remind`` leaves it out, who looks is told.
    """
    day = _Day.read(connection, on)
    keys = {key for some in _reached(connection, day).values() for key in some}
    return _owed_of(connection, day, sorted(keys))


@dataclass(frozen=True, slots=True)
class _Day:
    """What decides about a day, read once. ``ladders``: each plan's, with its coordinator."""

    on: date
    bodies: Bodies
    calendar: WorkCalendar
    ladders: Ladders
    withheld: Collection[str]

    @classmethod
    def read(cls, connection: Connection, on: date) -> _Day:
        return cls(
            on=on,
            bodies=Bodies(connection, on),
            calendar=read_calendar(connection),
            ladders=ladders_of(connection),
            withheld=set(held(connection, on)),
        )


def _reached(connection: Connection, day: _Day) -> dict[Group, list[str]]:
    """Who may have something new to hear, and about which assignments (by id)."""
    found: dict[Group, list[str]] = defaultdict(list)
    for ladder, rung, row in climbed(connection, day.ladders, day.on, day.calendar, STALE):
        mine, coordinator = day.ladders[row.plan]
        for group in recipients(day.bodies, row, rung, coordinator) if mine is ladder else ():
            if row.escalates if group[1] is NoticeKind.ESCALATION else row.untold:
                found[group].append(row.id)
    return found


def _lots(day: _Day, reached_by: Mapping[Group, list[str]], most: int = LOT) -> list[Lot]:
    """Parts of about so many lines; one recipient's messages are never parted."""
    lots: list[Lot] = []
    size = most
    for group, keys in sorted(reached_by.items()):
        if group[0] in day.withheld:
            continue
        if size >= most:
            lots.append({})
            size = 0
        lots[-1][group] = keys
        size += len(keys)
    return lots


def _owe_lot(connection: Connection, day: _Day, lot: Lot, now: datetime, domain: str) -> list[str]:
    keys = sorted({key for some in lot.values() for key in some})
    owed = _owed_of(connection, day, keys, lot)
    contents = _grouped(day.bodies, owed, day.on)
    return owe(connection, [_notice(content, some, domain) for content, some in contents], now)


def _owed_of(
    connection: Connection, day: _Day, keys: Sequence[str], to: Container[Group] | None = None
) -> list[Owed]:
    """Of some assignments, all that is to be told (some recipients): exactly, by the rules."""
    rows = climbing.owed(connection, keys)
    told = sent_rungs(connection, keys)
    returned = [row.id for row in rows if row.review == Review.RETURNED]
    reasons = returned_because(connection, returned)
    found: list[Owed] = []
    steps: dict[tuple[int, date], Step | None] = {}
    for row in rows:
        ladder = day.ladders[row.plan][0]
        at = (id(ladder), row.due)
        if at not in steps:
            steps[at] = reached(ladder, row.due, day.on, day.calendar)
        if step := steps[at]:
            earlier, reason = told.get(row.id, []), reasons.get(row.id)
            found += (
                _owed(day, row, step, earlier, reason, group)
                for group in _untold(day, row, step, earlier)
                if to is None or group in to
            )
    return found


def _untold(day: _Day, row: Any, step: Step, earlier: Sequence[SentRung]) -> Iterator[Group]:
    """Who is to be told of one assignment."""
    for recipient, kind in recipients(day.bodies, row, step.rung, day.ladders[row.plan][1]):
        late = kind is NoticeKind.ESCALATION
        if late and not _may_escalate(earlier, row.due, step.day, day.on):
            continue
        if not _was_told(earlier, recipient, row.due, step.rung.days):
            yield recipient, kind


def _owed(
    day: _Day,
    row: Any,
    step: Step,
    earlier: Sequence[SentRung],
    reason: str | None,
    group: Group,
) -> Owed:
    before = tuple(Earlier(day=one.day, to=day.bodies.name(one.recipient)) for one in earlier)
    office = day.bodies.present(row.coordinator) or row.coordinator
    return Owed(*group, step.rung.days, row.due, office, line_of(row, day.on, before, reason))


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


def contents_of(
    connection: Connection, owed: Iterable[Owed], on: date
) -> list[tuple[ReminderContent, list[Owed]]]:
    """What each of those notices says, and what it is made of."""
    return _grouped(Bodies(connection, on), owed, on)


def _grouped(
    bodies: Bodies, owed: Iterable[Owed], on: date
) -> list[tuple[ReminderContent, list[Owed]]]:
    grouped: dict[Group, list[Owed]] = {}
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
        domain=domain,
        rungs=rungs,
    )


def notice_key(kind: NoticeKind, recipient: str, day: date, what: str) -> str:
    """A notice's unique key: made of what it says to whom, never of when a run happened."""
    digest = hashlib.sha256(what.encode()).hexdigest()[:16]
    return f"{kind}/{recipient}/{day.isoformat()}/{digest}"
