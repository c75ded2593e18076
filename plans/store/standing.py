"""One body among the others: who is below it, whom it followed, what it supports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, String, cast, func, select

from plans.store.schema import assignments, departments, supporters

d = departments.c
a = assignments.c


def below(connection: Connection, code: str) -> list[Row[Any]]:
    """Whom a body superintends, by name."""
    query = select(d.code, d.name_vi, d.name_en, d.kind, d.since, d.until)
    return list(connection.execute(query.where(d.parent == code).order_by(d.name_vi, d.code)))


def predecessors(connection: Connection, code: str) -> list[Row[Any]]:
    """The bodies whose work passed to one, with their last days."""
    named = cast(d.declaration["successors"], String).contains(f'"{code}"', autoescape=True)
    query = select(departments).where(named, d.until.is_not(None)).order_by(d.until, d.code)
    rows = connection.execute(query).all()
    return [row for row in rows if code in _successors(row)]


def _successors(row: Row[Any]) -> list[str]:
    return [one["code"] for one in row.declaration["successors"]]


def supported(connection: Connection, code: str) -> int:
    """How many assignments a body supports without leading them."""
    s = supporters.c
    tasks = select(s.task).where(s.department == code)
    query = select(func.count()).select_from(assignments).where(a.task.in_(tasks))
    return connection.scalar(query) or 0
