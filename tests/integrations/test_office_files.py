"""Hostile files end in a clear refusal, soon and in little memory; ours are read as they are."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from integrations.office_files import inspect, open_document, put_text, read_sheets
from plans.errors import InvalidInput, TooLarge, WrongType

Parts = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"


def excel(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def word() -> bytes:
    target = io.BytesIO()
    document = Document()
    document.add_table(2, 2).cell(0, 0).text = "TT"
    document.save(target)
    return target.getvalue()


def changed(raw: bytes, change: Callable[[Parts], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in parts.items():
            package.writestr(name, body)
    return target.getvalue()


def sheet_of(body: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}">{body}</worksheet>'.encode()


def a_bomb(parts: Parts) -> None:
    parts[SHEET] = sheet_of("<sheetData/>" + " " * 300_000_000)


def a_million_empty_rows(parts: Parts) -> None:
    rows = "".join(f'<row r="{n}"/>' for n in range(1, 1_000_001))
    parts[SHEET] = sheet_of(f"<sheetData>{rows}</sheetData>")


def too_many_cells(parts: Parts) -> None:
    row = '<row r="1">' + '<c r="A1"><v>1</v></c>' * 250_000 + "</row>"
    parts[SHEET] = sheet_of(f"<sheetData>{row}</sheetData>")


def a_merged_sheet(parts: Parts) -> None:
    merged = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    parts[SHEET] = sheet_of(f"<sheetData/>{merged}")


def entities(parts: Parts) -> None:
    text = parts["xl/workbook.xml"].partition(b"?>")[2] or parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + text
    )


def hidden_entities(parts: Parts) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    parts["xl/sharedStrings.xml"] = text.encode("utf-16")


def macros(parts: Parts) -> None:
    parts["xl/vbaProject.bin"] = b"Sub Auto_Open()"


def macro_type(parts: Parts) -> None:
    name = "[Content_Types].xml"
    plain = b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts[name] = parts[name].replace(plain, b"ms-excel.sheet.macroEnabled.main+xml")


def external_links(parts: Parts) -> None:
    parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"


def a_remote_template(parts: Parts) -> None:
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="x9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b"relationships/attachedTemplate\" Target='https://evil.example/t.dotm' "
        b"TargetMode='External'/></Relationships>",
    )


def nested(parts: Parts) -> None:
    deep = "<r>" * 1_000_000 + "</r>" * 1_000_000
    cell = f'<c r="A1" t="inlineStr"><is>{deep}</is></c>'
    parts[SHEET] = sheet_of(f'<sheetData><row r="1">{cell}</row></sheetData>')


def wide(parts: Parts) -> None:
    cell = f'<c r="A1" t="inlineStr"><is>{"<r/>" * 10_000_000}</is></c>'
    parts[SHEET] = sheet_of(f'<sheetData><row r="1">{cell}</row></sheetData>')


def styles(parts: Parts) -> None:
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b"</cellXfs>", b"<xf/>" * 5_000_000)


def a_little_nested(parts: Parts) -> None:
    deep = "<r>" * 700_000 + "</r>" * 700_000
    cell = f'<c r="A1" t="inlineStr"><is>{deep}</is></c>'
    parts[SHEET] = sheet_of(f'<sheetData><row r="1">{cell}</row></sheetData>')


def damage(parts: Parts) -> None:
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"][:100]


HOSTILE: list[tuple[Callable[[Parts], None], str]] = [
    (a_bomb, "unpacked"),
    (a_million_empty_rows, "rows"),
    (too_many_cells, "cells"),
    (a_merged_sheet, "cells"),
    (entities, "entities"),
    (hidden_entities, "UTF-8"),
    (macros, "macros"),
    (macro_type, "macros"),
    (external_links, "elsewhere"),
    (a_remote_template, "elsewhere"),
    (nested, "far more than a table"),
    (wide, "far more than a table"),
    (styles, "far more than a table"),
    (a_little_nested, ""),  # read or refused: it ends in time
    (damage, "damaged"),
]

LIMITED = """
import resource, sys, pathlib
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
from integrations.office_files import read_sheets
from plans.errors import InvalidInput
try:
    read_sheets(pathlib.Path(sys.argv[1]).read_bytes())
except InvalidInput as error:
    print(error)
status = pathlib.Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.parametrize(("change", "said"), HOSTILE, ids=lambda one: getattr(one, "__name__", ""))
def test_a_hostile_file_is_refused_within_five_seconds_and_300_mb(
    change: Callable[[Parts], None], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "given.xlsx"
    path.write_bytes(changed(excel(["TT"]), change))
    # The limit is the system's: a process that needs more of the processor is killed.
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    *message, kilobytes = done.stdout.splitlines()
    assert said in " ".join(message)
    assert int(kilobytes) < 300 * 1024


def test_what_is_no_office_file_is_refused() -> None:
    with pytest.raises(WrongType, match="no Excel"):
        inspect(b"TT;Ten nhiem vu\n")
    with pytest.raises(WrongType, match="password"):
        inspect(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512)
    with pytest.raises(TooLarge, match="10 MB"):
        inspect(b"PK\x03\x04" + b"\x00" * (10 * 1024 * 1024))
    with pytest.raises(InvalidInput, match="damaged"):
        inspect(b"PK\x03\x04nothing of a zip")
    with pytest.raises(WrongType, match="Word file"):
        read_sheets(word())
    with pytest.raises(WrongType, match="Excel file"):
        open_document(excel(["TT"]))


def test_a_hyperlink_in_a_cell_harms_nobody() -> None:
    book = Workbook()
    book.active["A1"] = "vanthu@example.vn"
    book.active["A1"].hyperlink = "mailto:vanthu@example.vn"
    assert read_sheets(saved(book))[0].cells[1, 1].value == "vanthu@example.vn"


def test_a_stray_cell_in_the_last_row_is_one_cell() -> None:
    book = Workbook()
    book.active["A1"] = "TT"
    book.active["XFD1048576"] = "x"
    [sheet] = read_sheets(saved(book))
    assert [number for number, _ in sheet.rows()] == [1, 1_048_576]


def test_formulas_are_told_apart_and_never_computed() -> None:
    [sheet] = read_sheets(excel(["=1+1", "-1", "a"]))
    assert sheet.cells[1, 1].formula == "=1+1"
    assert sheet.cells[1, 1].value is None
    assert sheet.cells[1, 2].formula is None


def test_merged_hidden_and_invisible_is_told() -> None:
    book = Workbook()
    book.active["A1"] = "Nội dung"
    book.active.merge_cells("A1:B2")
    book.active.row_dimensions[3].hidden = True
    book.create_sheet("Ẩn").sheet_state = "hidden"
    first, second = read_sheets(saved(book))
    assert first.merged == ((1, 1, 2, 2),)
    assert first.hidden == {3}
    assert (first.visible, second.visible) == (True, False)


def test_a_documents_tables_are_read() -> None:
    assert open_document(word()).tables[0].cell(0, 0).text == "TT"


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_whatever_people_wrote_comes_back_as_words(text: str) -> None:
    book = Workbook()
    put_text(book.active["A1"], text)
    put_text(book.active["A2"], "=" + text)
    [sheet] = read_sheets(saved(book))
    assert all(cell.formula is None for cell in sheet.cells.values())
    assert isinstance(sheet.cells[2, 1].value, str)
