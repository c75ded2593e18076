"""What is measured inside a process that knows Prefect; ``python -m bench.prefect_inside WHAT …``.

``deploy POOL``, ``trigger FOLDER RUNS SPREAD``, ``batches RUNS NUMBER…``: each says what it found
as one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from prefect.deployments import run_deployment

from bench.prefect_flows import batches, first_line

ROOT = Path(__file__).resolve().parent.parent
DEPLOYMENT = "bench-first-line/bench"
PATIENCE = 90


def deploy(pool: str) -> None:
    """Make the first flow a deployment of a pool of processes."""
    entrypoint = "bench/prefect_flows.py:first_line"
    flow: Any = first_line.from_source(source=str(ROOT), entrypoint=entrypoint)
    flow.to_deployment(name="bench", work_pool_name=pool).apply()


def trigger(folder: str, runs: str, spread: str) -> dict[str, list[float]]:
    """Seconds from the trigger to the flow's first line, and its size; at no fixed beat."""
    dice = random.Random(3)
    seconds, sizes = [], []
    for n in range(int(runs)):
        time.sleep(dice.random() * float(spread))
        said = Path(folder) / f"said-{time.time_ns()}-{n}.json"
        begun = time.time()
        run_deployment(DEPLOYMENT, parameters={"said": str(said)}, timeout=0)
        limit = time.monotonic() + PATIENCE
        while not said.exists():
            assert time.monotonic() < limit, "the flow did not start"
            time.sleep(0.01)
        found = json.loads(said.read_text(encoding="ascii"))
        seconds.append(found["at"] - begun)
        sizes.append(found["peak"])
    return {"seconds": seconds, "peak": sizes}


def several(runs: str, *numbers: str) -> dict[str, dict[str, float]]:
    """Median seconds of so many batches, and of a whole flow run without any right after it."""
    batches(1)
    took: dict[str, list[float]] = {number: [] for number in numbers}
    after: dict[str, list[float]] = {number: [] for number in numbers}
    for _ in range(int(runs)):
        for number in numbers:
            took[number].append(float(batches(int(number))))
            after[number].append(_empty())
            time.sleep(int(number) / 25)  # the server records about so many task runs a second
    return {
        "took": {number: median(some) for number, some in took.items()},
        "after": {number: median(some) for number, some in after.items()},
    }


def _empty() -> float:
    begun = time.perf_counter()
    batches(0)
    return time.perf_counter() - begun


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    acts: dict[str, Callable[..., object]]
    acts = {"deploy": deploy, "trigger": trigger, "batches": several}
    print(json.dumps(acts[what](*given)))
