"""A ``dondoc up`` of a test's own: a small catalogue, its own data directory, and its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from dondoc.children import server
from dondoc.prefect_home import answers, environment, free_port, home
from plans.declaration import Plan
from plans.settings import Settings
from plans.store import open_engine
from tests.builders import build_departments, build_plan

ROOT = Path(__file__).parents[1]
PATIENCE = 240
COMMAND = (sys.executable, "-c", "from dondoc.cli import main; main()")


def declare(folder: Path, *plans: Plan) -> Path:
    """Write the sample departments and plans as a catalogue's files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, declared in (("departments", build_departments()), *((one.id, one) for one in plans)):
        text = declared.model_dump_json(exclude_none=True, exclude_defaults=True, indent=1)
        (folder / f"{name}.yaml").write_text(text)
    return folder


def until(done: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until it is true, and give what it says."""
    limit = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < limit, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return found


def clean_environment(data: Path, plans: Path) -> dict[str, str]:
    """Ours, without what would lead to other data or another Prefect."""
    foreign = ("DONDOC_", "PREFECT_", "PYTHONUNBUFFERED")
    ours = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    return ours | {"DONDOC_DATA_DIR": str(data), "DONDOC_PLANS_DIR": str(plans)}


class Service:
    """A ``dondoc up`` as a process."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.data = folder / "data"
        self.output = folder / "output.txt"
        self.settings = Settings(data_dir=self.data)
        plans = declare(folder / "catalogue", build_plan())
        self.environment = clean_environment(self.data, plans) | environ
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--port", "0"],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def engine(self) -> Engine:
        return open_engine(self.settings.url)

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.said
            return "ready" in self.said

        until(ready, "ready")

    def children(self, *words: str) -> list[int]:
        """Processes below this one whose command has these words."""
        return [pid for pid in _below(self.process.pid) if all(w in _command(pid) for w in words)]

    def end(self, by: int = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(60)

    def close(self) -> None:
        """Whatever a failed test left: its own processes, by their ids."""
        left = [self.process.pid, *self.children()] if self.process.poll() is None else []
        for pid in left:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def api(self) -> httpx.Client:
        url = (self.data / "prefect" / "api-url").read_text()
        user, _, password = environment(self.settings)["PREFECT_API_AUTH_STRING"].partition(":")
        return httpx.Client(base_url=url, auth=(user, password), trust_env=False, timeout=60)


@contextmanager
def prefect_server(folder: Path) -> Iterator[str]:
    """A Prefect server for several commands: what ``PREFECT_API_URL`` names, without a password."""
    settings = Settings(data_dir=folder)
    environ = environment(settings)
    del environ["PREFECT_SERVER_API_AUTH_STRING"]
    port = free_port()
    child = server(port, environ, home(settings), "--no-services", "--no-ui")
    child.start()
    try:
        url = f"http://127.0.0.1:{port}/api"
        until(lambda: child.status() is not None or answers(url), "Prefect's server")
        assert child.status() is None, child.last_words()
        yield url
    finally:
        child.stop()


class Prefect:
    """What a test does by Prefect's REST API."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, path, json=body)
        while answer.status_code == 503:  # its SQLite was busy
            time.sleep(0.2)
            answer = self.client.request(method, path, json=body)
        return answer.raise_for_status().json()

    def deployment(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/deployments/name/{name}/{name}")
        return found

    def pause(self, name: str) -> None:
        """Nothing runs on schedule any more; what is under way comes to its end."""
        path = f"/deployments/{self.deployment(name)['id']}/pause_deployment"
        self.client.post(path).raise_for_status()

    def trigger(self, name: str, **parameters: Any) -> str:
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        return str(self.call("POST", path, {"parameters": parameters})["id"])

    def number_of_runs(self, *states: str) -> int:
        """How many flow runs there are; in some states, or in any."""
        which = {"flow_runs": {"state": {"type": {"any_": states}}}} if states else {}
        return int(self.call("POST", "/flow_runs/count", which))

    def state(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/flow_runs/{run}")["state"]
        return found

    def finish(self, run: str) -> str:
        """Wait for a run's end; gives its state's name."""
        final = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

        def ended() -> str | None:
            state = self.state(run)
            return json.dumps(state) if state["type"] in final else None

        return str(json.loads(until(ended, f"flow run {run}"))["name"])


_ENDED = (FileNotFoundError, ProcessLookupError)
"""A process that ended: before its file in /proc was opened, or between that and the reading."""


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except _ENDED:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _below(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except _ENDED:
        return []
    found = [int(one) for one in text.split()]
    return found + [one for child in found for one in _below(child)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except _ENDED:
        return ""
