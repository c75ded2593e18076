"""Every fifteen minutes: what came back of messages is read, where a mailbox is set for it."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import bounce_settings, database, mail_settings, moment
from flows.retrying import PATIENT, may_pass
from integrations import bounces as returned
from plans.bouncing import Outcome
from plans.mailed_workbooks import Reading


@task(name="collect-bounces", retry_condition_fn=may_pass, **PATIENT)
def collect_bounces(at: date | None) -> dict[str, int]:
    """Read what came back; gives how many messages, and what they were."""
    where = bounce_settings().where
    if where is None:
        return {"not_configured": 1}
    with database() as (engine, settings):
        _, now = moment(at, settings)
        domain = mail_settings().domain
        how = Reading(now, settings.zone, settings.secret, domain)
        found = returned.collect(engine, where, now, workbooks=how)
    return {
        "read": found.read,
        "bounced": found.outcomes[Outcome.BOUNCED],
        "delayed": found.outcomes[Outcome.DELAYED],
        "auto_replies": found.auto_replies,
        "workbooks": found.workbooks,
        "unread": found.unread,
    }


@flow(name="bounces")
@alone("bounces")
def bounces(at: date | None = None) -> dict[str, int]:
    """Take in what could not be delivered; without DONDOC_BOUNCE_URL say that there is none."""
    return collect_bounces(at)
