"""Tokens that were recognised a moment ago: looking each up again would be half of a call's cost.

What is kept is a copy, for five seconds. Within them a token that was revoked elsewhere may still
read; it writes nothing, for each writing transaction asks again (``tokens.ended``).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from dondoc.api.context import Running
from plans.access import Caller
from plans.identity.tokens import Known, recognise
from plans.store import reading, writing
from plans.store import tokens as store

FRESH = 5.0
MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    until: float


class KnownTokens:
    """Who presents a token's secret."""

    def __init__(self) -> None:
        self._kept: dict[bytes, _Kept] = {}

    async def caller(self, running: Running, secret: str) -> Caller:
        """The token's caller; ``Unauthenticated`` where it is not known, or no longer."""
        key = hashlib.sha256(secret.encode()).digest()
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            found = await run_in_threadpool(_look_up, running, secret)
            kept = _Kept(found, time.monotonic() + FRESH)
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = kept
        return kept.caller


def _look_up(running: Running, secret: str) -> Caller:
    now = running.now()
    with reading(running.engine) as connection:
        [found] = recognise(connection, [secret], now)
    if not isinstance(found, Known):
        raise found
    if found.stale:
        with writing(running.engine) as connection:
            store.used(connection, [found.id], now)
    return found.caller
