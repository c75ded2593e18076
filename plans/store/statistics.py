"""The figures that plans' documents state without a goal, read without building the plans."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from plans.declaration.plan import Statistic
from plans.store.ledger import canonical
from plans.store.schema import plan_versions, plans


def statistics_of(connection: Connection, some: Sequence[str]) -> dict[str, list[Statistic]]:
    """The statistics of some plans' present versions, by plan, in the documents' order."""
    c = plan_versions.c
    query = (
        select(c.plan, c.declaration["statistics"].label("said"))
        .join(plans, (plans.c.id == c.plan) & (plans.c.version == c.version))
        .where(c.plan.in_(some))
    )
    return {
        row.plan: [Statistic.model_validate_json(canonical(one)) for one in row.said]
        for row in connection.execute(query)
    }
