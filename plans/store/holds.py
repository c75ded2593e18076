"""Whose messages are withheld, since when and until when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select, update

from plans.store.schema import departments
from plans.store.schema_office import holds

c = holds.c


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Keep a hold; its columns but the id."""
    connection.execute(insert(holds).values(**row))


def lift(connection: Connection, key: int, now: datetime, actor: str) -> None:
    """End a hold before its time."""
    statement = update(holds).where(c.id == key)
    connection.execute(statement.values(lifted_at=now, lifted_by=actor))


def on_day(connection: Connection, on: date, department: str | None = None) -> list[Row[Any]]:
    """The holds that are in force on a day: one department's, or (None) all."""
    query = _named().where(*_in_force(on))
    if department is not None:
        query = query.where(c.department == department)
    return list(connection.execute(query.order_by(c.department, c.id)))


def every(connection: Connection) -> list[Row[Any]]:
    """All holds that there ever were, the newest first."""
    return list(connection.execute(_named().order_by(c.id.desc())))


def withheld(on: date) -> Select[tuple[str]]:
    """The departments whose messages are withheld on a day, as a condition's subquery."""
    return select(c.department).where(*_in_force(on))


def _named() -> Select[Any]:
    d = departments.c
    return select(holds, d.name_vi, d.name_en).join(departments, d.code == c.department)


def _in_force(on: date) -> list[ColumnElement[bool]]:
    # A lifted one is as if it had not been, also for who makes up for an earlier day.
    return [c.lifted_at.is_(None), c.since <= on, or_(c.until.is_(None), c.until >= on)]
