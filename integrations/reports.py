"""A report as a file: Word, PDF through LibreOffice, or the workbook of its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Literal

from integrations.libreoffice import OfficeMissing, convert
from integrations.report_words import report_words
from plans.reports import Report

Format = Literal["docx", "pdf", "xlsx"]
FORMATS: tuple[Format, ...] = ("docx", "pdf", "xlsx")
OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: dict[Format, str] = {
    "docx": f"{OFFICE}.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
}


AT_ONCE, PATIENCE = 2, 60
"""How many PDFs a process has made at once, and how many seconds others wait for their turn."""
_turns = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class File:
    """A report's file with the name under which it is kept."""

    name: str
    media_type: str
    content: bytes


def file_of(report: Report, kind: Format, language: str) -> File:
    """A report as a file. No transaction need be open: PDF takes LibreOffice some seconds.

    Raises:
        OfficeMissing: a PDF was asked for, and LibreOffice is not installed or failed.
    """
    return File(name_of(report, kind), MEDIA_TYPES[kind], _content(report, kind, language))


def _content(report: Report, kind: Format, language: str) -> bytes:
    words = report_words(language)
    if kind == "xlsx":
        from integrations.report_sheets import workbook

        return workbook(report, words)
    from integrations.report_word import document

    raw = document(report, words)
    return _as_pdf(raw) if kind == "pdf" else raw


def _as_pdf(raw: bytes) -> bytes:
    if not _turns.acquire(timeout=PATIENCE):
        raise OfficeMissing("LibreOffice is busy with other reports; ask again", permanent=False)
    try:
        return convert(raw, ".docx", "pdf")
    finally:
        _turns.release()


def name_of(report: Report, kind: Format) -> str:
    """A file's name from plan and time, in letters that every system takes."""
    span = re.sub(r"[^0-9A-Za-z]+", "-", report.asked.span.key)
    return f"bao-cao-{report.plan.id}-{span}.{kind}"
