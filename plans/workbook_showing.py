"""A workbook that came back, as it is shown: each row old and new, and what the record says now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row

from plans.store import Connection
from plans.store import workbooks as store
from plans.workbook_returns import results_of, sheet_of
from plans.workbook_rows import FIELDS, Line, Outcome, Says, changed, filled
from plans.workbook_settling import Result, bases
from plans.workbooks import Entry, entries_of, last_words

STRANGE = ("added", "forged", "foreign", "elsewhere", "unknown")


@dataclass(frozen=True, slots=True)
class Shown:
    """A row. ``was``: what it was filled with, ``now``: what the record says (of a conflict);
    ``changed``: the fields in which its cells say something new."""

    line: Line
    result: Result
    entry: Entry | None
    was: Says | None = None
    now: Says | None = None
    changed: tuple[str, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """The fields to be compared: changed by its writer, or by others meanwhile."""
        others = self.now is not None and self.was is not None
        moved = [one for one in FIELDS if others and self._moved(one)]
        return tuple(one for one in FIELDS if one in self.changed or one in moved)

    def _moved(self, name: str) -> bool:
        assert self.was is not None and self.now is not None
        return bool(self.was[name] != self.now[name])


def show(connection: Connection, returned: Row[Any], on: date) -> list[Shown]:
    """Every row of a return in the order of its sheet; ``Conflict``: it is no longer kept."""
    sheet = sheet_of(returned)
    results = {one.row: one for one in results_of(returned)}
    rows = store.named_assignments(connection, {one.assignment for one in sheet.lines})
    entries = {one.assignment: one for one in entries_of(connection, list(rows.values()), on)}
    old = bases(connection, [one for one in sheet.lines if one.assignment in rows], rows)
    led = {key for key, row in rows.items() if row.department == returned.department}
    entries |= {key: _without_words(entries[key]) for key in set(rows) - led}
    disputed = [one.assignment for one in results.values() if one.outcome is Outcome.CONFLICT]
    words = last_words(connection, [key for key in disputed if key in led])
    found = []
    for line in sheet.lines:
        result = results.get(line.row) or Result(line.row, line.assignment, Outcome.UNCHANGED)
        was = old.get((line.assignment, int(line.version))) if line.version.isdecimal() else None
        now = None
        if result.outcome is Outcome.CONFLICT and line.assignment in led:
            now = filled(rows[line.assignment].percent, words.get(line.assignment, {}))
        new = tuple(changed(was.says, line)) if was else ()
        entry = entries.get(line.assignment)
        found.append(Shown(line, result, entry, was.says if was else None, now, new))
    return [Shown(one.line, one.result, None) if _is_strange(one) else one for one in found]


def _without_words(entry: Entry) -> Entry:
    """What others lead by now: a body is told which it is, and nothing of what is said there."""
    return replace(entry, filled={}, further=(), returned=None, met=False)


def _is_strange(one: Shown) -> bool:
    """Of what is not its sender's, nothing is told but that it is not."""
    return any(problem.code in STRANGE for problem in one.result.problems)
