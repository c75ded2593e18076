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
from dondoc.api.doors import Uses
from plans.access import Caller
from plans.identity.tokens import Known, recognise
from plans.store import reading

FRESH = 5.0
MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    until: float


class KnownTokens:
    """Who presents a token's secret."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self._kept: dict[bytes, _Kept] = {}

    async def caller(self, running: Running, secret: str) -> Caller:
        """The token's caller; ``Unauthenticated`` where it is not known, or no longer."""
        key = hashlib.sha256(secret.encode()).digest()
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            found = await run_in_threadpool(self._look_up, running, secret)
            kept = _Kept(found, time.monotonic() + FRESH)
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = kept
        return kept.caller

    def _look_up(self, running: Running, secret: str) -> Caller:
        with reading(running.engine) as connection:
            [found] = recognise(connection, [secret], running.now())
        if not isinstance(found, Known):
            raise found
        if found.stale:
            # Nobody waits for it: a transaction each would keep the reports themselves waiting.
            self._uses.submit(found.id)
        return found.caller
