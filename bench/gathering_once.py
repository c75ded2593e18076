"""One run of gathering in a process of its own, so that its memory and CPU are its own.

python -m bench.gathering_once, with what to do as JSON on standard input; prints what it took.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import httpx

from bench.rolling import ZONE
from integrations.agency_feed import gather
from integrations.feed_connections import make_client
from integrations.feed_limits import GatherLimits
from integrations.feed_requests import Target, ask
from plans.store import open_engine

NOW = datetime(2025, 10, 1, 9, tzinfo=ZONE)
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Task:
    """What to do: ``how`` is a name of ``WAYS``; ``urls`` of the agencies; a record's address."""

    how: str
    urls: Sequence[str]
    concurrent: int
    record: str = ""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds, CPU milliseconds a request, and MB at the peak; ``updates`` that were taken."""

    seconds: float
    cpu_ms: float
    peak_mb: float
    updates: int = 0


def once(task: Task) -> Took:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", "bench.gathering_once"]
    ended = subprocess.run(
        command, input=json.dumps(asdict(task)), stdout=subprocess.PIPE, text=True, check=True
    )
    return Took(**json.loads(ended.stdout))


async def into_record(task: Task) -> int:
    """All that gathering does, from one agency's address to its update in the record."""
    engine = open_engine(task.record)
    codes = [f"d{n}" for n in range(len(task.urls))]
    limits = GatherLimits(concurrent=task.concurrent)
    answers = await gather(engine, codes, NOW, ZONE, limits=limits)
    assert not any(one.silence for one in answers), [one for one in answers if one.silence][:3]
    return sum(one.updates for one in answers)


async def by_httpx(task: Task) -> int:
    """Asking alone, as gathering does it."""
    limits = GatherLimits(concurrent=task.concurrent)
    with ThreadPoolExecutor(1) as names:
        async with make_client(httpx.create_ssl_context(), names) as client:

            async def one(url: str) -> None:
                await ask(client, Target(url, SECONDS), None, limits, SECONDS)

            await _many(task, one)
    return 0


async def by_plain_httpx(task: Task) -> int:
    """Asking alone, with httpx's own transport: a client a place, as small as can be."""
    limits = GatherLimits()
    context = httpx.create_ssl_context()
    clients = [httpx.AsyncClient(verify=context) for _ in range(task.concurrent)]

    async def one(url: str) -> None:
        client = clients.pop()
        try:
            await ask(client, Target(url, SECONDS), None, limits, SECONDS)
        finally:
            clients.append(client)

    await _many(task, one)
    for client in clients:
        await client.aclose()
    return 0


async def by_aiohttp(task: Task) -> int:
    """Asking alone, with aiohttp: the yardstick."""
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def one(url: str) -> None:
            async with session.get(url) as response:
                assert response.status == 200
                await response.read()

        await _many(task, one)
    return 0


async def _many(task: Task, one: Callable[[str], Awaitable[None]]) -> None:
    urls = iter(task.urls)

    async def place() -> None:
        for url in urls:
            await one(url)

    await asyncio.gather(*(place() for _ in range(task.concurrent)))


WAYS = {
    "into the record": into_record,
    "httpx": by_httpx,
    "plain httpx": by_plain_httpx,
    "aiohttp": by_aiohttp,
}


def main() -> None:
    """Do what standard input says, and print what it took."""
    task = Task(**json.load(sys.stdin))
    if task.how == "aiohttp":
        import aiohttp  # noqa: F401 - importing it is no part of asking

    begun, before = time.perf_counter(), _cpu()
    updates = asyncio.run(WAYS[task.how](task))
    seconds = time.perf_counter() - begun
    cpu = 1000 * (_cpu() - before) / len(task.urls)
    print(json.dumps(asdict(Took(seconds, cpu, _peak_mb(), updates))))


def _peak_mb() -> float:
    # Not getrusage's, which begins with the memory of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
