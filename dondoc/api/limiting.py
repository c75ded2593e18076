"""Rate limits: each caller's, and each address's where somebody could guess.

Counted in this process's memory; with several workers a caller gets the limit in each of them.
What must hold across processes (a user's lockout) is in the database instead.
"""

from __future__ import annotations

import math
import time

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from plans.errors import TooMany


class Limiter:
    """Counts calls; ``TooMany`` says how long to wait."""

    def __init__(self, usual: str, guessing: str) -> None:
        self._usual, self._guessing = parse(usual), parse(guessing)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, actor: str) -> None:
        """One call of a caller that we know."""
        self._hit(self._usual, actor)

    def guard(self, request: Request) -> None:
        """One call from an address to where a secret could be guessed."""
        self._hit(self._guessing, f"from {request.client.host if request.client else ''}")

    def _hit(self, limit: RateLimitItem, key: str) -> None:
        if self._limiter.hit(limit, key):
            return
        reset = self._limiter.get_window_stats(limit, key).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        raise TooMany(f"more than {limit}; wait {wait} s", retry_after=wait)
