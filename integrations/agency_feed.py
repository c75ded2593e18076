"""Asking agencies' own systems what is new: many at a time, page by page, each on its own risk.

Two stages with a bounded queue between them. Requests: a fixed number is under way, and an agency
with a further page, or one to be tried again, goes to the end of the line, so nobody waits for it.
The record: one thread takes all pages that have come and keeps them in one transaction, each with
the cursor after it and, with its last page, how asking ended. Where that fails each is kept alone,
so one agency's bad page harms no other. No transaction is open while the network is waited for;
whatever happens to a run, the next one goes on from the last page kept.

What goes wrong with one agency is its silence with a reason, never the run's; a database that is
away is not an agency's fault and ends the run.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import Row

from integrations.feed_connections import make_client
from integrations.feed_keeping import Arrived, Reading, internal, keep
from integrations.feed_limits import FeedError, GatherLimits
from integrations.feed_requests import Target, ask
from plans.store import Engine, feeds, reading
from plans.store.feeds import Outcome
from plans.terms import Silence

__all__ = ["Answer", "GatherLimits", "Progress", "gather", "plan_batches"]

AT_ONCE: Final = 128
"""Pages in one transaction, and in the queue before it."""
HEAVY: Final = 500_000
"""Bytes after which a transaction takes no further page; a page that is heavier is a heavy one."""
MOST_HEAVY: Final = 8
"""Heavy pages that may wait for the record: with those under way, they bound the memory."""
MOST_BATCHES: Final = 24
TELL_SECONDS: Final = 10.0

ClientFactory = Callable[[], httpx.AsyncClient]


@dataclass(frozen=True, slots=True)
class Answer:
    """How asking one department ended. ``silence`` None: it answered; ``detail`` says more.

    ``updates``, ``repeated`` and ``quarantined`` count items; what was counted is in the record,
    also where the department fell silent after it.
    """

    department: str
    updates: int = 0
    repeated: int = 0
    quarantined: int = 0
    silence: Silence | None = None
    detail: str | None = None
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    agencies: int
    asked: int
    updates: int
    silent: int

    def __str__(self) -> str:
        return (
            f"{self.asked} of {self.agencies} agencies asked, "
            f"{self.updates} updates, {self.silent} silent"
        )


def plan_batches(codes: Sequence[str], size: int = 5_000) -> list[list[str]]:
    """Departments in batches of ``size``, or larger, so that there are at most two dozen.

    A batch waits for its slowest agency before the next one begins, so a whole nation is one.
    """
    size = max(size, -(-len(codes) // MOST_BATCHES))
    return [list(codes[start : start + size]) for start in range(0, len(codes), size)]


async def gather(
    engine: Engine,
    codes: Sequence[str],
    now: datetime,
    zone: ZoneInfo,
    *,
    limits: GatherLimits | None = None,
    client_factory: ClientFactory | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> list[Answer]:
    """Ask departments for what is new and take it into the record; one answer each, in order.

    ``now`` is when the run counts as made; ``client_factory`` makes the HTTP clients, for tests;
    ``tell`` hears every 10 s how far it is. ``OperationalError``: the database is away.
    """
    limits = limits or GatherLimits()
    with reading(engine) as connection:
        rows = {row.department: row for row in feeds.feed_rows(connection, codes)}
    run = _Run(limits, lambda group: keep(engine, group, now, zone, limits))
    async with _clients(limits, len(rows), client_factory) as clients:
        await run.through([Reading(row, row.cursor) for row in rows.values()], clients, tell)
    return [_answer(code, run.ended.get(code)) for code in codes]


def _answer(code: str, reading: Reading | None) -> Answer:
    if reading is None or reading.outcome is None:
        return Answer(code, silence=Silence.NEVER_ASKED, detail="no feed is declared")
    taken, how = reading.taken, reading.outcome
    counts = (taken.updates, taken.repeated, taken.quarantined)
    return Answer(code, *counts, how.silence, how.detail, reading.pages)


@asynccontextmanager
async def _clients(
    limits: GatherLimits, agencies: int, factory: ClientFactory | None
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client for each request that may be under way, ``per_client`` of them the same one.

    Through a proxy a client has a pool, which looks at every connection on every request: many
    small ones are faster than a large one.
    """
    count = min(agencies, limits.concurrent)
    # A name server that does not answer holds a thread longer than the request is waited for.
    names = ThreadPoolExecutor(2 * limits.concurrent, thread_name_prefix="names")
    context = httpx.create_ssl_context()
    make = factory or (lambda: make_client(context, names))
    try:
        async with AsyncExitStack() as stack:
            some = -(-count // limits.per_client)
            clients = [await stack.enter_async_context(make()) for _ in range(some)]
            yield [clients[place % some] for place in range(count)]
    finally:
        names.shutdown(wait=False, cancel_futures=True)


class _Run:
    """One run: agencies that are due to be asked, what has come of them, and how each ended."""

    def __init__(
        self, limits: GatherLimits, keeping: Callable[[Sequence[Arrived]], list[Reading]]
    ) -> None:
        self.limits, self.keeping = limits, keeping
        self.due: asyncio.Queue[Reading] = asyncio.Queue()
        self.arrived: asyncio.Queue[Arrived] = asyncio.Queue(AT_ONCE)
        self.heavy = asyncio.Semaphore(MOST_HEAVY)
        self.ended: dict[str, Reading] = {}
        self.agencies, self.updates, self.silent = 0, 0, 0
        self.done = asyncio.Event()

    async def through(
        self,
        readings: Sequence[Reading],
        clients: Sequence[httpx.AsyncClient],
        tell: Callable[[Progress], None] | None,
    ) -> None:
        """Ask all of them, and return when each has ended and is in the record."""
        if not readings:
            return
        self.agencies = len(readings)
        for one in readings:
            self.due.put_nowait(one)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._ask_on(client)) for client in clients]
                tasks.append(group.create_task(self._keep_on()))
                if tell:
                    tasks.append(group.create_task(self._tell_on(tell)))
                await self.done.wait()
                for task in tasks:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _ask_on(self, client: httpx.AsyncClient) -> None:
        while True:
            came = await self._ask(client, await self.due.get())
            if came and came.weight > HEAVY:
                await self.heavy.acquire()
            if came:
                await self.arrived.put(came)

    async def _ask(self, client: httpx.AsyncClient, one: Reading) -> Arrived | None:
        """Ask for one page; whatever happens is what came. None: it will be tried again."""
        begun = time.monotonic()
        try:
            seconds = min(one.row.timeout_seconds, self.limits.agency_seconds - one.spent)
            reply = await ask(client, _target(one.row), one.cursor, self.limits, seconds)
        except FeedError as error:
            one = one.after_asking(time.monotonic() - begun)
            if not error.permanent and one.tries < self.limits.tries:
                pause = max(self._pause(one.tries), error.retry_after)
                asyncio.get_running_loop().call_later(pause, self.due.put_nowait, one)
                return None
            return Arrived(one, failure=Outcome(error.silence, str(error), whole=False))
        except Exception as error:
            return Arrived(one, failure=internal(one.code, error))
        return Arrived(one.after_asking(time.monotonic() - begun), reply)

    def _pause(self, tries: int) -> float:
        longest = min(self.limits.longest_pause, self.limits.backoff_seconds * 2**tries)
        return random.uniform(0, longest)  # noqa: S311 - spread, not secret

    async def _keep_on(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="record") as thread:
            while True:
                group = await self._group()
                for one in await loop.run_in_executor(thread, self.keeping, group):
                    if one.outcome is None:
                        self.due.put_nowait(one)
                    else:
                        self._end(one)
                for came in group:
                    if came.weight > HEAVY:
                        self.heavy.release()

    async def _group(self) -> list[Arrived]:
        """All that has come by now, and at least one."""
        group = [await self.arrived.get()]
        while not self.arrived.empty() and len(group) < AT_ONCE:
            if sum(one.weight for one in group) > HEAVY:
                break
            group.append(self.arrived.get_nowait())
        return group

    def _end(self, one: Reading) -> None:
        self.ended[one.code] = one
        self.updates += one.taken.updates
        self.silent += bool(one.outcome and one.outcome.silence)
        if len(self.ended) == self.agencies:
            self.done.set()

    async def _tell_on(self, tell: Callable[[Progress], None]) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            tell(Progress(self.agencies, len(self.ended), self.updates, self.silent))


def _target(row: Row[Any]) -> Target:
    headers = {}
    if row.token_env:
        token = os.environ.get(row.token_env, "").strip()
        if not token:
            said = f"its token is missing: set the environment variable {row.token_env}"
            raise FeedError(said, Silence.ERROR, permanent=True)
        headers["Authorization"] = f"Bearer {token}"
    return Target(row.url, row.timeout_seconds, headers)
