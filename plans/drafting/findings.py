"""What came of each cell: recognised, doubtful or not understood, for people and for counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from plans.declaration import Question

BETWEEN = " · "
"""Between several reasons."""


class Kind(StrEnum):
    """What a cell was read as."""

    TASK = "tasks"
    LEAD = "leads"
    SUPPORT = "supporting"
    DEADLINE = "deadlines"
    OTHER = "other cells"
    DOCUMENT = "document"


class State(StrEnum):
    """How well it was understood."""

    RECOGNISED = "recognised"
    DOUBTFUL = "doubtful"
    UNKNOWN = "not understood"


@dataclass(frozen=True, slots=True)
class Finding:
    """One cell, or one fact: where it stands, what it says, what was read, and why not surely."""

    kind: Kind
    state: State
    at: str
    said: str
    read: str = ""
    why: str = ""


def told(findings: Findings) -> dict[str, Any]:
    """The same for machines: counts, items, and how much was not taken over."""
    items = [
        {"kind": one.kind.value, "state": one.state.value.replace(" ", "_"), "at": one.at}
        | {"said": one.said, "read": one.read, "why": one.why}
        for one in findings.items
    ]
    counts = {
        kind.replace(" ", "_"): {state.replace(" ", "_"): n for state, n in states.items()}
        for kind, states in findings.counts().items()
    }
    return {"counts": counts, "removed": findings.removed, "items": items}


@dataclass
class Findings:
    """Everything that was found, in the order of the paper."""

    items: list[Finding] = field(default_factory=list)
    removed: int = 0
    """Telephone numbers and officers' names that were taken out."""

    def add(
        self, kind: Kind, at: str, said: str, read: str = "", asked: Iterable[Question] = ()
    ) -> None:
        """Note a cell with the questions about it; without any, it was recognised."""
        several = list(asked)
        worst = min((one.confidence for one in several), default=1.0)
        state = State.DOUBTFUL if worst > 0 else State.UNKNOWN
        why = BETWEEN.join(dict.fromkeys(one.why for one in several))
        found = State.RECOGNISED if not several else state
        self.items.append(Finding(kind, found, at, said, read, why))

    def kept(self, at: str, said: str, why: str = "") -> None:
        """Note a cell that stands word for word in a note; ``why``: no field fits it."""
        state = State.UNKNOWN if why else State.RECOGNISED
        self.items.append(Finding(Kind.OTHER, state, at, said, "note", why))

    def counts(self) -> dict[str, dict[str, int]]:
        """How many of each kind are in each state."""
        numbers = Counter((one.kind, one.state) for one in self.items)
        return {kind.value: {state.value: numbers[kind, state] for state in State} for kind in Kind}

    def open(self) -> list[Finding]:
        """What a person has to look at."""
        return [one for one in self.items if one.state is not State.RECOGNISED]


def grouped(findings: list[Finding]) -> list[Finding]:
    """What is open, with cells that no field takes told once for each column."""
    first: dict[str, int] = {}
    found: list[Finding] = []
    for one in findings:
        if one.kind is Kind.OTHER and one.why in first:
            at = first[one.why]
            cells = found[at].said.split(" … and ")
            n = int(cells[1].split()[0]) + 1 if len(cells) > 1 else 1
            found[at] = replace(found[at], said=f"{cells[0]} … and {n} more")
            continue
        if one.kind is Kind.OTHER:
            first[one.why] = len(found)
        found.append(replace(one, said=one.said[:80]))
    return found
