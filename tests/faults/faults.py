"""What goes wrong in a run, and when: derived from a seed alone, so that it can happen again.

Moments are numbers of acknowledged calls, not times: a slow machine meets the same faults as a
fast one, each at the same place of the load.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from tests.builders import ZONE

EVERYWHERE: Final = (
    "kill-api",
    "kill-workers",
    "freeze-worker",
    "lose-answer",
    "lose-call",
    "lose-mail-answer",
    "lose-mail",
    "shift-api",
    "shift-workers",
)
SERVER_ONLY: Final = ("kill-postgres", "lose-commit", "lose-commit-answer", "drop-connections")
ON_SMALL_DISK: Final = ("fill-disk",)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS: Final = (HOUR, DAY, 40 * DAY, -HOUR, -DAY, -40 * DAY)
EVES: Final = (date(2025, 12, 31), date(2025, 11, 30), date(2025, 12, 15), date(2026, 2, 28))
"""A year's end, a month's, and days like others; what is due lies around all of them."""
DAYS = 3
SPACE = 12
"""Acknowledged calls between two things that happen, on the average."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that happens once so many calls are acknowledged. ``data``: which, or seconds."""

    at: int
    kind: str
    data: int = 0

    def __str__(self) -> str:
        said = f"{self.at}:{self.kind}"
        return f"{said}({timedelta(seconds=self.data)})" if "shift" in self.kind else said


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run. ``begins``: what all clocks show at first; ``acknowledged``: where it ends."""

    seed: int
    kind: str
    small_disk: bool
    begins: datetime
    faults: tuple[Fault, ...]
    acknowledged: int

    def __str__(self) -> str:
        disk = ", small disk" if self.small_disk else ", no disk to fill: only root may mount one"
        happens = " ".join(map(str, self.faults))
        return f"seed {self.seed} ({self.kind}{disk}) from {self.begins:%d/%m/%Y %H:%M}: {happens}"


def plan_of(seed: int, kind: str, *, small_disk: bool) -> Plan:
    """The run of a seed on a kind of database: each of its kinds of faults once, in some order."""
    choose = random.Random(f"{seed} {kind} {small_disk}")
    kinds = [*EVERYWHERE, *(SERVER_ONLY if kind == "postgresql" else ())]
    kinds += [*(ON_SMALL_DISK if small_disk else ()), *["next-day"] * DAYS]
    choose.shuffle(kinds)
    eve = choose.choice(EVES)
    # Shortly before midnight or in the morning: days end under whatever is under way.
    begins = datetime(eve.year, eve.month, eve.day, *choose.choice(((23, 58), (8, 0))), tzinfo=ZONE)
    return Plan(seed, kind, small_disk, begins, _spread(kinds, choose), SPACE * (len(kinds) + 1))


def _spread(kinds: Sequence[str], choose: random.Random) -> tuple[Fault, ...]:
    moments = sorted(choose.sample(range(5, SPACE * len(kinds)), len(kinds)))
    some = zip(moments, kinds, strict=True)
    return tuple(Fault(at, kind, _data(kind, choose)) for at, kind in some)


def _data(kind: str, choose: random.Random) -> int:
    if kind in ("shift-api", "shift-workers"):
        return round(choose.choice(JUMPS).total_seconds())
    return choose.randrange(2)
