"""Every ten minutes: what waits, or is to be tried again, is sent."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import database, mail_settings, moment
from flows.retrying import PATIENT, may_pass
from integrations import delivery


@task(name="deliver-waiting", retry_condition_fn=may_pass, **PATIENT)
def deliver_waiting(at: date | None) -> dict[str, int]:
    """Send what waits; gives how many were sent, put off and given up."""
    mail = mail_settings()
    with database() as (engine, settings):
        _, now = moment(at, settings)
        done = delivery.deliver(engine, settings, mail, now)
    return {"sent": done.sent, "later": done.later, "failed": len(done.failed)}


@flow(name="deliver")
@alone("deliver")
def deliver(at: date | None = None) -> dict[str, int]:
    """Send every notice that is due to be sent."""
    return deliver_waiting(at)
