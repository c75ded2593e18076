"""One run of a job at a time, whatever started it and wherever: a lease that its run renews.

A killed run's lease ends by itself, and the next run goes on. Time is the database's own where it
is a server, so that machines whose clocks differ agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from plans.store.engine import lock_job, reading, writing
from plans.store.schema_running import leases

LENGTH = timedelta(minutes=5)
"""Longer than any of our transactions keeps SQLite's other writers, and so the renewal, waiting."""
FREED = "its lease ended while it ran: the run was killed, or stood still"

c = leases.c


@dataclass(frozen=True, slots=True)
class Taken:
    """Who runs a job, since when."""

    job: str
    holder: str
    since: datetime


def take(engine: Engine, job: str, holder: str) -> Taken | None:
    """Take a job for ``LENGTH``; gives whose run is under way, None where it is now ours."""
    with writing(engine) as connection:
        lock_job(connection, f"lease-{job}")
        now = _now(connection)
        row = connection.execute(select(leases).where(c.job == job)).first()
        if row is None:
            new = {"job": job, "holder": holder, "taken_at": now, "ends_at": now + LENGTH}
            connection.execute(insert(leases).values(new))
            return None
        if _is_held(row, now):
            return Taken(job, row.holder, row.taken_at)
        # What a run that was killed never said is said for it.
        died = {"ended_at": row.ends_at, "outcome": FREED} if row.holder else {}
        mine = {"holder": holder, "taken_at": now, "ends_at": now + LENGTH}
        connection.execute(update(leases).where(c.job == job).values(**died, **mine))
        return None


def _is_held(row: Row[Any], now: datetime) -> bool:
    """One that ends later than any could was taken before the clock was set back: it is no one's.

    By another ``LENGTH``, for NTP sets a clock back by a second or a minute while its run lives.
    """
    return row.holder is not None and now < row.ends_at <= now + 2 * LENGTH


def renew(engine: Engine, job: str, holder: str) -> bool:
    """Hold it for another ``LENGTH``; False: it has gone to another run."""
    with writing(engine) as connection:
        mine = update(leases).where(c.job == job, c.holder == holder)
        return connection.execute(mine.values(ends_at=_now(connection) + LENGTH)).rowcount == 1


def give_back(engine: Engine, job: str, holder: str, outcome: str) -> bool:
    """Say how a run ended, and let the next one begin; False: it had gone to another run."""
    with writing(engine) as connection:
        now = _now(connection)
        mine = update(leases).where(c.job == job, c.holder == holder)
        values = {"holder": None, "ends_at": now, "ended_at": now, "outcome": outcome}
        return connection.execute(mine.values(**values)).rowcount == 1


def last_runs(engine: Engine) -> list[Row[Any]]:
    """Each job's row: who runs it, and how its last run ended."""
    with reading(engine) as connection:
        return listed(connection)


def listed(connection: Connection) -> list[Row[Any]]:
    """The same, in a picture of the record that is being looked at."""
    return list(connection.execute(select(leases).order_by(c.job)))


def _now(connection: Connection) -> datetime:
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found
