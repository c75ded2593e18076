"""``dondoc report``: a file in its place, its notes, and what it refuses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from integrations import libreoffice
from tests.reports import QUARTER, busy_office

ASKED = ("report", "mau", "--period", QUARTER, "--at", "2025-04-16")


@pytest.fixture(autouse=True)
def folder(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder to write in, and a record in which something was said."""
    busy_office(sqlite_engine)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    yield tmp_path / "here"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    return run(list(arguments)), capsys.readouterr().err


def test_a_word_document_is_written_beside_its_notes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(list(ASKED)) == 0
    said = capsys.readouterr().out
    path = folder / "bao-cao-mau-2025-Q1.docx"
    assert said.splitlines()[0] == path.name and "have not reported what was due" in said
    whole = [one.text for one in docx.Document(io.BytesIO(path.read_bytes())).paragraphs]
    assert "I. KẾT QUẢ THỰC HIỆN" in whole
    assert any("tính đến ngày 16/04/2025" in text for text in whole)


def test_the_names_end_says_the_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ASKED, "--out", "x.xlsx", "--language", "en", "--as-of", "2025-04-01T08:00"]) == 0
    book = openpyxl.load_workbook(folder / "x.xlsx")
    about = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows(min_row=2)}
    assert about["Figures recorded by"] == "08:00 on 01/04/2025"
    status, error = refused(capsys, *ASKED, "--out", "x.odt")
    assert status == 2 and ".docx, .pdf or .xlsx" in error
    assert refused(capsys, *ASKED, "--out", "there/x.docx")[0] == 2


def test_nothing_is_written_over_unless_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.docx").write_bytes(b"mine")
    status, error = refused(capsys, *ASKED, "--out", "x.docx")
    assert status == 2 and "--force" in error and (folder / "x.docx").read_bytes() == b"mine"
    assert run([*ASKED, "--out", "x.docx", "--force", "--issuer", "Bộ Y tế / Cục Trẻ em"]) == 0
    assert b"mine" not in (folder / "x.docx").read_bytes()


def test_bad_input_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (("--period", "2025-Q7"), "two days like 2026-01-01.."),
        (("--period", "2026"), "nothing to tell"),
        (("--period", QUARTER, "--as-of", "2099-01-01"), "still to come"),
        (("--period", QUARTER, "--language", "fr"), "Invalid value"),
    ):
        status, error = refused(capsys, "report", "mau", "--at", "2025-04-16", *arguments)
        assert status == 2 and said in error and not list(folder.iterdir())


def test_without_libreoffice_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libreoffice, "PROGRAMS", ("no-such-office",))
    status, error = refused(capsys, *ASKED, "--format", "pdf")
    assert status == 1 and "apt-get install" in error and not list(folder.iterdir())
    assert refused(capsys, "report", "nix", "--period", QUARTER)[0] == 2
