"""Agencies' feeds: cursors, what came, what is in quarantine, who is silent and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from plans.store.schema import assignments, contacts, departments, feed_items, feeds
from plans.terms import Silence

c = feeds.c


def feed_rows(connection: Connection, codes: Sequence[str] | None = None) -> list[Row[Any]]:
    """Feeds of departments that exist in the record, by code."""
    query = select(feeds, departments.c.name_vi).join(
        departments, departments.c.code == c.department
    )
    if codes is not None:
        query = query.where(c.department.in_(codes))
    return list(connection.execute(query.order_by(c.department)))


def save_feed(connection: Connection, department: str, url: str, timeout_seconds: float) -> None:
    """Register or change a department's feed; its cursor stays."""
    from plans.store.catalogue import upsert

    upsert(
        connection,
        feeds,
        [{"department": department, "url": url, "timeout_seconds": timeout_seconds}],
    )


def save_cursor(connection: Connection, department: str, cursor: str | None) -> None:
    """Move on in a feed: in the transaction that keeps the page's items."""
    connection.execute(update(feeds).where(c.department == department).values(cursor=cursor))


def save_outcome(
    connection: Connection,
    department: str,
    now: datetime,
    silence: Silence | None,
    detail: str | None,
) -> None:
    """Keep how asking a department ended: answered (no silence), or why not."""
    values: dict[str, Any] = {"asked_at": now, "silence": silence, "detail": detail}
    if silence is None:
        values["answered_at"] = now
    connection.execute(update(feeds).where(c.department == department).values(values))


def known_items(
    connection: Connection, department: str, items: Sequence[str]
) -> set[tuple[str, str]]:
    """Which of these items (by the agency's id) came before, with the fingerprints of each."""
    i = feed_items.c
    query = select(i.item, i.digest).where(i.department == department, i.item.in_(items))
    return {(row.item, row.digest) for row in connection.execute(query)}


def save_items(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep items as they came: applied ones, and bad ones with the reason."""
    if rows:
        connection.execute(insert(feed_items), list(rows))


def quarantined(connection: Connection, department: str | None = None) -> list[Row[Any]]:
    """The items in quarantine, oldest first."""
    query = select(feed_items).where(feed_items.c.state == "quarantined")
    if department:
        query = query.where(feed_items.c.department == department)
    return list(connection.execute(query.order_by(feed_items.c.id)))


def settle_item(connection: Connection, key: int, state: str, reason: str | None) -> None:
    """Record what became of a quarantined item."""
    statement = update(feed_items).where(feed_items.c.id == key)
    connection.execute(statement.values(state=state, reason=reason))


def count_items(connection: Connection) -> dict[str, int]:
    """How many items stand in each state."""
    query = select(feed_items.c.state, func.count()).group_by(feed_items.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def find_assignments(
    connection: Connection, department: str, refs: Sequence[tuple[str, str, str | None]]
) -> dict[tuple[str, str, str | None], list[str]]:
    """Ids by (plan, task, period) among a department's own assignments."""
    a = assignments.c
    wanted = sorted({task for _, task, _ in refs})
    query = select(a.id, a.plan, a.task, a.period).where(
        a.department == department, a.task.in_(wanted)
    )
    found: dict[tuple[str, str, str | None], list[str]] = {}
    for row in connection.execute(query):
        found.setdefault((row.plan, row.task, row.period), []).append(row.id)
    return found


def reachable(connection: Connection) -> set[str]:
    """Departments that can be asked at all: by a feed, or by a contact that does not bounce."""
    asked = set(connection.execute(select(c.department)).scalars())
    mail = select(contacts.c.department).where(contacts.c.bounced_at.is_(None))
    return asked | set(connection.execute(mail).scalars())
