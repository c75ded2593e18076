"""Annexes as offices save them: Excel's numbers and formulas, Word's merges, lists and changes."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook

from integrations.annex import read_annex
from integrations.annex_excel import is_plain
from integrations.annex_numbering import spelled
from plans.drafting.grid import Grid, Line, Paper
from plans.errors import WrongType
from tests.integrations.test_office_files import saved


def sheet(paper: Paper) -> Grid:
    return next(paper.grids())


def texts(grid: Grid) -> dict[tuple[int, int], str]:
    return {place: cell.text for place, cell in grid.cells.items() if cell.text}


def word(document: Any) -> Paper:
    target = io.BytesIO()
    document.save(target)
    return read_annex(target.getvalue(), "a.docx")


DAY = datetime(2026, 3, 4)  # noqa: DTZ001 - as Excel has it


def test_excel_cells_are_read_as_people_see_them() -> None:
    book: Any = Workbook()
    page = book.active
    page.append([1.0, 1.1, 1.1, True, DAY, "a\nb", None, "=A1+1"])
    page.append(["=A1+1", '=HYPERLINK("http://x","y")', "  x   y "])
    page["C1"].number_format = "0.00"
    page.merge_cells("A3:B4")
    page.row_dimensions[2].hidden = True
    found = sheet(read_annex(saved(book), "a.xlsx"))
    row = [found.own(0)[n].text for n in sorted(found.own(0))]
    assert row == ["1", "1.1", "1.10", "TRUE", "04/03/2026", "a\nb", "2"]
    assert found.cells[0, 4].value == DAY
    assert [found.cells[1, 0].text, found.cells[1, 2].text] == ["2", "x y"]
    assert found.cells[1, 1].formula and found.cells[1, 1].text.startswith("=HYPERLINK")
    assert (found.cells[2, 0].height, found.cells[2, 0].width) == (2, 2)
    assert found.hidden == {1}
    assert found.cells[1, 2].at == "Sheet!C2"


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        ("=A5+1", True),
        ("=ROW()-3", True),
        ("='Phụ lục 1'!B2", True),
        ("=MAX($A$1:A4)+1", True),
        ('=HYPERLINK("x")', False),
        ('=WEBSERVICE("http://x")', False),
        ("=cmd|'/c calc'!A1", False),
        ("='[x.xlsx]S'!A1", False),
        ("=" + "A1+" * 100 + "1", False),
    ],
)
def test_only_plain_arithmetic_is_trusted(formula: str, plain: bool) -> None:
    assert is_plain(formula) is plain


def test_word_tables_with_merges_lists_and_changes() -> None:
    document: Any = Document()
    document.add_paragraph("PHỤ LỤC")
    table = document.add_table(3, 3)
    table.cell(0, 0).paragraphs[0].style = "List Number"
    table.cell(1, 0).paragraphs[0].style = "List Number"
    table.cell(0, 1).text = "Một"
    table.cell(1, 1).text = "Hai\tba"
    table.cell(0, 2).text = "Sở Y tế"
    table.cell(0, 2).merge(table.cell(1, 2))
    table.cell(2, 0).merge(table.cell(2, 1)).text = "rộng"
    changed = table.cell(0, 1).paragraphs[0]._p
    changed.append(parse_xml(f"<w:ins {nsdecls('w')} w:id='1'><w:r><w:t>x</w:t></w:r></w:ins>"))
    deleted = "<w:del {} w:id='2'><w:r><w:delText>bỏ</w:delText></w:r></w:del>"
    changed.append(parse_xml(deleted.format(nsdecls("w"))))
    raised = "<w:r {}><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>1</w:t></w:r>"
    table.cell(0, 2).paragraphs[0]._p.append(parse_xml(raised.format(nsdecls("w"))))
    paper = word(document)
    assert paper.parts[0] == Line("PHỤ LỤC", "line 1")
    found = sheet(paper)
    assert texts(found) == {
        (0, 0): "1.",
        (1, 0): "2.",
        (0, 1): "Mộtx",
        (1, 1): "Hai ba",
        (0, 2): "Sở Y tế [1]",
        (2, 0): "rộng",
    }
    assert found.from_above(1, 2) is found.cells[0, 2]
    assert found.cells[2, 0].width == 2
    assert found.cells[0, 2].at == "table 1, row 1, column 3"


def test_a_frame_around_the_annex_is_none() -> None:
    document: Any = Document()
    inner = document.add_table(1, 1).cell(0, 0).add_table(2, 2)
    inner.cell(0, 0).text = "TT"
    found = [one for one in word(document).parts if isinstance(one, Grid)]
    assert [texts(one) for one in found] == [{(0, 0): "TT"}]


@pytest.mark.parametrize(
    ("n", "form", "said"),
    [
        (4, "upperRoman", "IV"),
        (9, "lowerRoman", "ix"),
        (28, "lowerLetter", "bb"),
        (3, "decimalZero", "03"),
        (0, "upperRoman", "0"),
        (2, "none", ""),
    ],
)
def test_lists_are_counted_as_word_writes_them(n: int, form: str, said: str) -> None:
    assert spelled(n, form) == said


def test_other_files_are_refused() -> None:
    with pytest.raises(WrongType):
        read_annex(b"STT;Noi dung", "a.csv")
