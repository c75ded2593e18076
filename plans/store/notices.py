"""Notices and their deliveries: owed once, claimed, sent, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from plans.store.holds import withheld
from plans.store.ledger import chunks
from plans.store.message_ids import message_id, salt_of
from plans.store.schema import contacts, deliveries, departments, notices, rungs_sent
from plans.store.schema_paper import contact_channels
from plans.terms import Delivery, NoticeKind

n, d, r = notices.c, deliveries.c, rungs_sent.c

FURTHEST_LEASE = timedelta(minutes=45)
"""No lease on a notice is longer."""
FURTHEST_TRY = timedelta(hours=7)
"""No try is put off for longer, and none by more than ``FURTHEST_AFTER_FEW`` after a few tries."""
FEW_TRIES, FURTHEST_AFTER_FEW = 4, timedelta(hours=1)
MAY_HAVE_IT = "may have it"
"""Part of the error of a try after which nobody knows whether the server took the message."""


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


# --- delivery ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that this run may send; ``attempts`` counts this one.

    ``maybe_taken``: a server may have it from an earlier try. ``fallback``: why it goes by mail.
    """

    notice: int
    key: str
    kind: NoticeKind
    recipient: str
    content: Mapping[str, Any]
    message_id: str
    attempts: int
    maybe_taken: bool = False
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """By what a message went. ``channel`` None: mail; ``receipt``: what the channel calls it;
    ``fallback``: why not by the channel that its contact chose."""

    channel: str | None = None
    receipt: str | None = None
    fallback: str | None = None


def claim(
    connection: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    *,
    first_tries: bool = False,
) -> list[Claimed]:
    """Take up to ``limit`` notices that are due: nobody else sends them until the lease ends.

    ``first_tries``: only what was never tried. A lease that ran out belongs to a run that was
    killed or is very slow: its notice is taken again, and no longer its own. What is withheld
    today, by the time zone of ``now``, is not taken.
    """
    free_and_due = select(d.notice).where(*_is_due(now)).where(~_is_withheld(now.date()))
    if first_tries:
        free_and_due = free_and_due.where(d.attempts == 0)
    free_and_due = free_and_due.order_by(d.next_try_at, d.notice).limit(limit)
    statement = (
        update(deliveries)
        .where(d.notice.in_(free_and_due.with_for_update(skip_locked=True).scalar_subquery()))
        .values(
            lease_until=now + lease,
            attempts=d.attempts + 1,
            # What is free and has a lease was a killed run's, which may have been about to record.
            maybe_taken=or_(d.maybe_taken, d.lease_until.is_not(None)),
        )
        .returning(d.notice, d.message_id, d.attempts, d.maybe_taken, d.fallback)
    )
    taken = {row.notice: row for row in connection.execute(statement)}
    if not taken:
        return []
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
            maybe_taken=taken[row.id].maybe_taken,
            fallback=taken[row.id].fallback,
        )
        for row in rows
    ]


def lease_is_over(now: datetime) -> ColumnElement[bool]:
    """Whether a lease ended by itself, or was set by a clock that has been put back since."""
    over = or_(d.lease_until <= now, d.lease_until > now + FURTHEST_LEASE)
    return and_(d.lease_until.is_not(None), over)


def _is_due(now: datetime) -> list[ColumnElement[bool]]:
    """Waits, is nobody's, and its moment has come.

    A moment further ahead than any that we set was set by a clock that has been put back since: it
    counts as come, or what waits for it would wait as long as the clock was wrong.
    """
    free = or_(d.lease_until.is_(None), lease_is_over(now))
    few = and_(d.attempts <= FEW_TRIES, d.next_try_at > now + FURTHEST_AFTER_FEW)
    come = or_(d.next_try_at <= now, d.next_try_at > now + FURTHEST_TRY, few)
    return [d.state == Delivery.WAITING, come, free]


def _is_withheld(on: date) -> ColumnElement[bool]:
    return exists().where(n.id == d.notice, n.recipient.in_(withheld(on)))


def release(connection: Connection, notice: int, attempts: int, at: datetime | None = None) -> bool:
    """Give back a claimed notice that was not tried, which counts as no attempt.

    ``at``: not before that moment, which lies no further ahead than ``FURTHEST_AFTER_FEW``.
    """
    values: dict[str, Any] = {"lease_until": None, "attempts": attempts - 1}
    if at is not None:
        values["next_try_at"] = at
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
    way: Gone | None = None,
) -> bool:
    """Record how a delivery ended for good; whether it was still this claim's.

    Without ``attempts`` it is any claim's: for who claimed in the same transaction. ``way``: by
    what it went; without it, what the record says of that stays.
    """
    values: dict[str, Any] = {"state": state, "finished_at": now, "lease_until": None}
    if way is not None:
        values |= {"channel": way.channel, "receipt": way.receipt, "fallback": way.fallback}
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
    values: dict[str, Any] = {"next_try_at": at, "lease_until": None}
    values |= {"address": address, "error": error}
    if MAY_HAVE_IT in error:
        values["maybe_taken"] = True  # Another error may follow, which says nothing of that.
    return _change(connection, notice, attempts, values)


def turn_to_mail(
    connection: Connection, notice: int, now: datetime, *, why: str, error: str, attempts: int
) -> bool:
    """Let a claimed notice go by mail at once, and say why; whether it was still this claim's."""
    values: dict[str, Any] = {"next_try_at": now, "lease_until": None, "error": error}
    values |= {"fallback": why, "address": None}
    if MAY_HAVE_IT in error:
        values["maybe_taken"] = True
    return _change(connection, notice, attempts, values)


_WAITING = update(deliveries).where(d.notice == bindparam("of_notice"), d.state == Delivery.WAITING)
_CLAIMED = _WAITING.where(d.attempts == bindparam("of_claim"))


def _change(
    connection: Connection, notice: int, attempts: int | None, values: Mapping[str, Any]
) -> bool:
    """Compare and set: a claim is known by its number of attempts, which every claim raises."""
    which = (
        {"of_notice": notice} if attempts is None else {"of_notice": notice, "of_claim": attempts}
    )
    statement = _WAITING if attempts is None else _CLAIMED
    return connection.execute(statement, {**which, **values}).rowcount == 1


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


def waiting(connection: Connection, now: datetime) -> list[Row[Any]]:
    """What a delivery run would take now, without taking it."""
    query = (
        select(n.key, n.kind, n.recipient, n.day, d.attempts, d.error)
        .join(deliveries, d.notice == n.id)
        .where(*_is_due(now))
        .where(n.recipient.not_in(withheld(now.date())))
    )
    return list(connection.execute(query.order_by(d.next_try_at, n.id)))


def number_waiting(connection: Connection, now: datetime) -> int:
    """How many of them there are."""
    query = select(func.count()).where(*_is_due(now)).where(~_is_withheld(now.date()))
    return connection.execute(query.select_from(deliveries)).scalar_one()
