"""What a paper's tables hold once their rows are told apart: headings, tasks, lines outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from plans.drafting.grid import Line
from plans.drafting.header_words import Role
from plans.drafting.rows import Piece, Row, Style


@dataclass
class Heading:
    """A group's heading, with the one that it stands under and other cells of its rows."""

    number: str
    title: str
    at: str
    outer: Heading | None = None
    extras: list[Piece] = field(default_factory=list)
    level: tuple[Style, int] = (Style.PLAIN, 0)

    def path(self) -> list[Heading]:
        """It and those above it, the outermost first."""
        return [*(self.outer.path() if self.outer else ()), self]


@dataclass
class Item:
    """A task as its rows have it, with its parts and what else was said of it."""

    row: Row
    heading: Heading | None
    number: str
    content: list[Piece]
    pieces: list[Piece]
    parts: list[Item] = field(default_factory=list)
    owner: Item | None = None
    columns: frozenset[Role] = frozenset()
    """What the table's columns hold."""

    def of(self, *roles: Role) -> list[Piece]:
        """The pieces of some roles, in the order of the table."""
        return [one for one in self.pieces if one.role in roles]


@dataclass
class Outline:
    """What the tables of a paper hold: tasks in their order, and the lines outside them."""

    items: list[Item] = field(default_factory=list)
    outside: list[Line] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)


def unused(outline: Outline) -> Iterator[Heading]:
    """The headings under which no task stands."""
    used = {id(one) for item in outline.items if item.heading for one in item.heading.path()}
    yield from (one for one in outline.headings if id(one) not in used)
