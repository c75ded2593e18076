"""Telling other systems what happens: each webhook's messages in order, one at a time.

A webhook is claimed with a lease, its next messages are read, the database is let go, a message is
sent, its outcome is recorded. What fails is tried again later and keeps back what follows it. A run
killed anywhere loses nothing: the lease ends and the next run goes on from the last message whose
outcome was recorded, so at most one is repeated, with the same ``webhook-id``.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import httpx

from integrations.public_hosts import Resolver, addresses_of, parse_url, resolve
from integrations.webhook_requests import SECONDS, Reply, Sender, message_of, ping_of
from plans import webhook_sending as sending
from plans.errors import DondocError
from plans.following import Change
from plans.settings import Settings
from plans.store import Connection, Engine, following, reading, webhooks, writing
from plans.webhook_sending import Claim, Ended
from plans.webhooks import secret_of

LEASE: Final = timedelta(minutes=2)
"""Clearly more than what one message takes; it is renewed with each."""
RUN_SECONDS: Final = 240.0
"""After that a run begins no message: the next one goes on."""
AT_ONCE: Final = 50
RESOLVING: Final = 16
WRITERS: Final = {"sqlite": 1}

T = TypeVar("T")


@dataclass(slots=True)
class Pushed:
    """What a run did. ``later``: webhooks put off; ``disabled``: given up, with the last answer."""

    sent: int = 0
    later: int = 0
    disabled: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    engine: Engine
    settings: Settings
    domain: str
    start: datetime
    elapsed: Callable[[], float]
    new_sender: Callable[[], Sender]
    recording: Executor
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    result: Pushed = field(default_factory=Pushed)

    def moment(self) -> datetime:
        """What the run's clock shows by now."""
        return self.start + timedelta(seconds=self.elapsed())

    @property
    def goes_on(self) -> bool:
        """Whether a further message may be begun."""
        return self.elapsed() < RUN_SECONDS

    async def write(self, act: Callable[[Connection], T], *, alone: str | None = None) -> T:
        """Do something in a transaction of its own, outside the loop's thread."""

        def inside() -> T:
            with writing(self.engine, alone=alone) as connection:
                return act(connection)

        return await asyncio.get_running_loop().run_in_executor(self.recording, inside)

    async def read(self, act: Callable[[Connection], T]) -> T:
        """Read something, outside the loop's thread."""

        def inside() -> T:
            with reading(self.engine) as connection:
                return act(connection)

        return await asyncio.get_running_loop().run_in_executor(self.recording, inside)


def push(
    engine: Engine,
    settings: Settings,
    domain: str,
    now: datetime,
    *,
    elapsed: Callable[[], float] | None = None,
    resolver: Resolver = resolve,
    verify: ssl.SSLContext | None = None,
) -> Pushed:
    """Send every webhook, due at ``now``, what has happened since its last message.

    ``domain``: of the Message-IDs of notices about those that are given up. ``elapsed``: seconds
    since ``now``; by itself it follows the machine's clock.
    """
    following.catch_up(engine, following.TO_THE_END)
    with writing(engine) as connection:
        sending.end_orphans(connection, now)
    with reading(engine) as connection:
        keys = [row.id for row in webhooks.waiting(connection, now)]
    if not keys:
        return Pushed()
    context = verify or httpx.create_ssl_context()
    with (
        ThreadPoolExecutor(WRITERS.get(engine.dialect.name, 4)) as recording,
        ThreadPoolExecutor(RESOLVING) as resolving,
    ):

        def new_sender() -> Sender:
            allow = settings.webhook_allow_private
            return Sender(
                allow_private=allow, resolver=resolver, verify=context, resolving=resolving
            )

        run = _Run(engine, settings, domain, now, elapsed or _stopwatch(), new_sender, recording)
        return asyncio.run(_push_all(run, keys))


def _stopwatch() -> Callable[[], float]:
    start = time.monotonic()
    return lambda: time.monotonic() - start


async def _push_all(run: _Run, keys: list[str]) -> Pushed:
    ended = await asyncio.gather(*(_push_one(run, key) for key in keys), return_exceptions=True)
    for error in ended:
        # One webhook's trouble keeps back no other; but what nobody expected is told.
        if error is not None:
            raise error
    return run.result


async def _push_one(run: _Run, key: str) -> None:
    async with run.places:
        if not run.goes_on:
            return
        now = run.moment()
        one = await run.write(lambda connection: sending.claim(connection, key, now, now + LEASE))
        if one is None:
            return
        try:
            secret = secret_of(one.row, run.settings.secret)
            async with run.new_sender() as sender:
                await _send_pages(run, one, sender, secret)
        except DondocError as error:
            await _record_failure(run, one, Reply(None, str(error)))


async def _send_pages(run: _Run, one: Claim, sender: Sender, secret: str) -> None:
    while run.goes_on:
        start = one.position
        page = await run.read(lambda connection: sending.page_of(connection, one))
        for change in page.items:
            if not run.goes_on:
                break
            if not await _send_one(run, one, sender, secret, change):
                return
        else:
            if page.next > one.position and not await _pass_over(run, one, page.next):
                return
        if one.position == start or not page.more:
            break
    await run.write(lambda connection: sending.release(connection, one))


async def _pass_over(run: _Run, one: Claim, position: int) -> bool:
    until = run.moment() + LEASE
    return await run.write(lambda connection: sending.passed_over(connection, one, position, until))


async def _send_one(run: _Run, one: Claim, sender: Sender, secret: str, change: Change) -> bool:
    """Whether to go on with the next message."""
    near = run.moment() + timedelta(seconds=2 * SECONDS) >= one.until
    if near and not await _pass_over(run, one, one.position):
        return False  # The lease ran out, and another run has taken it.
    reply = await sender.send(one.row.url, secret, message_of(one.key, change))
    if not reply.taken:
        await _record_failure(run, one, reply)
        return False
    until = run.moment() + LEASE
    held = await run.write(
        lambda connection: sending.succeeded(connection, one, change.position, reply.said, until)
    )
    run.result.sent += held
    return held


async def _record_failure(run: _Run, one: Claim, reply: Reply) -> None:
    now = run.moment()
    if reply.gone or sending.is_given_up(one, now):
        await _disable(run, one, reply, now)
        return
    chance = random.random()  # noqa: S311 - it spreads load, it guards nothing
    run.result.later += await run.write(
        lambda connection: sending.failed(connection, one, reply.said, now, chance=chance)
    )


async def _disable(run: _Run, one: Claim, reply: Reply, now: datetime) -> None:
    why: Ended = "gone" if reply.gone else "failing"
    zone, domain = run.settings.zone, run.domain

    def act(connection: Connection) -> bool:
        return sending.disable(connection, one, reply.short, now, why, zone=zone, domain=domain)

    if await run.write(act, alone="webhook-notices"):
        run.result.disabled.append((one.key, reply.short))


def check_address(url: str, *, allow_private: bool, resolver: Resolver = resolve) -> None:
    """``InvalidInput`` where a webhook may not lead."""
    parsed = parse_url(url, allow_private=allow_private)
    addresses_of(parsed, allow_private=allow_private, resolver=resolver)


def ping(
    webhook: str, url: str, secret: str, now: datetime, *, sender: Callable[[], Sender]
) -> Reply:
    """Send a signed message that says nothing, and give what was answered."""

    async def once() -> Reply:
        async with sender() as line:
            return await line.send(url, secret, ping_of(webhook, now))

    return asyncio.run(once())
