"""Every five minutes: other systems are told what has happened, in order, each on its own."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import database, mail_settings, moment
from flows.retrying import PATIENT, may_pass
from integrations import webhooks as outgoing


@task(name="push-webhooks", retry_condition_fn=may_pass, **PATIENT)
def push_webhooks(at: date | None) -> dict[str, int]:
    """Send what waits; gives how many messages went, and how many webhooks failed."""
    domain = mail_settings().domain
    with database() as (engine, settings):
        _, now = moment(at, settings)
        done = outgoing.push(engine, settings, domain, now)
    return {"sent": done.sent, "later": done.later, "disabled": len(done.disabled)}


@flow(name="webhooks")
@alone("webhooks")
def webhooks(at: date | None = None) -> dict[str, int]:
    """Tell every webhook what has happened since its last message."""
    return push_webhooks(at)
