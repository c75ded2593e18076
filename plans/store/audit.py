"""The audit log: every denied and every administrative act. It only grows (triggers see to it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from plans.store.schema_access import audit

DONE = "done"
DENIED = "denied"
FAILED = "failed"


def note(
    connection: Connection,
    now: datetime,
    actor: str,
    act: str,
    *,
    subject: str | None = None,
    outcome: str = DONE,
    detail: Mapping[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """Write one line, in the transaction of what it tells of (a denied act: in one of its own).

    ``detail`` holds codes and figures: no free text, no secrets, no addresses.
    """
    connection.execute(
        insert(audit).values(
            at=now,
            actor=actor[:120],
            act=act[:60],
            outcome=outcome,
            subject=subject[:300] if subject else None,
            detail=dict(detail or {}),
            request_id=request_id,
        )
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the audit log to read; None: any. From ``since`` on, before ``until``."""

    actor: str | None = None
    act: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def lines(
    connection: Connection,
    *,
    before: int | None = None,
    limit: int = 100,
    wanted: Wanted | None = None,
) -> list[Row[Any]]:
    """The newest lines first; ``before`` an id."""
    c = audit.c
    query = select(audit).order_by(c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(c.id < before)
    for name in ("actor", "act", "outcome"):
        value = getattr(wanted, name, None)
        if value is not None:
            query = query.where(c[name] == value)
    if wanted and wanted.since is not None:
        query = query.where(c.at >= wanted.since)
    if wanted and wanted.until is not None:
        query = query.where(c.at < wanted.until)
    return list(connection.execute(query))
