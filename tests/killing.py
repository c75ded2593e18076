"""SIGKILL between any two steps: a process that kills itself at its N-th step, for each N.

A victim is a module that is run as a process of its own and calls ``serve``::

    def run(step: Step) -> None:
        engine = open_engine(sys.argv[1])
        watch(engine, step)     # before and after every commit
        ...                     # and step() wherever else a kill may hurt

    if __name__ == "__main__":
        serve(run)

A test goes through it from the first step until it finishes unharmed::

    with Victims("tests.integrations.gather_victim", database_url) as victims:
        for step in victims.until_unharmed():
            ...                 # start again, normally, and look whether anything is wrong
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import Engine

ROOT = Path(__file__).parents[1]
MOST_STEPS = 500


class Step:
    """Counts the steps of a run, and kills the process at the fatal one."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(engine: Engine, step: Step) -> None:
    """Make a step of the moment before and the moment after every commit."""
    commit = engine.dialect.do_commit

    def commit_in_steps(connection: Any) -> None:
        step()
        commit(connection)
        step()

    dialect: Any = engine.dialect
    dialect.do_commit = commit_in_steps


class SteppingTransport(httpx.AsyncBaseTransport):
    """Make a step of every HTTP response, once it has begun to come."""

    def __init__(self, inner: httpx.AsyncBaseTransport, step: Step) -> None:
        self.inner = inner
        self.step = step

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        self.step()
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


def serve(run: Callable[[Step], None]) -> None:
    """In the victim: for each number on standard input, run in a child that dies at that step.

    Forked, so that what is slow to import is imported once; nothing is open yet when it forks.
    """
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run_and_leave(run, Step(int(line)))
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else "unharmed" if status == 0 else "failed", flush=True)


def _run_and_leave(run: Callable[[Step], None], step: Step) -> None:
    try:
        run(step)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class Victims:
    """A victim's process, from the test's side."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._process:
            self._process.kill()

    def run(self, fatal: int) -> bool:
        """Run to the fatal step; whether the run was killed there (else it had ended before)."""
        assert self._process.stdin
        assert self._process.stdout
        print(fatal, file=self._process.stdin, flush=True)
        said = self._process.stdout.readline().strip()
        assert said in ("killed", "unharmed"), said or "the victim ended"
        return said == "killed"

    def until_unharmed(self) -> Iterator[int]:
        """Kill at step 1, 2, 3 ...; gives each step after the kill, and at last the run's end."""
        for fatal in range(1, MOST_STEPS):
            killed = self.run(fatal)
            yield fatal
            if not killed:
                return
        raise AssertionError(f"still killed at step {MOST_STEPS}")
