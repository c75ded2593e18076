"""Days that the office decided to be worked or free, over the calendar's files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from plans.store.catalogue import upsert
from plans.store.schema_office import calendar_overrides

c = calendar_overrides.c


def given(connection: Connection) -> Mapping[date, bool]:
    """Whether such days are worked."""
    return {row.day: row.working for row in connection.execute(select(c.day, c.working))}


def every(connection: Connection) -> list[Row[Any]]:
    """All such days, in order."""
    return list(connection.execute(select(calendar_overrides).order_by(c.day)))


def one(connection: Connection, day: date) -> Row[Any] | None:
    """What was decided of a day, if anything."""
    return connection.execute(select(calendar_overrides).where(c.day == day)).first()


def save(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep what is decided of a day, in place of what was decided before."""
    upsert(connection, calendar_overrides, [row])


def remove(connection: Connection, day: date) -> None:
    """Leave a day to the calendar again."""
    connection.execute(delete(calendar_overrides).where(c.day == day))
