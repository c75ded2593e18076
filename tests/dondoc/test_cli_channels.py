"""Channels by command: secrets come by standard input, and none is printed."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from tests.channel_server import Anywhere, ZaloServer
from tests.offices import furnish

TOKEN = "3ccdd113474722377935511fc85d3dd4"
WHO = ("so-y-te", "syt@x.vn")


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


@pytest.fixture
def office(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zalo: ZaloServer
) -> Engine:
    furnish(sqlite_engine)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DONDOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DONDOC_DATABASE_URL", str(sqlite_engine.url))
    monkeypatch.setenv("DONDOC_ZALO_TEMPLATES", "*=1")
    for name, value in zalo.settings.items():
        monkeypatch.setenv(f"DONDOC_{name.upper()}", value)
    return sqlite_engine


@pytest.fixture
def told(
    capsys: pytest.CaptureFixture[str], office: Engine, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Runs ``dondoc …`` with a line of input; gives what it printed and said."""

    def tell(*arguments: str, line: str = "", status: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))
        found = run(list(arguments))
        captured = capsys.readouterr()
        assert found == status, captured.err
        return captured.out, captured.err

    return tell


def test_zalo_from_its_permission_to_a_trial(told: Any, zalo: ZaloServer) -> None:
    out, err = told("channels", "zalo-authorize", line="a code")
    assert "access until" in out
    assert f"{zalo.url}/v4/oa/permission?app_id={zalo.APP}" in err
    assert zalo.posts[0].body["code_verifier"]
    out, err = told("departments", "channel", "set", *WHO, "zalo:02438253531")
    assert out == "so-y-te: syt@x.vn: zalo 84•••••••531, then mail\n"
    assert "never a person's own" in err
    out, _ = told("departments", "channel", "test", *WHO)
    assert out == "84•••••••531 took it (zalo-1)\n"
    found = json.loads(told("channels", "list", "--json")[0])
    assert [one["name"] for one in found["channels"]] == ["zalo"]
    assert found["contacts"][0]["shown"] == "84•••••••531"
    assert told("channels", "list") == told("channels")
    assert "84•••••••531" in told("channels")[0]


def test_what_zalo_lacks_is_said_at_once(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, err = told("departments", "channel", "set", *WHO, "zalo:02438253531")
    assert "no access to Zalo yet" in err
    assert "DONDOC_ZALO" not in err
    for name in ("APP_ID", "SECRET_KEY", "TEMPLATES"):
        monkeypatch.delenv(f"DONDOC_ZALO_{name}")
    _, err = told("departments", "channel", "set", *WHO, "zalo:02438253531")
    assert "setting DONDOC_ZALO_APP_ID, DONDOC_ZALO_SECRET_KEY:" in err
    assert "no template is set for reminder, escalation, digest, webhook, workbook, test" in err
    assert "mind: zalo:zns: no access to Zalo yet" in told("channels")[1]
    _, err = told("departments", "channel", "set", *WHO, "zalo:user:7279905758396907775")
    assert "DONDOC_ZALO_APP_ID" in err
    assert "template" not in err, "followers need none"


def test_an_address_that_is_a_secret_comes_by_input_alone(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_WEBHOOK_ALLOW_PRIVATE", "true")
    with Anywhere(200, 404) as server:
        where = f"mmost://127.0.0.1:{server.port}/{TOKEN}"
        _, err = told("departments", "channel", "set", *WHO, where, status=2)
        assert "standard input" in err
        assert TOKEN not in err
        out, _ = told("departments", "channel", "set", *WHO, line=where)
        assert f"mmost://127.0.0.1:{server.port}/…" in out
        told("departments", "channel", "test", *WHO)
        _, err = told("departments", "channel", "test", *WHO, status=1)
    assert "404" in err
    assert TOKEN not in err
    assert told("departments", "channel", "remove", *WHO)[0] == "so-y-te: syt@x.vn: mail\n"
    _, err = told("departments", "channel", "test", *WHO, status=1)
    assert "has no channel" in err


@pytest.mark.parametrize(
    ("arguments", "line", "said"),
    [
        (("departments", "channel", "set", *WHO), "", "nothing was given"),
        (("departments", "channel", "set", *WHO), "zalo:1", "not a number of Vietnam"),
        (("channels", "zalo-authorize"), "wrong", "Zalo refused"),
        (("channels", "zalo-authorize"), "http://x/?code=a&state=b", "another permission"),
        (("channels", "zalo-authorize", "--refresh-token"), "wrong", "Zalo refused"),
    ],
)
def test_what_is_wrong_is_said(told: Any, arguments: Any, line: str, said: str) -> None:
    _, err = told(*arguments, line=line, status=2)
    assert said in err


def test_without_an_application_zalo_says_what_is_missing(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DONDOC_ZALO_SECRET_KEY")
    _, err = told("channels", "zalo-authorize", line="a code", status=2)
    assert "DONDOC_ZALO_SECRET_KEY" in err
