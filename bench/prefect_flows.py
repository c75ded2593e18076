"""The flows whose own cost is measured: they do nothing, so that all that is left is Prefect's."""

from __future__ import annotations

import json
import time
from pathlib import Path

from prefect import flow, task

from bench import memory


@flow(name="bench-first-line")
def first_line(said: str) -> None:
    """Say when the first line was reached, and how large the process is by then."""
    now = time.time()
    part = Path(said).with_suffix(".part")
    part.write_text(json.dumps({"at": now, "peak": memory.peak()}), encoding="ascii")
    part.rename(said)


@task(name="bench-nothing")
def nothing(n: int) -> int:
    """One batch that costs nothing."""
    return n


@flow(name="bench-batches")
def batches(number: int) -> float:
    """So many batches, one after the other; seconds, without the flow's own begin and end."""
    begun = time.perf_counter()
    for n in range(number):
        nothing(n)
    return time.perf_counter() - begun
