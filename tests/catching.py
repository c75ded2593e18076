"""An office whose mail server is away at times: what it owes, what goes out, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from plans.catching_up import settle
from plans.declaration import Rung
from plans.messages import ReminderContent
from plans.reminding import remind
from plans.store import Connection
from plans.store.assignments import row_of
from plans.store.holds import withheld
from plans.store.ledger import append
from plans.store.schema import deliveries, notices, rungs_sent
from plans.terms import Delivery, EventKind
from tests.builders import at, build_event

LADDER = (Rung(days=-3), Rung(days=1), Rung(days=5, superior=True))
MOT = "mau/mot/so-y-te"
n, d = notices.c, deliveries.c


@dataclass(frozen=True)
class Sent:
    """A message as it went out."""

    notice: int
    key: str
    kind: str
    recipient: str
    day: date
    content: ReminderContent


def owe(connection: Connection, on: date) -> list[str]:
    """A reminders' run, as the flow has it."""
    settle(connection, on, at(on))
    return remind(connection, on, at(on), domain="x.vn")


def send(connection: Connection, on: date, hour: int = 10) -> list[Sent]:
    """A delivery run, as the flow has it: all that waits is looked at, and sent."""
    settle(connection, on, at(on, hour))
    waits = (d.state == Delivery.WAITING) & n.recipient.not_in(withheld(on))
    query = select(notices).join(deliveries, d.notice == n.id).where(waits).order_by(n.id)
    rows = connection.execute(query).all()
    for row in rows:
        end(connection, row.id, Delivery.SENT, at(on, hour))
    return [Sent(row.id, row.key, row.kind, row.recipient, row.day, contents(row)) for row in rows]


def contents(row: Any) -> ReminderContent:
    return ReminderContent.model_validate(row.content)


def end(connection: Connection, notice: int, state: Delivery, now: datetime) -> None:
    values = {"state": state, "finished_at": now, "address": "syt@x.vn", "lease_until": None}
    connection.execute(update(deliveries).where(d.notice == notice).values(**values))


def attempt(connection: Connection, notice: int, error: str, now: datetime) -> None:
    """A try that failed for the moment."""
    values = {"attempts": d.attempts + 1, "error": error, "next_try_at": now + timedelta(minutes=5)}
    connection.execute(update(deliveries).where(d.notice == notice).values(**values))


def key_of(connection: Connection, ref: str = MOT) -> str:
    return str(row_of(connection, ref).id)


def happen(
    connection: Connection, kind: EventKind, on: date, ref: str = MOT, **payload: Any
) -> None:
    """One entry in an assignment's ledger."""
    append(connection, {key_of(connection, ref): [build_event(kind, on, **payload)]})


def finish_work(connection: Connection, on: date, ref: str = MOT) -> None:
    happen(connection, EventKind.SUBMITTED, on, ref, submitted_on=on.isoformat())
    happen(connection, EventKind.ACCEPTED, on, ref)


def standing(connection: Connection) -> list[Any]:
    """Every notice with its delivery, the oldest first."""
    query = select(notices, deliveries).join(deliveries, d.notice == n.id).order_by(n.id)
    return list(connection.execute(query))


def mine(connection: Connection, recipient: str = "so-y-te", kind: str = "reminder") -> list[Any]:
    rows = standing(connection)
    return [row for row in rows if (row.recipient, row.kind) == (recipient, kind)]


def rungs(connection: Connection) -> list[Any]:
    return list(connection.execute(select(rungs_sent)))
