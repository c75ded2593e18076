"""What many runs share: the records to copy and the nurseries; and the folder that keeps a failure.

with Laboratory() as laboratory:
    print(laboratory.run(17))
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.disk import can_mount
from tests.faults.faults import Plan, plan_of
from tests.faults.run import Outcome, carry_out
from tests.faults.sites import Nurseries
from tests.faults.world import Template, make_template

KINDS = ("sqlite", "postgresql")


class Laboratory:
    """Carries out runs. ``folder`` is away afterwards, but for runs with problems."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dondoc-faults-"))
        self.folder.chmod(0o755)  # PostgreSQL runs as somebody else where we are root
        self._templates: dict[str, Template] = {}
        self._nurseries: Nurseries | None = None
        self._number = 0
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.close()
        for place in self.folder.iterdir():
            if not (place / "keep").exists():
                shutil.rmtree(place) if place.is_dir() else place.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def plan(self, seed: int) -> Plan:
        """What a seed does: even ones on SQLite, odd ones on PostgreSQL."""
        return plan_of(seed, KINDS[seed % 2], small_disk=can_mount())

    def run(self, seed: int) -> Outcome:
        """Carry a seed's plan out; what it left is kept where there are problems."""
        plan = self.plan(seed)
        if plan.kind not in self._templates:
            self._templates[plan.kind] = make_template(plan.kind, self.folder)
        if self._nurseries is None:
            self._nurseries = Nurseries.open(self.folder)
            self._ending.callback(self._nurseries.close)
        self._number += 1
        place = self.folder / f"run-{self._number}-seed-{seed}"
        outcome = carry_out(plan, self._templates[plan.kind], self._nurseries, place)
        if outcome.problems:
            outcome.problems.insert(0, f"what it left lies in {place}")
        else:
            shutil.rmtree(place)
        return outcome
