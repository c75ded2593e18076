"""What happened between two moments, for people: the ledger's events with titles."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from plans.rules import Event
from plans.store.ledger import CHUNK, chunks, event_of, get_texts
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
    """One event with what it is about; ``seq``: its place in the record."""

    seq: int
    at: datetime
    kind: str
    plan: str
    plan_number: str
    task_title: str
    department: str | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class Newest:
    """How much happened, and the newest of it by its place in the record, the newest first."""

    total: int
    seqs: Sequence[int]


def newest(
    connection: Connection,
    after: datetime,
    until: datetime,
    by: Literal["department", "coordinator"],
    most: int,
) -> dict[str, Newest]:
    """What was recorded after one moment and up to another, by lead or by coordinating office."""
    a, e = assignments.c, ledger.c
    key = (a.department if by == "department" else plans.c.coordinator).label("key")
    place = func.row_number().over(partition_by=key, order_by=e.seq.desc()).label("place")
    some = select(e.seq, key, place, func.count().over(partition_by=key).label("total"))
    some = some.join(assignments, a.id == e.assignment)
    if by == "coordinator":
        some = some.join(plans, plans.c.id == a.plan)
    some = some.where(e.recorded_at > after, e.recorded_at <= until, e.kind.in_(WORTH_TELLING))
    found = some.where(key.is_not(None)).subquery()
    query = select(found.c.key, found.c.seq, found.c.total).where(found.c.place <= most)
    seqs: dict[str, list[int]] = defaultdict(list)
    totals: dict[str, int] = {}
    for row in connection.execute(query.order_by(found.c.seq.desc())):
        seqs[row.key].append(row.seq)
        totals[row.key] = row.total
    return {one: Newest(totals[one], some) for one, some in seqs.items()}


def happened(connection: Connection, seqs: Sequence[int]) -> dict[int, Happened]:
    """Some events for people, by their places in the record."""
    a, e = assignments.c, ledger.c
    query = (
        select(
            e.seq,
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
    )
    found: dict[int, Happened] = {}
    for at in range(0, len(seqs), CHUNK):
        rows = connection.execute(query.where(e.seq.in_(seqs[at : at + CHUNK])))
        found |= {row.seq: _happened(row) for row in rows}
    return found


def _happened(row: Row[Any]) -> Happened:
    return Happened(
        seq=row.seq,
        at=row.recorded_at,
        kind=row.kind,
        plan=row.plan,
        plan_number=row.number or row.plan_title,
        task_title=row.title_vi,
        department=row.department,
        percent=json.loads(row.payload).get("percent", row.percent),
    )


def last_reports(connection: Connection, codes: Sequence[str], now: datetime) -> dict[str, date]:
    """The day of some departments' newest reports, in the time zone of ``now``."""
    a, e = assignments.c, ledger.c
    reports = (EventKind.UPDATED, EventKind.SUBMITTED)
    found: dict[str, date] = {}
    for chunk in chunks(codes):
        query = (
            select(a.department, func.max(e.occurred_at))
            .join(assignments, a.id == e.assignment)
            .where(e.kind.in_(reports), a.department.in_(chunk))
            .group_by(a.department)
        )
        for code, at in connection.execute(query):
            found[code] = at.astimezone(now.tzinfo).date()
    return found


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
