"""Every Sunday night: what has had its time is removed, as docs/retention.md says."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import database, moment
from flows.retrying import PATIENT, may_pass
from plans import retention
from plans.settings import RetentionSettings


@task(name="apply-retention", retry_condition_fn=may_pass, **PATIENT)
def apply_retention(at: date | None) -> dict[str, int]:
    """Apply the rule to its end; gives how much of each kind was removed."""
    with database() as (engine, settings):
        _, now = moment(at, settings)
        rule = retention.Rule.of(RetentionSettings.read())
        return asdict(retention.apply_all(engine, settings, rule, now))


@flow(name="retain")
@alone("retain")
def retain(at: date | None = None) -> dict[str, int]:
    """Remove what has had its time; the ledger's chains stay whole."""
    return apply_retention(at)
