"""Files with targets' figures, CSV or Excel, from offices: a figure a row.

Columns are known by their headers (``measurement_headers``), wherever the table begins. What cannot
be read of a row is told with the row; what is wrong with the file as a whole is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, Final

from integrations.measurement_csv import HEAD, Grid, read_csv
from integrations.measurement_headers import NUMBERS, VIETNAMESE, Name, field_of, is_whole
from integrations.office_files import PACKED, Cell, Sheet, read_sheets
from plans.errors import InvalidInput
from plans.figure_rows import FigureRow
from plans.moments import read_moment
from plans.numbers import NOTHING, NotANumber, TwoNumbers, decimal_sign, read_number

MOST_FIGURES: Final = 5_000
WHOLES: Final = {"percent": 100, "per_mille": 1000}
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Units = Callable[[str], str | None]
"""A target's unit, by its id or title."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures: what its columns hold, and its rows; ``sheet``: its name, if it is one of
    several."""

    columns: Mapping[Name, int]
    headers: Mapping[int, str]
    rows: Grid
    sheet: str = ""


def read_figures(raw: bytes, units: Units, zone: tzinfo) -> list[FigureRow]:
    """The figures of a file, good and bad ones; rows without a figure are left out.

    Raises:
        TooLarge, WrongType: as ``office_files.inspect`` and ``measurement_csv.read_csv``.
        InvalidInput: there is no table of figures in it, or a column is there twice.
    """
    tables = _tables(raw)
    if not tables:
        wanted = ", ".join(f"'{VIETNAMESE[name]}'" for name in ("target", "period", "value"))
        raise InvalidInput(
            f"no table of figures in the file: its columns are known by headers such as {wanted}; "
            "the template has them"
        )
    rows = [row for table in tables for row in _rows(table, units, zone)]
    if len(rows) > MOST_FIGURES:
        raise InvalidInput(f"the file has {len(rows)} figures; {MOST_FIGURES} are taken at once")
    return rows


# --- tables -------------------------------------------------------------------------------------


def _tables(raw: bytes) -> list[Table]:
    if not raw.startswith(PACKED):
        found = _table(read_csv(raw, _score))
        return [found] if found else []
    sheets = [sheet for sheet in read_sheets(raw) if sheet.visible]
    several = len(sheets) > 1
    tables = (_table(_grid(one), one.name if several else "") for one in sheets)
    return [one for one in tables if one]


def _score(grid: Grid) -> int:
    return max((len(_known(cells)) for _, cells in grid), default=0)


def _grid(sheet: Sheet) -> Grid:
    """A sheet's rows; what is merged over several rows of a column is said of each of them."""
    cells = dict(sheet.cells)
    for top, left, bottom, right in sheet.merged:
        if left == right and (top, left) in cells:
            for row in range(top + 1, bottom + 1):
                cells.setdefault((row, left), cells[top, left])
    return list(Sheet(sheet.name, cells).rows())


def _table(grid: Grid, sheet: str = "") -> Table | None:
    for place, (_, cells) in enumerate(grid[:HEAD]):
        columns = _known(cells)
        if is_whole({name for name, _ in columns}):
            return Table(_once(columns, cells), _texts(cells), grid[place + 1 :], sheet)
    return None


def _known(cells: Mapping[int, Cell]) -> list[tuple[Name, int]]:
    texts = _texts(cells)
    return [(name, column) for column, text in texts.items() if (name := field_of(text))]


def _texts(cells: Mapping[int, Cell]) -> dict[int, str]:
    return {n: one.value for n, one in cells.items() if isinstance(one.value, str)}


def _once(columns: Sequence[tuple[Name, int]], cells: Mapping[int, Cell]) -> dict[Name, int]:
    found: dict[Name, int] = {}
    for name, column in columns:
        if name in found:
            headers = " and ".join(str(cells[one].value) for one in (found[name], column))
            raise InvalidInput(f"two columns say the same ({headers}): keep one of them")
        found[name] = column
    return found


# --- rows ---------------------------------------------------------------------------------------


def _rows(table: Table, units: Units, zone: tzinfo) -> Iterator[FigureRow]:
    decimal = decimal_sign(_numbers(table))
    for number, cells in table.rows:
        by_name = {name: cells[at] for name, at in table.columns.items() if at in cells}
        if any(_says(by_name.get(name)) for name in NUMBERS):
            place = f"{table.sheet}, row {number}" if table.sheet else f"row {number}"
            yield _Row(table, by_name, decimal, zone).read(place, units)


def _says(cell: Cell | None) -> bool:
    """Whether a cell gives a figure, or tries to."""
    if cell is None or cell.formula:
        return cell is not None
    return not (isinstance(cell.value, str) and cell.value.strip() in ("", *NOTHING))


def _numbers(table: Table) -> Iterable[str]:
    for _, cells in table.rows:
        for name in NUMBERS:
            cell = cells.get(table.columns.get(name, 0))
            if cell and isinstance(cell.value, str):
                yield cell.value


@dataclass(frozen=True, slots=True)
class _Row:
    table: Table
    cells: Mapping[Name, Cell]
    decimal: str | None
    zone: tzinfo

    def read(self, place: str, units: Units) -> FigureRow:
        """The row; what cannot be read of it is among its faults, with the column."""
        faults: dict[str, str] = {}
        found: dict[str, Any] = {}
        unit = self._unit(units)
        for name in ("target", "title", "period", *NUMBERS, "source", "note", "measured_at"):
            cell = self.cells.get(name)
            try:
                found[name] = self._field(name, cell, unit) if cell else None
            except InvalidInput as error:
                faults[name] = f"{self._column(name)}: {error}"
        return FigureRow(
            place,
            target=found.get("target") or "",
            title=found.get("title") or "",
            period=found.get("period") or "",
            value=found.get("value"),
            part=found.get("part"),
            whole=found.get("whole"),
            source=found.get("source") or "",
            note=found.get("note") or "",
            measured_at=found.get("measured_at"),
            faults=faults,
        )

    def _unit(self, units: Units) -> str | None:
        for name in ("target", "title"):
            cell = self.cells.get(name)
            if cell and isinstance(cell.value, str) and cell.value.strip():
                return units(cell.value.strip())
        return None

    def _column(self, name: Name) -> str:
        at = self.table.columns[name]
        letter = (LETTERS[(at - 1) // 26 - 1] if at > 26 else "") + LETTERS[(at - 1) % 26]
        return f"column {letter} ({self.table.headers[at][:60]})"

    def _field(self, name: Name, cell: Cell, unit: str | None) -> Any:
        if cell.formula:
            raise InvalidInput("the cell holds a formula; put its value in its place")
        if name in NUMBERS:
            return self._number(cell, unit, whole=name != "value")
        if name == "measured_at":
            return read_moment(cell.value, self.zone)
        if name == "period":
            return _period(cell.value)
        return _text(cell.value)

    def _number(self, cell: Cell, unit: str | None, *, whole: bool) -> Any:
        value = cell.value
        if isinstance(value, bool):
            raise InvalidInput("this is no number")
        if isinstance(value, datetime | date | time):
            raise InvalidInput("a date stands where a number belongs: format the cell as a number")
        if isinstance(value, str):
            counted = whole or unit in ("count", "VND")
            found = _read_text(value, unit, self.decimal, counted)
        else:
            found = _scaled(cell, unit)
        if whole and found is not None:
            if not found.is_integer():
                raise InvalidInput(f"{found:g} is no whole number")
            return int(found)
        return found


def _scaled(cell: Cell, unit: str | None) -> float | None:
    """A number of a cell; one that is shown in per cent is kept as its hundredth part."""
    value = cell.value
    if not isinstance(value, int | float):
        return None
    if "%" not in cell.number_format:
        return float(value)
    if unit not in WHOLES:
        raise InvalidInput("the cell is in per cent, and the target is not")
    # By decimals: 0.145 is 14.5 %, not 14.499999999999998 %.
    return float(Decimal(repr(value)) * WHOLES[unit])


def _read_text(text: str, unit: str | None, decimal: str | None, whole: bool) -> float | None:
    if text.strip() in ("", *NOTHING):
        return None
    shown = " ".join(text.split())[:40]
    try:
        return read_number(text, unit=unit, whole=whole, decimal=decimal)
    except TwoNumbers as error:
        large, small = error.before + error.after, f"{error.before}.{error.after}"
        raise InvalidInput(
            f"'{shown}' can be read as {large} or as {small}; write {large}, or {small}0"
        ) from None
    except NotANumber:
        raise InvalidInput(f"'{shown}' is no number") from None


def _period(value: Any) -> str:
    if isinstance(value, datetime | date):
        # Excel makes the first of May of what was typed as 5/2026.
        raise InvalidInput(
            f"a date ({value:%d/%m/%Y}) stands where a period belongs; write it as a text such as "
            f"{value:%Y-%m}"
        )
    return _text(value)


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime | date):
        return f"{value:%d/%m/%Y}"
    return " ".join(str(value).split())
