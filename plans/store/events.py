"""What happened between two moments, for people: the ledger's events with titles."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from plans.rules import Event
from plans.store.ledger import chunks, event_of, get_texts
from plans.store.schema import assignments, ledger, plans, tasks
from plans.terms import EventKind

WORTH_TELLING = (
    EventKind.SUBMITTED,
    EventKind.ACCEPTED,
    EventKind.RETURNED,
    EventKind.EXTENSION_GRANTED,
    EventKind.REDATED,
    EventKind.REASSIGNED,
    EventKind.CANCELLED,
    EventKind.SUSPENDED,
    EventKind.RESUMED,
    EventKind.CORRECTED,
)
"""Not every saved draft, and not the opening of periods: what a leader asks about."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event with what it is about."""

    at: datetime
    kind: str
    plan: str
    plan_number: str
    task_title: str
    department: str | None
    percent: int | None


def happened(connection: Connection, after: datetime, until: datetime) -> list[Happened]:
    """What was recorded after one moment and up to another, the newest first."""
    a, e = assignments.c, ledger.c
    query = (
        select(
            e.kind,
            e.recorded_at,
            e.payload,
            a.plan,
            a.department,
            a.percent,
            tasks.c.title_vi,
            plans.c.number,
            plans.c.title_vi.label("plan_title"),
        )
        .join(assignments, a.id == e.assignment)
        .join(tasks, (tasks.c.plan == a.plan) & (tasks.c.id == a.task))
        .join(plans, plans.c.id == a.plan)
        .where(e.recorded_at > after, e.recorded_at <= until, e.kind.in_(WORTH_TELLING))
        .order_by(e.seq.desc())
    )
    return [
        Happened(
            at=row.recorded_at,
            kind=row.kind,
            plan=row.plan,
            plan_number=row.number or row.plan_title,
            task_title=row.title_vi,
            department=row.department,
            percent=json.loads(row.payload).get("percent", row.percent),
        )
        for row in connection.execute(query)
    ]


def last_reports(connection: Connection, now: datetime) -> dict[str, date]:
    """The day of each department's newest report, in the time zone of ``now``."""
    a, e = assignments.c, ledger.c
    reports = (EventKind.UPDATED, EventKind.SUBMITTED)
    query = (
        select(a.department, func.max(e.occurred_at))
        .join(assignments, a.id == e.assignment)
        .where(e.kind.in_(reports), a.department.is_not(None))
        .group_by(a.department)
    )
    return {row[0]: row[1].astimezone(now.tzinfo).date() for row in connection.execute(query)}


def returned_because(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The reason with which each assignment's last report was returned."""
    found: dict[str, str] = {}
    for chunk in chunks(keys):
        query = select(ledger.c.assignment, ledger.c.payload).where(
            ledger.c.assignment.in_(chunk), ledger.c.kind == EventKind.RETURNED
        )
        for row in connection.execute(query.order_by(ledger.c.n)):
            found[row.assignment] = json.loads(row.payload).get("note") or ""
    texts = get_texts(connection, [note for note in found.values() if note])
    return {key: texts[note]["note"] for key, note in found.items() if note in texts}


def of_kinds(
    connection: Connection, keys: Sequence[str], kinds: Collection[EventKind]
) -> dict[str, list[Event]]:
    """The events of some kinds of some assignments, by id, in their order."""
    e = ledger.c
    found: dict[str, list[Event]] = defaultdict(list)
    for chunk in chunks(keys):
        query = select(e.assignment, e.kind, e.actor, e.occurred_at, e.recorded_at, e.payload)
        query = query.where(e.assignment.in_(chunk), e.kind.in_(kinds)).order_by(e.n)
        for row in connection.execute(query):
            found[row.assignment].append(event_of(row))
    return found
