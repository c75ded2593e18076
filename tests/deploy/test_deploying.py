"""Deploying without a server, and processes of several machines on one data directory."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dondoc.cli import run
from dondoc.prefect_home import free_port
from dondoc.serving import _counting_together
from dondoc.silent_runs import AGAIN, SILENT
from plans.settings import Settings
from plans.store import leases
from tests.deploy.stack import shipped


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_no_server_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deploy"]) == 2
    assert "PREFECT_API_URL names no server" in capsys.readouterr().err


def test_no_server_answers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    assert run(["deploy"]) == 1
    assert "no Prefect server answers at" in capsys.readouterr().err


def test_who_is_silent_has_missed_some_heartbeats_and_runs_again_once_its_lease_has_ended() -> None:
    heartbeat = int(shipped("prefect.env.example")["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    assert 3 * heartbeat <= SILENT
    assert leases.LENGTH.total_seconds() < AGAIN


def test_two_machines_with_one_process_id_count_in_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    with _counting_together(settings):
        monkeypatch.setattr(socket, "gethostname", lambda: "another-machine")
        with _counting_together(settings):
            assert len(list((tmp_path / "web").iterdir())) == 2
        assert len(list((tmp_path / "web").iterdir())) == 1
