"""On working days: who owes something on the ladder's rungs is reminded, once."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.common import database, mail_settings, moment
from flows.deliver import deliver_waiting
from flows.retrying import PATIENT, may_pass
from plans import reminding
from plans.store import writing


@task(name="owe-reminders", retry_condition_fn=may_pass, **PATIENT)
def owe_reminders(at: date | None) -> int:
    """Write down what is owed on the day; gives the number of new notices."""
    domain = mail_settings().domain
    with database() as (engine, settings):
        day, now = moment(at, settings)
        with writing(engine, alone="remind") as connection:
            return len(reminding.remind(connection, day, now, domain=domain))


@flow(name="remind")
def remind(at: date | None = None) -> dict[str, int]:
    """Owe the day's reminders and escalations, and send them."""
    owed = owe_reminders(at)
    return {"owed": owed, **deliver_waiting(at)}
