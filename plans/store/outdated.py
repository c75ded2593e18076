"""Notices that wait: which there are, what they tell, and how they are told anew or dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from plans.store.assignments import with_names
from plans.store.claims import MAY_HAVE_IT, lease_is_over
from plans.store.ledger import CHUNK, chunks
from plans.store.schema import assignments, deliveries, notices, rungs_sent
from plans.terms import Delivery, NoticeKind

a, n, d, r = assignments.c, notices.c, deliveries.c, rungs_sent.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that waits and that no live run holds. ``maybe_taken``: a server may have it.

    ``role``: a digest's.
    """

    notice: int
    key: str
    kind: NoticeKind
    recipient: str
    day: date
    maybe_taken: bool
    role: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """That a notice tells a recipient of an assignment's rung; ``state``: its delivery's."""

    assignment: str
    recipient: str
    due: date
    rung: int
    notice: int
    day: date
    state: Delivery


@dataclass(frozen=True, slots=True)
class Retold:
    """What a notice is to say instead: its day, content and (assignment, due, rung)s."""

    notice: int
    recipient: str
    day: date
    content: Mapping[str, Any]
    rungs: Sequence[tuple[str, date, int]]


def mark_maybe_taken(connection: Connection, now: datetime) -> None:
    """Remember of which waiting notices a server may have the message, before the next try.

    A lease that ended by itself is a killed run's, which may have been about to record it.
    """
    unsure = or_(lease_is_over(now), d.error.contains(MAY_HAVE_IT))
    waits = update(deliveries).where(d.state == Delivery.WAITING)
    connection.execute(waits.where(unsure, ~d.maybe_taken).values(maybe_taken=True))


def waiting(
    connection: Connection,
    now: datetime,
    until: date,
    kind: NoticeKind,
    recipients: Sequence[str] | None = None,
) -> list[Waiting]:
    """Every free notice of a kind that waits, of a day up to ``until``, the oldest first.

    ``recipients``: theirs alone, and nobody claims them before the transaction ends.
    """
    free = or_(d.lease_until.is_(None), lease_is_over(now))
    columns = (n.id, n.key, n.kind, n.recipient, n.day, d.maybe_taken)
    query = (
        select(*columns, n.content["role"].as_string().label("role"))
        .join(deliveries, d.notice == n.id)
        .where(d.state == Delivery.WAITING, free, n.day <= until, n.kind == kind)
        .order_by(n.day, n.id)
    )
    if recipients is not None:
        query = query.where(n.recipient.in_(recipients))
        query = query.with_for_update(of=deliveries, skip_locked=True)
    return [
        Waiting(row.id, row.key, NoticeKind(row.kind), *row[3:])
        for row in connection.execute(query)
    ]


def rungs_of(connection: Connection, found: Iterable[int]) -> list[Told]:
    """What some notices tell."""
    rows: list[Told] = []
    for chunk in _slices(list(found)):
        rows += _told(connection, r.notice.in_(chunk))
    return rows


def told(connection: Connection, assignments: Iterable[str]) -> list[Told]:
    """What all notices, however they ended, tell of some assignments; the oldest first."""
    rows: list[Told] = []
    for chunk in chunks(list(assignments)):
        rows += _told(connection, r.assignment.in_(chunk))
    return rows


def assignments_of(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """Assignments by id, as they stand now, with titles and names."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(keys):
        rows = connection.execute(with_names().where(a.id.in_(chunk)))
        found |= {row.id: row for row in rows}
    return found


def _told(connection: Connection, which: Any) -> list[Told]:
    query = select(rungs_sent, d.state).join(deliveries, d.notice == r.notice).where(which)
    rows = connection.execute(query.order_by(r.day, r.rung, r.notice))
    return [
        Told(
            assignment=row.assignment,
            recipient=row.recipient,
            due=row.due,
            rung=row.rung,
            notice=row.notice,
            day=row.day,
            state=Delivery(row.state),
        )
        for row in rows
    ]


def _slices(notices: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(notices), CHUNK):
        yield notices[at : at + CHUNK]


def newest_digests(connection: Connection, recipients: Iterable[str]) -> dict[Any, date]:
    """The day of each recipient's and role's newest digest that was not dropped."""
    found: dict[Any, date] = {}
    role = n.content["role"].as_string().label("role")
    for chunk in chunks(sorted(set(recipients))):
        query = (
            select(n.recipient, role, n.day)
            .join(deliveries, d.notice == n.id)
            .where(n.kind == NoticeKind.DIGEST, n.recipient.in_(chunk))
            .where(d.state != Delivery.DROPPED)
        )
        for row in connection.execute(query.order_by(n.day)):
            found[row.recipient, row.role] = row.day
    return found


def drop(connection: Connection, reasons: Mapping[int, str], now: datetime) -> None:
    """Let waiting notices end without being sent, each for its reason; they tell nothing."""
    if not reasons:
        return
    end = {"state": Delivery.DROPPED, "finished_at": now, "lease_until": None}
    statement = update(deliveries).where(d.notice == bindparam("which"))
    statement = statement.where(d.state == Delivery.WAITING).values(**end, error=bindparam("why"))
    rows = [{"which": notice, "why": why} for notice, why in reasons.items()]
    connection.execute(statement, rows)
    for chunk in _slices(list(reasons)):
        connection.execute(delete(rungs_sent).where(r.notice.in_(chunk)))


def retell(connection: Connection, retold: Sequence[Retold]) -> None:
    """Let waiting notices say something else, under the keys and Message-IDs that they have."""
    if not retold:
        return
    for chunk in _slices([one.notice for one in retold]):
        connection.execute(delete(rungs_sent).where(r.notice.in_(chunk)))
    statement = update(notices).where(n.id == bindparam("which"))
    statement = statement.values(day=bindparam("on"), content=bindparam("facts"))
    connection.execute(
        statement,
        [{"which": one.notice, "on": one.day, "facts": dict(one.content)} for one in retold],
    )
    rows = [
        {
            "assignment": assignment,
            "recipient": one.recipient,
            "due": due,
            "rung": rung,
            "notice": one.notice,
            "day": one.day,
        }
        for one in retold
        for assignment, due, rung in one.rungs
    ]
    connection.execute(insert(rungs_sent), rows)
