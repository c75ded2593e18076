"""Servers and load for the benchmarks of calls: uvicorn on loopback, wrk with 32 connections."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SCRIPT = Path(__file__).with_name("calls.lua")
CONNECTIONS = 32
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw."""

    calls: int
    seconds: float
    errors: int
    p99_ms: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds


@contextmanager
def serving(factory: str, probe: str, environ: Mapping[str, str]) -> Iterator[str]:
    """A uvicorn process with one worker; gives its address once ``probe`` answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port)]
    command += ["--no-access-log", "--log-level", "error"]
    process = subprocess.Popen(command, env={**os.environ, **environ})
    url = f"http://127.0.0.1:{port}"
    try:
        limit = time.monotonic() + PATIENCE
        while not _answers(url + probe):
            assert process.poll() is None, f"{factory} ended"
            assert time.monotonic() < limit, f"{factory} does not answer"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


def wrk() -> str:
    """Where wrk is; ``make bench`` installs it where it may."""
    found = shutil.which("wrk")
    if not found:
        raise SystemExit("wrk is missing. Install it: apt-get install wrk")
    return found


def load(url: str, calls: Sequence[str], body: str, run: str, folder: Path, seconds: int) -> Load:
    """POST to ``calls`` (``<path> <token>``) for some seconds over 32 keep-alive connections."""
    path = folder / f"calls-{run}.txt"
    path.write_text("\n".join(calls) + "\n", encoding="ascii")
    environ = {**os.environ, "CALLS": str(path), "BODY": body, "RUN": run}
    command = [wrk(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT), url]
    ended = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return Load(**json.loads(ended.stdout.strip().splitlines()[-1]))
