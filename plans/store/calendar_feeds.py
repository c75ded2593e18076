"""Calendars to subscribe to, and the assignments that stand in them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from plans.store.assignments import OPEN_WORK, with_names
from plans.store.catalogue import read_setting
from plans.store.ledger import chunks
from plans.store.schema import assignments, departments, plans, settings
from plans.store.schema_paper import calendar_feeds
from plans.terms import Work

f, a = calendar_feeds.c, assignments.c
NAME = "calendar-record"
FURTHEST_USE = timedelta(hours=1)
"""A last use that lies further ahead was noted by a clock that has been put back since."""


def record_name(connection: Connection) -> str:
    """What the record calls itself in calendars: made at its first use, in a writing transaction.

    It outlives moves to other addresses, databases and secrets, so what clients know stays known.
    """
    kept = read_setting(connection, NAME)
    if kept is None:
        maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        made = maker(settings).values(name=NAME, value=secrets.token_hex(6))
        # Of two that come here at once the second waits for the first, and takes its name.
        connection.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        kept = read_setting(connection, NAME)
    return str(kept)


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new calendar."""
    connection.execute(insert(calendar_feeds).values(**row))


def get(connection: Connection, key: str) -> Row[Any] | None:
    """One calendar, also one that was revoked."""
    return connection.execute(select(calendar_feeds).where(f.id == key)).first()


def revoke(connection: Connection, key: str, actor: str, now: datetime) -> bool:
    """End a calendar; whether there was one to end."""
    statement = update(calendar_feeds).where(f.id == key, f.revoked_at.is_(None))
    return connection.execute(statement.values(revoked_at=now, revoked_by=actor)).rowcount == 1


def number_of(connection: Connection, department: str | None, plan: str | None) -> int:
    """How many calendars of a department, or of a plan, were not revoked."""
    subject = f.department == department if department else f.plan == plan
    query = select(func.count()).select_from(calendar_feeds)
    return connection.scalar(query.where(subject, f.revoked_at.is_(None))) or 0


def note_use(connection: Connection, key: str, now: datetime, every: timedelta) -> None:
    """Write down that a calendar was fetched, once in so long."""
    old = or_(
        f.last_used_at.is_(None),
        f.last_used_at <= now - every,
        f.last_used_at > now + FURTHEST_USE,
    )
    connection.execute(update(calendar_feeds).where(f.id == key, old).values(last_used_at=now))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calendars to list: of these departments or plans (None: any), or made by ``actor``."""

    departments: Collection[str] | None
    plans: Collection[str] | None
    actor: str | None = None
    department: str | None = None
    plan: str | None = None


def listing(
    connection: Connection,
    wanted: Wanted,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> list[Row[Any]]:
    """Calendars that were not revoked, the newest first; ``after``: a place in that order."""
    query = select(calendar_feeds).where(f.revoked_at.is_(None), _reached(wanted))
    if wanted.department:
        query = query.where(f.department == wanted.department)
    if wanted.plan:
        query = query.where(f.plan == wanted.plan)
    if after:
        moment = literal(after[0], f.created_at.type)
        query = query.where(tuple_(f.created_at, f.id) < tuple_(moment, literal(after[1])))
    return list(connection.execute(query.order_by(f.created_at.desc(), f.id.desc()).limit(limit)))


def _reached(wanted: Wanted) -> ColumnElement[bool]:
    """Those of whom one may manage the calendars, and one's own."""
    of_departments, of_plans = f.department.is_not(None), f.plan.is_not(None)
    if wanted.departments is not None:
        of_departments = f.department.in_(sorted(wanted.departments))
    if wanted.plans is not None:
        of_plans = f.plan.in_(sorted(wanted.plans))
    return or_(of_departments, of_plans, f.created_by == (wanted.actor or ""))


# --- what stands in them ------------------------------------------------------------------------

UNENDED = (*OPEN_WORK, Work.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Span:
    """Whose assignments, on which day; the done and the cancelled ones that changed since then."""

    department: str | None
    plan: str | None
    on: date
    done_since: datetime
    cancelled_since: datetime


def entries(connection: Connection, span: Span, most: int) -> tuple[list[Row[Any]], int]:
    """Assignments with names, and how many there are in all: the open ones by how near they are
    due, then those that ended, the newest first."""
    # First which, then what: titles and names are looked up for those that are shown.
    keys = _nearest(connection, span, most)
    keys += _keys(connection, span, _ended(span), a.changed_at.desc(), most - len(keys))
    total = select(func.count()).where(*_of(span), or_(a.work.in_(UNENDED), _ended(span)))
    rows: dict[str, Row[Any]] = {}
    for chunk in chunks(keys):
        rows |= {row.id: row for row in connection.execute(_shown().where(a.id.in_(chunk)))}
    return [rows[key] for key in keys], connection.scalar(total) or 0


def _shown() -> Any:
    return with_names().add_columns(
        plans.c.version.label("plan_version"),
        plans.c.loaded_at.label("plan_loaded_at"),
        plans.c.title_en.label("plan_title_en"),
        departments.c.abbr,
    )


def _of(span: Span) -> Sequence[ColumnElement[bool]]:
    return [a.department == span.department if span.department else a.plan == span.plan]


def _ended(span: Span) -> ColumnElement[bool]:
    done = and_(a.work == Work.DONE, a.changed_at >= span.done_since)
    return or_(done, and_(a.work == Work.CANCELLED, a.changed_at >= span.cancelled_since))


def _keys(
    connection: Connection, span: Span, which: ColumnElement[bool], order: Any, most: int
) -> list[str]:
    query = select(a.id).where(*_of(span), which).order_by(order, a.id).limit(max(most, 0))
    return list(connection.execute(query).scalars())


def _nearest(connection: Connection, span: Span, most: int) -> list[str]:
    """The open ones, those to come and those that are late, by their distance from the day."""
    found: list[tuple[int, date, str]] = []
    for which, order in ((a.due >= span.on, a.due), (a.due < span.on, a.due.desc())):
        query = select(a.due, a.id).where(*_of(span), a.work.in_(UNENDED), which)
        rows = connection.execute(query.order_by(order, a.id).limit(most))
        found += [(abs((row.due - span.on).days), row.due, row.id) for row in rows]
    return [key for *_, key in sorted(found)[:most]]
