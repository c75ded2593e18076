"""Webhooks in a record, and events for them to tell of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Row, select

from plans.access import Caller, Grant
from plans.rules import Event
from plans.store import reading, writing
from plans.store.ledger import append
from plans.store.schema import assignments
from plans.store.schema_access import webhooks as table
from plans.terms import EventKind, Role
from plans.webhooks import NewWebhook, register
from tests.offices import NOW, furnish

SECRET_KEY = "k" * 40
OFFICE = Caller("token:office", "token", (Grant(Role.ADMIN),))


def hook(engine: Engine, url: str, caller: Caller = OFFICE, **given: Any) -> tuple[str, str]:
    """A webhook from now on, in a furnished record; its id and its secret."""
    facts: dict[str, Any] = {"name": "Hệ thống", "department": "so-y-te", "url": url}
    new = NewWebhook(**facts | given)
    with writing(engine) as connection:
        row, secret = register(connection, caller, new, secret_key=SECRET_KEY, now=NOW)
    return row.id, secret


def hooked(engine: Engine, url: str, **given: Any) -> tuple[str, str]:
    """The sample plan, opened, and a webhook that has all of it before it."""
    furnish(engine)
    return hook(engine, url, **given)


def report(engine: Engine, *percents: int, ref: str = "mau/mot/so-y-te") -> None:
    """Updates of an assignment."""
    with writing(engine) as connection:
        query = select(assignments.c.id).where(assignments.c.ref == ref)
        key = connection.execute(query).scalar_one()
        said = [
            Event(EventKind.UPDATED, "token:1a2b", NOW, NOW, {"percent": percent, "text": None})
            for percent in percents
        ]
        append(connection, {key: said})


def row_of(engine: Engine, key: str) -> Row[Any]:
    with reading(engine) as connection:
        return connection.execute(select(table).where(table.c.id == key)).one()
