"""How the measured annexes are made: small builders over openpyxl and python-docx."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Want:
    """A task as a person reads it: how its title begins, who leads and supports, when it is due.

    Codes are divided by blanks. ``leads`` includes those of its parts and the classes that it is
    given to. ``dues`` in the words of ``due_words``, divided by "; ".
    """

    title: str
    leads: str = ""
    supporting: str = ""
    dues: str = ""


@dataclass(frozen=True)
class Annex:
    """One annex: its file, what a person knows of its plan, and what it declares."""

    file: str
    about: str
    make: Callable[[], bytes]
    wanted: tuple[Want, ...]
    issued: date = date(2026, 1, 20)
    year: int = 2026
    province: str | None = None


# --- Excel ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A sheet: rows from A1 on, merged ranges, number formats by cell."""

    name: str
    rows: Rows
    merged: Sequence[str] = ()
    formats: dict[str, str] = field(default_factory=dict)


def workbook(*pages: Page) -> bytes:
    """The pages as an .xlsx file."""
    from openpyxl import Workbook

    book: Any = Workbook()
    book.remove(book.active)
    for page in pages:
        sheet = book.create_sheet(page.name)
        for row in page.rows:
            sheet.append(list(row))
        for area in page.merged:
            sheet.merge_cells(area)
        for cell, form in page.formats.items():
            sheet[cell].number_format = form
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


# --- Word -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A table: its rows; merged cells as (row, column, last row, last column) from 0; which column
    Word numbers by itself; whether its first row is repeated on each page."""

    rows: Rows
    merged: Sequence[tuple[int, int, int, int]] = ()
    numbered: int | None = None
    repeat: bool = False


def document(*blocks: str | Table) -> bytes:
    """Paragraphs and tables as a .docx file; "\\n" in a cell makes a paragraph of its own."""
    from docx import Document

    paper: Any = Document()
    for block in blocks:
        if isinstance(block, str):
            paper.add_paragraph(block)
        else:
            _add_table(paper, block)
    raw = io.BytesIO()
    paper.save(raw)
    return raw.getvalue()


def _add_table(paper: Any, block: Table) -> None:
    width = max(len(row) for row in block.rows)
    table = paper.add_table(rows=len(block.rows), cols=width)
    table.style = "Table Grid"
    for r, row in enumerate(block.rows):
        cells = table.rows[r].cells
        for c, value in enumerate(row):
            if value is not None:
                _fill(cells[c], str(value), numbered=c == block.numbered and value == "#")
    for top, left, bottom, right in block.merged:
        kept = table.cell(top, left).text
        merged = table.cell(top, left).merge(table.cell(bottom, right))
        merged.text = kept
    if block.repeat:
        _repeat_first(table)


def _fill(cell: Any, text: str, *, numbered: bool) -> None:
    """A cell's paragraphs; "• " at a line's beginning makes Word's own bullet."""
    if numbered:
        cell.paragraphs[0].style = "List Number"
        return
    for n, line in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
        if line.startswith("• "):
            paragraph.style, line = "List Bullet", line[2:]
        paragraph.add_run(line)


def _repeat_first(table: Any) -> None:
    from docx.oxml import OxmlElement

    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
