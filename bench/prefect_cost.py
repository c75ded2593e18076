"""Prefect's own cost, with flows and tasks that do nothing, on a real Prefect server (SQLite) and a
process worker: from the trigger to the first line of the flow; what a task adds; what 3,355
agencies cost in one task, in 24, in 100, in a task each.

The sizes follow from it: a run of `gather` passes all agencies in batches of 5,000
(`agency_feed.plan_batches`, so a whole nation is one task, and never more than 24 tasks), every
other flow is one task with a page of its own inside; workers ask for work as often as
`PREFECT_WORKER_QUERY_SECONDS` says, which only matters for runs that people start by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure, Job
from dondoc.children import PREFECT, Child, server
from dondoc.prefect_api import PrefectApi
from dondoc.prefect_home import answers, environment, free_port
from plans.settings import Settings

POOL = "bench"
AGENCIES = 3_355
MEASURED = 500
"""Of so many tasks the cost of one for each agency is told."""
PATIENCE = 180
ROOT = Path(__file__).resolve().parent.parent


def run(job: Job) -> Iterator[Figure]:
    """One server; two workers, one after the other; then batches."""
    home = job.folder / "prefect-home"
    home.mkdir(exist_ok=True)
    with _prefect(home) as environ:
        _inside(environ, "deploy", POOL)
        for query in (10, 1) if not job.quick else (1,):
            yield from _triggers(job, home, environ, query)
        yield from _batches(job, environ)


@contextmanager
def _prefect(home: Path) -> Iterator[dict[str, str]]:
    """A server of our own with a pool of processes; gives the environment of who talks to it."""
    port = free_port()
    settings = Settings(data_dir=home)
    url = f"http://127.0.0.1:{port}/api"
    environ = {**environment(settings), "PREFECT_API_URL": url, "PYTHONPATH": str(ROOT)}
    child = server(port, environ, home, "--no-ui")
    child.start()
    try:
        while not answers(url):
            assert child.status() is None, child.last_words()
            assert child.uptime() < PATIENCE, "Prefect's server does not start"
            time.sleep(0.2)
        PrefectApi(url, environ.get("PREFECT_API_AUTH_STRING")).make_pool(POOL)
        yield environ
    finally:
        child.stop()


def _inside(environ: Mapping[str, str], *command: str) -> Any:
    arguments = [sys.executable, "-m", "bench.prefect_inside", *command]
    ended = subprocess.run(
        arguments,
        env={**os.environ, **environ},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout.strip().splitlines()[-1])


def _triggers(job: Job, home: Path, environ: Mapping[str, str], query: int) -> Iterator[Figure]:
    with ExitStack() as stack:
        own = {**environ, "PREFECT_WORKER_QUERY_SECONDS": str(query)}
        command = (*PREFECT, "worker", "start", "--pool", POOL, "--type", "process")
        worker = Child("the worker", command, own, ROOT, home / f"worker-{query}.log")
        worker.start()
        stack.callback(worker.stop)
        runs = job.pick(6, 1)
        job.say(f"Prefect: {runs + 1} runs, the worker asks every {query} s")
        _inside(environ, "trigger", str(home), "1", "0")  # once it is up
        found = _inside(environ, "trigger", str(home), str(runs), str(query))
    default = " (the default)" if query == 10 else ""
    least, most = min(found["seconds"]), max(found["seconds"])
    yield Figure(
        f"trigger to first line, worker asks every {query} s{default}",
        median(found["seconds"]),
        "s",
        note=f"{runs} runs, {least:.1f} to {most:.1f} s",
    )
    if query == 1:
        size = median(found["peak"])
        yield Figure("memory of a flow's process at its first line", size, "MB")


def _batches(job: Job, environ: Mapping[str, str]) -> Iterator[Figure]:
    numbers = ("1", "24", "100")
    job.say("Prefect: flows of 1, 24, 100 batches")
    found = _inside(environ, "batches", str(job.pick(5, 1)), *numbers)
    took, after = found["took"], found["after"]
    note = "of which one is the wait for its heartbeat's thread"
    yield Figure("a flow run without tasks, in a process that is there", after["1"], "s", note=note)
    yield Figure("what a task adds", 10 * took["100"], "ms", note="client side, of 100 in a flow")
    for number in numbers:
        note = f"a flow without tasks right after it: {after[number]:.1f} s"
        yield _total(number, took[number], note)
    if not job.quick:
        many = _inside(environ, "batches", "1", str(MEASURED))
        whole = AGENCIES * many["took"][str(MEASURED)] / MEASURED
        later = many["after"][str(MEASURED)]
        note = f"told from {MEASURED}, after which a flow without tasks took {later:.1f} s"
        yield _total(f"{AGENCIES:,}", whole, note)


def _total(number: str, seconds: float, note: str) -> Figure:
    tasks = "1 task" if number == "1" else f"{number} tasks"
    return Figure(f"3,355 agencies in {tasks}: Prefect's part", seconds, "s", note=note)
