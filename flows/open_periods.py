"""Daily: what has begun by now becomes assignments; what ended bodies left behind is passed on."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow, task

from flows.alone import alone
from flows.common import database, moment
from flows.retrying import PATIENT, may_pass
from plans import opening
from plans.store import writing


@task(name="open", retry_condition_fn=may_pass, **PATIENT)
def open_until(at: date | None) -> dict[str, int]:
    """Open what has begun by a day; gives how many assignments were opened and passed on."""
    with database() as (engine, settings):
        day, now = moment(at, settings)
        with writing(engine, alone="open-periods") as connection:
            opened = opening.open_periods(connection, day, now)
    return {"opened": opened.opened, "passed_on": opened.succeeded}


@flow(name="open-periods")
@alone("open-periods")
def open_periods(at: date | None = None) -> dict[str, Any]:
    """Open periods for today, or for a given day."""
    return open_until(at)
