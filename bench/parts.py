"""The parts of the benchmarks, in the order in which they run: a module each.

The cheap ones come first; those that need the nation go on with what ``nation`` has loaded.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence

from bench.figures import DATABASES, Figure, Job

PARTS = {
    "plans": "bench.rolling",
    "remind": "bench.reminders",
    "reads": "bench.reads",
    "pages": "bench.pages",
    "mail": "bench.mail",
    "gathering": "bench.gathering",
    "prefect": "bench.prefect_cost",
    "nation": "bench.nation",
    "owing": "bench.owing",
    "updates": "bench.updates",
}
CHEAP = ("plans", "remind", "mail", "nation", "owing")
"""What ``make test`` runs in its quick form."""


def databases_of(name: str, *, quick: bool) -> Sequence[str]:
    """Where a part runs; in its quick form on SQLite alone, but for the nation, which is loaded."""
    return DATABASES if name == "nation" or not quick else DATABASES[:1]


def run(name: str, job: Job) -> Iterator[Figure]:
    """One part's figures, as they are measured."""
    found: Iterator[Figure] = importlib.import_module(PARTS[name]).run(job)
    yield from found


def about(name: str) -> str:
    """What a part measures, in its own words."""
    return (importlib.import_module(PARTS[name]).__doc__ or "").strip()
