"""Hourly in office hours: updates are pulled from every agency that has a feed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.logging import get_run_logger

from flows.alone import alone
from flows.common import database, moment
from flows.retrying import PATIENT, may_pass
from integrations import agency_feed
from plans.store import feeds, reading


@task(name="gather-batch", retry_condition_fn=may_pass, **PATIENT)
def gather_batch(codes: list[str], at: date | None) -> list[dict[str, Any]]:
    """Ask some agencies, many at a time; each one's failure is its own silence."""
    log = get_run_logger()

    def tell(progress: agency_feed.Progress) -> None:
        log.info("%s", progress)
        if sys.stderr.isatty():  # A person at a terminal, where Prefect's own lines are kept away.
            print(progress, file=sys.stderr)

    with database() as (engine, settings):
        _, now = moment(at, settings)
        answers = asyncio.run(agency_feed.gather(engine, codes, now, settings.zone, tell=tell))
    return [asdict(answer) for answer in answers]


@flow(name="gather")
@alone("gather")
def gather(at: date | None = None) -> list[dict[str, Any]]:
    """Ask every agency with a feed for what is new."""
    with database() as (engine, settings), reading(engine) as connection:
        day, _ = moment(at, settings)
        codes = [row.department for row in feeds.feed_rows(connection, on=day)]
    batches = agency_feed.plan_batches(codes)
    return [answer for batch in batches for answer in gather_batch(batch, at)]
