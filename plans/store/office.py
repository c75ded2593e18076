"""What an administrator looks at: bodies with their mailboxes, people, tokens, what needs care."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, false, func, or_, select, true

from plans.searching import plain, searchable
from plans.store.assignments import OPEN_WORK
from plans.store.schema import assignments, contacts, departments, feeds, plans
from plans.store.schema_access import audit, devices, tokens, users
from plans.terms import LeadStatus, Work

d, k, f, u, t = departments.c, contacts.c, feeds.c, users.c, tokens.c
SOON = timedelta(days=30)
"""So long before its end a token is said to expire soon."""
Mail = Literal["with", "without", "bounced", "unwritten", "feed"]
TokenState = Literal["live", "unused", "expiring", "expired", "revoked"]
STANDS_FOR = "%@department.invalid"


# --- what needs care ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many there are, and how many of them need somebody's attention."""

    plans: int
    bodies: int
    bounced: int
    unwritten: int
    people: int
    locked: int
    tokens: int
    unused: int
    expiring: int
    undecided: int
    unconfirmed: int


def numbers(connection: Connection, on: date, now: datetime) -> Numbers:
    """The figures of an administrator's first page.

    ``unwritten``: bodies that owe something and have no mailbox that takes messages.
    """
    leads = _leads(connection)
    return Numbers(
        plans=_count(connection, plans),
        bodies=_count(connection, departments, *_living(on)),
        bounced=_count(connection, contacts, k.bounced_at.is_not(None)),
        unwritten=_unwritten(connection),
        people=_count(connection, users, u.disabled_at.is_(None), u.email.not_like(STANDS_FOR)),
        locked=_count(connection, users, u.locked_until > now),
        tokens=_count(connection, tokens, *_token_is("live", now)),
        unused=_count(connection, tokens, *_token_is("unused", now)),
        expiring=_count(connection, tokens, *_token_is("expiring", now)),
        undecided=leads.get(LeadStatus.UNDECIDED, 0),
        unconfirmed=leads.get(LeadStatus.UNCONFIRMED, 0),
    )


def _count(connection: Connection, table: Any, *where: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _leads(connection: Connection, *where: ColumnElement[bool]) -> dict[str, int]:
    a = assignments.c
    doubtful = a.lead_status.in_((LeadStatus.UNDECIDED, LeadStatus.UNCONFIRMED))
    query = select(a.lead_status, func.count()).where(doubtful, a.work != Work.CANCELLED, *where)
    return {row[0]: row[1] for row in connection.execute(query.group_by(a.lead_status))}


def _unwritten(connection: Connection) -> int:
    a = assignments.c
    owing = select(a.department).where(a.work.in_(OPEN_WORK), a.department.is_not(None)).distinct()
    mine = owing.subquery()
    reached = exists().where(k.department == mine.c.department, k.bounced_at.is_(None))
    return connection.scalar(select(func.count()).select_from(mine).where(~reached)) or 0


def leads_by_plan(connection: Connection) -> dict[str, dict[str, int]]:
    """How many leads of each plan are undecided or unconfirmed."""
    a = assignments.c
    doubtful = a.lead_status.in_((LeadStatus.UNDECIDED, LeadStatus.UNCONFIRMED))
    query = select(a.plan, a.lead_status, func.count()).where(doubtful, a.work != Work.CANCELLED)
    found: dict[str, dict[str, int]] = {}
    for plan, status, n in connection.execute(query.group_by(a.plan, a.lead_status)):
        found.setdefault(plan, {})[status] = n
    return found


def last_act(connection: Connection, act: str) -> Row[Any] | None:
    """The newest line of the audit log of an act."""
    query = select(audit).where(audit.c.act == act).order_by(audit.c.id.desc()).limit(1)
    return connection.execute(query).first()


# --- bodies -------------------------------------------------------------------------------------


def _living(on: date) -> list[ColumnElement[bool]]:
    return [or_(d.until.is_(None), d.until >= on), or_(d.since.is_(None), d.since <= on)]


def bodies(
    connection: Connection,
    on: date,
    *,
    words: str = "",
    kind: str | None = None,
    mail: Mail | None = None,
    ended: bool = False,
    after: str = "",
    limit: int,
) -> list[Row[Any]]:
    """Bodies by code with the numbers of their mailboxes and of those that bounce."""
    mine = k.department == d.code
    mailboxes = select(func.count()).where(mine).scalar_subquery()
    lost = select(func.count()).where(mine, k.bounced_at.is_not(None)).scalar_subquery()
    fed = exists().where(f.department == d.code)
    columns = (d.code, d.name_vi, d.name_en, d.abbr, d.kind, d.since, d.until)
    query = select(*columns, mailboxes.label("mailboxes"), lost.label("bounced"), fed.label("fed"))
    where = [*([] if ended else _living(on)), *_reached(mail)]
    if kind:
        where.append(d.kind == kind)
    query = query.where(*where, d.code > after).order_by(d.code)
    if not words:
        return list(connection.execute(query.limit(limit)))
    wanted = plain(words).split()
    named = select(d.code, d.name_vi, d.name_en, d.abbr).where(*where, d.code > after)
    keys = [row.code for row in connection.execute(named.order_by(d.code)) if _fits(row, wanted)]
    return list(connection.execute(query.where(d.code.in_(keys[:limit]))))


def _fits(row: Any, wanted: Sequence[str]) -> bool:
    text = searchable(row.name_vi, row.name_en, row.abbr, row.code)
    return all(word in text for word in wanted)


def _reached(mail: Mail | None) -> list[ColumnElement[bool]]:
    has = exists().where(k.department == d.code)
    lost = exists().where(k.department == d.code, k.bounced_at.is_not(None))
    fed = exists().where(f.department == d.code)
    a = assignments.c
    owes = exists().where(a.department == d.code, a.work.in_(OPEN_WORK))
    reached = exists().where(k.department == d.code, k.bounced_at.is_(None))
    known: dict[str | None, list[ColumnElement[bool]]] = {
        "with": [has],
        "without": [~has],
        "bounced": [lost],
        "unwritten": [owes, ~reached],
        "feed": [fed],
    }
    return known.get(mail, [])


def kinds(connection: Connection) -> list[str]:
    """The kinds of bodies that the record knows."""
    return list(connection.execute(select(d.kind).distinct().order_by(d.kind)).scalars())


def living_devices(connection: Connection, department: str, now: datetime) -> int:
    """How many devices a body has confirmed that still report."""
    c = devices.c
    mine = (c.department == department, c.revoked_at.is_(None), c.expires_at > now)
    return _count(connection, devices, *mine)


# --- people and tokens --------------------------------------------------------------------------


def people(
    connection: Connection,
    *,
    words: str = "",
    departments_too: bool = False,
    after: int = 0,
    limit: int,
) -> list[Row[Any]]:
    """People by number; those that stand for a department only where they are wanted."""
    where = [u.id > after, true() if departments_too else u.email.not_like(STANDS_FOR)]
    if words:
        named = select(u.id, u.name, u.email).where(*where).order_by(u.id)
        wanted = plain(words).split()
        rows = connection.execute(named).all()
        keys = [r.id for r in rows if all(w in plain(f"{r.name} {r.email}") for w in wanted)]
        where = [u.id.in_(keys[:limit]) if keys else false()]
    return list(connection.execute(select(users).where(*where).order_by(u.id).limit(limit)))


def tokens_of(
    connection: Connection,
    now: datetime,
    *,
    state: TokenState | None = None,
    department: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int,
) -> list[Row[Any]]:
    """Tokens, the newest first, with their body's names; never their secrets."""
    query = select(tokens, d.name_vi, d.name_en).join(
        departments, d.code == t.department, isouter=True
    )
    where = _token_is(state, now) if state else []
    if department:
        where.append(t.department == department)
    if after:
        at, key = after
        where.append(or_(t.created_at < at, and_(t.created_at == at, t.id > key)))
    return list(
        connection.execute(query.where(*where).order_by(t.created_at.desc(), t.id).limit(limit))
    )


def _token_is(state: TokenState, now: datetime) -> list[ColumnElement[bool]]:
    alive: list[ColumnElement[bool]] = [t.revoked_at.is_(None), t.expires_at > now]
    known: dict[str, list[ColumnElement[bool]]] = {
        "live": alive,
        "unused": [*alive, t.last_used_at.is_(None)],
        "expiring": [*alive, t.expires_at <= now + SOON],
        "expired": [t.revoked_at.is_(None), t.expires_at <= now],
        "revoked": [t.revoked_at.is_not(None)],
    }
    return known[state]
