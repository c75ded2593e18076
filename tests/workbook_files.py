"""Workbooks in a person's hands: opened, filled in by the columns' names, saved again."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import Engine

from integrations.wording import wording
from integrations.workbook import write_book
from integrations.workbook_sheet import HEAD, KEYS
from integrations.workbook_words import ASKING
from plans.store import reading, writing
from plans.store import workbooks as store
from plans.workbook_hands import speaker
from plans.workbook_returns import receive
from plans.workbook_rows import Sheet
from plans.workbook_settling import Terms
from plans.workbook_showing import Shown, show
from plans.workbooks import make
from tests.builders import ZONE
from tests.offices import DAY, NOW

SECRET = "s" * 40


def handed_out(engine: Engine, department: str = "so-y-te", **given: Any) -> bytes:
    """A new workbook."""
    fields: dict[str, Any] = {"actor": "test", "now": NOW, "day": DAY, "secret": SECRET} | given
    with writing(engine) as connection:
        book = make(connection, department, **fields)
    return write_book(book, ZONE)


def filled_in(raw: bytes, given: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The workbook with cells changed, by assignment and field; ``*``: of every row."""
    book: Any = load_workbook(io.BytesIO(raw))
    sheet = book.worksheets[1]
    columns = columns_of(sheet)
    for row in range(HEAD + 1, sheet.max_row + 1):
        key = sheet.cell(row, columns[KEYS[1]]).value
        for name, value in given.get(str(key), given.get("*", {})).items():
            sheet.cell(row, columns[name]).value = value
    return saved(book)


def columns_of(sheet: Any) -> dict[str, int]:
    """The columns' numbers by our names."""
    names = {
        wording(language).gettext(text): name
        for language in ("vi", "en")
        for name, text in ASKING.items()
    }
    heads = [sheet.cell(HEAD, n).value for n in range(1, sheet.max_column + 1)]
    return {names.get(str(text), str(text)): n for n, text in enumerate(heads, 1)}


def saved(book: Any) -> bytes:
    """As a file."""
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def terms(department: str = "so-y-te", **given: Any) -> Terms:
    """On what a test hands a workbook in."""
    fields: dict[str, Any] = {"now": NOW, "zone": ZONE, "secret": SECRET, "way": "cli"} | given
    return Terms(caller=speaker("office:cli", [department]), **fields)


def hand_in(
    engine: Engine, sheet: Sheet, department: str = "so-y-te", *, dry: bool = False, **given: Any
) -> list[Shown]:
    """Hand a workbook in; gives what came of each row, as it is shown afterwards."""
    with writing(engine) as connection:
        key = receive(connection, sheet, terms(department, **given), dry=dry)
    with reading(engine) as connection:
        return show(connection, store.return_row(connection, key), DAY)


def outcomes(rows: list[Shown]) -> dict[str, str]:
    """What came of each assignment's row, with the first reason's code."""
    return {
        one.line.assignment: " ".join(
            [str(one.result.outcome), *(problem.code for problem in one.result.problems)]
        )
        for one in rows
    }
