"""One run: a load, what happens to it, how it settles, and in sentences what is wrong then."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from integrations.delivery_run import LEASE as SENDING
from tests.faults import checks
from tests.faults.faults import Fault, Plan
from tests.faults.sites import WORKERS, Nurseries, Site
from tests.faults.worker import LEASE
from tests.faults.world import Template
from tests.serving import alive

WRITERS = 4
STANDSTILL = 45
"""Seconds without any acknowledged call after which a run is taken to hang."""
SHOWN = 12
"""Problems that are printed."""
DOWN = 0.2
"""Seconds for which what was killed stays away."""
FULL = 0.6
"""Seconds for which a disk stays full."""
MORNINGS = 3
"""Working days on which what was put off must be done at last: no wait is longer than one."""


@dataclass
class Outcome:
    """What a run came to."""

    plan: Plan
    acknowledged: int = 0
    messages: int = 0
    repeated: int = 0
    seconds: float = 0.0
    hits: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = f"{self.acknowledged} acknowledged, {self.messages} messages, "
        said += f"{self.repeated} repeated, {self.seconds:.1f} s"
        left = len(self.problems) - SHOWN
        more = [f"and {left} more; all of them: problems.txt"] if left > 0 else []
        return "\n    ".join([said, *self.problems[:SHOWN], *more])


def carry_out(plan: Plan, world: Template, nurseries: Nurseries, folder: Path) -> Outcome:
    """Do what a plan says, and check all that must hold afterwards."""
    began, outcome = time.monotonic(), Outcome(plan)
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "plan.txt").write_text(f"{plan}\n")
    with Site(plan, world, nurseries, folder) as site:
        try:
            run = _Run(site)
            run.under_load()
            run.settle()
            outcome.problems = [*run.problems, *checks.problems(site)]
        except AssertionError as error:
            outcome.problems = [*site.load.broken, f"it did not go on: {error}"]
        if outcome.problems:
            (folder / "keep").touch()
            (folder / "problems.txt").write_text("\n".join(outcome.problems))
            happened = [*site.hits, *site.sink.received]
            (folder / "happened.txt").write_text("\n".join(map(str, happened)))
        outcome.acknowledged, outcome.messages = len(site.load.taken), len(site.sink.received)
        outcome.repeated = outcome.messages - len({one.message_id for one in site.sink.received})
        outcome.hits = Counter(one.kind for one in site.hits)
    outcome.seconds = time.monotonic() - began
    return outcome


class _Run:
    """Strikes when the moment has come, and mends what can only be mended from outside."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.problems: list[str] = []
        self._later: list[threading.Timer] = []
        self._choose = random.Random(f"{site.plan.seed}-strikes")

    def under_load(self) -> None:
        """From the first call to the last."""
        site = self.site
        site.start_workers()
        site.load.begin(WRITERS)
        for number, fault in enumerate(site.plan.faults):
            self._wait(fault.at)
            if number % 2 == 0:
                site.agencies.grow()
            began = time.monotonic()
            STRIKES[fault.kind](self, fault)
            if fault.kind not in CUTS:  # those are noted when they come to pass
                site.note(fault.kind, began)
            self._revive()
        self._wait(site.plan.acknowledged)

    def settle(self) -> None:
        """Nothing happens any more: what waits is done, within the time that it may take."""
        site = self.site
        for one in self._later:
            one.join()
        for proxy in (*site.doors, site.post, *([site.between] if site.between else [])):
            proxy.forget()
        self._revive()
        site.load.end()
        site.agencies.grow()
        for pid in site.workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        site.wait_for_workers()
        time.sleep(LEASE.total_seconds())  # whoever was killed last holds a job for so long
        for _ in range(MORNINGS):
            site.next_morning()
            site.start_workers(rounds=1, count=1)
            site.wait_for_workers()
            if not checks.waiting(site):
                break

    def _wait(self, acknowledged: int) -> None:
        """Until so many calls were acknowledged."""
        taken = self.site.load.taken_at_least
        with self.site.progress:
            assert self.site.progress.wait_for(lambda: taken(acknowledged), STANDSTILL), (
                f"no answer for {STANDSTILL} s: {self.site.load.last_trouble()}"
            )

    def _revive(self) -> None:
        """Start again what has died, as whoever runs the service would."""
        site = self.site
        if site.server:
            site.server.ensure()
        for place, pid in enumerate(site.apis):
            if not alive(pid):
                site.start_api(place)
        if not any(map(alive, site.workers)):
            site.start_workers()

    # --- what happens ----------------------------------------------------------------------------

    def kill_api(self, fault: Fault) -> None:
        self.site.kill_api(fault.data)
        time.sleep(DOWN)

    def kill_workers(self, fault: Fault) -> None:
        """In the moment in which the mail server has taken a message, if one comes soon."""
        site, before = self.site, len(self.site.sink.received)
        if fault.data:
            with site.progress:
                site.progress.wait_for(lambda: len(site.sink.received) > before, 1.0)
        site.kill_workers()

    def kill_postgres(self, _fault: Fault) -> None:
        assert self.site.server
        self.site.server.kill()
        time.sleep(DOWN)

    def freeze_worker(self, fault: Fault) -> None:
        """Stand still beyond every lease, and go on as if nothing had been."""
        pid, began = self.site.workers[fault.data % WORKERS], time.monotonic()
        if alive(pid):
            os.kill(pid, signal.SIGSTOP)
            self.site.nurseries.worker.clock.shift(SENDING + timedelta(minutes=1))
            self._in(LEASE.total_seconds() + 0.3, lambda: self._thaw(pid, began))

    def _thaw(self, pid: int, began: float) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        self.site.note("thaw-worker", began)

    def fill_disk(self, _fault: Fault) -> None:
        """Full for a while; what is refused meanwhile is refused in plain words."""
        assert self.site.disk
        self.site.disk.fill()
        time.sleep(FULL)
        self.site.disk.free()

    def lose_call(self, fault: Fault) -> None:
        self.site.doors[fault.data].cut("before")

    def lose_answer(self, fault: Fault) -> None:
        self.site.doors[fault.data].cut("after")

    def lose_mail(self, _fault: Fault) -> None:
        self.site.post.cut("before")

    def lose_mail_answer(self, _fault: Fault) -> None:
        self.site.post.cut("after")

    def lose_commit(self, _fault: Fault) -> None:
        self._commits().cut("before")

    def lose_commit_answer(self, _fault: Fault) -> None:
        self._commits().cut("after")

    def drop_connections(self, _fault: Fault) -> None:
        self._commits().drop()

    def _commits(self) -> checks.Proxy:
        assert self.site.between
        return self.site.between

    def shift_api(self, fault: Fault) -> None:
        self.site.nurseries.api.clock.shift(timedelta(seconds=fault.data))

    def shift_workers(self, fault: Fault) -> None:
        self.site.nurseries.worker.clock.shift(timedelta(seconds=fault.data))

    def next_day(self, _fault: Fault) -> None:
        self.site.set_clocks(timedelta(days=1))

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, act)
        timer.start()
        self._later.append(timer)


CUTS = (
    "lose-call",
    "lose-answer",
    "lose-mail",
    "lose-mail-answer",
    "lose-commit",
    "lose-commit-answer",
)
STRIKES: dict[str, Callable[[_Run, Fault], None]] = {
    "kill-api": _Run.kill_api,
    "kill-workers": _Run.kill_workers,
    "kill-postgres": _Run.kill_postgres,
    "freeze-worker": _Run.freeze_worker,
    "fill-disk": _Run.fill_disk,
    "lose-call": _Run.lose_call,
    "lose-answer": _Run.lose_answer,
    "lose-mail": _Run.lose_mail,
    "lose-mail-answer": _Run.lose_mail_answer,
    "lose-commit": _Run.lose_commit,
    "lose-commit-answer": _Run.lose_commit_answer,
    "drop-connections": _Run.drop_connections,
    "shift-api": _Run.shift_api,
    "shift-workers": _Run.shift_workers,
    "next-day": _Run.next_day,
}
