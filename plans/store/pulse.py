"""A few cheap facts about how the record fares, for whoever watches over the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from plans.store.schema import deliveries, feeds
from plans.store.schema_access import webhooks
from plans.terms import Delivery

MOST = 10_000
"""Counting ends here: what is beyond says no more, and a table that grows is not scanned."""
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Pulse:
    """Notices that wait or failed; feeds and webhooks by how they fare; the last whole answer."""

    notices: Mapping[str, int]
    feeds: Mapping[str, int]
    webhooks: Mapping[str, int]
    gathered_at: datetime | None


def read(connection: Connection) -> Pulse:
    """How it fares now."""
    state = func.coalesce(feeds.c.silence, ANSWERED)
    asked = select(state, func.count()).where(feeds.c.asked_at.is_not(None)).group_by(state)
    hooks = select(webhooks.c.state, func.count()).group_by(webhooks.c.state)
    return Pulse(
        notices={one: _count(connection, one) for one in (Delivery.WAITING, Delivery.FAILED)},
        feeds={row[0]: row[1] for row in connection.execute(asked)},
        webhooks={row[0]: row[1] for row in connection.execute(hooks)},
        gathered_at=connection.execute(select(func.max(feeds.c.answered_at))).scalar(),
    )


def _count(connection: Connection, state: Delivery) -> int:
    some = select(deliveries.c.state).where(deliveries.c.state == state).limit(MOST).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()
