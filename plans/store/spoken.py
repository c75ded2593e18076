"""What was said of a plan's assignments by a moment, and where each stands in its document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from plans.rules import Event
from plans.store.ledger import entries_of, event_of
from plans.store.schema import assignments, tasks

a, t = assignments.c, tasks.c


def places(connection: Connection, plan: str) -> dict[str, Row[Any]]:
    """By id: ref, slot, task with its titles and position, and the period that it is about."""
    columns = (a.id, a.ref, a.slot, a.task, a.period, a.period_start, a.period_end)
    query = select(*columns, t.title_vi, t.title_en, t.position)
    query = query.join(tasks, (t.plan == a.plan) & (t.id == a.task)).where(a.plan == plan)
    return {row.id: row for row in connection.execute(query)}


def told(
    connection: Connection, plan: str, as_of: datetime | None
) -> Iterator[tuple[str, list[Event]]]:
    """Every assignment's events by its id, as recorded by a moment (None: by now)."""
    for key, rows in entries_of(connection, plan=plan, as_of=as_of):
        yield key, [event_of(row) for row in rows]
