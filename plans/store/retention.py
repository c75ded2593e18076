"""What has had its time, in the database: found and removed a bounded number of rows at a time.

Each ``drop_…`` gives how many rows it took, about ``most`` at once; with ``dry_run`` how many there
are in all, and takes none. Ledger, assignments, counters and audit log are never touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    cast,
    delete,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)

from plans.store.ledger import chunks
from plans.store.schema import assignments, deliveries, feed_items, files, ledger, notices, texts
from plans.store.schema_access import devices, idempotency, one_time, sessions, tokens
from plans.store.schema_paper import calendar_feeds, workbook_returns
from plans.store.schema_running import bounces
from plans.terms import Delivery, Work

EXPIRED = "expired"
"""The state of a feed's item that nobody settled in time: what it said is gone."""
_CLOSED = (Work.DONE, Work.CANCELLED)
_EMPTY = "{}"
a = assignments.c

Place = tuple[datetime, str]


# --- people's own words --------------------------------------------------------------------------


def closed_before(
    connection: Connection, moment: datetime, after: Place | None, most: int
) -> list[Row[Any]]:
    """Assignments that are done or cancelled and saw nothing new since a moment, in that order."""
    query = select(a.id, a.changed_at).where(a.work.in_(_CLOSED), a.changed_at < moment)
    if after is not None:
        query = query.where(tuple_(a.changed_at, a.id) > after)
    return list(connection.execute(query.order_by(a.changed_at, a.id).limit(most)))


def payloads_of(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What some assignments' ledger entries say."""
    found: list[dict[str, Any]] = []
    for chunk in chunks(keys):
        query = select(ledger.c.payload).where(ledger.c.assignment.in_(chunk))
        found += [json.loads(payload) for payload in connection.execute(query).scalars()]
    return found


def text_of(connection: Connection, key: str) -> Row[Any] | None:
    """A text by its hash, removed or not."""
    return connection.execute(select(texts).where(texts.c.hash == key)).first()


def living_texts(connection: Connection, hashes: Iterable[str]) -> list[str]:
    """Which texts are still there."""
    found: list[str] = []
    for chunk in chunks(sorted(set(hashes))):
        query = select(texts.c.hash).where(texts.c.hash.in_(chunk), texts.c.removed_at.is_(None))
        found += connection.execute(query).scalars()
    return found


def remove_texts(connection: Connection, hashes: Sequence[str], now: datetime) -> int:
    """Remove words; their rows stay, so that the hashes in the ledger still name something.

    The salt goes too: with it, whoever guesses the words could prove them from the hash.
    """
    found = 0
    for chunk in chunks(hashes):
        statement = update(texts).where(texts.c.hash.in_(chunk), texts.c.removed_at.is_(None))
        values = {"body": null(), "salt": "", "removed_at": now}
        found += connection.execute(statement.values(values)).rowcount
    return found


def old_files(connection: Connection, moment: datetime, most: int | None) -> list[str]:
    """Files of assignments that closed before a moment."""
    closed = (a.work.in_(_CLOSED), a.changed_at < moment, files.c.removed_at.is_(None))
    query = select(files.c.id).join(assignments, a.id == files.c.assignment).where(*closed)
    return list(connection.execute(query.order_by(files.c.id).limit(most)).scalars())


def messages_that_say(connection: Connection, words: str) -> int:
    """Empty the sent messages that quote some words; gives how many there were.

    One that still waits is left alone: it could not be written any more.
    """
    quoted = json.dumps(words)[1:-1]
    said = cast(notices.c.content, Text).contains(quoted, autoescape=True)
    statement = update(notices).where(said, notices.c.id.not_in(_waiting()))
    return connection.execute(statement.values(content={})).rowcount


def _waiting() -> Select[tuple[int]]:
    return select(deliveries.c.notice).where(deliveries.c.state == Delivery.WAITING)


# --- the rest ------------------------------------------------------------------------------------


def drop_notices(connection: Connection, before: date, most: int, *, dry_run: bool) -> int:
    """What old messages said; that they were sent, to whom and when stays."""
    n = notices.c
    old = (n.day < before, cast(n.content, Text) != _EMPTY, n.id.not_in(_waiting()))
    return _emptied(connection, notices, old, {"content": {}}, most, dry_run=dry_run)


def drop_bounces(connection: Connection, before: datetime, most: int, *, dry_run: bool) -> int:
    """What servers said when a message came back, and about which address; that it did stays."""
    b = bounces.c
    old = (b.received_at < before, b.diagnostic != "")
    values = {"address": None, "diagnostic": ""}
    return _emptied(connection, bounces, old, values, most, dry_run=dry_run)


def drop_quarantine(connection: Connection, before: datetime, most: int, *, dry_run: bool) -> int:
    """What agencies' items said that stayed in quarantine; their fingerprints and reasons stay."""
    i = feed_items.c
    old = (i.state == "quarantined", i.received_at < before)
    return _emptied(
        connection, feed_items, old, {"body": {}, "state": EXPIRED}, most, dry_run=dry_run
    )


def drop_workbooks(connection: Connection, before: datetime, most: int, *, dry_run: bool) -> int:
    """What the cells of workbooks said that came back; what became of their rows stays."""
    r = workbook_returns.c
    # An empty one is kept as SQL's null, never as JSON's.
    old = (r.received_at < before, r.sheet.is_not(None))
    values = {"sheet": null(), "sender": None}
    return _emptied(connection, workbook_returns, old, values, most, dry_run=dry_run)


def drop_last_uses(connection: Connection, before: datetime, most: int, *, dry_run: bool) -> int:
    """When tokens and calendars' addresses were last used that are no longer good."""
    t, f, unused = tokens.c, calendar_feeds.c, {"last_used_at": None}
    old = (or_(t.expires_at < before, t.revoked_at < before), t.last_used_at.is_not(None))
    ended = (f.revoked_at < before, f.last_used_at.is_not(None))
    n = _emptied(connection, tokens, old, unused, most, dry_run=dry_run)
    return n + _emptied(connection, calendar_feeds, ended, unused, most, dry_run=dry_run)


def _emptied(
    connection: Connection,
    table: Table,
    which: Sequence[ColumnElement[bool]],
    values: dict[str, Any],
    most: int,
    *,
    dry_run: bool,
) -> int:
    if dry_run:
        return _number(connection, table, which)
    query = select(table.c.id).where(*which).order_by(table.c.id).limit(most)
    keys = list(connection.execute(query).scalars())
    for at in range(0, len(keys), 400):
        chunk = keys[at : at + 400]
        connection.execute(update(table).where(table.c.id.in_(chunk)).values(values))
    return len(keys)


def drop_answers(connection: Connection, before: datetime, most: int, *, dry_run: bool) -> int:
    """The first answers to writes with an ``Idempotency-Key``."""
    return _deleted(connection, idempotency, idempotency.c.created_at, before, most, dry_run)


def drop_proofs(connection: Connection, before: datetime, most: int, *, dry_run: bool) -> int:
    """Sessions, one-time secrets and devices that expired before a moment."""
    return sum(
        _deleted(connection, table, table.c.expires_at, before, most, dry_run)
        for table in (sessions, one_time, devices)
    )


def _deleted(
    connection: Connection,
    table: Table,
    column: Column[Any],
    before: datetime,
    most: int,
    dry_run: bool,
) -> int:
    if dry_run:
        return _number(connection, table, [column < before])
    # Rows of the same moment go together, so it may be a few more.
    query = select(column).where(column < before).order_by(column).limit(1).offset(most - 1)
    last = connection.scalar(query)
    until = column < before if last is None else column <= last
    return connection.execute(delete(table).where(until)).rowcount


def _number(connection: Connection, table: Table, which: Sequence[ColumnElement[bool]]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*which)) or 0
