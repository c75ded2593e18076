"""Notices and their deliveries: owed once, claimed, sent, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, insert, or_, select, update

from plans.store.holds import withheld
from plans.store.ledger import chunks
from plans.store.schema import contacts, deliveries, departments, notices, rungs_sent
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
    """A notice to be owed. ``rungs``: (assignment, due, rung) that it tells of."""

    key: str
    kind: NoticeKind
    recipient: str
    day: date
    content: Mapping[str, Any]
    message_id: str
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
    connection.execute(insert(deliveries), [_delivery(one, ids[one.key], now) for one in fresh])
    rungs = [row for one in fresh for row in _rungs(one, ids[one.key])]
    if rungs:
        connection.execute(insert(rungs_sent), rungs)
    return [one.key for one in fresh]


def _delivery(one: NewNotice, notice: int, now: datetime) -> dict[str, Any]:
    return {
        "notice": notice,
        "state": Delivery.WAITING,
        "message_id": one.message_id,
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


# --- delivery ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that this run may send; ``attempts`` counts this one."""

    notice: int
    key: str
    kind: NoticeKind
    recipient: str
    content: Mapping[str, Any]
    message_id: str
    attempts: int


def claim(
    connection: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    *,
    due: datetime | None = None,
) -> list[Claimed]:
    """Take up to ``limit`` notices that wait: nobody else sends them until the lease ends.

    ``due``: only what was to be tried by then (now, unless given). A lease that ran out belongs to
    a run that was killed or is very slow: its notice is taken again, and no longer its own. What
    is withheld today, by the time zone of ``now``, is not taken.
    """
    free = or_(d.lease_until.is_(None), d.lease_until <= now)
    free_and_due = (
        select(d.notice)
        .where(d.state == Delivery.WAITING, d.next_try_at <= (due or now), free)
        .where(~_is_withheld(now.date()))
        .order_by(d.next_try_at, d.notice)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(deliveries)
        .where(d.notice.in_(free_and_due.scalar_subquery()))
        .values(lease_until=now + lease, attempts=d.attempts + 1)
        .returning(d.notice, d.message_id, d.attempts)
    )
    taken = {row.notice: row for row in connection.execute(statement)}
    rows = connection.execute(select(notices).where(n.id.in_(list(taken))).order_by(n.id))
    return [
        Claimed(
            notice=row.id,
            key=row.key,
            kind=NoticeKind(row.kind),
            recipient=row.recipient,
            content=row.content,
            message_id=taken[row.id].message_id,
            attempts=taken[row.id].attempts,
        )
        for row in rows
    ]


def _is_withheld(on: date) -> ColumnElement[bool]:
    return exists().where(n.id == d.notice, n.recipient.in_(withheld(on)))


def hold(connection: Connection, notice: int, attempts: int, until: datetime) -> bool:
    """Renew the lease on a claimed notice; whether it was still this claim's."""
    return _change(connection, notice, attempts, {"lease_until": until})


def release(connection: Connection, notice: int, attempts: int) -> bool:
    """Give back a claimed notice that was not tried, which counts as no attempt."""
    values = {"lease_until": None, "attempts": attempts - 1}
    return _change(connection, notice, attempts, values)


def finish(
    connection: Connection,
    notice: int,
    state: Delivery,
    now: datetime,
    *,
    address: str | None,
    error: str | None = None,
    attempts: int | None = None,
) -> bool:
    """Record how a delivery ended for good; whether it was still this claim's.

    Without ``attempts`` it is any claim's: for who claimed in the same transaction.
    """
    values = {"state": state, "finished_at": now, "lease_until": None}
    return _change(connection, notice, attempts, values | {"address": address, "error": error})


def try_later(
    connection: Connection,
    notice: int,
    at: datetime,
    *,
    address: str | None,
    error: str,
    attempts: int,
) -> bool:
    """Record a failure that may pass and when to try again; whether it was still this claim's."""
    values = {"next_try_at": at, "lease_until": None, "address": address, "error": error}
    return _change(connection, notice, attempts, values)


def _change(
    connection: Connection, notice: int, attempts: int | None, values: Mapping[str, Any]
) -> bool:
    """Compare and set: a claim is known by its number of attempts, which every claim raises."""
    statement = update(deliveries).where(d.notice == notice, d.state == Delivery.WAITING)
    if attempts is not None:
        statement = statement.where(d.attempts == attempts)
    return connection.execute(statement.values(**values)).rowcount == 1


def contact_of(connection: Connection, department: str) -> Row[Any] | None:
    """The mailbox to write to: a department's first one, those that bounced last."""
    c = contacts.c
    query = select(contacts).where(c.department == department)
    return connection.execute(query.order_by(c.bounced_at.is_not(None), c.id).limit(1)).first()


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


def waiting(connection: Connection, now: datetime) -> list[Row[Any]]:
    """What a delivery run would take now, without taking it."""
    free = or_(d.lease_until.is_(None), d.lease_until <= now)
    query = (
        select(n.key, n.kind, n.recipient, n.day, d.attempts, d.error)
        .join(deliveries, d.notice == n.id)
        .where(d.state == Delivery.WAITING, d.next_try_at <= now, free)
        .where(n.recipient.not_in(withheld(now.date())))
    )
    return list(connection.execute(query.order_by(d.next_try_at, n.id)))
