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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from plans.store import Engine

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


@dataclass(frozen=True, slots=True)
class Server:
    """A server under way: its address and its process."""

    url: str
    pid: int


def environ_of(engine: Engine, folder: Path) -> dict[str, str]:
    """Settings under which Dondoc works on a database and refuses no number of calls."""
    return {
        "DONDOC_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "DONDOC_DATA_DIR": str(folder),
        "DONDOC_RATE_LIMIT": "100000000/minute",
        "DONDOC_LOG_FORMAT": "json",
    }


@contextmanager
def serving(factory: str, probe: str, environ: Mapping[str, str]) -> Iterator[Server]:
    """A uvicorn process with one worker; gives its address once ``probe`` answers."""
    with several(factory, probe, environ, 1) as servers:
        yield servers[0]


@contextmanager
def several(
    factory: str, probe: str, environ: Mapping[str, str], number: int
) -> Iterator[list[Server]]:
    """Some processes, each with a port of its own, as behind nginx."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_one(factory, environ)) for _ in range(number)]
        limit = time.monotonic() + PATIENCE
        for server in servers:
            while not _answers(server.url + probe):
                assert time.monotonic() < limit, f"{factory} does not answer"
                time.sleep(0.1)
        yield servers


@contextmanager
def _one(factory: str, environ: Mapping[str, str]) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port)]
    command += ["--no-access-log", "--log-level", "error"]
    process = subprocess.Popen(command, env={**os.environ, **environ})
    try:
        yield Server(f"http://127.0.0.1:{port}", process.pid)
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


def load(
    servers: Sequence[Server], calls: Sequence[str], body: str, run: str, folder: Path, seconds: int
) -> Load:
    """POST to ``calls`` (``<path> <token>``) for some seconds over 32 keep-alive connections.

    wrk has two threads of 16 connections each, which share the servers.
    """
    path = folder / f"calls-{run}.txt"
    path.write_text("\n".join(calls) + "\n", encoding="ascii")
    ports = " ".join(one.url.rpartition(":")[2] for one in servers)
    environ = {**os.environ, "CALLS": str(path), "BODY": body, "RUN": run, "PORTS": ports}
    command = [wrk(), "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    command.append(servers[0].url)
    ended = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return Load(**json.loads(ended.stdout.strip().splitlines()[-1]))
