"""Cells' words as a declaration's fields hold them: nobody's name, no longer than may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from plans.declaration import Question
from plans.declaration.questions import LONGEST
from plans.drafting import personal
from plans.drafting.findings import Findings
from plans.drafting.folding import fold
from plans.drafting.grid import flat

MOST = 2000
"""Signs of a declaration's text."""
MARKS = re.compile(r"\s*\[\d{1,3}\]|\s*\*{1,3}$")
SURNAMES = frozenset(
    """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan mai
    truong lam luong cao ha to tang thai ta phung chu quach kieu vuong luu dao tong lai au kim
    thach danh son chau la nong be giang lo quang hua lu luc trieu nghiem diep mac
    """.split()  # noqa: SIM905
)
RANKS = re.compile(r"(?:(?:ong|ba|d/c|dong chi|ths|ts|bs|gs|pgs|cn|ks|cv|dr|mr|ms|mrs)[.:]?\s+)+")


@dataclass
class Notes:
    """What goes into a note, in its order; what is too long becomes questions."""

    texts: list[str] = field(default_factory=list)
    at: str | None = None

    def add(self, header: str, text: str) -> None:
        """One cell's words under its header."""
        if text:
            self.texts.append(f"{header}: {text}" if header else text)

    def settled(self) -> tuple[str | None, list[Question]]:
        """The note, and what it could not hold."""
        kept, rest = "", []
        for text in self.texts:
            longer = f"{kept}; {text}" if kept else text
            if len(longer) <= MOST:
                kept = longer
            else:
                rest.append(text)
        why = "it is too long for the note, so it stands here"
        asked = [
            Question(field="note", said=part, at=self.at, why=why)
            for part in pieces("; ".join(rest), LONGEST)
        ]
        return kept or None, asked


def pieces(text: str, most: int) -> Iterable[str]:
    """A text in pieces of at most so many signs, cut at blanks where it has any."""
    while len(text) > most:
        cut = text.rfind(" ", 1, most)
        cut = cut if cut > 0 else most
        yield text[:cut]
        text = text[cut:].strip()
    if text:
        yield text


def fitted(text: str, notes: Notes, header: str) -> str:
    """As much of a text as a field holds; the rest goes into the note."""
    first, *rest = list(pieces(text, MOST)) or [""]
    for one in rest:
        notes.add(f"{header} (tiếp)", one)
    return first


def public(text: str, findings: Findings | None = None) -> str:
    """A cell's words in one line, without telephone numbers and officers' names."""
    return flat(public_lines(text, findings))


def public_lines(text: str, findings: Findings | None = None) -> str:
    """The same with the cell's lines kept; ``findings`` counts what was taken out."""
    found = personal.strip(text)
    if findings is not None:
        findings.removed += found.removed
    return found.text.strip()


def without_marks(text: str) -> str:
    """A cell's words without the marks of footnotes, its lines kept."""
    return "\n".join(MARKS.sub("", line) for line in text.split("\n"))


def is_name(text: str) -> bool:
    """Whether a text is nothing but a person's name, as below a signature."""
    bare = text.strip(" .,;:-–()")
    said = RANKS.sub("", fold(bare))
    words = bare[len(bare) - len(said) :].split()
    spoken = said.split()
    if not 2 <= len(words) <= 5 or spoken[0] not in SURNAMES:
        return False
    return all(word.isalpha() and word[0].isupper() for word in words)
