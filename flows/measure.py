"""Daily, before office hours: targets' figures are pulled from the registers that hold them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from prefect import flow, task

from flows.alone import alone
from flows.common import database, moment
from flows.retrying import PATIENT, may_pass
from integrations import registers
from plans.registers import due
from plans.store import reading


@task(name="pull-registers", retry_condition_fn=may_pass, **PATIENT)
def pull_registers(at: date | None) -> list[dict[str, Any]]:
    """Ask the registers whose time has come; each one's failure is its own silence."""
    with database() as (engine, settings):
        day, now = moment(at, settings)
        with reading(engine) as connection:
            ids = due(connection, now)
        taken = registers.pull(engine, ids, now, day, settings.zone)
    return [asdict(one) for one in taken]


@flow(name="measure")
@alone("measure")
def measure(at: date | None = None) -> list[dict[str, Any]]:
    """Pull figures from every register that is due."""
    return pull_registers(at)
