"""What Prometheus is told: counts and durations of this service, and a few facts of the record.

With several workers each process counts in files of its own in ``PROMETHEUS_MULTIPROC_DIR``
(``dondoc.serving`` sets it), and whichever is asked adds them up. Nothing here is about a person
or a department, and nothing scans a table that grows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from plans.store import Engine, pulse, reading

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
SHARED = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters of one application in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "dondoc_requests",
            "Requests by route and status",
            ("method", "path", "status"),
            registry=self.registry,
        )
        self.durations = Histogram(
            "dondoc_request_seconds",
            "Until the answer was sent",
            ("method", "path"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.sizes = Histogram(
            "dondoc_group_commit_items",
            "Items in one transaction",
            ("door",),
            buckets=SIZES,
            registry=self.registry,
        )
        self.waits = Histogram(
            "dondoc_group_commit_wait_seconds",
            "From the oldest item's arrival until it was durable",
            ("door",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """One request that was answered. ``path``: its template."""
        key = (method if method in METHODS else "other", path, status)
        found = self._known.get(key)
        if found is None:
            # Finding a child by its labels costs more than counting does.
            requests = self.requests.labels(key[0], path, str(status))
            found = self._known[key] = (requests, self.durations.labels(key[0], path))
        found[0].inc()
        found[1].observe(seconds)

    def observer(self, door: str) -> Callable[[int, float], None]:
        """What a door calls after each of its transactions: how many items, the longest wait."""
        sizes, waits = self.sizes.labels(door), self.waits.labels(door)

        def observe(items: int, waited: float) -> None:
            sizes.observe(items)
            waits.observe(waited)

        return observe

    def exposed(self, engine: Engine) -> bytes:
        """All of it as Prometheus reads it, of every process of this service."""
        counted = self.registry
        if os.environ.get(SHARED):
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        facts = CollectorRegistry()
        facts.register(_Record(engine))
        return generate_latest(counted) + generate_latest(facts)


class _Record:
    """Facts of the record, read when they are asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The facts."""
        with reading(self._engine) as connection:
            found = pulse.read(connection)
        notices = GaugeMetricFamily(
            "dondoc_notices",
            f"Messages by the state of their delivery, counted up to {pulse.MOST}",
            labels=("state",),
        )
        for state, n in found.notices.items():
            notices.add_metric((state,), n)
        feeds = GaugeMetricFamily(
            "dondoc_feeds", "Agencies' feeds, by how asking them last ended", labels=("last",)
        )
        for last, n in found.feeds.items():
            feeds.add_metric((last,), n)
        hooks = GaugeMetricFamily("dondoc_webhooks", "Webhooks by state", labels=("state",))
        for state, n in found.webhooks.items():
            hooks.add_metric((state,), n)
        yield from (notices, feeds, hooks)
        if found.gathered_at:
            yield GaugeMetricFamily(
                "dondoc_gather_last_success_timestamp_seconds",
                "When an agency's feed was last read to its end",
                value=found.gathered_at.timestamp(),
            )
