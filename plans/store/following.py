"""The ledger in one order for other systems that follow it: positions 1, 2, 3 … without gaps.

``seq`` is given when an entry is inserted, so under several writers on PostgreSQL a lower one can
become visible after a higher one, and who had read past it would miss it. ``position`` is given
only to what is committed, by one transaction at a time; so once one is visible, no lower one
appears later, and a follower that keeps the last position it read misses nothing.

Each assignment's own order is kept. Whoever writes its entry n + 1 holds the assignment (its row's
lock, or on SQLite the database) from before the insert, after who wrote n has committed or in the
same transaction, and a sequence only counts up: n has the lower ``seq``, and wherever n + 1 is
visible, n is too. So n is numbered before n + 1, in the same turn or in an earlier one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, select, update

from plans.store.engine import reading, writing
from plans.store.schema import assignments, ledger

AT_ONCE = 5_000
"""Entries numbered in one transaction."""
TO_THE_END = 200
"""Turns that bring even a record up to date that nobody followed so far."""
JOB = "number-changes"


e, a = ledger.c, assignments.c


def catch_up(engine: Engine, turns: int = 1) -> bool:
    """Number what waits, at most ``turns`` times ``AT_ONCE``; whether anything waits still.

    In transactions of its own: what others commit while it works is the next turn's.
    """
    for _ in range(turns):
        with reading(engine) as connection:
            if not is_behind(connection):
                return False
        with writing(engine, alone=JOB) as connection:
            if number(connection) < AT_ONCE:
                return False
    return True


def is_behind(connection: Connection) -> bool:
    """Whether committed entries wait for their position."""
    query = select(e.seq).where(e.position.is_(None)).order_by(e.seq).limit(1)
    return connection.execute(query).first() is not None


def number(connection: Connection, limit: int = AT_ONCE) -> int:
    """Give the next positions to what is committed and has none; gives how many there were.

    The caller holds ``writing(engine, alone=JOB)``: positions of two runs at once would collide.
    """
    waiting = select(e.seq).where(e.position.is_(None)).order_by(e.seq).limit(limit).subquery()
    order = func.row_number().over(order_by=waiting.c.seq)
    numbered = select(waiting.c.seq, order.label("place")).subquery()
    # The end is read by a statement of its own, which sees all that the turn before committed.
    last = end(connection)
    statement = (
        update(ledger).where(e.seq == numbered.c.seq).values(position=last + numbered.c.place)
    )
    return connection.execute(statement).rowcount


def end(connection: Connection) -> int:
    """The last position that was given; 0 before the first."""
    return connection.scalar(select(func.max(e.position))) or 0


def entries(
    connection: Connection,
    after: int,
    until: int,
    limit: int,
    *,
    visible: ColumnElement[bool] | None = None,
    kinds: Collection[str] | None = None,
    plan: str | None = None,
) -> list[Row[Any]]:
    """Entries with a position after one and up to another, in order, with their assignment.

    ``visible``: a condition on assignments; None is all of them.
    """
    query = (
        select(
            e.position,
            e.assignment,
            e.n,
            e.kind,
            e.actor,
            e.occurred_at,
            e.recorded_at,
            e.payload,
            a.ref,
            a.plan,
        )
        .join(assignments, a.id == e.assignment)
        .where(e.position > after, e.position <= until)
    )
    if visible is not None:
        query = query.where(visible)
    if kinds:
        query = query.where(e.kind.in_(sorted(kinds)))
    if plan is not None:
        query = query.where(a.plan == plan)
    return list(connection.execute(query.order_by(e.position).limit(limit)))
