"""Whether the record agrees with itself: chains, projections, counters, uploaded files.

A check may take long, so a page starts one and looks at it later: what it came to is kept beside
the record, with the run that it belongs to. One at a time; a run that was killed stops counting
once nothing was heard of it for ten minutes.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from plans.errors import Conflict
from plans.files import folder_of, missing
from plans.store import Connection, Engine, audit, chains, counters, extensions, reading, writing
from plans.store.catalogue import read_setting, save_setting
from plans.store.engine import lock_job

_PLACE = "ledger-check"
STALE = timedelta(minutes=10)
"""So long after its last sign a run is taken to have died."""
SIGN = timedelta(minutes=1)
"""A long step gives a sign of life as often."""
STEPS = ("files", "chains", "extensions", "events", "counters")
SHOWN = 200
"""Problems that are kept with an outcome; their number is whole."""

Progress = Callable[[int, int], None]
"""Told after each step: how many are done, of how many."""
Pulse = Callable[[int], None]
"""Told now and then while chains are followed: of how many assignments they were."""
Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """How many assignments were checked, and what is wrong, in words; nothing, if all is well."""

    assignments: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One run: who began it when, how far it is, and what it came to.

    ``state``: ``running``, ``done``, or ``failed`` with an ``error`` (it could not be carried
    out); ``heard_at`` is its last sign. ``problems`` holds the first ones, ``wrong`` their number.
    """

    run: str
    state: Literal["running", "done", "failed"]
    begun_at: datetime
    begun_by: str
    heard_at: datetime
    step: int = 0
    steps: int = len(STEPS)
    assignments: int | None = None
    wrong: int | None = None
    problems: tuple[str, ...] = ()
    error: str | None = None

    def is_under_way(self, now: datetime) -> bool:
        """Whether it runs; one that was not heard of for long is taken to have died.

        So is one that was heard of in what is the future, now that the clock was set back.
        """
        return self.state == "running" and abs(now - self.heard_at) < STALE


def check(
    connection: Connection,
    data_dir: Path,
    progress: Progress | None = None,
    pulse: Pulse | None = None,
) -> Report:
    """Verify everything in one picture of the record; only reads, and page by page."""
    told = progress or (lambda _done, _of: None)
    problems: list[str] = []
    tally = _Tally(pulse or (lambda _assignments: None))
    for step, found in enumerate(_steps(connection, data_dir, tally), start=1):
        problems += found
        told(step, len(STEPS))
    return Report(tally.assignments, tuple(problems))


@dataclass(slots=True)
class _Tally:
    """What the chains added up to so far."""

    pulse: Pulse
    assignments: int = 0
    sums: counters.Deltas = field(default_factory=counters.Deltas)

    def add(self, one: chains.Verified) -> None:
        self.assignments += 1
        if one.state:
            self.sums.add(one.state)
        if self.assignments % chains.PAGE == 0:
            self.pulse(self.assignments)


def _steps(connection: Connection, data_dir: Path, tally: _Tally) -> Iterator[list[str]]:
    """What is wrong, step by step, in the order of ``STEPS``."""
    yield missing(connection, folder_of(data_dir))
    yield _chains(connection, tally)
    yield extensions.verify(connection)
    yield []  # the events were added up while their chains were followed
    yield counters.compare(connection, tally.sums, repair=False)


def _chains(connection: Connection, tally: _Tally) -> list[str]:
    found = []
    for one in chains.verified(connection):
        tally.add(one)
        if one.problem:
            found.append(one.problem)
    return found


# --- as a run that is looked at from elsewhere ---------------------------------------------------


def begin(connection: Connection, now: datetime, actor: str) -> str:
    """Begin a run; gives its id. ``Conflict``: one is under way."""
    lock_job(connection, _PLACE)
    last = latest(connection)
    if last and last.is_under_way(now):
        since = last.begun_at.astimezone(now.tzinfo)
        raise Conflict(f"a check is under way since {since:%H:%M}; wait for its outcome")
    run = secrets.token_hex(8)
    _save(connection, Check(run, "running", now, actor, now))
    audit.note(connection, now, actor, "ledger-check-begun")
    return run


def advance(connection: Connection, run: str, step: int, now: datetime) -> bool:
    """Keep how far a run is; whether it is still the one that counts."""
    mine = _mine(connection, run)
    if mine:
        _save(connection, replace(mine, step=step, heard_at=now))
    return mine is not None


def finish(
    connection: Connection,
    run: str,
    outcome: Report | str,
    now: datetime,
) -> bool:
    """Keep what a run came to, or why it could not be carried out; whether it still counted."""
    mine = _mine(connection, run)
    if mine is None:
        return False
    ended = _ended(mine, outcome, now)
    _save(connection, ended)
    detail = {"assignments": ended.assignments, "problems": ended.wrong}
    result = audit.FAILED if ended.error or ended.wrong else audit.DONE
    audit.note(connection, now, mine.begun_by, "ledger-checked", outcome=result, detail=detail)
    return True


def _ended(one: Check, outcome: Report | str, now: datetime) -> Check:
    if isinstance(outcome, str):
        return replace(one, state="failed", error=outcome[:500], heard_at=now)
    return replace(
        one,
        state="done",
        step=one.steps,
        heard_at=now,
        assignments=outcome.assignments,
        wrong=len(outcome.problems),
        problems=outcome.problems[:SHOWN],
    )


def latest(connection: Connection) -> Check | None:
    """The run that was begun last, if there ever was one."""
    kept = read_setting(connection, _PLACE)
    if kept is None:
        return None
    times = {name: datetime.fromisoformat(kept[name]) for name in ("begun_at", "heard_at")}
    return Check(**{**kept, **times, "problems": tuple(kept["problems"])})


def carry_out(engine: Engine, data_dir: Path, run: str, clock: Clock) -> None:
    """Carry a begun run out to its end, for a thread of its own: in transactions of its own."""

    done, heard_at = 0, clock()

    def told(step: int, _of: int) -> None:
        nonlocal done, heard_at
        done, heard_at = step, clock()
        with writing(engine) as connection:
            advance(connection, run, step, clock())

    def pulse(_assignments: int) -> None:
        if clock() - heard_at >= SIGN:
            told(done, len(STEPS))

    outcome: Report | str = "it was interrupted"
    try:
        with reading(engine) as connection:
            outcome = check(connection, data_dir, told, pulse)
    except Exception as error:
        # Nobody waits for this thread: what went wrong stands with the outcome, where people look.
        log.error("the check of the record could not be carried out", exc_info=error)
        outcome = f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"
    finally:
        with writing(engine) as connection:
            finish(connection, run, outcome, clock())


def _mine(connection: Connection, run: str) -> Check | None:
    """A run, locked, unless another one was begun after it had been silent for too long."""
    lock_job(connection, _PLACE)
    last = latest(connection)
    return last if last and last.run == run and last.state == "running" else None


def _save(connection: Connection, one: Check) -> None:
    kept: dict[str, Any] = asdict(one)
    for name in ("begun_at", "heard_at"):
        kept[name] = kept[name].isoformat()
    save_setting(connection, _PLACE, kept)
