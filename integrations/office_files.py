"""Files from offices, .xlsx and .docx: looked at before anything opens them, then read as cells.

Every file that comes from outside goes through here. A file is a zip of XML: its parts are read as
a stream and counted, so what would fill the memory, fetch something or run something is refused
before a library builds anything of it. What is written for others goes through ``put_text``.

    for sheet in read_sheets(raw): …
    document = open_document(raw)
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Literal

from plans.errors import DondocError, InvalidInput, TooLarge, WrongType

if TYPE_CHECKING:
    from docx.document import Document

Kind = Literal["xlsx", "docx"]

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS, MOST_CELLS = 20_000, 200_000
"""Of all sheets or tables together; a province's largest annex has some hundreds of rows."""
MOST_TAGS, MOST_OTHER_TAGS = 1_500_000, 150_000
"""Beginnings and ends of elements: in the parts that hold cells and texts, and in all others, of
which a library makes larger things."""
CONTENT = ("/worksheets/", "/sharedstrings.xml", "word/document.xml")
CHUNK = 256 * 1024
OVERLAP = 64
"""Bytes of a chunk that are looked at again with the next: no mark that is looked for is longer."""
PACKED = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The beginning of .xls and .doc, and of any file that was given a password."""
MAIN: Mapping[Kind, bytes] = {
    "xlsx": b"spreadsheetml.sheet.main+xml",
    "docx": b"wordprocessingml.document.main+xml",
}
RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>", re.I)
MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"'
)
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Signs that XML cannot hold."""
LONGEST_TEXT = 32_767
"""Signs that a cell of Excel holds."""
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Value = str | int | float | bool | date | datetime | time | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a person sees it. ``formula``: what it is computed by; then ``value`` is what the
    program that saved it had computed, which nobody vouches for."""

    value: Value
    formula: str | None = None
    number_format: str = "General"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's cells that hold something, by (row, column) from 1; ``merged``: ranges as (first
    row, first column, last row, last column), of which the first cell holds what all show.

    ``hidden``: the numbers of hidden rows; ``visible``: whether the sheet itself is.
    """

    name: str
    cells: Mapping[tuple[int, int], Cell]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: frozenset[int] = frozenset()
    visible: bool = True

    def rows(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """The rows that hold anything, in order: number, and cells by column."""
        found: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            found.setdefault(row, {})[column] = cell
        yield from found.items()


# --- before it is opened --------------------------------------------------------------------------


def inspect(raw: bytes) -> Kind:
    """What a file is, once it is known that it can be opened.

    Raises:
        TooLarge: more than is taken, packed or unpacked, in rows or in cells.
        WrongType: no .xlsx or .docx; one with macros; an old or locked one.
        InvalidInput: it reaches out of itself, hides entities, or is damaged.
    """
    if len(raw) > MOST_BYTES:
        raise TooLarge(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
    if raw.startswith(OLD):
        raise WrongType(
            "an old .xls or .doc file, or one with a password: save it anew as .xlsx or .docx"
        )
    if not raw.startswith(PACKED):
        raise WrongType("no Excel (.xlsx) or Word (.docx) file")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            return _inspected(package)
    except DondocError:
        raise
    except Exception:
        # Whatever the zip library stumbles on, the file is not one that an office program wrote.
        raise damaged() from None


def damaged() -> InvalidInput:
    """What is said of a file that nobody can read."""
    return InvalidInput("the file is damaged: open it in Excel or Word, save it, and send it again")


def _inspected(package: zipfile.ZipFile) -> Kind:
    names = package.namelist()
    if len(names) > MOST_PARTS or len(set(names)) < len(names):
        raise TooLarge(f"the file has more than {MOST_PARTS} parts, or several of one name")
    if any(one.flag_bits & 1 for one in package.infolist()):
        raise WrongType("the file has a password: save it without one")
    _refuse_active(names)
    counted = _Counted()
    for name in names:
        counted.look_at(package, name)
    for kind, mark in MAIN.items():
        if mark in counted.types:
            return kind
    if b"macroEnabled" in counted.types:
        raise _macros()
    raise WrongType("no Excel (.xlsx) or Word (.docx) file")


def _refuse_active(names: list[str]) -> None:
    for name in (one.lower() for one in names):
        if "vbaproject" in name or "/activex/" in name or "/macrosheets/" in name:
            raise _macros()
        if "/externallinks/" in name or name.endswith(("/connections.xml", "/querytables.xml")):
            raise _reaches_out()


def _macros() -> WrongType:
    return WrongType("the file holds macros, which are never taken: save it as .xlsx or .docx")


def _reaches_out() -> InvalidInput:
    return InvalidInput(
        "the file takes data from elsewhere: break its links (Data, Edit links), and save it again"
    )


class _Counted:
    """What is in the parts, counted as they are unpacked."""

    def __init__(self) -> None:
        self.types = b""
        self.unpacked = self.rows = self.cells = self.tags = self.other_tags = 0

    def look_at(self, package: zipfile.ZipFile, name: str) -> None:
        is_xml = name.lower().endswith((".xml", ".rels", ".vml"))
        is_sheet = is_xml and "/worksheets/" in name.lower()
        tail, kept = b"", b""
        with package.open(name) as part:
            while chunk := part.read(CHUNK):
                self.unpacked += len(chunk)
                if self.unpacked > MOST_UNPACKED:
                    raise TooLarge(
                        f"unpacked, the file has more than {MOST_UNPACKED // 1024 // 1024} MB"
                    )
                if is_xml:
                    _refuse_entities(tail + chunk)
                    self._count(tail, chunk, is_sheet=is_sheet)
                    self._count_tags(name, chunk)
                if name == "[Content_Types].xml" or name.endswith(".rels"):
                    kept += chunk
                tail = chunk[-OVERLAP:]
        if name == "[Content_Types].xml":
            self.types = kept
        elif kept:
            _refuse_relations(kept)

    def _count(self, tail: bytes, chunk: bytes, *, is_sheet: bool) -> None:
        row, cell = (b"<row", b"<c ") if is_sheet else (b"<w:tr", b"<w:tc")
        for mark, name in ((row, "rows"), (cell, "cells")):
            # A mark that the last chunk's end began is counted with this one.
            begun = tail[-(len(mark) - 1) :]
            found = (begun + chunk).count(mark)
            setattr(self, name, getattr(self, name) + found)
        if is_sheet:
            self.cells += _merged_area(tail, chunk)
        if self.rows > MOST_ROWS:
            raise TooLarge(f"the file has more than {MOST_ROWS} rows: remove the empty ones")
        if self.cells > MOST_CELLS:
            raise TooLarge(f"the file has more than {MOST_CELLS} cells")

    def _count_tags(self, name: str, chunk: bytes) -> None:
        if any(mark in name.lower() for mark in CONTENT):
            self.tags += chunk.count(b"<")
        else:
            self.other_tags += chunk.count(b"<")
        if self.tags > MOST_TAGS or self.other_tags > MOST_OTHER_TAGS:
            raise TooLarge("the file holds far more than a table: copy the table into a new one")


def _merged_area(tail: bytes, chunk: bytes) -> int:
    """Cells that merged ranges span, each of which a library would make."""
    area, text = 0, tail + chunk
    for match in MERGED.finditer(text):
        if match.end() > len(tail):
            width = _column(match[3]) - _column(match[1]) + 1
            area += max(width, 1) * max(int(match[4]) - int(match[2]) + 1, 1)
    return area


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refuse_entities(text: bytes) -> None:
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise InvalidInput("the file declares XML entities, which no office program writes")
    if b"\x00" in text:
        raise InvalidInput("the file's XML is not in UTF-8, as office programs write it")


def _refuse_relations(text: bytes) -> None:
    """Links that a person may click are harmless; what would be fetched by itself is not."""
    for one in RELATION.findall(text):
        lower = one.lower()
        if b'targetmode="external"' in lower.replace(b"'", b'"') and b"/hyperlink" not in lower:
            raise _reaches_out()


# --- opening --------------------------------------------------------------------------------------


def read_sheets(raw: bytes) -> list[Sheet]:
    """Every sheet of an .xlsx file; errors as ``inspect``."""
    if inspect(raw) != "xlsx":
        raise WrongType("a Word file; this takes Excel's .xlsx")
    from openpyxl import load_workbook

    try:
        book = shown = load_workbook(io.BytesIO(raw), keep_links=False)
        if any(_has_formulas(sheet) for sheet in book.worksheets):
            shown = load_workbook(io.BytesIO(raw), keep_links=False, data_only=True)
        return [_sheet(one, shown[one.title]) for one in book.worksheets]
    except Exception:
        raise damaged() from None


def _has_formulas(sheet: Any) -> bool:
    return any(cell.data_type == "f" for cell in sheet._cells.values())


def _sheet(sheet: Any, shown: Any) -> Sheet:
    # By the cells that are there: one stray cell in the last row would make a million others.
    cells = {
        place: Cell(_value(shown._cells[place].value), _formula(cell), cell.number_format)
        for place, cell in sheet._cells.items()
        if cell.value is not None
    }
    merged = tuple(
        (one.min_row, one.min_col, one.max_row, one.max_col) for one in sheet.merged_cells.ranges
    )
    hidden = frozenset(n for n, one in sheet.row_dimensions.items() if one.hidden)
    return Sheet(sheet.title, cells, merged, hidden, sheet.sheet_state == "visible")


def _formula(cell: Any) -> str | None:
    if cell.data_type != "f":
        return None
    return cell.value if isinstance(cell.value, str) else getattr(cell.value, "text", None) or "="


def _value(value: Any) -> Value:
    """Rich text and the like as plain text."""
    plain = (str, int, float, bool, date, datetime, time)
    return value if value is None or isinstance(value, plain) else str(value)


def open_document(raw: bytes) -> Document:
    """A .docx file; errors as ``inspect``."""
    if inspect(raw) != "docx":
        raise WrongType("an Excel file; this takes Word's .docx")
    import docx

    try:
        return docx.Document(io.BytesIO(raw))
    except Exception:
        raise damaged() from None


# --- writing --------------------------------------------------------------------------------------


def put_text(cell: Any, text: str) -> None:
    """Write a person's words as words, whatever they begin with: never as a formula."""
    cell.value = NO_XML.sub("", text)[:LONGEST_TEXT]
    cell.data_type = "s"  # the library takes what begins with = for a formula
    cell.quotePrefix = text.startswith(BEGINS_FORMULA)
