"""The report as PDF, and its workbook, through a real LibreOffice."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from integrations import libreoffice, reports
from integrations.libreoffice import OfficeMissing
from integrations.reports import file_of
from tests.builders import at
from tests.reports import SAME, ask, busy_office

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("libreoffice")]


def read_pdf(raw: bytes, folder: Path, *options: str) -> str:
    path = folder / "report.pdf"
    path.write_bytes(raw)
    command = ["pdftotext", "-layout", *options, str(path), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def test_the_pdf_reads_as_the_document(sqlite_engine: Engine, tmp_path: Path) -> None:
    busy_office(sqlite_engine)
    report = ask(sqlite_engine, as_of=at(date(2025, 4, 5), 17))
    raw = file_of(report, "pdf", "vi").content
    first, second, *_ = read_pdf(raw, tmp_path).split("\f")
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in first and "I. KẾT QUẢ THỰC HIỆN" in first
    assert first.split()[0] != "1" and second.split()[0] == "2"  # numbered from the second page on
    whole = " ".join(read_pdf(raw, tmp_path).split())
    assert SAME in whole and "Phụ lục I" in whole and "Nơi nhận:" in whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(libreoffice, "PROGRAMS", ("no-such-office",))
        with pytest.raises(OfficeMissing, match="apt-get install"):
            file_of(report, "pdf", "vi")
        assert reports.file_of(report, "docx", "vi").name.endswith(".docx")
