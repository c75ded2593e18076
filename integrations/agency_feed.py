"""Asking agencies' own systems what is new: many at a time, page by page, each on its own risk.

What goes wrong with one agency is its silence with a reason, never the run's. No database
transaction is open while the network is waited for; each page and the cursor after it are kept in
one transaction, so the next run goes on from there, whatever happened to this one.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import Row

from integrations.feed_requests import (
    Deadline,
    FeedError,
    GatherLimits,
    Reply,
    Target,
    fetch,
    parse_page,
)
from plans.feed_items import FeedPage
from plans.gathering import Taken, take_page
from plans.store import Engine, feeds, reading, writing
from plans.terms import Silence

__all__ = ["Answer", "GatherLimits", "gather", "plan_batches"]

log = logging.getLogger(__name__)

MOST_BATCHES: Final = 24
WRITERS: Final = {"sqlite": 1}
"""Threads that write: SQLite has one writer at a time, and waiting for it wakes up late."""
_DIRECT: Final = ("all://127.0.0.1", "all://localhost", "all://[::1]")

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


def plan_batches(codes: Sequence[str], size: int = 200) -> list[list[str]]:
    """Departments in batches of ``size``, or larger, so that there are at most two dozen."""
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
) -> list[Answer]:
    """Ask departments for what is new and take it into the record; one answer each, in order.

    ``now`` is when the run counts as made; ``client_factory`` makes the HTTP clients, for tests.
    """
    limits = limits or GatherLimits()
    with reading(engine) as connection:
        rows = {row.department: row for row in feeds.feed_rows(connection, codes)}
    async with _clients(limits, len(rows), client_factory or _factory()) as clients:
        with ThreadPoolExecutor(WRITERS.get(engine.dialect.name, 4)) as writers:
            run = _Run(engine, now, zone, limits, clients, writers)
            return list(await asyncio.gather(*(run.ask(code, rows.get(code)) for code in codes)))


def _factory() -> ClientFactory:
    context = httpx.create_ssl_context()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=10)

    def make() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=context,
            limits=limits,
            headers={"User-Agent": "Dondoc"},
            # An office's proxy is for the world outside, not for this machine.
            mounts=dict.fromkeys(_DIRECT),
        )

    return make


@asynccontextmanager
async def _clients(
    limits: GatherLimits, agencies: int, make: ClientFactory
) -> AsyncIterator[asyncio.Queue[httpx.AsyncClient]]:
    """As many places as agencies may be asked at a time, each with its client.

    A client's pool looks at every connection on every request, so many small ones are faster than
    a large one (3.5 times at 100 agencies at a time); the places are the limit as well.
    """
    places: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()
    count = max(1, min(agencies, limits.concurrent))
    async with AsyncExitStack() as stack:
        some = -(-count // limits.per_client)
        clients = [await stack.enter_async_context(make()) for _ in range(some)]
        for place in range(count):
            places.put_nowait(clients[place % some])
        yield places


@dataclass(slots=True)
class _Reading:
    """How far the reading of one feed has come."""

    cursor: str | None
    taken: Taken = field(default_factory=Taken)
    pages: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    engine: Engine
    now: datetime
    zone: ZoneInfo
    limits: GatherLimits
    clients: asyncio.Queue[httpx.AsyncClient]
    writers: ThreadPoolExecutor

    async def ask(self, code: str, row: Row[Any] | None) -> Answer:
        """Ask one department; whatever happens is its answer."""
        if row is None:
            return Answer(code, silence=Silence.NEVER_ASKED, detail="no feed is declared")
        reading, client = _Reading(row.cursor), await self.clients.get()
        try:
            silence, detail = await self._try(client, row, reading)
        finally:
            self.clients.put_nowait(client)
        try:
            await self._write(self._conclude, code, reading, silence, detail)
        except Exception as error:
            silence, detail = _internal(code, error)
        taken = reading.taken
        counts = (taken.updates, taken.repeated, taken.quarantined)
        return Answer(code, *counts, silence, detail, reading.pages)

    async def _try(
        self, client: httpx.AsyncClient, row: Row[Any], reading: _Reading
    ) -> tuple[Silence | None, str | None]:
        try:
            await self._read(client, row, reading)
        except FeedError as error:
            return error.silence, str(error)
        except Exception as error:
            return _internal(row.department, error)
        return None, None if reading.whole else f"more to come after {reading.pages} pages"

    async def _read(self, client: httpx.AsyncClient, row: Row[Any], reading: _Reading) -> None:
        """Page by page, until there is no more or it is enough for this run."""
        target, deadline = _target(row), Deadline(self.limits.agency_seconds)
        seen = {reading.cursor}
        while True:
            reply = await fetch(client, target, reading.cursor, self.limits, deadline)
            page = await self._write(self._take, row.department, reply, reading)
            if not page.more:
                reading.whole = True
                return
            if page.next in seen:
                said = "it says that there is more, but its cursor does not move on"
                raise FeedError(said, Silence.INVALID, permanent=True)
            seen.add(page.next)
            if reading.pages >= self.limits.pages or deadline.remaining() <= 0:
                return

    async def _write(self, work: Callable[..., Any], *given: Any) -> Any:
        """In another thread: neither parsing nor a commit may hold up the other agencies."""
        return await asyncio.get_running_loop().run_in_executor(self.writers, work, *given)

    def _take(self, code: str, reply: Reply, reading: _Reading) -> FeedPage:
        page = parse_page(reply)
        if page.items or page.next != reading.cursor:
            with writing(self.engine) as connection:
                taken = take_page(connection, code, page.items, page.next, self.now, self.zone)
            reading.taken += taken
        reading.cursor = page.next
        reading.pages += 1
        return page

    def _conclude(
        self, code: str, reading: _Reading, silence: Silence | None, detail: str | None
    ) -> None:
        with writing(self.engine) as connection:
            feeds.save_outcome(connection, code, self.now, silence, detail, whole=reading.whole)


def _target(row: Row[Any]) -> Target:
    headers = {}
    if row.token_env:
        token = os.environ.get(row.token_env, "").strip()
        if not token:
            said = f"its token is missing: set the environment variable {row.token_env}"
            raise FeedError(said, Silence.ERROR, permanent=True)
        headers["Authorization"] = f"Bearer {token}"
    return Target(row.url, row.timeout_seconds, headers)


def _internal(code: str, error: Exception) -> tuple[Silence, str]:
    """Our own fault, or the database's: told as the agency's silence, so that the run goes on."""
    log.error("gathering from %s failed", code, exc_info=error)
    said = str(error).partition("\n")[0][:200]
    return Silence.ERROR, f"internal: {type(error).__name__}: {said}"
