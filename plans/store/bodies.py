"""Bodies by the few columns that a run over all of them needs, without their declarations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from plans.store.schema import departments

d = departments.c


def brief(connection: Connection) -> dict[str, Row[Any]]:
    """Every body by code: its Vietnamese name, the one above it, its first and last day."""
    rows = connection.execute(select(d.code, d.name_vi, d.parent, d.since, d.until))
    return {row.code: row for row in rows}
