"""Agencies' own systems: what they hold grows during a run, and all must reach the record."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.faults.world import FED, TASKS
from tests.feed_server import Asked, Feed, FeedServer, Said
from tests.offices import item


class Agencies:
    """One server for all of them; ``url`` of each differs by its path."""

    def __init__(self, seed: str, told: Callable[[], None]) -> None:
        self._random = random.Random(seed)
        self._told, self._lock = told, threading.Lock()
        self.feeds = {code: Feed(size=3) for code in FED}
        self._server = FeedServer(self._answer)

    def url(self, code: str) -> str:
        return f"{self._server.url}/{code}"

    def grow(self) -> None:
        """Each has one more to tell."""
        with self._lock:
            for code, feed in self.feeds.items():
                number = len(feed.items)
                task = f"mau/{code}-{self._random.randrange(TASKS):02}"
                given: dict[str, Any] = {"percent": self._random.randrange(100)}
                words = f"feed-{code}-{number}"
                feed.items.append(
                    item(
                        f"m{number}",
                        task,
                        **given | {"result": words, "reported_at": "2025-10-02T08:00:00+07:00"},
                    )
                )

    def told(self) -> list[tuple[str, str, str]]:
        """What each has to tell: (department, item, words, which occur once in the world)."""
        return [
            (code, one["id"], one["result"])
            for code, feed in self.feeds.items()
            for one in feed.items
        ]

    def _answer(self, asked: Asked) -> Said:
        self._told()
        with self._lock:
            return self.feeds[asked.path.rpartition("/")[2]](asked)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)
