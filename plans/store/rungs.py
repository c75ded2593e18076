"""What was sent about one assignment, to whom, and what became of each message."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from plans.store.schema import deliveries, departments, notices, rungs_sent

n, d, r = notices.c, deliveries.c, rungs_sent.c


def told(connection: Connection, assignment: str) -> list[Row[Any]]:
    """Every rung that was told, the oldest first, with its message's delivery."""
    b = departments.c
    columns = (r.recipient, r.due, r.rung, r.notice, r.day, n.kind, b.name_vi, b.name_en)
    outcome = (d.state, d.address, d.finished_at, d.next_try_at, d.error)
    query = (
        select(*columns, *outcome)
        .join(notices, n.id == r.notice)
        .join(deliveries, d.notice == r.notice)
        .outerjoin(departments, b.code == r.recipient)
        .where(r.assignment == assignment)
    )
    return list(connection.execute(query.order_by(r.day, r.rung, r.notice)))
