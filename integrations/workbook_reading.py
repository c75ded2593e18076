"""A workbook that came back, read: its rows wherever they stand now, and what their cells say.

Nothing of the file is believed but its cells. Rows are known again by their hidden cells, columns
by their names in either language; whether a row is genuine is asked in ``plans``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from integrations.office_files import Cell, read_sheets
from integrations.office_files import Sheet as FileSheet
from integrations.wording import LANGUAGES, wording
from integrations.workbook import HIDDEN
from integrations.workbook_cells import Unread, clean, read_cell, wrote
from integrations.workbook_sheet import KEYS, TASK, short_of
from integrations.workbook_words import ASKING, INFORMING
from plans.errors import InvalidInput
from plans.searching import plain
from plans.workbook_rows import FIELDS, MOST_ROWS, Line, Problem, Sheet

LONGEST_KEY, LONGEST_WROTE = 120, 500
SEARCHED = 50
"""Rows from the top among which the columns' names are looked for."""


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the columns' names stand, and which columns they name."""

    row: int
    columns: Mapping[str, int]


def read_workbook(raw: bytes) -> Sheet:
    """What a workbook of ours says.

    Raises:
        InvalidInput: no workbook of ours, one of its columns is gone, or (with its kinds
            ``TooLarge`` and ``WrongType``) nothing that can be opened, see ``office_files``.
    """
    sheets = read_sheets(raw)
    workbook, language = _named(sheets)
    found = [(sheet, head) for sheet in sheets if (head := _head(sheet))]
    if not found:
        raise InvalidInput(
            "this is no workbook of ours, or its hidden columns are gone: take a fresh one and "
            "copy your words into its cells"
        )
    if len(found) > 1:
        # Which of two copies counts, nobody but its writer knows.
        names = "', '".join(sheet.name for sheet, _ in found)
        raise InvalidInput(f"several sheets hold the rows: '{names}'; keep one of them")
    lines = list(_lines(*found[0]))
    if len(lines) > MOST_ROWS:
        raise InvalidInput(f"a workbook holds at most {MOST_ROWS} rows")
    return Sheet(workbook or (lines[0].workbook if lines else ""), language, tuple(lines))


def is_ours(raw: bytes) -> bool:
    """Whether a file that can be opened looks like one of our workbooks."""
    return any(_head(sheet) for sheet in read_sheets(raw))


def _named(sheets: list[FileSheet]) -> tuple[str, str]:
    """The workbook's id and language, from the sheet that nobody sees."""
    for sheet in sheets:
        if sheet.name == HIDDEN:
            said = [_hidden(sheet.cells.get((row, 1))) for row in (1, 2)]
            return said[0][:16], said[1] if said[1] in LANGUAGES else "vi"
    return "", "vi"


def _head(sheet: FileSheet) -> _Head | None:
    for row, cells in sheet.rows():
        if row > SEARCHED:
            break
        names = {plain(_hidden(cell)): column for column, cell in cells.items()}
        if all(key in names for key in KEYS):
            return _Head(row, _columns(names))
    return None


def _columns(names: Mapping[str, int]) -> dict[str, int]:
    found = {key: names[key] for key in KEYS}
    for name, text in ASKING.items():
        said = [plain(wording(language).gettext(text)) for language in LANGUAGES]
        column = next((names[one] for one in said if one in names), None)
        if column is None:
            raise InvalidInput(
                f"the column '{wording('vi').gettext(text)}' is gone: take a fresh workbook and "
                "copy your words into its cells"
            )
        found[name] = column
    task = INFORMING["task"]
    tasks = [plain(wording(language).gettext(task)) for language in LANGUAGES]
    beside = {TASK: names.get(TASK), "task": next((names[n] for n in tasks if n in names), None)}
    return found | {name: column for name, column in beside.items() if column is not None}


def _lines(sheet: FileSheet, head: _Head) -> Iterator[Line]:
    mixed = _mixed(sheet, head)
    for line in _all_lines(sheet, head):
        problem = (Problem("mixed"),) if line.row in mixed else ()
        yield replace(line, problems=(*problem, *line.problems))


def _mixed(sheet: FileSheet, head: _Head) -> set[int]:
    """The rows whose task is another row's: sorted or pasted without the hidden columns."""
    if not {"task", TASK} <= set(head.columns):
        return set()
    rows = [(row, cells) for row, cells in sheet.rows() if row > head.row]
    own = {row: _hidden(cells.get(head.columns[TASK])) for row, cells in rows}
    every, found = set(own.values()) - {""}, set()
    for row, cells in rows:
        cell = cells.get(head.columns["task"])
        stands = short_of(clean(str(cell.value))) if cell else ""
        if own[row] and stands != own[row] and stands in every:
            found.add(row)
    return found


def _all_lines(sheet: FileSheet, head: _Head) -> Iterator[Line]:
    for row, cells in sheet.rows():
        keys = [_hidden(cells.get(head.columns[key])) for key in KEYS]
        is_filled = any(head.columns[name] in cells for name in FIELDS)
        if row > head.row and (any(keys) or is_filled):
            yield _line(row, cells, head, keys)


def _line(row: int, cells: Mapping[int, Cell], head: _Head, keys: list[str]) -> Line:
    says: dict[str, str | int | None] = {}
    problems, unread = [], {}
    for name in FIELDS:
        cell = cells.get(head.columns[name])
        try:
            says[name] = read_cell(name, cell)
        except Unread as why:
            problems.append(Problem(why.code, name))
            says[name] = None if name == "percent" else ""
            unread[name] = clean(wrote(cell))[:LONGEST_WROTE] if cell else ""
    places = {name: f"{_letter(head.columns[name])}{row}" for name in FIELDS}
    workbook, assignment, version, signature = keys
    return Line(
        workbook, assignment, version, signature, row, says, places, tuple(problems), unread
    )


def _hidden(cell: Cell | None) -> str:
    """A hidden cell's text; what a spreadsheet made a number of is one again."""
    if cell is None or cell.formula is not None or cell.value is None:
        return ""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value))[:LONGEST_KEY]


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))
