"""Whether anything has changed that a run's messages rest on, told by a few figures by index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select

from plans.store.schema import contacts, ledger, notices, plan_versions
from plans.store.schema_office import calendar_overrides
from plans.store.schema_paper import contact_channels


def mark_of_messages(connection: Connection) -> tuple[Any, ...]:
    """Figures that differ once assignments, plans, mailboxes, days or messages do; not holds."""
    c, o, h = contacts.c, calendar_overrides.c, contact_channels.c
    english = func.count(case((c.language == "en", 1)))
    asked: Sequence[Any] = (
        select(func.max(ledger.c.seq)),
        select(func.max(notices.c.id)),
        select(func.max(plan_versions.c.loaded_at)),
        select(func.max(o.made_at), func.count()).select_from(calendar_overrides),
        select(func.max(c.id), func.count(), func.count(c.bounced_at), english),
        select(func.max(h.added_at), func.count(), func.count(h.failed_at)),
    )
    return tuple(tuple(connection.execute(query).one()) for query in asked)
