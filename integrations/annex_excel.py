"""An annex in Excel: its sheets as plain tables, numbers and dates as a person sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time

from integrations.office_files import Sheet, Value, read_sheets
from plans.drafting.grid import Cell, Grid, Paper, clean

Place = tuple[tuple[int, int], Cell]

PLAIN = re.compile(r"=(?:'[^'\[\]]*'!|[^\W\d]\w*!|[\s$A-Z0-9+\-*/().,:;])*", re.I)
"""Arithmetic on cells, as offices number rows with it; anything else is only quoted."""
CALL = re.compile(r"([A-Z][A-Z0-9.]*)\s*\(", re.I)
COUNTING = {"SUM", "ROW", "ROWS", "MAX", "COUNT", "COUNTA", "SUBTOTAL"}
NEXT = re.compile(r"=\s*\$?([A-Z]{1,3})\$?(\d{1,7})\s*\+\s*(\d{1,3})", re.I)
LONGEST_FORMULA = 200
DECIMALS = re.compile(r"0\.(0+)")


def read_workbook(raw: bytes, name: str) -> Paper:
    """Every sheet of an .xlsx file, hidden ones too; errors as ``office_files.read_sheets``."""
    return Paper(name, tuple(_grid(sheet) for sheet in read_sheets(raw)))


def _grid(sheet: Sheet) -> Grid:
    spans = {
        (top, left): (bottom - top + 1, right - left + 1)
        for top, left, bottom, right in sheet.merged
    }
    inner = {
        (row, column)
        for top, left, bottom, right in sheet.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    places = (set(sheet.cells) - inner) | set(spans)
    cells = {
        (row - 1, column - 1): _cell(sheet, row, column, *spans.get((row, column), (1, 1)))
        for row, column in places
    }
    cells |= dict(_counted(cells))
    hidden = frozenset(row - 1 for row in sheet.hidden)
    return Grid(clean(sheet.name), cells, hidden, sheet.visible, sheet=True)


def _cell(sheet: Sheet, row: int, column: int, height: int, width: int) -> Cell:
    at = f"{clean(sheet.name)}!{letters(column)}{row}"
    found = sheet.cells.get((row, column))
    if found is None:
        return Cell("", at, height=height, width=width)
    if found.formula is not None and (not is_plain(found.formula) or found.value is None):
        return Cell(clean(found.formula), at, formula=True, height=height, width=width)
    day = found.value if isinstance(found.value, date | datetime) else None
    text = clean(_text(found.value, found.number_format))
    return Cell(text, at, day, found.number_format, height=height, width=width)


def _counted(cells: Mapping[tuple[int, int], Cell]) -> Iterator[Place]:
    """Numbers that no program has computed yet, where they only count on from a cell above."""
    known = {place: cell.text for place, cell in cells.items() if not cell.formula}
    for (row, column), cell in sorted(cells.items()):
        found = NEXT.fullmatch(cell.text) if cell.formula else None
        if found:
            before = known.get((int(found[2]) - 1, column_of(found[1]) - 1), "")
            if before.isdecimal() and len(before) < 6:
                text = str(int(before) + int(found[3]))
                known[row, column] = text
                yield (row, column), replace(cell, text=text, formula=False)


def column_of(name: str) -> int:
    """A column's number, from 1."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number


def is_plain(formula: str) -> bool:
    """Whether a formula only counts: references, figures, and the functions that number rows."""
    calls = {name.upper() for name in CALL.findall(formula)}
    short = len(formula) <= LONGEST_FORMULA
    return short and calls <= COUNTING and bool(PLAIN.fullmatch(formula.strip()))


def letters(column: int) -> str:
    """A column's letters, from 1: A, B … AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _text(value: Value, number_format: str) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        clock = f" {value:%H:%M}" if value.time() != time() else ""
        return f"{value:%d/%m/%Y}{clock}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def _number(value: float, number_format: str) -> str:
    """As numbering shows it: 1.0 is 1, and 1.1 with the format 0.00 is 1.10."""
    places = DECIMALS.search(number_format)
    if places:
        return f"{value:.{len(places[1])}f}"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
