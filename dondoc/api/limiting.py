"""Rate limits: each caller's, and each address's where somebody could guess.

Counted in this process's memory; with several workers a caller gets the limit in each of them.
What must hold across processes (a user's lockout) is in the database instead.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from plans.errors import TooMany

MOST_KEYS = 20_000
IPV6_PREFIX = 64


class Limiter:
    """Counts calls; ``TooMany`` says how long to wait."""

    def __init__(self, usual: str, guessing: str) -> None:
        self._usual, self._guessing = parse(usual), parse(guessing)
        self._limiter = FixedWindowRateLimiter(Counts())

    def count(self, actor: str) -> None:
        """One call of a caller that we know."""
        self._hit(self._usual, actor)

    def guard(self, request: Request) -> None:
        """One call from an address to where a secret could be guessed."""
        self._hit(self._guessing, f"from {source_of(request)}")

    def is_notable(self, request: Request) -> bool:
        """Whether a wrong secret from an address is noted: of each minute's, so many at most."""
        return self._limiter.hit(self._guessing, f"noted from {source_of(request)}")

    def _hit(self, limit: RateLimitItem, key: str) -> None:
        if self._limiter.hit(limit, key):
            return
        reset = self._limiter.get_window_stats(limit, key).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        raise TooMany(f"more than {limit}; wait {wait} s", retry_after=wait)


def source_of(request: Request) -> str:
    """Where a call is from: an address, or an IPv6 one's network, all of it one caller's."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network((host.partition("%")[0], IPV6_PREFIX), strict=False))
    except ValueError:
        return host


class Counts(Storage):
    """Counts in memory, of so many keys at most.

    The library's own storage starts a thread for what has expired, up to a hundred times a second,
    and grows with the number of addresses that call.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = MOST_KEYS) -> None:
        super().__init__()
        self._most = most
        self._counts: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong in it."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; gives the new count."""
        now = time.time()
        with self._lock:
            n, until = self._counts.get(key, (0, 0.0))
            if not now < until <= now + expiry:  # over; or the clock was set back meanwhile
                n, until = 0, now + expiry
                if len(self._counts) >= self._most:
                    self._forget(now)
            self._counts[key] = (n + amount, until)
            return n + amount

    def _forget(self, now: float) -> None:
        """Forget what has expired; where that is not much, what would expire first as well."""
        kept = {key: one for key, one in self._counts.items() if one[1] > now}
        surplus = max(0, len(kept) - self._most // 2)
        for key in sorted(kept, key=lambda one: kept[one][1])[:surplus]:
            del kept[key]
        self._counts = kept

    def get(self, key: str) -> int:
        """The count now."""
        n, until = self._counts.get(key, (0, 0.0))
        return n if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When its window ends, as seconds since 1970."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Whether it works: memory does."""
        return True

    def reset(self) -> int | None:
        """Forget all; gives how many keys there were."""
        with self._lock:
            n, self._counts = len(self._counts), {}
        return n

    def clear(self, key: str) -> None:
        """Forget a key."""
        with self._lock:
            self._counts.pop(key, None)

    def __len__(self) -> int:
        return len(self._counts)
