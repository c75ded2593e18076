"""What Prefect's worker runs, without Prefect: the flows' own tasks under their leases, in turn.

Each job is what its flow does; one that fails is tried by the next round, as the next scheduled run
would. What became of each is a line of JSON in ``FAULTS_JOBS``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flows import deliver, digest, open_periods, remind, roll_up
from flows.alone import alone
from flows.common import database, moment
from integrations import agency_feed
from plans.store import feeds, leases, reading

LEASE = timedelta(seconds=1)
"""A killed run holds its job for as long: the real five minutes are longer than a whole test."""
PAUSE = 0.1


def prepare() -> None:
    """Import what a process needs, and open nothing."""
    import psycopg  # noqa: F401

    import integrations.rendering  # noqa: F401

    leases.LENGTH = LEASE


def remind_all() -> Any:
    if remind.is_day_off():
        return "day off"
    return {"owed": remind.owe_reminders.fn(None), **deliver.deliver_waiting.fn(None)}


def gather_all() -> Any:
    with database() as (engine, settings), reading(engine) as connection:
        day, _ = moment(None, settings)
        codes = [row.department for row in feeds.feed_rows(connection, on=day)]
        _, now = moment(None, settings)
    # The flow's own task writes to Prefect's log, which is there in a flow alone.
    with database() as (engine, settings):
        answers = asyncio.run(agency_feed.gather(engine, codes, now, settings.zone))
    return [answer.silence for answer in answers]


JOBS: dict[str, Callable[[], Any]] = {
    "open-periods": lambda: open_periods.open_until.fn(None),
    "remind": remind_all,
    "gather": gather_all,
    "deliver": lambda: deliver.deliver_waiting.fn(None),
    "digest": lambda: digest.owe_digests.fn(None),
    "roll-up": lambda: len(roll_up.snapshot.fn(None)),
}


def run() -> int:
    rounds = int(os.environ.get("FAULTS_ROUNDS", "0"))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    done = 0
    while not ended.is_set() and (not rounds or done < rounds):
        for name, job in JOBS.items():
            if not ended.is_set():
                _do(name, job)
        done += 1
        ended.wait(PAUSE)
    return 0


def _do(name: str, job: Callable[[], Any]) -> None:
    try:
        said: dict[str, Any] = {"done": alone(name)(job)()}
        if not isinstance(said["done"], dict | list | int | str):
            said = {"refused": str(said["done"].message)}
    except Exception as error:
        said = {"failed": type(error).__name__, "why": str(error)[:500]}
    with Path(os.environ["FAULTS_JOBS"]).open("a") as log:
        log.write(json.dumps({"job": name, "pid": os.getpid(), **said}) + "\n")
