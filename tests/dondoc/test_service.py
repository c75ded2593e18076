"""``dondoc up`` without Prefect: what it prepares, watches and refuses, and how its children end.

With Prefect: ``tests/flows/test_deployments.py``.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dondoc import children, service
from dondoc.children import Child
from dondoc.service import Web, _Service, _signals, alone, checkout, prepare, up, with_base_url
from dondoc.serving import is_ready, listen
from plans.errors import Conflict, NotFound, OutsideError
from plans.settings import Settings
from plans.store import open_engine, reading
from plans.store.schema import assignments
from tests.builders import build_plan
from tests.serving import ROOT, alive, declare, until

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    plans = declare(tmp_path / "catalogue", build_plan())
    return Settings(data_dir=tmp_path / "data", plans_dir=plans)


@pytest.fixture
def some(tmp_path: Path) -> Iterator[list[Child]]:
    """Children of a test, stopped at its end."""
    found: list[Child] = []
    yield found
    for child in found:
        child.stop()


def child(tmp_path: Path, *command: str) -> Child:
    return Child("the child", command or SLEEP, {"SAID": "yes"}, tmp_path, tmp_path / "child.log")


def test_preparing_fills_the_record_and_can_be_repeated(settings: Settings) -> None:
    said: list[str] = []
    for _ in range(2):
        prepare(settings, said.append)

    engine = open_engine(settings.url)
    with reading(engine) as connection:
        number = connection.execute(select(func.count()).select_from(assignments)).scalar_one()
    engine.dispose()
    assert f"assignments opened: {number}" in said
    assert said[-2:] == ["catalogue: 1 plans, 0 changed", "assignments opened: 0"]


def test_the_checkout_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert checkout() == ROOT

    monkeypatch.setattr(service, "CHECKOUT", tmp_path)
    with pytest.raises(NotFound, match=r"prefect\.yaml"):
        checkout()


def test_one_service_a_data_directory(settings: Settings) -> None:
    with alone(settings), pytest.raises(Conflict, match="already"), alone(settings):
        pass
    with alone(settings):
        pass


def test_signals_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with _signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(5)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_child_writes_its_log_and_stops(tmp_path: Path, some: list[Child]) -> None:
    code = "import os, time; print(os.environ['SAID'], flush=True); time.sleep(60)"
    one = child(tmp_path, sys.executable, "-c", code)
    some.append(one)
    one.start()
    until(lambda: one.last_words() == "yes", "its word")
    pid = one.pid

    one.stop()

    assert pid and not alive(pid)
    assert one.pid is None


def test_a_child_that_does_not_listen_is_killed_with_its_own(
    tmp_path: Path, some: list[Child]
) -> None:
    code = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"one = subprocess.Popen({list(SLEEP)}); print(one.pid, flush=True); one.wait()"
    )
    one = child(tmp_path, sys.executable, "-c", code)
    some.append(one)
    one.start()
    grandchild = int(until(lambda: one.log.exists() and one.last_words(), "its word"))

    one.stop(grace=0.2)

    until(lambda: not alive(grandchild), "its end", 30)


def test_a_large_log_begins_anew(
    tmp_path: Path, some: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LARGEST_LOG", 10)
    one = child(tmp_path)
    some.append(one)
    one.log.write_text("x" * 11)
    one.start()

    assert one.log.read_text() == ""
    assert one.log.with_suffix(".log.1").stat().st_size == 11


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_children_end_when_we_are_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from dondoc.children import Child;"
        f"here = Path({str(tmp_path)!r}); log = here / 'log';"
        f"one = Child('x', {SLEEP!r}, {{}}, here, log); one.start();"
        "print(one.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        until(lambda: b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes(), "its start")
        time.sleep(0.2)  # the tether is tied before the command is there
        parent.kill()

    until(lambda: not alive(pid), "its end", 30)


@pytest.fixture
def watched(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Service]:
    monkeypatch.setattr(service, "PAUSE", 0.01)
    with listen("127.0.0.1", 0) as listener:
        yield _Service(settings, tmp_path, threading.Event(), lambda _: None, listener)


def test_what_dies_is_started_again(
    watched: _Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(watched, "say", said.append)
    monkeypatch.setattr(watched.stop, "wait", lambda _: False)
    watched.worker = child(tmp_path, sys.executable, "-c", "raise SystemExit(7)")
    watched.worker.start()

    with pytest.raises(OutsideError, match="6 times in a row: giving up"), watched:
        watched.watch()

    assert [line.rpartition(" in ")[2] for line in said] == ["1 s", "2 s", "4 s", "8 s", "16 s"]
    assert all("status 7" in line for line in said)


def test_what_ends_before_it_is_ready_is_told_with_its_last_words(
    watched: _Service, tmp_path: Path
) -> None:
    one = child(tmp_path, sys.executable, "-c", "print('port taken'); raise SystemExit(1)")
    one.start()

    with pytest.raises(OutsideError, match="port taken"):
        watched._until(lambda: False, one.name, one)


def test_being_asked_to_end_ends_the_wait(watched: _Service) -> None:
    watched.stop.set()

    assert not watched._until(lambda: False, "never", None)


def test_the_lock_falls_with_its_holder(settings: Settings, tmp_path: Path) -> None:
    folder = settings.data_dir / "prefect"
    folder.mkdir(parents=True)
    with (folder / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    with alone(settings):
        pass


def test_links_lead_to_where_we_serve(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_base_url(settings, "127.0.0.1", 81).base_url == "http://127.0.0.1:81"
    assert with_base_url(settings, "::1", 81).base_url == "http://[::1]:81"
    monkeypatch.setattr("socket.gethostname", lambda: "dondoc.invalid")
    assert with_base_url(settings, "0.0.0.0", 81).base_url == "http://127.0.0.1:81"
    monkeypatch.setattr("socket.gethostname", lambda: "localhost")
    assert with_base_url(settings, "::", 81).base_url == "http://localhost:81"
    monkeypatch.setenv("DONDOC_BASE_URL", "https://dondoc.example.vn")
    assert with_base_url(Settings(), "0.0.0.0", 81).base_url == "https://dondoc.example.vn"


def test_a_port_in_use_ends_it_before_anything_begins(settings: Settings) -> None:
    said: list[str] = []
    with listen("127.0.0.1", 0) as taken, pytest.raises(OutsideError, match="choose another"):
        up(settings, Web(port=taken.getsockname()[1]), say=said.append)
    assert said == []
    assert not (settings.data_dir / "dondoc.sqlite3").exists()


def test_the_web_process_serves_before_prefect_and_is_revived(
    watched: _Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    prepare(settings, said.append)
    monkeypatch.setattr(watched, "root", ROOT)
    monkeypatch.setattr(watched, "say", said.append)
    watched.settings = with_base_url(settings, *watched.listener.getsockname())
    url = watched.settings.base_url
    with watched:
        watched._start_web()
        assert watched.web
        assert watched._until(watched._is_served, "the web process", watched.web)
        watched._tell_where()
        link = said[-1]
        assert link.startswith(f"{url}/sign-in/") and len(link.split()) == 1

        pid = watched.web.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(pid), "its end", 30)
        watched._revive(watched.web)
        # Whoever calls meanwhile waits, since the socket is ours, and is answered.
        until(lambda: is_ready(url), "its return")
        assert watched.web.pid != pid
    assert not is_ready(url)
