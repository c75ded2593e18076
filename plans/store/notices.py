"""Notices and their deliveries: owed once, claimed, sent, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    func,
    insert,
    select,
    update,
)

from plans.store.ledger import chunks
from plans.store.message_ids import message_id, salt_of
from plans.store.schema import contacts, deliveries, departments, notices, rungs_sent
from plans.store.schema_paper import contact_channels
from plans.terms import Delivery, NoticeKind

n, d, r = notices.c, deliveries.c, rungs_sent.c


@dataclass(frozen=True, slots=True)
class SentRung:
    """That a recipient was told of an assignment's rung, by which day's notice."""

    assignment: str
    recipient: str
    due: date
    rung: int
    day: date


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be owed. ``rungs``: (assignment, due, rung) that it tells of; ``domain``: where
    its Message-ID is, which follows from its key and a secret of the record."""

    key: str
    kind: NoticeKind
    recipient: str
    day: date
    content: Mapping[str, Any]
    domain: str
    rungs: tuple[tuple[str, date, int], ...] = ()


def owe(connection: Connection, new: Sequence[NewNotice], now: datetime) -> list[str]:
    """Write notices, each with its one delivery record; gives the keys that are new.

    A key that is there already is left as it is, so a run can be repeated at any time. The caller
    holds ``writing(…, alone=…)``: two runs that owe the same come one after the other.
    """
    known = _ids_of(connection, [one.key for one in new])
    fresh = [one for one in new if one.key not in known]
    if not fresh:
        return []
    rows = [
        {
            "key": one.key,
            "kind": one.kind,
            "recipient": one.recipient,
            "day": one.day,
            "content": dict(one.content),
            "created_at": now,
        }
        for one in fresh
    ]
    connection.execute(insert(notices), rows)
    ids = _ids_of(connection, [one.key for one in fresh])
    salt = salt_of(connection)
    waiting = [_delivery(one, ids[one.key], salt, now) for one in fresh]
    connection.execute(insert(deliveries), waiting)
    rungs = [row for one in fresh for row in _rungs(one, ids[one.key])]
    if rungs:
        connection.execute(insert(rungs_sent), rungs)
    return [one.key for one in fresh]


def _delivery(one: NewNotice, notice: int, salt: bytes, now: datetime) -> dict[str, Any]:
    return {
        "notice": notice,
        "state": Delivery.WAITING,
        "message_id": message_id(salt, one.key, one.domain),
        "attempts": 0,
        "next_try_at": now,
    }


def _rungs(one: NewNotice, notice: int) -> list[dict[str, Any]]:
    told = {"recipient": one.recipient, "notice": notice, "day": one.day}
    return [
        {"assignment": assignment, "due": due, "rung": rung, **told}
        for assignment, due, rung in one.rungs
    ]


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Under which of some keys a notice is owed already, whatever became of it."""
    return set(_ids_of(connection, keys))


def _ids_of(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(keys):
        rows = connection.execute(select(n.key, n.id).where(n.key.in_(chunk)))
        found |= {row.key: row.id for row in rows}
    return found


def sent_rungs(connection: Connection, assignments: Sequence[str]) -> dict[str, list[SentRung]]:
    """What was told about some assignments so far, oldest first."""
    found: dict[str, list[SentRung]] = {}
    for chunk in chunks(assignments):
        query = select(rungs_sent).where(r.assignment.in_(chunk)).order_by(r.day, r.rung)
        for row in connection.execute(query):
            one = SentRung(row.assignment, row.recipient, row.due, row.rung, row.day)
            found.setdefault(row.assignment, []).append(one)
    return found


def contact_of(connection: Connection, department: str) -> Row[Any] | None:
    """The mailbox to write to: a department's first one, those that bounced last."""
    return contacts_of(connection, [department]).get(department)


def contacts_of(connection: Connection, codes: Sequence[str]) -> dict[str, Row[Any]]:
    """Each department's mailbox to write to, with its channel, of those that have one."""
    c, h = contacts.c, contact_channels.c
    channel = (
        h.kind.label("channel"),
        h.address.label("channel_address"),
        h.shown.label("channel_shown"),
        h.failed_at.label("channel_failed_at"),
        h.failure.label("channel_failure"),
    )
    query = select(contacts, *channel).outerjoin(contact_channels, h.contact == c.id)
    query = query.where(c.department.in_(codes))
    rows = connection.execute(query.order_by(c.bounced_at.is_(None), c.id.desc()))
    return {row.department: row for row in rows}


def flag_bounced(connection: Connection, email: str, now: datetime, reason: str) -> None:
    """Mark an address at fault, for the coordinating office to see."""
    statement = update(contacts).where(contacts.c.email == email)
    connection.execute(statement.values(bounced_at=now, bounce_reason=reason))


def bounced(connection: Connection) -> list[Row[Any]]:
    """Addresses that failed for good, with whose they are."""
    c = contacts.c
    query = (
        select(contacts, departments.c.name_vi, departments.c.name_en)
        .join(departments, departments.c.code == c.department)
        .where(c.bounced_at.is_not(None))
    )
    return list(connection.execute(query.order_by(c.department)))


def tally(connection: Connection, day: date | None = None) -> list[tuple[str, str, int]]:
    """How many notices of each kind stand in each delivery state: (kind, state, number)."""
    query = select(n.kind, d.state, func.count()).join(deliveries, d.notice == n.id)
    if day is not None:
        query = query.where(n.day == day)
    rows = connection.execute(query.group_by(n.kind, d.state).order_by(n.kind, d.state))
    return [(row[0], row[1], row[2]) for row in rows]


def failures(connection: Connection, day: date) -> list[tuple[str, str, str]]:
    """A day's notices that could not be delivered: (recipient, address, why)."""
    query = select(n.recipient, d.address, d.error).join(deliveries, d.notice == n.id)
    rows = connection.execute(query.where(n.day == day, d.state == Delivery.FAILED).order_by(n.id))
    return [(row[0], row[1] or "", row[2] or "") for row in rows]
