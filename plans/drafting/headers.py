"""Which column of a table holds what, by the words of its header: in any order and wording."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plans.drafting.grid import Cell, Grid, flat
from plans.drafting.header_columns import (
    Column,
    is_of_figures,
    is_task_header,
    role_within,
    settled,
)
from plans.drafting.header_words import CONTENT_FIRST, Role, bare, role_of

SPAN = re.compile(
    r"(quy (iv|i{1,3}|[1-4])|thang \d{1,2}|nam 20\d\d|t\d{1,2}|q[1-4]|20\d\d)( 20\d\d)?"
)
"""A month, quarter or year as a header of its own: marks stand below it."""
COUNT_ROW = re.compile(r"\(?\[?(\d{1,2}|[a-z]|[ivx]{1,4})\]?\)?(=[\d()+\-* ]+)?")
_PERIOD = {
    "thang": re.compile(r"0?[1-9]|1[0-2]"),
    "quy": re.compile(r"iv|i{1,3}|[1-4]"),
}
_NUMBERED = re.compile(r"\(?(\d{1,3}(\.\d{1,3})*|[a-h]|[IVXLC]{1,5}|[A-Z])[.)]*")
"""What begins a row of a task, never a header."""
_NUMBERED_TEXT = re.compile(r"\(?(\d{1,3}(\.\d{1,3})*|[a-h]|[IVXLC]{1,5}|[A-Z])[.)]+\s*[^\W\d_]{2}")
"""A task with its number before its words: "2. Tham mưu ban hành …"."""
_NAMES_A_COLUMN = re.compile(
    r"\b(chu tri|phoi hop|dau moi|phu trach|thuc hien|trach nhiem|co quan|don vi"
    r"|thoi (gian|han|diem)|tien do|lo trinh|han|san pham|ket qua|dau ra)\b"
)
TELLING = 2
"""Cells of a further header that can be nothing else."""
DEEPEST = 3
"""Rows of a header."""


@dataclass(frozen=True)
class Header:
    """A table's header: its first row and the first after it, and its columns by index."""

    first: int
    after: int
    columns: Mapping[int, Column]

    def of(self, *roles: Role) -> list[Column]:
        """The columns of some roles, from left to right."""
        return [one for _, one in sorted(self.columns.items()) if one.role in roles]

    @property
    def roles(self) -> set[Role]:
        """What its columns hold."""
        return {one.role for one in self.columns.values()}


def find_header(
    grid: Grid, start: int, *, listing: bool = False, figures: bool = False
) -> Header | None:
    """The first header from a row on; None where no row is one.

    ``listing``: also one of a numbered list of tasks, whose sentences say who and when.
    ``figures``: rather one of targets or of money.
    """
    for row in range(start, grid.height):
        if row in grid.rows and (found := header_at(grid, row, listing=listing, figures=figures)):
            return found
    return None


def header_at(
    grid: Grid, row: int, *, listing: bool = False, figures: bool = False
) -> Header | None:
    """The header that begins in a row, as deep as it goes; None: that row begins none."""
    if not _may_begin(grid, row):
        return None
    after = row + 1
    while after < min(row + DEEPEST, grid.height) and _goes_on(grid, row, after):
        after += 1
    columns = settled(_columns(grid, row, after))
    listed = listing and {Role.NUMBER, Role.CONTENT} <= {one.role for one in columns}
    if not listed and (not is_task_header(columns) or is_of_figures(columns) != figures):
        return None
    while after < grid.height and is_count_row(grid, after):
        after += 1
    return Header(row, after, {one.index: one for one in columns})


def _may_begin(grid: Grid, row: int) -> bool:
    """Whether most of a row's cells are words of a header."""
    own = grid.own(row)
    if own and _NUMBERED.fullmatch(next(iter(own.values())).text.strip()):
        return False
    known = [cell for cell in own.values() if _is_part(cell.text)]
    return len(own) >= 2 and len(known) >= 0.6 * len(own)


def may_follow(grid: Grid, row: int) -> bool:
    """Whether a row below a header may be another one: nothing in it but words of headers, or a
    column of numbers among them; a task's row names bodies, times and things.

    Short words of a task are headers' words too ("Báo cáo", "Hằng năm", "Các địa phương"): at least
    ``TELLING`` cells must name a column of its own, and none be numbered within its text.
    """
    texts = [cell.text for cell in grid.own(row).values()]
    if any(_NUMBERED_TEXT.match(one.strip()) for one in texts):
        return False
    strange = sum(not _is_part(one) for one in texts)
    numbered = any(role_of(one) is Role.NUMBER for one in texts)
    if strange > (1 if numbered else 0):
        return False
    return sum(map(_is_telling, texts)) >= TELLING


def _is_telling(text: str) -> bool:
    """Whether a short text names a column and can be nothing else: "STT", "Cơ quan chủ trì"."""
    role, words = role_of(text), bare(text)
    if role in (Role.NUMBER, Role.PERSONAL, Role.NOTE):
        return True
    if role is Role.CONTENT and CONTENT_FIRST.fullmatch(words):
        return len(words.split()) <= 5
    named = role in (Role.LEAD, Role.SUPPORT, Role.BOTH, Role.DUE, Role.START, Role.DELIVERABLE)
    return named and len(words.split()) <= 8 and bool(_NAMES_A_COLUMN.search(words))


def _goes_on(grid: Grid, first: int, row: int) -> bool:
    """Whether the next row belongs to a header: cells of it reach down to there, or its words
    stand below a cell that spans several columns (or did so before somebody split it)."""
    if is_count_row(grid, row) and not _counts_months(grid, row):
        return False
    width = _width(grid)
    if any(grid.from_above(row, column) for column in range(width)):
        return True
    own = grid.own(row)
    if not own or not all(_is_part(cell.text) for cell in own.values()):
        return False
    above = [grid.shown(row - 1, column) for column in own]
    if any(cell and cell.width > 1 and cell.width < width - 1 for cell in above):
        return True
    roles = {role_of(cell.text) for cell in own.values()}
    spans = any(SPAN.fullmatch(bare(cell.text)) for cell in own.values())
    named = bool(roles & {Role.LEAD, Role.SUPPORT, Role.DUE, Role.START}) or spans
    begins_later = min(own) > min(grid.own(first))
    return begins_later and named and Role.CONTENT not in roles


def _counts_months(grid: Grid, row: int) -> bool:
    """Whether a row's numbers are months or quarters below a cell that says so: 1 2 3 … 12."""
    above = [grid.shown(row - 1, column) for column in grid.own(row)] if row else []
    said = [bare(one.text.replace("(", " ").replace(")", " ")) for one in above if one]
    return any(re.search(r"\b(thang|quy)\b", one) for one in said)


def _is_part(text: str) -> bool:
    return role_of(text) is not None or bool(SPAN.fullmatch(bare(text)))


def _width(grid: Grid) -> int:
    return grid.width


def _columns(grid: Grid, first: int, after: int) -> list[Column]:
    found = []
    top: Cell | None = None
    for column in range(_width(grid)):
        texts: list[str] = []
        for row in range(first, after):
            cell = grid.shown(row, column)
            if row == first and cell:
                top = cell
            if cell is None and row == first and _below(grid, row, column, after):
                cell = top  # "Cơ quan thực hiện" over two columns, without a merged cell
            if cell and flat(cell.text) not in texts:
                texts.append(flat(cell.text))
        if texts:
            found.append(Column(column, _role(texts), " / ".join(texts)))
    return found


def _below(grid: Grid, row: int, column: int, after: int) -> bool:
    return any(grid.own(one).get(column) for one in range(row + 1, after))


def _role(texts: Sequence[str]) -> Role:
    """A column's role: what its lowest words say, within what those above say."""
    above = role_of(texts[0]) if len(texts) > 1 else None
    last = bare(texts[-1])
    if SPAN.fullmatch(last) or (len(texts) > 1 and period(texts)):
        timed = above in (Role.DUE, Role.START, None) or SPAN.fullmatch(bare(texts[0]))
        return Role.MARK if timed else Role.OTHER
    return role_within(above, last, role_of(texts[-1]) or Role.OTHER)


def period(texts: Sequence[str]) -> str:
    """A month or quarter of which only the number stands below "Tháng" or "Quý", in full."""
    last, above = bare(texts[-1]), bare(" ".join(texts[:-1]).replace("(", " ").replace(")", " "))
    unit = next((one for one in ("thang", "quy") if re.search(rf"\b{one}\b", above)), None)
    number = _PERIOD[unit].fullmatch(last) if unit else None
    name = "Tháng" if unit == "thang" else "Quý"
    return f"{name} {last.upper()}" if number else ""


def is_count_row(grid: Grid, row: int) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3), or A B 1 2."""
    own = [flat(cell.text).lower() for cell in grid.own(row).values()]
    counted = [one for one in own if COUNT_ROW.fullmatch(one)]
    return len(own) >= 3 and len(counted) == len(own)


def is_repeated(grid: Grid, row: int, header: Header) -> bool:
    """Whether a row is the header again, as on a new page."""
    own = grid.own(row)
    said = {part for one in header.columns.values() for part in map(bare, one.header.split(" / "))}
    same = sum(bare(cell.text) in said for cell in own.values())
    return len(own) >= 2 and same >= 0.8 * len(own)


def headers_seen(grid: Grid) -> list[str]:
    """What stands in a table's first rows, for a person who asks why it is no table of tasks."""
    for row in sorted(grid.rows):
        if len(grid.rows[row]) >= 2:
            return [flat(cell.text)[:60] for cell in grid.rows[row].values()]
    return []
