"""The long form: run after run on seeds of their own until the time is over; then what it came to.

    python -m tests.faults.soak [--minutes 30] [--seed N] [--runs N] [--without-prefect]

``make soak`` calls it. Seeds count up from the first one, which is printed and can be given; a
failed run keeps its folder. The exit status is 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.faults import prefect_run
from tests.faults.laboratory import Laboratory
from tests.faults.run import Outcome

CALM = ("next-day", "thaw-worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the time is over; gives the exit status."""
    parser = argparse.ArgumentParser(prog="soak", description="Faults until the time is over.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, help="the first run's; the next ones count on")
    parser.add_argument("--runs", type=int, default=1_000_000, help="at most so many")
    parser.add_argument("--without-prefect", action="store_true", help="kill none of Prefect's")
    given = parser.parse_args(arguments)
    seed = given.seed if given.seed is not None else random.randrange(1_000_000)
    until = time.monotonic() + 60 * given.minutes
    # A seed that is repeated is one run's: Prefect's own are killed once in a long form.
    left_out = given.without_prefect or given.runs == 1
    with Laboratory() as laboratory:
        wrong = [] if left_out else _kill_prefect(laboratory, seed)
        outcomes = _soak(laboratory, seed, until, given.runs)
    _sum_up(outcomes)
    print("\n".join(wrong))
    return 1 if wrong or any(one.problems for one in outcomes) else 0


def _kill_prefect(laboratory: Laboratory, seed: int) -> list[str]:
    print(f"seed {seed}: Prefect's flow, worker and server killed under 'dondoc up'", flush=True)
    place = laboratory.folder / f"prefect-seed-{seed}"
    if wrong := prefect_run.carry_out(seed, place):
        (place / "keep").touch()
        wrong.append(f"what it left lies in {place}")
    print(f"  {'FAILED' if wrong else 'ok'}", *wrong, sep="\n    ", flush=True)
    return wrong


def _soak(laboratory: Laboratory, seed: int, until: float, runs: int) -> list[Outcome]:
    outcomes: list[Outcome] = []
    while time.monotonic() < until and len(outcomes) < runs:
        print(laboratory.plan(seed), flush=True)
        outcome = laboratory.run(seed)
        print(f"  {'FAILED' if outcome.problems else 'ok'}: {outcome}", flush=True)
        outcomes.append(outcome)
        seed += 1
    return outcomes


def _sum_up(outcomes: Sequence[Outcome]) -> None:
    table = Table(title="Faults", show_header=True)
    for name in ("", "SQLite", "PostgreSQL"):
        table.add_column(name, justify="left" if not name else "right")
    sides = [
        [one for one in outcomes if one.plan.kind == kind] for kind in ("sqlite", "postgresql")
    ]

    def row(name: str, *values: int) -> None:
        table.add_row(name, *(f"{one:,}" for one in values))

    row("runs", *map(len, sides))
    hits = [sum((one.hits for one in side), Counter[str]()) for side in sides]
    for kind in sorted({*hits[0], *hits[1]} - set(CALM)):
        row(kind, *(one[kind] for one in hits))
    row("days that passed", *(one["next-day"] for one in hits))
    for name in ("acknowledged", "messages", "repeated"):
        row(name, *(sum(getattr(one, name) for one in side) for side in sides))
    row("problems", *(sum(len(one.problems) for one in side) for side in sides))
    Console(width=80).print(table)
    for one in outcomes:
        if one.problems:
            print(f"again: make soak SEED={one.plan.seed} RUNS=1    {one.problems[0]}")


if __name__ == "__main__":
    sys.exit(main())
