"""The rows of a table of tasks: what each cell is by its column, and how the row is numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from plans.drafting.folding import fold
from plans.drafting.grid import Cell, Grid, flat
from plans.drafting.header_columns import Column
from plans.drafting.header_words import Role
from plans.drafting.headers import Header

SAYING = (Role.LEAD, Role.BOTH, Role.SUPPORT, Role.DUE, Role.MARK)
"""Columns that make a row one of a task: who does it and when."""


class Style(StrEnum):
    """How a row is numbered, from what stands above to what stands below."""

    LETTER = "A"
    ROMAN = "I"
    PLAIN = ""
    CODE = "NV-01"
    NUMBER = "1"
    DOTTED = "1.1"
    SMALL = "a"
    BULLET = "-"


SIGNS = ".()[]/: "
"""What stands around a number."""
RANKS = {style: rank for rank, style in enumerate(Style)}
NUMBER = re.compile(r"\d{1,4}")
DOTTED = re.compile(r"([A-Z]|[IVXLC]+|\d{1,4})(\.\d{1,3})+(\.?[a-z])?")
ROMAN = re.compile(r"[IVXLC]{1,7}")
CODED = re.compile(r"(?=.*\d)[^\W\d_]{1,10}[-./_ ]?[\w\-./]{1,20}")
DITTO = re.compile(
    r"[-\s(]*(nt|n/t|(?:nhu|giong) (?:o |muc |dong |nhiem vu )?tren|tuong tu|\"|''|[〃″”])"
    r"[-\s).]*"
)
FARTHEST = 60
"""Rows that a cell is looked for above one that repeats it."""
TIME = re.compile(r"(quy|thang|nam)\s")
"""A time that tasks stand under is no code of one: "THÁNG 01"."""
LABEL = re.compile(
    r"(?P<label>(?:[IVXLC]{1,7}|[A-Z]|\d{1,3}(?:\.\d{1,3})*|[A-Z]{1,4}\.\d{1,3}(?:\.\d{1,3})*)"
    r"(?=[.)/:])|[a-zđ](?=[.)/])|[-+*•–●])(?:[.)/:]{1,2}(?=\s|[^\W\d_])|(?<=[-+*•–●])\s*)\s*"
)
"""A number at the beginning of a text: "I. ", "1.2. ", "a) ", "- "."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one cell says in one row; ``inherited``: merged from a row above."""

    text: str
    at: str
    role: Role
    header: str
    cell: Cell
    inherited: bool = False


@dataclass(frozen=True)
class Row:
    """A row with its cells by what they are; ``number`` as it stands, ``style`` how it is meant.

    ``wide``: its one text runs over columns that would say who or when.
    """

    index: int
    number: str
    style: Style
    pieces: tuple[Piece, ...]
    wide: bool
    hidden: bool

    def of(self, *roles: Role) -> list[Piece]:
        """The pieces of some roles, from left to right."""
        return [one for one in self.pieces if one.role in roles]

    def own(self, *roles: Role) -> list[Piece]:
        """The pieces of some roles that begin in this row."""
        return [one for one in self.of(*roles) if not one.inherited]

    @property
    def content(self) -> list[Piece]:
        """What is to be done, as far as it begins in this row."""
        return self.own(Role.CONTENT)

    @property
    def at(self) -> str:
        """A place of the row for people."""
        first = next(iter(self.content or [one for one in self.pieces if not one.inherited]), None)
        return first.at if first else ""

    @property
    def says(self) -> bool:
        """Whether it says who does something or when, by itself or by a merged cell."""
        return bool(self.of(*SAYING))


def with_numbers(grid: Grid, header: Header, end: int) -> Header:
    """A header with its column of numbers, also where nothing, or something else, stands above."""
    content = min((one.index for one in header.of(Role.CONTENT)), default=0)
    if Role.NUMBER in header.roles or Role.CODE in header.roles:
        return header
    for index in range(content):
        known = header.columns.get(index)
        cells = [grid.own(row).get(index) for row in range(header.after, end)]
        texts = [flat(cell.text) for cell in cells if cell]
        labels = sum(map(_is_label, texts))
        if (known is None or known.role is Role.OTHER) and texts and labels >= 0.7 * len(texts):
            column = Column(index, Role.NUMBER, known.header if known else "")
            return replace(header, columns={**header.columns, index: column})
    return header


def with_groups(grid: Grid, header: Header, end: int) -> Header:
    """A header of two columns of content, the first of which holds for several rows: groups."""
    first, *others = [*header.of(Role.CONTENT), None]
    second = next((one for one in others if one and first and one.header != first.header), None)
    if first is None or second is None:
        return header
    rows = [row for row in range(header.after, end) if grid.own(row).get(second.index)]
    alone = sum(first.index not in grid.own(row) for row in rows)
    if len(rows) < 2 or alone < 0.3 * len(rows):
        return header
    group = replace(first, role=Role.GROUP)
    return replace(header, columns={**header.columns, first.index: group})


def rows_of(grid: Grid, header: Header, end: int) -> Iterator[Row]:
    """The rows below a header that begin anything, up to a row."""
    before: Row | None = None
    for index in range(header.after, end):
        if grid.own(index):
            before = _row(grid, header, index, before)
            yield before


def _row(grid: Grid, header: Header, index: int, before: Row | None) -> Row:
    pieces = _titled(_as_content(list(_pieces(grid, header, index))), header, grid, index)
    number, pieces = _number(pieces)
    own = [one for one in pieces if not one.inherited]
    return Row(
        index,
        number,
        style_of(number, before.number if before else ""),
        tuple(pieces),
        _is_wide(own, header, grid, index),
        index in grid.hidden,
    )


def _pieces(grid: Grid, header: Header, index: int) -> Iterator[Piece]:
    own = grid.own(index)
    for column in sorted({*header.columns, *own}):
        known = header.columns.get(column)
        if column in own:
            cell = _repeated(grid, header, index, column)
            if known and known.role is Role.MARK:
                known = header.columns.get(column + cell.width - 1, known)
            yield _piece(cell, known)
        elif known and (above := grid.from_above(index, column, header.after)):
            yield _piece(above, known, inherited=True)


def _repeated(grid: Grid, header: Header, index: int, column: int) -> Cell:
    """A cell, or where it only says "nt" (như trên), what the one above it says."""
    cell = grid.own(index)[column]
    if not DITTO.fullmatch(fold(flat(cell.text))):
        return cell
    for row in range(index - 1, max(header.after, index - FARTHEST) - 1, -1):
        above = grid.own(row).get(column)
        if above and not DITTO.fullmatch(fold(flat(above.text))):
            return replace(above, at=cell.at, height=cell.height, width=cell.width)
    return cell


def _piece(cell: Cell, known: Column | None, *, inherited: bool = False) -> Piece:
    role = known.role if known else Role.OTHER
    header = known.header if known else ""
    return Piece(cell.text, cell.at, role, header, cell, inherited)


def _as_content(pieces: list[Piece]) -> list[Piece]:
    """A long text in the column of numbers is a heading that was put there."""
    has_content = any(one.role is Role.CONTENT and not one.inherited for one in pieces)
    found = []
    for one in pieces:
        moved = one.role in (Role.NUMBER, Role.CODE) and not one.inherited and not has_content
        if moved and not _is_label(flat(one.text)):
            one = Piece(one.text, one.at, Role.CONTENT, "", one.cell)
        found.append(one)
    return found


def _titled(pieces: list[Piece], header: Header, grid: Grid, index: int) -> list[Piece]:
    """A group's title that begins in a column before the tasks': it stands over theirs, or is all
    that a row with a Roman number or a letter says."""
    own = [one for one in pieces if not one.inherited]
    texts = [one for one in own if one.role not in (Role.NUMBER, Role.CODE)]
    if len(texts) != 1 or texts[0].role is Role.CONTENT:
        return pieces
    (title,) = texts
    first = next(column for column, cell in grid.own(index).items() if cell.at == title.at)
    over = range(first, first + title.cell.width)
    number = next((flat(one.text) for one in own if one is not title), "")
    covers = any(one.index in over for one in header.of(Role.CONTENT))
    if not covers and style_of(number) not in (Style.ROMAN, Style.LETTER):
        return pieces
    moved = replace(title, role=Role.CONTENT, header="")
    return [moved if one is title else one for one in pieces]


def _is_label(text: str) -> bool:
    bare = text.strip(SIGNS)
    if TIME.match(fold(bare)):
        return False
    forms = (NUMBER, DOTTED, ROMAN, CODED)
    return len(bare) <= 1 or (len(text) <= 25 and any(one.fullmatch(bare) for one in forms))


def _number(pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """A row's number: in its column, else before its text, from where it is taken."""
    ranked = [one for role in (Role.NUMBER, Role.CODE) for one in pieces if one.role is role]
    own = [one for one in ranked if not one.inherited]
    if own and not own[0].cell.formula:
        return flat(own[0].text), pieces
    for n, one in enumerate(pieces):
        if one.role is Role.CONTENT and not one.inherited and (found := LABEL.match(one.text)):
            rest = one.text[found.end() :]
            if rest:
                changed = Piece(rest, one.at, one.role, one.header, one.cell)
                return found.group().strip(), [*pieces[:n], changed, *pieces[n + 1 :]]
            break
    return "", pieces


def style_of(number: str, before: str = "") -> Style:
    """How a number is meant; C, D, I … are letters right after the letter before them."""
    bare = number.strip(SIGNS)
    if not bare:
        return Style.PLAIN
    if bare in "-+*•–●":
        return Style.BULLET
    if NUMBER.fullmatch(bare):
        return Style.NUMBER
    if DOTTED.fullmatch(bare):
        return Style.DOTTED
    last = before.strip(SIGNS)
    follows = len(bare) == len(last) == 1 and ord(bare) - ord(last) == 1
    if ROMAN.fullmatch(bare) and not follows:
        return Style.ROMAN
    if len(bare) == 1 and bare.isalpha():
        return Style.LETTER if bare.isupper() else Style.SMALL
    return Style.CODE if CODED.fullmatch(bare) else Style.PLAIN


def _is_wide(own: list[Piece], header: Header, grid: Grid, index: int) -> bool:
    texts = [one for one in own if one.role is not Role.NUMBER]
    if len(texts) != 1 or texts[0].cell.width < 2:
        return False
    first = next(column for column, cell in grid.own(index).items() if cell is texts[0].cell)
    covered = range(first, first + texts[0].cell.width)
    return any(one.index in covered for one in header.of(*SAYING)) or len(covered) >= 3


def depth_of(number: str) -> int:
    """How many levels a dotted number has."""
    return number.strip(SIGNS).count(".") + 1


def is_within(number: str, outer: str) -> bool:
    """Whether a number is one below another: 1.2 in 1, 2.1.a in 2.1."""
    inner, whole = (one.strip(SIGNS) for one in (number, outer))
    return bool(whole) and inner.startswith(whole + ".")


def continues(text: str, before: str) -> bool:
    """Whether a text goes on where another stopped, as in a row that a page break split."""
    first, last = text.lstrip()[:1], fold(before).rstrip()
    unfinished = last.endswith((",", "-", " va", " cac", " cua", " ve", " cho", " so", "("))
    return first.islower() or first in ",;.)" or unfinished
