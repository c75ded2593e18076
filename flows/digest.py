"""Mondays: each recipient's summary of the week."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import database, mail_settings, moment
from flows.deliver import deliver_waiting
from flows.retrying import PATIENT, may_pass
from plans import digests
from plans.store import writing


@task(name="owe-digests", retry_condition_fn=may_pass, **PATIENT)
def owe_digests(at: date | None) -> int:
    """Write down the week's digests; gives the number of new notices."""
    domain = mail_settings().domain
    with database() as (engine, settings):
        day, now = moment(at, settings)
        with writing(engine, alone="digest") as connection:
            return len(digests.owe_digests(connection, day, now, domain=domain))


@flow(name="digest")
@alone("digest")
def digest(at: date | None = None) -> dict[str, int]:
    """Owe the week's digests, and send them."""
    owed = owe_digests(at)
    return {"owed": owed, **deliver_waiting(at)}
