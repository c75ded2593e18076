"""Agencies' feeds: cursors, what came, what is in quarantine, who is silent and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from plans.store.catalogue import upsert
from plans.store.ledger import chunks
from plans.store.schema import assignments, contacts, departments, feed_items, feeds, ledger
from plans.terms import EventKind, Silence

c = feeds.c
i = feed_items.c


def feed_rows(
    connection: Connection, codes: Sequence[str] | None = None, *, on: date | None = None
) -> list[Row[Any]]:
    """Feeds by department: all or those of ``codes``; ``on``: of bodies that exist on a day."""
    d = departments.c
    query = select(feeds, d.name_vi).join(departments, d.code == c.department)
    if codes is not None:
        query = query.where(c.department.in_(codes))
    if on is not None:
        begun, left = or_(d.since.is_(None), d.since <= on), or_(d.until.is_(None), d.until >= on)
        query = query.where(begun, left)
    return list(connection.execute(query.order_by(c.department)))


def save_feed(connection: Connection, department: str, url: str, timeout_seconds: float) -> None:
    """Register or change a department's feed; its cursor stays."""
    upsert(
        connection,
        feeds,
        [{"department": department, "url": url, "timeout_seconds": timeout_seconds}],
    )


def save_cursor(connection: Connection, department: str, cursor: str | None) -> None:
    """Move on in a feed: in the transaction that keeps the page's items."""
    connection.execute(update(feeds).where(c.department == department).values(cursor=cursor))


def lock_feeds(connection: Connection, codes: Sequence[str]) -> dict[str, Row[Any]]:
    """Feeds by department, held until the transaction ends: an item is taken once at a time."""
    query = select(feeds).where(c.department.in_(codes)).order_by(c.department)
    return {row.department: row for row in connection.execute(query.with_for_update())}


def save_outcome(
    connection: Connection,
    department: str,
    now: datetime,
    silence: Silence | None,
    detail: str | None,
    *,
    whole: bool = True,
) -> None:
    """Keep how asking a department ended: answered (no silence), or why not.

    ``answered_at`` moves on only when the feed was read to its end (``whole``): it says up to
    when everything that there was has been seen.
    """
    values: dict[str, Any] = {"asked_at": now, "silence": silence, "detail": detail}
    if silence is None and whole:
        values["answered_at"] = now
    connection.execute(update(feeds).where(c.department == department).values(values))


def known_items(
    connection: Connection, department: str, items: Sequence[str]
) -> set[tuple[str, str]]:
    """Which of these items (by the agency's id) came before, with the fingerprints of each."""
    found: set[tuple[str, str]] = set()
    for chunk in chunks(sorted(set(items))):
        query = select(i.item, i.digest).where(i.department == department, i.item.in_(chunk))
        found |= {(row.item, row.digest) for row in connection.execute(query)}
    return found


def save_items(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep items as they came: applied ones, and bad ones with the reason."""
    if rows:
        connection.execute(insert(feed_items), list(rows))


def quarantined(connection: Connection, department: str | None = None) -> list[Row[Any]]:
    """The items in quarantine, oldest first."""
    query = select(feed_items).where(i.state == "quarantined")
    if department:
        query = query.where(i.department == department)
    return list(connection.execute(query.order_by(i.id)))


def settle_item(
    connection: Connection, key: int, state: str, reason: str | None, body: Mapping[str, Any]
) -> None:
    """Record what became of a quarantined item."""
    statement = update(feed_items).where(i.id == key)
    connection.execute(statement.values(state=state, reason=reason, body=body))


def newest_applied(connection: Connection, department: str, items: Sequence[str]) -> dict[str, int]:
    """The key of each item's newest version that was applied, by the agency's id."""
    found: dict[str, int] = {}
    for chunk in chunks(sorted(set(items))):
        query = select(i.item, func.max(i.id)).where(
            i.department == department, i.item.in_(chunk), i.state == "applied"
        )
        found |= {row[0]: row[1] for row in connection.execute(query.group_by(i.item))}
    return found


def last_said(connection: Connection, keys: Sequence[str]) -> dict[str, datetime]:
    """When the newest report on each assignment was made, by its reporter's word."""
    found: dict[str, datetime] = {}
    for chunk in chunks(keys):
        query = select(ledger.c.assignment, func.max(ledger.c.occurred_at)).where(
            ledger.c.assignment.in_(chunk), ledger.c.kind == EventKind.UPDATED
        )
        found |= {row[0]: row[1] for row in connection.execute(query.group_by(ledger.c.assignment))}
    return found


def own_assignments(
    connection: Connection, department: str, tasks: Sequence[str], keys: Sequence[str]
) -> list[Row[Any]]:
    """A department's own assignments, by task or by id, locked where the database can."""
    a = assignments.c
    mine: set[str] = set()
    for column, values in ((a.task, tasks), (a.id, keys)):
        for chunk in chunks(sorted(set(values))):
            query = select(a.id).where(a.department == department, column.in_(chunk))
            mine |= set(connection.execute(query).scalars())
    found: list[Row[Any]] = []
    for chunk in chunks(sorted(mine)):  # in one order for all writers, as they are written later
        locked = select(assignments).where(a.id.in_(chunk), a.department == department)
        found += connection.execute(locked.order_by(a.id).with_for_update()).all()
    return found


def assigned_tasks(connection: Connection, tasks: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these tasks are assigned to anybody, as plan and task."""
    a, found = assignments.c, set()
    for chunk in chunks(sorted(set(tasks))):
        query = select(a.plan, a.task).where(a.task.in_(chunk)).distinct()
        found |= {(row.plan, row.task) for row in connection.execute(query)}
    return found


def reachable(connection: Connection) -> set[str]:
    """Departments that can be asked at all: by a feed, or by a contact that does not bounce."""
    asked = set(connection.execute(select(c.department)).scalars())
    mail = select(contacts.c.department).where(contacts.c.bounced_at.is_(None))
    return asked | set(connection.execute(mail).scalars())
