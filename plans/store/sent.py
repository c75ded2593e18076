"""Messages with what became of them, a page at a time, for who looks them up.

A page is found by index, whatever the filters: few messages wait or failed, so those are looked
for among the deliveries; of the rest, any stretch of the list holds enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from plans.searching import plain, searchable
from plans.store.schema import deliveries, departments, notices
from plans.terms import Delivery, NoticeKind

n, d = notices.c, deliveries.c
Place = tuple[date, int]
SCARCE = (Delivery.WAITING, Delivery.FAILED, Delivery.DROPPED)


@dataclass(frozen=True, slots=True)
class Which:
    """Which messages; None: any. ``since`` and ``until`` include the day."""

    kind: NoticeKind | None = None
    state: Delivery | None = None
    recipients: Sequence[str] | None = None
    since: date | None = None
    until: date | None = None


def page(
    connection: Connection, which: Which, limit: int, after: Place | None = None
) -> list[Row[Any]]:
    """Up to ``limit`` messages with their delivery, the newest first, after a place."""
    some = _conditions(which)
    if after is not None:
        day, key = after
        some.append((n.day < day) | ((n.day == day) & (n.id < key)))
    if which.state in SCARCE:
        some.append(n.id.in_(select(d.notice).where(d.state == which.state)))
    elif which.state is not None:
        # No index on the state: almost all messages are sent.
        some.append(d.state.concat("") == str(which.state))
    query = _named().where(*some).order_by(n.day.desc(), n.id.desc())
    return list(connection.execute(query.limit(limit)))


def one(connection: Connection, notice: int) -> Row[Any] | None:
    """A message with its delivery, or None."""
    return connection.execute(_named().where(n.id == notice)).first()


def numbers(connection: Connection) -> dict[str, int]:
    """How many messages wait, failed or were dropped, by state; of those sent nobody asks."""
    query = select(d.state, func.count()).where(d.state.in_(SCARCE)).group_by(d.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def recipients(connection: Connection, words: str) -> list[str]:
    """Codes of the bodies that some words mean: the one of that code, else by name."""
    c = departments.c
    rows = connection.execute(select(c.code, c.name_vi, c.name_en, c.abbr)).all()
    if exact := [row.code for row in rows if row.code == words]:
        return exact
    wanted = plain(words).split()
    named = ((row.code, searchable(row.name_vi, row.name_en, row.abbr)) for row in rows)
    return [code for code, text in named if all(one in text for one in wanted)]


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.kind is not None:
        found.append(n.kind == which.kind)
    if which.recipients is not None:
        found.append(n.recipient.in_(which.recipients))
    if which.since is not None:
        found.append(n.day >= which.since)
    if which.until is not None:
        found.append(n.day <= which.until)
    return found


def _named() -> Any:
    c = departments.c
    return (
        select(notices, deliveries, c.name_vi, c.name_en)
        .join(deliveries, d.notice == n.id)
        .join(departments, c.code == n.recipient)
    )
