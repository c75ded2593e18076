"""Which of a department's own assignments its feed means.

The contract's name is ``<plan>/<task>[/<period>]``. A department that took over another's work may
hold two assignments of the same name; the readable ref (with the department that it was assigned
to) and the id name each of them alone, and are understood as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from plans.errors import InvalidInput, NotFound
from plans.rules import State, is_open, outside
from plans.store import Connection, feeds
from plans.store.assignments import lock_for_filing
from plans.terms import Work

MOST_NAMES = 5


class Names:
    """A department's assignments by everything that they may be called."""

    def __init__(self, rows: Iterable[Row[Any]], others: set[tuple[str, str]]) -> None:
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._of_task: dict[str, list[str]] = defaultdict(list)
        self._refs: dict[str, str] = {}
        self._others = {f"{plan}/{task}" for plan, task in others}
        for row in rows:
            task = f"{row.plan}/{row.task}"
            for name in {f"{task}/{row.period}" if row.period else task, row.ref, row.id}:
                self._exact[name].append(row.id)
            self._of_task[task].append(row.id)
            self._refs[row.id] = row.ref

    def find(self, name: str, states: Mapping[str, State]) -> str:
        """The id of the one that is meant, given how they all stand now.

        A name without a period means the one that has none, else the only one that is owed.
        ``NotFound`` or ``InvalidInput`` say what is wrong with the name.
        """
        keys = self._exact.get(name) or self._of_task.get(name)
        if not keys:
            raise NotFound(self._why_not(name))
        active = [key for key in keys if not _is_closed(states[key])]
        owed = [key for key in active if is_open(states[key])]
        for some in (keys, owed, active):
            if len(some) == 1:
                return some[0]
        raise InvalidInput(f"'{name}' names {len(keys)} assignments: {self._list(keys)}")

    def _why_not(self, name: str) -> str:
        task = "/".join(name.split("/")[:2])
        if task in self._of_task:
            return f"no assignment '{name}', but {self._list(self._of_task[task])}"
        if task in self._others:
            return f"'{name}' is not assigned to this department"
        return f"no assignment '{name}'"

    def _list(self, keys: Sequence[str]) -> str:
        refs = sorted(self._refs[key] for key in keys)
        more = f" and {len(refs) - MOST_NAMES} more" if len(refs) > MOST_NAMES else ""
        return ", ".join(refs[:MOST_NAMES]) + more


def read_names(
    connection: Connection, department: str, names: Iterable[str]
) -> tuple[Names, list[Row[Any]]]:
    """What one department's names may mean, with the rows."""
    found, rows = read_all_names(connection, {department: names})[department]
    return found, list(rows.values())


def read_all_names(
    connection: Connection, called: Mapping[str, Iterable[str]]
) -> dict[str, tuple[Names, dict[str, Row[Any]]]]:
    """What many departments' names may mean, with the rows of ``lock_for_filing``, by department.

    All rows are locked at once and in one order, as by everybody who locks some.
    """
    tasks, keys = set(), set()
    for code, names in called.items():
        for parts in (name.split("/") for name in names):
            if len(parts) > 1:
                tasks.add((code, parts[1]))
            else:
                keys.add((code, parts[0]))
    mine: dict[str, dict[str, Row[Any]]] = {code: {} for code in called}
    rows = lock_for_filing(connection, feeds.own_ids(connection, tasks, keys))
    for key, row in rows.items():
        code = row.department
        if (code, row.task) in tasks or (code, key) in keys:
            mine[code][key] = row
    owned = {(row.department, row.task) for row in rows.values()}
    foreign = {task for code, task in tasks if (code, task) not in owned}
    others = feeds.assigned_tasks(connection, sorted(foreign))
    return {code: (Names(some.values(), others), some) for code, some in mine.items()}


def _is_closed(state: State) -> bool:
    return state.work is Work.DONE or outside(state) is not None
