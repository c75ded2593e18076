"""The daily snapshots: what the roll-up said on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from plans.store.catalogue import upsert
from plans.store.ledger import chunks
from plans.store.schema import snapshots

c = snapshots.c


def save(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a day's figures, over those of an earlier run on the same day."""
    upsert(connection, snapshots, rows)


def latest_before(
    connection: Connection, plans: Sequence[str], day: date
) -> dict[str, dict[str, Any]]:
    """Some plans' own newest figures from before a day."""
    own = (c.group == "", c.day < day)
    found: dict[str, dict[str, Any]] = {}
    for chunk in chunks(plans):
        newest = select(c.plan, func.max(c.day).label("day")).where(*own, c.plan.in_(chunk))
        some = newest.group_by(c.plan).subquery()
        query = select(c.plan, c.figures).where(c.group == "")
        query = query.join(some, (some.c.plan == c.plan) & (some.c.day == c.day))
        found |= {row.plan: row.figures for row in connection.execute(query)}
    return found


def newest_of(connection: Connection, first: date, last: date) -> dict[str, dict[str, Any]]:
    """Each plan's own figures as they were kept last within a span of days, both included."""
    span = (c.group == "", c.day >= first, c.day <= last)
    newest = select(c.plan, func.max(c.day).label("day")).where(*span).group_by(c.plan).subquery()
    query = select(c.plan, c.figures).where(c.group == "")
    query = query.join(newest, (newest.c.plan == c.plan) & (newest.c.day == c.day))
    return {row.plan: row.figures for row in connection.execute(query)}
