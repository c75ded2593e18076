"""What came back of messages: matched with what was sent, kept once, told with its notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plans.store.schema import deliveries, notices
from plans.store.schema_running import bounces
from plans.terms import Delivery

n, d, b = notices.c, deliveries.c, bounces.c


def delivered_as(connection: Connection, message_ids: Sequence[str]) -> list[Row[Any]]:
    """The deliveries that bear one of some Message-IDs, which nobody else changes meanwhile."""
    query = (
        select(d.notice, d.message_id, d.address, d.state, n.recipient)
        .join(notices, n.id == d.notice)
        .where(d.message_id.in_(message_ids))
        .with_for_update(of=deliveries)
    )
    return list(connection.execute(query))


def is_known(connection: Connection, source: str) -> bool:
    """Whether a report was taken before."""
    return connection.execute(select(b.id).where(b.source == source)).first() is not None


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a report; its columns but the id."""
    connection.execute(insert(bounces).values(**row))


def fail(connection: Connection, notice: int, address: str, now: datetime, error: str) -> bool:
    """Record that a message which was sent to an address did not arrive; False: it had ended so."""
    sent = update(deliveries).where(d.notice == notice, d.state == Delivery.SENT)
    values = {"state": Delivery.FAILED, "finished_at": now, "error": error}
    return connection.execute(sent.where(d.address == address).values(**values)).rowcount == 1


def of_notice(connection: Connection, notice: int) -> list[Row[Any]]:
    """What came back of one message, the oldest first."""
    query = select(bounces).where(b.notice == notice)
    return list(connection.execute(query.order_by(b.received_at, b.id)))
