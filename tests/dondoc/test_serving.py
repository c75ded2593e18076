"""The web process as it really runs: several workers, a port in use, and its end under load."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dondoc.serving import is_ready, listen
from plans.errors import InvalidInput, OutsideError
from plans.identity.tokens import NewToken, create
from plans.settings import Settings
from plans.store import open_engine, writing
from plans.store.upgrade import upgrade
from plans.terms import Role
from tests.offices import assignment, faults, furnish, updates
from tests.serving import ROOT, alive, clean_environment, until

REF = "mau/mot/so-y-te"


@pytest.fixture
def record(tmp_path: Path) -> Settings:
    """A furnished record on SQLite."""
    settings = Settings(data_dir=tmp_path / "data")
    engine = open_engine(settings.url)
    upgrade(engine)
    furnish(engine)
    engine.dispose()
    return settings


@contextmanager
def serving(
    record: Settings, log: Path, *options: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The web process on a socket of ours, which we close once it has it; and its address."""
    environ = clean_environment(record.data_dir, ROOT / "plans" / "catalogue")
    environ |= {"DONDOC_RATE_LIMIT": "100000/second"}
    with listen("127.0.0.1", 0) as listener, log.open("wb") as output:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "dondoc.serving", "--fd", str(listener.fileno()), *options],
            env=environ,
            cwd=ROOT,
            stderr=output,
            pass_fds=[listener.fileno()],
        )
    try:
        until(lambda: process.poll() is not None or is_ready(url), "it serves", 60)
        assert process.poll() is None, log.read_text()
        yield process, url
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def token(record: Settings) -> str:
    engine = open_engine(record.url)
    with writing(engine) as connection:
        new = NewToken("load", Role.DEPARTMENT, "so-y-te")
        secret = create(connection, new, actor="test", now=datetime.now(UTC))[1]
    engine.dispose()
    return secret


class Load:
    """A caller who reports again and again until it is refused a connection."""

    def __init__(self, url: str, path: str, secret: str) -> None:
        self.acknowledged: list[str] = []
        self.other: list[int] = []
        self._url, self._path = url, path
        self._headers = {"Authorization": f"Bearer {secret}"}
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=30) as client:
            for number in range(100_000):
                try:
                    answer = client.post(self._path, json={"percent": number % 100})
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    self.acknowledged.append(answer.json()["id"])
                else:
                    self.other.append(answer.status_code)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_its_end_loses_nothing_that_was_acknowledged(
    workers: str, record: Settings, tmp_path: Path
) -> None:
    engine = open_engine(record.url)
    path = f"/api/v1/assignments/{assignment(engine, REF).id}/updates"
    secret = token(record)
    with serving(record, tmp_path / "log", "--workers", workers) as (process, url):
        load = [Load(url, path, secret) for _ in range(6)]
        until(lambda: sum(len(one.acknowledged) for one in load) > 60, "some updates", 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        for one in load:
            one.thread.join(30)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/healthz")

    acknowledged = [key for one in load for key in one.acknowledged]
    kept = {f"{one.assignment}.{one.n}" for one in updates(engine, REF)}
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= kept
    assert [status for one in load for status in one.other] == []
    assert faults(engine) == []
    engine.dispose()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_workers_end_with_their_parent(record: Settings, tmp_path: Path) -> None:
    with serving(record, tmp_path / "log", "--workers", "2") as (process, url):
        task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers = [int(one) for one in task.read_text().split()]
        assert len(workers) >= 2
        answers = [httpx.get(f"{url}/healthz") for _ in range(20)]
        assert {one.headers.get("server") for one in answers} == {None}

        def counted() -> bool:
            text = httpx.get(f"{url}/metrics").text
            return 'dondoc_requests_total{method="GET",path="/healthz",status="200"} 20.0' in text

        # Whichever worker is asked knows what all of them did.
        until(counted, "all counts")
        process.kill()
        until(lambda: not any(alive(pid) for pid in workers), "the workers' end", 30)


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OutsideError, match=f"port {port} .* is in use; .*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "203.0.113.7"])
def test_a_host_that_is_not_ours(host: str) -> None:
    with pytest.raises(InvalidInput, match=host):
        listen(host, 0)


def test_both_families() -> None:
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        with listen(host, 0) as listener:
            assert listener.family == family


def test_the_web_process_knows_no_prefect() -> None:
    code = "import sys, dondoc.api.app, dondoc.serving; print('prefect' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ
    )
    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr


def test_what_is_sent_does_not_wait_for_an_acknowledgement() -> None:
    """A socket that does not know its protocol gets no TCP_NODELAY from asyncio."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        with socket.socket(fileno=os.dup(listener.fileno())) as handed_on:
            assert handed_on.proto == socket.IPPROTO_TCP
