"""Prefect's own processes killed under ``dondoc up``: every run ends, the next does the job.

Only in the long form: a Prefect server takes half a minute to start, and what was lost with its
process is given back after minutes. What our lease would keep for five minutes is let pass at once,
once it was seen to end by itself.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
from sqlalchemy import update

from plans.store import leases, writing
from plans.store.schema_running import leases as table
from tests.serving import PATIENCE, Prefect, Service, _below, until

Found = TypeVar("Found")

ENGINE, WORKER, SERVER = ("prefect.engine",), ("worker", "start"), ("server", "start")
VICTIMS = ("kill-flow", "kill-prefect-worker", "kill-prefect-server", "kill-flow-and-worker")
LONGEST_RUN = 2.0
"""Seconds; a flow's process is killed somewhere within them."""
JOBS = ("roll-up", "deliver", "open-periods", "remind")
ENDS_WITHIN, FREE_WITHIN = 60, 480
"""Seconds in which a killed run is waited for; and in which its deployment's place must be free,
so that another run takes up what it left. Prefect itself gives a lost place back after 300."""


def carry_out(seed: int, folder: Path) -> list[str]:
    """Kill each of them while a run is under way; what is then wrong, in sentences."""
    choose = random.Random(f"{seed} prefect")
    folder.mkdir()
    service = Service(folder, PREFECT_WORKER_QUERY_SECONDS="1")
    problems: list[str] = []
    try:
        service.wait_ready()
        with service.api() as client:
            prefect = Prefect(client)
            for job in JOBS:
                _patiently(partial(prefect.pause, job))
            for name in choose.sample(VICTIMS, len(VICTIMS)):
                delay, job = choose.uniform(0, LONGEST_RUN), choose.choice(JOBS)
                problems += _strike(service, prefect, name, job, delay)
    except AssertionError as error:
        problems.append(f"it did not go on: {error}")
    finally:
        with suppress(subprocess.TimeoutExpired):
            service.end(signal.SIGTERM)
        service.close()
    return problems


def _strike(service: Service, prefect: Prefect, name: str, job: str, delay: float) -> list[str]:
    began = time.monotonic()
    run = _patiently(lambda: prefect.trigger(job))
    until(lambda: service.children(*ENGINE), f"{job} runs")
    time.sleep(delay)
    for pid in _victims(service, name):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    found = []
    state = _end_of(prefect, run)
    next_one = _do_again(service, prefect, job)
    if next_one is None:
        found.append(f"{name}: no run of {job} did the job within {FREE_WITHIN} s")
    seconds = time.monotonic() - began
    said = state or "no end yet"
    print(f"  {name} ({job}): {said}; the next run: {next_one} ({seconds:.0f} s)", flush=True)
    return found


def _victims(service: Service, name: str) -> list[int]:
    """Whom to kill; a flow's processes are all that its worker started."""
    if name == "kill-prefect-server":
        return service.children(*SERVER)
    workers = service.children(*WORKER)
    flows = [pid for worker in workers for pid in _below(worker)]
    return {"kill-flow": flows, "kill-prefect-worker": workers}.get(name, workers + flows)


def _end_of(prefect: Prefect, run: str) -> str | None:
    """How a run ended; None: not within the time."""
    limit = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < limit:
        state = _patiently(lambda: prefect.state(run))
        if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return str(state["name"])
        time.sleep(1)
    return None


def _do_again(service: Service, prefect: Prefect, job: str) -> str | None:
    """The next runs, as a schedule would start them, until one does the job."""
    limit = time.monotonic() + FREE_WITHIN
    while time.monotonic() < limit:
        _pass_lease(service, job)
        run = _patiently(lambda: prefect.trigger(job))
        if (name := _end_of(prefect, run)) == "Completed":
            return name
        time.sleep(2)
    return None


def _pass_lease(service: Service, job: str) -> None:
    """Let the time pass that a killed run's lease lasts; it must be one that ends."""
    engine = service.engine()
    now = datetime.now(UTC)
    for row in leases.last_runs(engine):
        if row.job == job and row.holder is not None:
            assert row.ends_at <= now + leases.LENGTH + timedelta(seconds=5), "a lease for good"
    with writing(engine) as connection:
        connection.execute(update(table).where(table.c.job == job).values(ends_at=now))
    engine.dispose()


def _patiently(ask: Callable[[], Found]) -> Found:
    """Ask until Prefect's server, which may be starting again, answers."""
    limit = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except httpx.HTTPError:
            assert time.monotonic() < limit, "Prefect's server stays away"
            time.sleep(0.5)
