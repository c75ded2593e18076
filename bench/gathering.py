"""Gathering from 3,355 agencies, each 50 ms away on a port of its own, 50 requests at a time: from
the first request to the last update in the record, beside the ideal (agencies × latency ÷
concurrency) and beside asking alone, with httpx as gathering uses it, with httpx's own transport
(a client a place), and with aiohttp as the yardstick. Each run is a process of its own, the ways
take turns. The agencies are one process, which shares the machine with what is measured."""

from __future__ import annotations

import re
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from importlib.util import find_spec

from bench import synthetic
from bench.agencies import LATENCY, agencies
from bench.databases import fresh_engine, fresh_engines
from bench.figures import Figure, Job
from bench.gathering_once import Task, Took, once
from bench.rolling import load_and_open
from bench.serving import wrk
from integrations.feed_limits import GatherLimits
from plans.store import Engine, feeds, writing

AGENCIES = 3_355
FEW = 100
PLACES = GatherLimits().concurrent
BEGUN = date(2025, 3, 1)
INTO = "into the record"
SAID = {
    "httpx": "ask alone, httpx as gathering uses it",
    "plain httpx": "ask alone, httpx’s own transport",
    "aiohttp": "ask alone, aiohttp",
}
# Where only the tests' tools are installed, a quick run does without the yardstick.
ALONE = tuple(how for how in SAID if how != "aiohttp" or find_spec("aiohttp"))
YARDSTICK = ALONE[-1]


def run(job: Job) -> Iterator[Figure]:
    """What all agencies take, what the memory holds, and what the agencies could do themselves."""
    count = job.pick(AGENCIES, 60)
    with agencies(count) as urls:
        took = _in_turns(job, urls)
        yield from _seconds(job, count, took)
        yield from _cpu(took)
        if not job.quick:
            yield _own_limit(urls[0])
        yield from _memory(job, urls)


def _in_turns(job: Job, urls: Sequence[str]) -> dict[tuple[str, str], list[Took]]:
    """What every run took, by the way and the database."""
    found: dict[tuple[str, str], list[Took]] = {}
    with fresh_engines(job) as engines:
        ways = {(how, ""): Task(how, urls, PLACES) for how in ALONE}
        for kind, engine in engines.items():
            furnish(engine, urls)
            ways[INTO, kind] = Task(INTO, urls, PLACES, _address(engine))
        for turn in range(job.pick(5, 1)):
            for key, task in ways.items():
                job.say(f"gathering, turn {turn + 1}: {' '.join(key)}")
                found.setdefault(key, []).append(once(task))
                assert found[key][-1].updates == (len(urls) if task.record else 0)
    return found


def furnish(engine: Engine, urls: Sequence[str]) -> None:
    """A body, an assignment and a feed for each agency."""
    count = len(urls)
    load_and_open(engine, synthetic.catalogue(1, count, count, synthetic.one_off()), BEGUN)
    with writing(engine) as connection:
        for number, url in enumerate(urls):
            feeds.save_feed(connection, f"d{number}", url, 30)


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _seconds(job: Job, count: int, took: dict[tuple[str, str], list[Took]]) -> Iterator[Figure]:
    ideal = count * LATENCY / PLACES
    note = f"{count:,} agencies × 50 ms ÷ {PLACES}"
    yield Figure("the ideal", ideal, "s", note=note)
    yardstick = _median(took[YARDSTICK, ""])
    for (how, kind), some in took.items():
        seconds = _median(some)
        yield Figure(
            SAID.get(how, "ask, and take the updates into the record"),
            seconds,
            "s",
            limit=2 * ideal if how == INTO and not job.quick else None,
            peer="the ideal",
            ratio=seconds / ideal,
            database=kind,
            note=f"{seconds / yardstick:.2f} × {YARDSTICK}",
        )


def _cpu(took: dict[tuple[str, str], list[Took]]) -> Iterator[Figure]:
    def of(some: Sequence[Took]) -> float:
        return statistics.median(one.cpu_ms for one in some)

    yardstick = of(took[YARDSTICK, ""])
    for (how, kind), some in took.items():
        yield Figure(
            f"CPU an agency: {SAID.get(how, 'all of it')}",
            of(some),
            "ms",
            peer="" if how == YARDSTICK else YARDSTICK,
            ratio=None if how == YARDSTICK else of(some) / yardstick,
            database=kind,
        )


def _median(some: Sequence[Took]) -> float:
    return statistics.median(one.seconds for one in some)


def _own_limit(url: str) -> Figure:
    """What the agencies answer a second when nobody is slow but themselves."""
    command = [wrk(), "-t1", "-c400", "-d5s", url]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    note = "wrk, 400 connections kept open, of which 50 ms allow 8,000"
    return Figure("the agencies’ own limit", float(found[1]), "/s", note=note)


def _memory(job: Job, urls: Sequence[str]) -> Iterator[Figure]:
    pages, items = job.pick(100, 3), job.pick(500, 20)
    with ExitStack() as stack:
        long = stack.enter_context(agencies(1, items, pages))
        what = {
            f"{FEW} agencies": urls[:FEW],
            f"{len(urls):,} agencies": urls,
            f"one agency that sends {pages} pages of {items} items": long,
        }
        first: float | None = None
        for name, some in what.items():
            engine = stack.enter_context(fresh_engine(job, job.databases[0]))
            furnish(engine, some)
            took = once(Task(INTO, some, PLACES, _address(engine)))
            first = first or took.peak_mb
            yield Figure(
                f"memory at its peak: {name}",
                took.peak_mb,
                "MB",
                peer=f"{FEW} agencies",
                ratio=took.peak_mb / first,
                note=f"one run of {took.seconds:.1f} s, {took.updates:,} updates",
            )
