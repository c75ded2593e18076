"""The workbook that came back, once more: with what became of each row, and why, where it stands.

It is made anew from what was kept of its cells, so no file has to be; corrected where it is
marked, it can be handed in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.wording import Wording
from integrations.workbook import Face, write_rows
from integrations.workbook_sheet import Mark, Row
from integrations.workbook_words import (
    ASKING,
    OUTCOMES,
    REFRESH,
    WOULD,
    say_problem,
    say_problems,
    say_value,
    say_withdrawal,
    sentence,
)
from plans.store import Connection, catalogue
from plans.workbook_returns import SHOWN, sheet_of
from plans.workbook_rows import Outcome
from plans.workbook_showing import Shown, show


def write_marked(face: Face, state: str, rows: Sequence[Shown]) -> bytes:
    """A return's rows as an .xlsx file. ``state``: as its return has it."""
    return write_rows(face, [_row(face.words, state, one) for one in rows])


def _row(words: Wording, state: str, one: Shown) -> Row:
    line = one.line
    keys = (line.workbook, line.assignment, line.version, line.signature)
    cells = {
        problem.field: sentence(say_problem(words, problem, "copy"))
        for problem in one.result.problems
        if problem.field
    }
    mark = Mark(one.result.outcome, say_outcome(words, state, one), cells)
    return Row(one.entry, keys, line.says, line.wrote, mark)


def say_outcome(words: Wording, state: str, one: Shown) -> str:
    """What became of a row, and what to do about it, in one text."""
    outcome = one.result.outcome
    preview = outcome is Outcome.TAKEN and state == SHOWN
    text = words.gettext(WOULD if preview else OUTCOMES[outcome])
    if one.result.problems and outcome is Outcome.REFUSED:
        # By the cells of the file that came: a row may stand elsewhere in this one.
        text += f": {say_problems(words, one.result.problems, {}, 'copy')}"
    if outcome is Outcome.TAKEN and one.result.withdraws:
        text += f"; {say_withdrawal(words, one.result.withdraws, ahead=preview)}"
    if outcome is Outcome.CONFLICT:
        text += f"; {words.gettext(REFRESH)}.\n" + "\n".join(_beside(words, one))
    return text


def _beside(words: Wording, one: Shown) -> list[str]:
    """What the record says by now, of what is disputed."""
    found = []
    for name in one.beside:
        if one.now is not None and name in one.now and name != "act":
            value = say_value(words, name, one.now[name]) or "—"
            label = words.gettext(ASKING[name])
            said = words.gettext("In the record: %(label)s: %(value)s", label=label, value=value)
            found.append(said)
    return found


def marked_face(
    key: str, department: tuple[str, str | None], language: str, at: datetime, zone: ZoneInfo
) -> Face:
    """What a marked copy says of itself; ``at``: when the workbook came back."""
    return Face(key, department, (), language, at, zone, marked=True)


def marked_copy(connection: Connection, returned: Any, on: date, zone: ZoneInfo) -> bytes:
    """A return (its row) as a marked workbook; ``Conflict``: its words are no longer kept."""
    rows = show(connection, returned, on)
    sheet = sheet_of(returned)
    code = returned.department
    body = catalogue.department_rows(connection, [code]).get(code) if code else None
    names = (body.name_vi, body.name_en) if body else (code or "—", None)
    face = marked_face(sheet.workbook, names, sheet.language, returned.received_at, zone)
    return write_marked(face, returned.state, rows)
