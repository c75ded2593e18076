"""Nightly: the day's figures are kept, and shown as artifacts."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact

from flows.alone import alone
from flows.common import database, moment
from flows.retrying import PATIENT, may_pass
from plans import rolling
from plans.store import writing

SHOWN = 20
"""Plans shown as artifacts: the record keeps all, the server is spared."""


@task(name="snapshot", retry_condition_fn=may_pass, **PATIENT)
def snapshot(at: date | None) -> list[dict[str, Any]]:
    """Keep the day's figures; gives, a plan each, its table's rows by group."""
    with database() as (engine, settings):
        day, now = moment(at, settings)
        with writing(engine, alone="roll-up") as connection:
            return [rolling.table(one) for one in rolling.take_snapshot(connection, day, now)]


@task(name="publish")
def publish(plan: dict[str, Any]) -> None:
    """Show a plan as a table, and each of its solution groups as a progress bar."""
    create_table_artifact(key=f"plan-{plan['plan']}", table=plan["rows"], description=plan["title"])
    for row in plan["rows"]:
        create_progress_artifact(
            progress=round(100 * (row["completion"] or 0), 1),
            key=f"group-{row['group']}",
            description=row["title"],
        )


@flow(name="roll-up")
@alone("roll-up")
def roll_up(at: date | None = None) -> int:
    """Keep and publish the figures of the day; gives the number of plans."""
    plans = snapshot(at)
    for plan in plans[-SHOWN:]:
        publish(plan)
    return len(plans)
