"""Processes that end with us, whatever ends us, each with a log file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TETHER = str(Path(__file__).with_name("tethered.py"))
LARGEST_LOG = 5_000_000
PREFECT = (sys.executable, "-m", "prefect")


@dataclass(slots=True)
class Child:
    """One process in a session of its own: Ctrl-C reaches only us, and we end it in order.

    ``environment`` is added to ours. ``deaths`` counts those in quick succession. ``sockets``: open
    ones that it is given, by their numbers.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    deaths: int = 0
    sockets: Sequence[int] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _since: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start it, its output to the end of its log."""
        if self._process is not None:
            self._process.wait()  # it has ended, or nobody would start it again
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, TETHER, str(os.getpid()), *self.command],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.sockets,
            )
        self._since = time.monotonic()

    @property
    def pid(self) -> int | None:
        """Its process id; None: not started, or stopped."""
        return self._process.pid if self._process else None

    def status(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process else None

    def uptime(self) -> float:
        """Seconds since its last start."""
        return time.monotonic() - self._since

    def stop(self, grace: float = 15) -> None:
        """End it and what it leaves in its session: asked first, killed after ``grace`` seconds."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def last_words(self) -> str:
        """The last line of its log that is not blank."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def server(
    port: int, environment: Mapping[str, str], home: Path, *options: str, host: str = "127.0.0.1"
) -> Child:
    """A Prefect server, not started yet."""
    command = (*PREFECT, "server", "start", "--host", host, "--port", str(port), *options)
    return Child("Prefect's server", command, environment, home, home / "server.log")


def web(
    listener: int, workers: int, environment: Mapping[str, str], folder: Path, log: Path
) -> Child:
    """The web process, which serves on a socket that we listen on; not started yet."""
    command = (sys.executable, "-m", "dondoc.serving", "--fd", str(listener))
    arguments = (*command, "--workers", str(workers))
    return Child("the web process", arguments, environment, folder, log, sockets=(listener,))
