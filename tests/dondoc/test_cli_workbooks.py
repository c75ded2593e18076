"""``dondoc workbook`` and ``workbook-return``: out into a file, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dondoc.cli import run
from integrations.workbook_reading import read_workbook
from plans.mailed_workbooks import Mailed, Reading, take
from plans.settings import Settings
from plans.store import open_engine, writing
from plans.store.upgrade import upgrade
from tests.builders import ZONE
from tests.offices import NOW, assignment, furnish, updates
from tests.workbook_files import filled_in

REF = "mau/mot/so-y-te"
HOW = Reading(NOW, ZONE, "s" * 40, "x.vn")


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DONDOC_SECRET_KEY", "s" * 40)
    (tmp_path / "data").mkdir()
    engine = open_engine(Settings.read().url)
    upgrade(engine)
    furnish(engine)
    yield engine
    engine.dispose()


def test_out_and_back(record: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, marked = tmp_path / "a.xlsx", tmp_path / "m.xlsx"
    write = ["workbook", "so-y-te", "--out", str(out), "--at", "2025-04-16"]
    assert run([*write, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["assignments"] == len(read_workbook(out.read_bytes()).lines) > 1
    assert run(write) == 2  # it is there already
    assert "--force" in capsys.readouterr().err
    assert run([*write, "--force"]) == 0
    one, other = (str(assignment(record, ref).id) for ref in (REF, "mau/cu-y-te/so-cu"))
    given: dict[str, Any] = {one: {"percent": 40}, other: {"percent": "x"}}
    out.write_bytes(filled_in(out.read_bytes(), given))
    capsys.readouterr()
    assert run(["workbook-return", str(out), "--dry-run", "--json"]) == 1
    dry = json.loads(capsys.readouterr().out)
    assert (dry["counts"]["taken"], dry["counts"]["refused"]) == (1, 1)
    assert assignment(record, REF).percent == 0
    assert run(["workbook-return", str(out), "--marked", str(marked)]) == 1
    said = capsys.readouterr()
    assert "write a whole number from 0 to 100" in said.out and "1 taken" in said.err
    assert assignment(record, REF).percent == 40
    lines = {one.assignment: one for one in read_workbook(marked.read_bytes()).lines}
    assert lines[other].wrote == {"percent": "x"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["workbook", "khong-co", "--out", "{}/b.xlsx"],
        ["workbook", "so-y-te", "--out", "{}"],
        ["workbook", "so-y-te", "--out", "{}/none/b.xlsx"],
        ["workbook-return", "{}/none.xlsx"],
        ["workbook-return", "{}/text.xlsx"],
    ],
)
def test_what_is_wrong_is_said(
    record: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (tmp_path / "text.xlsx").write_text("chữ")
    assert run([one.format(tmp_path) for one in arguments]) == 2
    assert capsys.readouterr().err.startswith("dondoc: ")


def test_a_mailed_workbook_is_judged_again(
    record: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.xlsx"
    assert run(["workbook", "so-y-te", "--out", str(out), "--at", "2025-04-16"]) == 0
    given = {str(assignment(record, REF).id): {"percent": 40}}
    sheet = read_workbook(filled_in(out.read_bytes(), given))
    with writing(record) as connection:
        assert not take(connection, Mailed("mail:1", "moi@xa.vn", sheet), HOW)
    capsys.readouterr()
    assert run(["workbook-again", "--json"]) == 0
    [waiting] = json.loads(capsys.readouterr().out)
    assert waiting["sender"] == "moi@xa.vn"
    assert run(["workbook-again", waiting["id"]]) != 0
    assert "still no registered mailbox" in capsys.readouterr().err
    assert run(["departments", "contact", "so-y-te", "moi@xa.vn"]) == 0
    assert run(["workbook-again", waiting["id"]]) == 0
    assert assignment(record, REF).percent == 40
    assert updates(record)[0].actor == "office:cli"
    assert run(["workbook-again"]) == 0
    assert "0 workbooks wait" in capsys.readouterr().err


def test_a_persons_number_is_confirmed_by_an_option(
    record: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.xlsx"
    run(["workbook", "so-y-te", "--out", str(out), "--at", "2025-04-16"])
    given = {str(assignment(record, REF).id): {"percent": 40, "result": "Gọi 0912345678"}}
    out.write_bytes(filled_in(out.read_bytes(), given))
    assert run(["workbook-return", str(out)]) == 1
    said = capsys.readouterr().out
    assert "--confirm-personal-data" in said and "on the page" not in said
    assert run(["workbook-return", str(out), "--confirm-personal-data"]) == 0


def test_what_takes_a_report_back_says_so(
    record: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.xlsx"
    run(["workbook", "so-y-te", "--out", str(out), "--at", "2025-04-16"])
    raw, key = out.read_bytes(), str(assignment(record, REF).id)
    for act, percent, said in (("Trình", 90, ""), (None, 95, "takes back the report of ")):
        out.write_bytes(filled_in(raw, {key: {"percent": percent, "act": act}}))
        capsys.readouterr()
        run(["workbook-return", str(out), "--dry-run"])
        assert said in capsys.readouterr().out
        run(["workbook-return", str(out)])
    assert "took back the report of " in capsys.readouterr().out
