"""What a report is made of before it is a file: headings, paragraphs, points, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Value = str | int | float | date | None
"""A cell: words, a count, a share (0-1) or other number, a day; None: nothing to say."""
Kind = Literal["text", "count", "share", "number", "day", "title"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a level: 1 (``I.``), 2 (``1.``) or 3 (``a)``)."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph of the body. ``fill``: a place that the office has to write itself."""

    text: str
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a list, said by the office or, with ``by``, in the words of others."""

    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its share of the width, what stands in it."""

    head: str
    width: int
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``name`` is short (a sheet's); ``total``: the last row is a sum."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    total: bool = False


Block = Heading | Para | Point | Table
