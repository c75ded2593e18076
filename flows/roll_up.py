"""Nightly: the day's figures are kept, and shown as artifacts."""

from __future__ import annotations

from collections import deque
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact

from flows.alone import alone
from flows.common import database, moment
from flows.retrying import PATIENT, may_pass
from plans import rolling

SHOWN = 20
"""Plans shown as artifacts: the record keeps all, the server is spared."""


@task(name="snapshot", retry_condition_fn=may_pass, **PATIENT)
def snapshot(at: date | None) -> tuple[int, list[dict[str, Any]]]:
    """Keep the day's figures; gives the number of plans, and the newest ones' tables by group."""
    number, newest = 0, deque[dict[str, Any]](maxlen=SHOWN)
    with database() as (engine, settings):
        day, now = moment(at, settings)
        for part in rolling.take_snapshot_in_parts(engine, day, now):
            number += len(part)
            newest.extend(rolling.table(one) for one in part[-SHOWN:])
    return number, list(newest)


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
    number, newest = snapshot(at)
    for plan in newest:
        publish(plan)
    return number
