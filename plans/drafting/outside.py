"""What stands outside the tables of tasks: kept word for word, without names below a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from plans.declaration import Question
from plans.declaration.questions import LONGEST
from plans.drafting.findings import Findings
from plans.drafting.folding import fold
from plans.drafting.grid import Grid, Line, flat
from plans.drafting.texts import is_name, pieces, public

SHORT = 1500
"""Signs that a plan's note takes; more is asked about instead."""
SIGNED = re.compile(
    r"t/?m\.|k/?t\.|t/?l\.|.*\b(chu tich|giam doc|chanh van phong|bi thu|truong ban)$"
)
OUTSIDE = "these words stand outside the tables of tasks"
LONG = "further text outside the tables was left aside: it stands in the file"
MOST_QUESTIONS = 3


def said_outside(
    lines: Sequence[Line], aside: Iterable[tuple[Grid, str]], findings: Findings
) -> tuple[str | None, list[Question]]:
    """The plan's note, and what does not fit in it or was left aside, as questions."""
    texts = _kept(lines, findings)
    whole, note, asked = " | ".join(texts), None, list[Question]()
    at = lines[0].at if lines else None
    if len(whole) <= SHORT:
        note = whole or None
    else:
        some = list(pieces(whole, LONGEST))
        asked = [
            Question(field="note", said=one, at=at, why=OUTSIDE) for one in some[:MOST_QUESTIONS]
        ]
        if len(some) > MOST_QUESTIONS:
            asked.append(Question(field="note", at=at, why=LONG))
    for line in lines:
        findings.kept(line.at, flat(line.text))
    return note, [*asked, *(_left(grid, why, findings) for grid, why in aside)]


def _kept(lines: Sequence[Line], findings: Findings) -> list[str]:
    found, signed = list[str](), False
    for line in lines:
        signed = signed or bool(SIGNED.match(fold(flat(line.text))))
        if signed and is_name(flat(line.text)):
            findings.removed += 1
        elif text := public(line.text, findings):
            found.append(text)
    return found


def _left(grid: Grid, why: str, findings: Findings) -> Question:
    """A sheet or table that is no annex, told by its name and by how it begins."""
    first = " | ".join(flat(cell.text) for cell in list(grid.cells.values())[:8] if cell.text)
    told = f"left aside: {why}; {sum(bool(one.text) for one in grid.cells.values())} cells"
    said = f"{grid.name}: {public(first)}"[:400]
    asked = Question(field="source", said=said, at=grid.name or None, why=told)
    findings.kept(grid.name, said, told)
    return asked
