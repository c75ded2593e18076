"""``dondoc plans draft``: the file it writes, what it says of it, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dondoc.cli import run
from tests.annexes import care
from tests.dondoc.web.test_admin_drafting import annex


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path / "data"))


def put(folder: Path, raw: bytes, name: str = "annex.xlsx") -> str:
    (folder / name).write_bytes(raw)
    return str(folder / name)


def test_a_draft_passes_the_check_and_only_what_is_settled_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = put(tmp_path, annex()), tmp_path / "plan.yaml"
    assert (
        run(
            [
                "plans",
                "draft",
                file,
                "--out",
                str(out),
                "--id",
                "thu-nghiem",
                "--coordinator",
                "vp-ubnd-tinh",
            ]
        )
        == 0
    )
    told = capsys.readouterr()
    assert "leads\t1\t0\t1" in told.out
    assert "Sheet!C5\tleads\tnot understood\tSở Không Có" in told.out
    assert run(["plans", "check", str(out)]) == 0
    warnings = capsys.readouterr().out
    assert f"{out}:" in warnings and "'lead' is a question still" in warnings
    assert run(["plans", "load", str(out)]) == 2
    refused = capsys.readouterr().err
    assert "nobody knows yet who leads 'thu-nghiem-g1-2'" in refused
    settled = out.read_text().replace("lead:\n", "lead: so-y-te\n")
    out.write_text(settled)
    assert run(["plans", "load", str(out), "--dry-run"]) == 0


def test_an_annex_of_the_measured_ones_loads_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = put(tmp_path, care.ANNEX.make()), tmp_path / "plan.yaml"
    assert run(["plans", "draft", file, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["tasks"]["recognised"] == len(care.ANNEX.wanted)
    assert told["yaml"] == out.read_text()
    assert max(map(len, told["yaml"].splitlines())) <= 100
    assert run(["plans", "load", str(out), "--dry-run"]) == 0


def test_what_exists_is_not_overwritten_unless_it_is_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = put(tmp_path, annex()), tmp_path / "plan.yaml"
    out.write_text("mine")
    assert run(["plans", "draft", file, "--out", str(out)]) == 2
    assert "give --force" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert run(["plans", "draft", file, "--out", str(out), "--force"]) == 0
    assert "questions" in out.read_text()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "cannot read"),
        (b"no office file", "no Excel (.xlsx) or Word (.docx) file"),
        (annex([["Tên", "Tuổi"], ["An", "7"]]), "found Sheet: Tên | Tuổi"),
    ],
)
def test_unreadable_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes | None, said: str
) -> None:
    file = put(tmp_path, raw) if raw else str(tmp_path / "none.xlsx")
    assert run(["plans", "draft", file]) == 2
    assert said in capsys.readouterr().err
