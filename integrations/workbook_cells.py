"""A workbook's cells as people leave them: numbers as text, percent formats, days in any dress."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from math import isfinite

from integrations.office_files import Cell
from integrations.wording import LANGUAGES, wording
from integrations.workbook_words import ACTS, KINDS
from plans.searching import plain
from plans.workbook_rows import FIELDS, Code

ERRORS = ("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!")
EPOCH, FIRST_SERIAL, LAST_SERIAL = date(1899, 12, 30), 16_000, 110_000
"""Excel counts days since then; between these numbers lie 1943 and 2201."""
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
NUMBER = re.compile(r"(\d{1,3})(?:[.,](\d{1,6}))?\s*(%?)")


class Unread(Exception):
    """A cell that cannot be read: why."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


def read_cell(name: str, cell: Cell | None) -> str | int | None:
    """What a column's cell says; ``Unread`` where nobody can tell. Nothing is "" (or None)."""
    if cell is None:
        return None if name == "percent" else ""
    if cell.formula is not None:
        raise Unread("formula")
    if isinstance(cell.value, str):
        text = clean(cell.value)
        if text in ERRORS:
            raise Unread("error_value")
        cell = Cell(text, None, cell.number_format)
    return _READERS.get(name, _text)(cell)


def wrote(cell: Cell) -> str:
    """What stands in a cell, as text, to be shown again."""
    if cell.formula is not None:
        return cell.formula
    if isinstance(cell.value, datetime | date):
        return f"{cell.value:%d/%m/%Y}"
    return "" if cell.value is None else str(cell.value)


def clean(text: str) -> str:
    """A text in one spelling, as a report keeps it."""
    text = unicodedata.normalize("NFC", text.replace("_x000D_", "").replace("\r\n", "\n"))
    return text.replace("\r", "\n").strip()


def _percent(cell: Cell) -> int | None:
    value = cell.value
    if value is None or value == "":
        return None
    if isinstance(value, str):
        match = NUMBER.fullmatch(value)
        if not match:
            raise Unread("not_percent")
        number = float(f"{match[1]}.{match[2] or 0}")
        return _whole(number, share=match[3] != "%" and _is_share(match))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unread("not_percent")
    in_percent = "%" in QUOTED.sub("", cell.number_format)
    return _whole(float(value), share=in_percent or 0 < value < 1)


def _is_share(match: re.Match[str]) -> bool:
    """0,8 is 80 %; 1 is 1 %, and 0,8% no whole number."""
    return match[1] == "0" and bool(match[2]) and int(match[2]) > 0


def _whole(number: float, *, share: bool) -> int:
    number = number * 100 if share else number
    if not isfinite(number):
        raise Unread("not_percent")
    found = round(number)
    if abs(number - found) > 1e-6 or not 0 <= found <= 100:
        raise Unread("not_percent")
    return found


def _chosen(known: Mapping[str, str], code: Code) -> Callable[[Cell], str]:
    """Reads one of a list's words, in either language, with or without accents."""

    def read(cell: Cell) -> str:
        if cell.value is None or cell.value == "":
            return ""
        if isinstance(cell.value, str):
            wanted = plain(cell.value).strip(" .")
            for key, text in known.items():
                said = {plain(wording(language).gettext(text)) for language in LANGUAGES}
                if wanted in said | {key}:
                    return key
        raise Unread(code)

    return read


def _date(cell: Cell) -> str:
    value = cell.value
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _day_of(value)
    if isinstance(value, int | float) and float(value).is_integer():
        if not FIRST_SERIAL <= value <= LAST_SERIAL:  # True is 1, which is no day either
            raise Unread("not_date")
        return (EPOCH + timedelta(days=int(value))).isoformat()
    raise Unread("not_date")


def _day_of(text: str) -> str:
    if match := DAY.fullmatch(text):
        day, month, year = match.groups()
    elif match := ISO.fullmatch(text):
        year, month, day = match.groups()
    else:
        raise Unread("not_date")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unread("not_date") from None


def _text(cell: Cell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime | date | time):
        raise Unread("a_date")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(str(value))


_READERS: Mapping[str, Callable[[Cell], str | int | None]] = {
    "percent": _percent,
    "act": _chosen(ACTS, "not_act"),
    "date": _date,
    "kind": _chosen(KINDS, "not_kind"),
}
assert set(_READERS) <= set(FIELDS)
