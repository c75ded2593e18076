"""What every part of the benchmarks gives back: figures, each beside its goal and its peer.

A part is a module ``bench.<name>`` that is named in ``parts.PARTS`` and has a function
``run(job: Job) -> Iterator[Figure]``; its docstring stands above its figures in RESULTS.md.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

RUNS = 7
SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZE = 300
DATABASES = ("SQLite", "PostgreSQL")

Better = Literal["less", "more"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: the median of several runs, unless ``note`` says otherwise.

    ``unit``: s, ms, µs, /s, B, kB, MB, × … as it is shown. ``limit``: the goal, in that unit; with
    ``better="more"`` the value has to reach it, else it must not pass it. ``peer``: what
    ``ratio`` (this value over the peer's) compares it to. ``size``: the number of assignments,
    where the figure belongs to one; ``series``: its line on the growth chart (needs ``size``).
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    better: Better = "less"
    peer: str = ""
    ratio: float | None = None
    note: str = ""
    database: str = ""
    size: int | None = None
    series: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.better == "more" else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Job:
    """What a part is asked for: how much, where it may write, whom it tells how far it is.

    ``quick``: small sizes, a second or two: to see that the benchmark still works, not to measure.
    ``most_on_sqlite``: no larger nation there.
    ``folder``: a directory for what it needs; it is there, and removed after the whole run.
    """

    folder: Path
    quick: bool = False
    sizes: Sequence[int] = SIZES
    databases: Sequence[str] = DATABASES
    most_on_sqlite: int = max(SIZES)
    say: Callable[[str], None] = field(default=print)

    def sizes_on(self, kind: str) -> Sequence[int]:
        """How large a nation is looked at on a database: SQLite is loaded by one process only."""
        return [one for one in self.sizes if kind != "SQLite" or one <= self.most_on_sqlite]

    def nations(self) -> Iterator[tuple[int, str]]:
        """Each size on each database, the smallest first."""
        for size in self.sizes:
            yield from ((size, kind) for kind in self.databases if size in self.sizes_on(kind))

    def pick(self, full: int, quick: int) -> int:
        """A number for the full run, or the small one for the quick run."""
        return quick if self.quick else full

    @property
    def runs(self) -> int:
        """How often each job is repeated."""
        return self.pick(RUNS, 1)


def interleaved(jobs: Mapping[str, Callable[[], object]], runs: int = RUNS) -> dict[str, float]:
    """Median seconds of each job, the jobs taking turns; a first round warms up."""
    return {name: statistics.median(some) for name, some in taking_turns(jobs, runs).items()}


def taking_turns(
    jobs: Mapping[str, Callable[[], object]], runs: int = RUNS
) -> dict[str, list[float]]:
    """Every run's seconds of each job, the jobs taking turns; a first round warms up."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(runs + 1):
        for name, job in jobs.items():
            with stopwatch() as taken:
                job()
            times[name] += taken if turn else []
    return times


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """A list that holds, after the block, the seconds that it took."""
    taken: list[float] = []
    begun = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - begun)


def p95(seconds: Sequence[float]) -> float:
    """The 95th percentile; of few values the greatest."""
    if len(seconds) < 20:
        return max(seconds)
    return statistics.quantiles(seconds, n=20)[-1]
