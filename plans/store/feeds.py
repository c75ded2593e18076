"""Agencies' feeds: cursors, what came, what is in quarantine, who is silent and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    String,
    bindparam,
    cast,
    column,
    func,
    insert,
    or_,
    select,
    update,
)

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


def save_cursors(connection: Connection, cursors: Mapping[str, str | None]) -> None:
    """Move on in feeds: in the transaction that keeps the pages' items."""
    rows = [{"code": code, "to": cursor} for code, cursor in sorted(cursors.items())]
    if rows:
        statement = update(feeds).where(c.department == bindparam("code"))
        connection.execute(statement.values(cursor=bindparam("to")), rows)


def lock_feeds(connection: Connection, codes: Sequence[str]) -> dict[str, Row[Any]]:
    """Feeds by department, held until the transaction ends: an item is taken once at a time."""
    query = select(feeds).where(c.department.in_(codes)).order_by(c.department)
    return {row.department: row for row in connection.execute(query.with_for_update())}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How asking a department ended: answered (no silence), or why not; ``detail`` says more.

    ``whole``: it was read to its end. Only then ``answered_at`` moves on, which says up to when
    everything that there was has been seen.
    """

    silence: Silence | None = None
    detail: str | None = None
    whole: bool = True


def save_outcomes(connection: Connection, outcomes: Mapping[str, Outcome], now: datetime) -> None:
    """Keep how asking departments ended."""
    told = sorted(outcomes.items())
    seen = [{"code": code} for code, one in told if one.silence is None and one.whole]
    statement = update(feeds).where(c.department == bindparam("code"))
    if told:
        rows = [{"code": code, "why": one.silence, "said": one.detail} for code, one in told]
        kept: dict[str, Any] = {"silence": bindparam("why"), "detail": bindparam("said")}
        connection.execute(statement.values(asked_at=now, **kept), rows)
    if seen:
        connection.execute(statement.values(answered_at=now), seen)


def save_outcome(
    connection: Connection,
    department: str,
    now: datetime,
    silence: Silence | None,
    detail: str | None,
    *,
    whole: bool = True,
) -> None:
    """Keep how asking one department ended."""
    save_outcomes(connection, {department: Outcome(silence, detail, whole)}, now)


def known_items(
    connection: Connection, items: Collection[tuple[str, str]]
) -> set[tuple[str, str, str]]:
    """Which of these items (department, the agency's id) came before, with each's fingerprints."""
    query = select(i.department, i.item, i.digest).join(*_wanted(connection, i.department, i.item))
    found = connection.execute(query, {"pairs": json.dumps(sorted(items))})
    return {(row.department, row.item, row.digest) for row in found}


def _wanted(
    connection: Connection, department: ColumnElement[str], name: ColumnElement[str]
) -> tuple[FromClause, ColumnElement[bool]]:
    """Pairs of department and name (``:pairs``, as JSON) to join: what to, and on which condition.

    An IN of pairs would have SQLite read all rows, and each number of them a statement of its own.
    """
    pairs = bindparam("pairs", type_=String)
    if connection.dialect.name == "postgresql":
        rows = func.json_array_elements(cast(pairs, JSON)).table_valued(column("value", JSON))
        first: ColumnElement[str] = rows.c.value.op("->>")(0)
        second: ColumnElement[str] = rows.c.value.op("->>")(1)
    else:
        rows = func.json_each(pairs).table_valued("value")
        first = func.json_extract(rows.c.value, "$[0]")
        second = func.json_extract(rows.c.value, "$[1]")
    return rows, (department == first) & (name == second)


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


def own_ids(
    connection: Connection,
    tasks: Collection[tuple[str, str]],
    keys: Collection[tuple[str, str]],
) -> set[str]:
    """The ids of departments' own assignments: by department and task, or department and id."""
    a, found = assignments.c, set()
    # Not by the task's index: a task of a whole nation is owed by thousands of bodies.
    for name, some in ((func.coalesce(a.task, ""), tasks), (a.id, keys)):
        if some:
            query = select(a.id).join(*_wanted(connection, a.department, name))
            pairs = {"pairs": json.dumps(sorted(some))}
            found |= set(connection.execute(query, pairs).scalars())
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
