"""Looking at deliveries: what was sent, what waits or failed and why; and trying again at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from plans.store.schema import deliveries, notices
from plans.terms import Delivery

n, d = notices.c, deliveries.c


def listing(
    connection: Connection,
    *,
    state: str | None = None,
    recipient: str | None = None,
    day: date | None = None,
    limit: int = 200,
) -> list[Row[Any]]:
    """Notices with their delivery record, the newest first."""
    columns = (
        n.id,
        n.day,
        n.kind,
        n.recipient,
        d.address,
        d.state,
        d.attempts,
        d.finished_at,
        d.error,
        d.channel,
        d.receipt,
        d.fallback,
    )
    query = select(*columns).join(deliveries, d.notice == n.id)
    given = {d.state: state, n.recipient: recipient, n.day: day}
    query = query.where(*(column == value for column, value in given.items() if value is not None))
    return list(connection.execute(query.order_by(n.id.desc()).limit(limit)))


def failed(
    connection: Connection, *, recipient: str | None = None, since: datetime | None = None
) -> list[Row[Any]]:
    """Notices that were given up: id, recipient and why; the oldest first."""
    query = select(n.id, n.recipient, d.error).join(deliveries, d.notice == n.id)
    query = query.where(d.state == Delivery.FAILED)
    if recipient is not None:
        query = query.where(n.recipient == recipient)
    if since is not None:
        query = query.where(d.finished_at >= since)
    return list(connection.execute(query.order_by(n.id)))


def doubt_all(connection: Connection, reason: str) -> int:
    """Say of all that waits that it may have been sent already; gives how many wait.

    Of any version's tables: the words stand for ``maybe_taken`` until a delivery run sets that.
    """
    waits = d.state == Delivery.WAITING
    statement = update(deliveries).where(waits, d.error.is_distinct_from(reason))
    connection.execute(statement.values(error=reason, lease_until=None))
    return connection.execute(select(func.count(d.notice)).where(waits)).scalar_one()


def reasons(connection: Connection) -> list[tuple[str, str, int]]:
    """Why notices wait for another try or have failed: (state, reason, how many)."""
    query = select(d.state, d.error, func.count()).where(
        d.error.is_not(None), d.state.in_((Delivery.WAITING, Delivery.FAILED))
    )
    rows = connection.execute(query.group_by(d.state, d.error).order_by(func.count().desc()))
    return [(row[0], row[1], row[2]) for row in rows]


def try_now(connection: Connection, recipient: str, now: datetime) -> None:
    """What waits for a later try is due at once: the recipient has another mailbox."""
    mine = select(n.id).where(n.recipient == recipient)
    waits = (d.state == Delivery.WAITING) & d.notice.in_(mine)
    connection.execute(update(deliveries).where(waits).values(next_try_at=now))


def locked(connection: Connection, notice: int) -> Row[Any] | None:
    """A notice's recipient and delivery, which nobody else changes before the transaction ends."""
    query = select(n.recipient, deliveries).join(notices, n.id == d.notice)
    return connection.execute(
        query.where(d.notice == notice).with_for_update(of=deliveries)
    ).first()


def wait_again(connection: Connection, notice: int, now: datetime) -> None:
    """Begin a delivery anew, under the Message-ID that it has: all its tries are before it, also by
    its contact's channel."""
    fresh = {"state": Delivery.WAITING, "attempts": 0, "next_try_at": now, "finished_at": None}
    again = update(deliveries).where(d.notice == notice, d.state == Delivery.FAILED)
    connection.execute(again.values(**fresh, lease_until=None, error=None, fallback=None))
