"""Processes that are killed and started again by the dozen: forked from one that imported all once.

What is slow to import is imported before the first fork; nothing is open then and no thread runs,
so each child is what a process of its own would be. All end with their nursery, and it with us.

    python -m tests.faults.nursery      {"kind": "api", "environ": {…}, "log": "…"}  a line each
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dondoc.tethered import tie
from tests.faults.clock import Clock
from tests.serving import ROOT, alive, until

KINDS = {"api": "tests.faults.api_process", "worker": "tests.faults.worker"}
FOREIGN = ("DONDOC_", "PREFECT_", "LD_PRELOAD", "FAKETIME")


class Nursery:
    """One kind of processes, all with one clock."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.clock = Clock(folder / f"{kind}-clock")
        environ = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        environ |= {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_LOGGING_LEVEL": "ERROR"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", kind],
            cwd=ROOT,
            env=environ | self.clock.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def spawn(self, environ: Mapping[str, str], log: Path) -> int:
        """Start a process; gives its id."""
        assert self._process.stdin
        assert self._process.stdout
        print(
            json.dumps({"environ": environ, "log": str(log)}), file=self._process.stdin, flush=True
        )
        said = self._process.stdout.readline().strip()
        assert said, "the nursery ended"
        return int(said)

    def close(self) -> None:
        """End it, and whatever it started: in order, or libfaketime leaves shared memory behind."""
        with self._process as process:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def kill(pid: int, by: int = signal.SIGKILL) -> None:
    """End a process that a nursery started, and wait until it has ended."""
    if alive(pid):
        os.kill(pid, by)
    until(lambda: not alive(pid), f"process {pid} ends", 30)


def _serve(kind: str) -> None:
    # libfaketime takes clock_nanosleep's absolute times for its own; nothing else needs another.
    time.sleep = _sleep  # type: ignore[assignment]
    module = importlib.import_module(KINDS[kind])
    module.prepare()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(module, asked)
        print(pid, flush=True)


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


def _become(module: Any, asked: Mapping[str, Any]) -> None:
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        tie(_PARENT)
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(ours, theirs)
        os.environ |= asked["environ"]
        status = module.run()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


_PARENT = os.getpid()

if __name__ == "__main__":
    _serve(sys.argv[1])
