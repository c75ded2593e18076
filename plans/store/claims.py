"""Claims on deliveries: a notice is taken by one run, sent, and its outcome recorded."""

from __future__ import annotations

from collections.abc import Mapping
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
    or_,
    select,
    update,
)

from plans.store.holds import withheld
from plans.store.schema import deliveries, notices
from plans.terms import Delivery, NoticeKind

n, d = notices.c, deliveries.c

FURTHEST_LEASE = timedelta(minutes=45)
"""No lease on a notice is longer."""
FURTHEST_TRY = timedelta(hours=7)
"""No try is put off for longer, and none by more than ``FURTHEST_AFTER_FEW`` after a few tries."""
FEW_TRIES, FURTHEST_AFTER_FEW = 4, timedelta(hours=1)
MAY_HAVE_IT = "may have it"
"""Part of the error of a try after which nobody knows whether the server took the message."""


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


def _is_contested(now: datetime) -> ColumnElement[bool]:
    """Whether it may have arrived, and is held by a lease that no clock like ours has set.

    Either a clock was put back, or two runs live whose clocks differ by far. Each of those would
    take from the other what it holds, and send it, until somebody stops them.
    """
    return and_(d.maybe_taken, d.lease_until > now + FURTHEST_LEASE)


def give_up_contested(connection: Connection, now: datetime, why: str) -> list[str]:
    """End as failed, for a person to look at, what ``claim`` leaves alone; gives its recipients."""
    ends = {"state": Delivery.FAILED, "finished_at": now, "lease_until": None, "error": why}
    statement = update(deliveries).where(d.state == Delivery.WAITING, _is_contested(now))
    ended = connection.execute(statement.values(**ends).returning(d.notice)).scalars().all()
    if not ended:
        return []
    return list(connection.execute(select(n.recipient).where(n.id.in_(ended))).scalars())


def _is_due(now: datetime) -> list[ColumnElement[bool]]:
    """Waits, is nobody's, and its moment has come.

    A moment further ahead than any that we set was set by a clock that has been put back since: it
    counts as come, or what waits for it would wait as long as the clock was wrong.
    """
    free = or_(d.lease_until.is_(None), and_(lease_is_over(now), ~_is_contested(now)))
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
