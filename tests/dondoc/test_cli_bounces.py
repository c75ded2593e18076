"""``dondoc bounces --dry-run``: what came back, looked at and left as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dondoc.cli import run

SAMPLE = Path(__file__).parents[1] / "integrations" / "bounce_samples" / "postfix.eml"


@pytest.fixture
def maildir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path / "var"))
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.x").write_bytes(SAMPLE.read_bytes())
    return tmp_path / "box"


def test_a_dry_run_shows_what_lies_there(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DONDOC_BOUNCE_URL", f"maildir://{maildir}")
    assert run(["bounces", "--dry-run", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["would_read"]
    assert (found["what"], found["status"]) == ("unknown", "5.1.1")
    assert [one.name for one in (maildir / "new").iterdir()] == ["1.x"]


def test_without_a_mailbox_it_says_so(maildir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bounces", "--dry-run"]) == 0
    assert "no DONDOC_BOUNCE_URL" in capsys.readouterr().err


def test_what_is_wrong_is_named(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DONDOC_BOUNCE_URL", "imap://a:bi-mat@x.vn/")
    assert run(["bounces", "--dry-run"]) == 2
    monkeypatch.setenv("DONDOC_BOUNCE_URL", f"maildir://{maildir}/none")
    assert run(["bounces", "--dry-run"]) == 1
    said = capsys.readouterr().err
    assert "would send the password in clear" in said and "is no maildir" in said
    assert "bi-mat" not in said


def test_the_service_knows_the_setting() -> None:
    code = "import dondoc.api.app; from plans.settings import refuse_unknown; refuse_unknown()"
    environment = os.environ | {"DONDOC_BOUNCE_URL": "maildir:///var/mail/x"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
