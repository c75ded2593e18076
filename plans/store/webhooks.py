"""Webhooks: where each stands in the record, and who may send its messages now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from plans.store.schema_access import tokens, users, webhooks
from plans.terms import WebhookState

w = webhooks.c

FURTHEST_LEASE, FURTHEST_TRY = timedelta(minutes=10), timedelta(hours=3)
"""No lease on a webhook is longer, and no try is put off for longer."""


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new webhook."""
    connection.execute(insert(webhooks).values(**row))


def get(connection: Connection, key: str, *, lock: bool = False) -> Row[Any] | None:
    """One webhook, held until the transaction ends where it is to be changed."""
    query = select(webhooks).where(w.id == key)
    return connection.execute(query.with_for_update() if lock else query).first()


def listing(connection: Connection) -> list[Row[Any]]:
    """All webhooks, the oldest first."""
    return list(connection.execute(select(webhooks).order_by(w.created_at, w.id)))


def number_of(connection: Connection, department: str) -> int:
    """How many webhooks a department is told about."""
    query = select(func.count()).select_from(webhooks).where(w.department == department)
    return connection.scalar(query) or 0


def remove(connection: Connection, key: str) -> bool:
    """Forget a webhook; whether there was one."""
    return connection.execute(delete(webhooks).where(w.id == key)).rowcount == 1


def enable(connection: Connection, key: str, now: datetime) -> None:
    """Let its messages be sent again, from where it stopped, at once."""
    values = {"state": WebhookState.ACTIVE, "attempts": 0, "failing_since": None}
    statement = update(webhooks).where(w.id == key)
    connection.execute(statement.values(**values, next_try_at=now, disabled_at=None))


def end_orphans(connection: Connection, now: datetime, said: str) -> list[Row[Any]]:
    """Disable those whose maker's token or account has ended: what it saw is no longer its own."""
    t, u = tokens.c, users.c
    made_by_token = (literal("token:") + t.id == w.created_by) & (
        t.revoked_at.is_not(None) | (t.expires_at <= now)
    )
    by_account = (literal("user:") + cast(u.id, String) == w.created_by) & u.disabled_at.is_not(
        None
    )
    ended = or_(select(t.id).where(made_by_token).exists(), select(u.id).where(by_account).exists())
    statement = update(webhooks).where(w.state == WebhookState.ACTIVE, ended)
    values = {"state": WebhookState.DISABLED, "disabled_at": now, "last_answer": said}
    return list(connection.execute(statement.values(**values).returning(w.id, w.department)))


# --- sending -----------------------------------------------------------------------------------


def waiting(connection: Connection, now: datetime) -> list[Row[Any]]:
    """The active webhooks that are to be tried by now and that nobody is sending to."""
    query = select(webhooks).where(*_is_due(now))
    return list(connection.execute(query.order_by(w.next_try_at, w.id)))


def _is_due(now: datetime) -> list[ColumnElement[bool]]:
    """Active, its moment has come, and nobody is sending.

    A moment further ahead than any that we set was set by a clock that has been put back since: it
    counts as come, or what waits for it would wait as long as the clock was wrong.
    """
    free = or_(w.lease_until.is_(None), w.lease_until <= now, w.lease_until > now + FURTHEST_LEASE)
    come = or_(w.next_try_at <= now, w.next_try_at > now + FURTHEST_TRY)
    return [w.state == WebhookState.ACTIVE, come, free]


def claim(connection: Connection, key: str, now: datetime, until: datetime) -> Row[Any] | None:
    """Take a webhook that waits: nobody else sends to it until the lease ends.

    The lease's end is also the claim's name. It names no other claim: the next one begins after it
    at the earliest, so it ends later.
    """
    statement = update(webhooks).where(w.id == key, *_is_due(now)).values(lease_until=until)
    return connection.execute(statement.returning(webhooks)).first()


def hold(connection: Connection, key: str, mine: datetime, values: Mapping[str, Any]) -> bool:
    """Change a claimed webhook, if the claim still holds it: compare and set."""
    statement = update(webhooks).where(
        w.id == key, w.lease_until == mine, w.state == WebhookState.ACTIVE
    )
    return connection.execute(statement.values(**values)).rowcount == 1
