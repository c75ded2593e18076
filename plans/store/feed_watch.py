"""Feeds as an office watches them: trouble first, what each brought, what lies in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from plans.store.schema import assignments, contacts, departments, feed_items, feeds
from plans.store.schema_access import tokens

f, i, d = feeds.c, feed_items.c, departments.c
Place = tuple[int, str]
SILENT, BAD, UNASKED, WELL, ENDED = range(5)
RANKS: dict[str, int] = {
    "silent": SILENT,
    "quarantine": BAD,
    "unasked": UNASKED,
    "well": WELL,
    "ended": ENDED,
}
"""How a feed stands, the worst first; one of a body that has ended is not asked any more."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How all feeds stand: each counted once, where it is worst; ``items`` in quarantine."""

    silent: int = 0
    quarantine: int = 0
    unasked: int = 0
    well: int = 0
    ended: int = 0
    items: int = 0
    asked_at: datetime | None = None

    @property
    def total(self) -> int:
        """How many feeds are asked."""
        return self.silent + self.quarantine + self.unasked + self.well


def page(
    connection: Connection,
    on: date,
    stand: str | None,
    limit: int,
    after: Place | None = None,
) -> list[Row[Any]]:
    """Up to ``limit`` feeds with their rank and what they have in quarantine, the worst first."""
    rows = _ranked(on).subquery()
    query = select(rows)
    if stand:
        query = query.where(rows.c.rank == RANKS[stand])
    if after is not None:
        rank, code = after
        query = query.where(
            tuple_(rows.c.rank, rows.c.department) > tuple_(literal(rank), literal(code))
        )
    return list(connection.execute(query.order_by(rows.c.rank, rows.c.department).limit(limit)))


def one(connection: Connection, code: str, on: date) -> Row[Any] | None:
    """A department's feed, or None: it has none."""
    return connection.execute(_ranked(on).where(f.department == code)).first()


def numbers(connection: Connection, on: date) -> Numbers:
    """How all feeds stand."""
    rows = _ranked(on).subquery()
    r = rows.c
    query = select(r.rank, func.count(), func.sum(r.quarantined), func.max(r.asked_at))
    names = {rank: name for name, rank in RANKS.items()}
    found, items, last = {}, 0, None
    for rank, count, bad, asked_at in connection.execute(query.group_by(r.rank)):
        found[names[rank]] = count
        items += bad or 0
        last = max(filter(None, (last, asked_at)), default=None)
    return Numbers(**found, items=items, asked_at=last)


def taken(connection: Connection, codes: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many items of some feeds stand in each state, by department."""
    found: dict[str, dict[str, int]] = {code: {} for code in codes}
    query = select(i.department, i.state, func.count()).where(i.department.in_(codes))
    for code, state, count in connection.execute(query.group_by(i.department, i.state)):
        found[code][state] = count
    return found


def looks(connection: Connection, code: str, limit: int) -> list[Row[Any]]:
    """The last looks that brought something new: when, and how many items became what."""
    bad = func.sum(case((i.state == "quarantined", 1), else_=0)).label("quarantined")
    query = select(i.received_at, func.count().label("items"), bad).where(i.department == code)
    rows = query.group_by(i.received_at).order_by(i.received_at.desc()).limit(limit)
    return list(connection.execute(rows))


def quarantined(
    connection: Connection, code: str, limit: int, before: int | None = None
) -> list[Row[Any]]:
    """A department's items in quarantine, the newest first."""
    query = select(feed_items).where(i.department == code, i.state == "quarantined")
    if before is not None:
        query = query.where(i.id < before)
    return list(connection.execute(query.order_by(i.id.desc()).limit(limit)))


def _ranked(on: date) -> Select[Any]:
    bad = (
        select(i.department, func.count().label("n"))
        .where(i.state == "quarantined")
        .group_by(i.department)
        .subquery()
    )
    count = func.coalesce(bad.c.n, 0)
    rank = case(
        (d.until < on, ENDED),
        (f.silence.is_not(None), SILENT),
        (count > 0, BAD),
        (f.asked_at.is_(None), UNASKED),
        else_=WELL,
    )
    return (
        select(feeds, d.name_vi, d.name_en, d.until, count.label("quarantined"), rank.label("rank"))
        .join(departments, d.code == f.department)
        .join(bad, bad.c.department == f.department, isouter=True)
    )


# --- bodies without a feed ----------------------------------------------------------------------


def ways(connection: Connection, now: datetime, on: date) -> dict[str, int]:
    """How many bodies that lead work and have no feed answer in each way."""
    way = _way(now).label("way")
    rows = select(way).where(*_without_feed(on)).subquery()
    query = select(rows.c.way, func.count()).group_by(rows.c.way)
    return {row[0]: row[1] for row in connection.execute(query)}


def without_feed(
    connection: Connection, way: str, now: datetime, on: date, limit: int, after: str | None = None
) -> list[Row[Any]]:
    """Bodies that lead work, have no feed and answer in one way, in the order of their codes."""
    query = select(d.code, d.name_vi, d.name_en).where(*_without_feed(on), _way(now) == way)
    if after is not None:
        query = query.where(d.code > after)
    return list(connection.execute(query.order_by(d.code).limit(limit)))


def last_submitted(connection: Connection, codes: Sequence[str]) -> dict[str, date]:
    """The day of the last report that some bodies handed in, of those that did."""
    a = assignments.c
    query = select(a.department, func.max(a.submitted_on)).where(a.department.in_(codes))
    rows = connection.execute(query.group_by(a.department))
    return {code: day for code, day in rows if day is not None}


def _without_feed(on: date) -> list[ColumnElement[bool]]:
    return [
        or_(d.since.is_(None), d.since <= on),
        or_(d.until.is_(None), d.until >= on),
        exists().where(assignments.c.department == d.code),
        ~exists().where(f.department == d.code),
    ]


def _way(now: datetime) -> ColumnElement[str]:
    t, c = tokens.c, contacts.c
    token = exists().where(t.department == d.code, t.revoked_at.is_(None), t.expires_at > now)
    mailbox = exists().where(c.department == d.code, c.bounced_at.is_(None))
    return case((token, "token"), (mailbox, "mailbox"), else_="none")
