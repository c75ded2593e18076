"""What tasks are read by, and one task while it takes shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from plans.declaration import Question
from plans.drafting.body_words import Lexicon
from plans.drafting.findings import Findings, Kind
from plans.drafting.grid import flat
from plans.drafting.naming import Ids
from plans.drafting.outlines import Item
from plans.drafting.rows import Piece
from plans.drafting.texts import Notes

FORMULA = "a formula that is not plain arithmetic: it is not trusted, only quoted"


@dataclass(frozen=True)
class Desk:
    """What every task of a paper is read by; ``title``: the document's."""

    lexicon: Lexicon
    findings: Findings
    ids: Ids
    document: str
    issued: date | None
    year: int | None
    title: str = ""


@dataclass
class Draft:
    """One task or part as it takes shape."""

    item: Item
    asked: list[Question] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    comments: dict[str, list[str]] = field(default_factory=dict)
    """The paper's own words, by field."""
    of_parts: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """The same of its parts, by id."""

    @property
    def at(self) -> str:
        """Where the task stands in the paper."""
        return self.item.row.at

    def ask(self, name: str, said: str, at: str, why: str, confidence: float = 0.0) -> Question:
        """One more question about a field."""
        found = Question(
            field=name, said=said, at=at or None, why=why, confidence=round(confidence, 2)
        )
        self.asked.append(found)
        return found

    def quote(self, name: str, text: str) -> None:
        """Keep the paper's own words beside a field."""
        if text and flat(text) not in self.comments.setdefault(name, []):
            self.comments[name].append(flat(text))

    def keep_quotes(self, supporting: tuple[str, ...]) -> None:
        """Where no field of supporters stands, what the paper says of them stands at the lead."""
        for text in () if supporting else self.comments.pop("supporting", ()):
            self.quote("lead", text)

    def found(
        self, desk: Desk, kind: Kind, piece: Piece, read: str, asked: Iterable[Question]
    ) -> None:
        """Count a cell, once, whoever else is merged under it."""
        if not piece.inherited:
            desk.findings.add(kind, piece.at, flat(piece.text), read, asked)
