"""What is asked in one assignment, as the plan declares it: beside what its row knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from plans.declaration import Rung, Title
from plans.ladder_record import ladder_in
from plans.store import Connection, actors, catalogue


@dataclass(frozen=True, slots=True)
class Asked:
    """``whole``: the task's title where the assignment is of a part of it.

    ``supporting``: rows (code, name_vi, name_en) of the declared bodies. ``assumed``: what the
    document does not say and the declaration assumes. ``dropped``: the newest version declares it
    no more, and what is here is what is still known.
    """

    group: Title | None
    whole: Title | None
    supporting: tuple[Any, ...]
    assumed: frozenset[str]
    note: str | None
    ladder: tuple[Rung, ...]
    dropped: bool


def asked(connection: Connection, row: Row[Any]) -> Asked:
    """What the newest version of its plan says of an assignment's task."""
    declared = catalogue.newest_declaration(connection, row.plan)
    found = next(_tasks(declared, row.task), None)
    task, part = found or (_Declared(), None)
    assumed = {*task.get("assumed", ()), *((part or {}).get("assumed", ()))}
    codes: list[str] = list(task.get("supporting", ()))
    names = actors.body_names(connection, codes)
    return Asked(
        group=catalogue.heading(connection, row.plan).titles.get(row.group),
        whole=Title(**task["title"]) if part else None,
        supporting=tuple(names[code] for code in codes if code in names),
        assumed=frozenset(assumed),
        note=(part or {}).get("note") or task.get("note"),
        ladder=ladder_in(declared),
        dropped=found is None,
    )


_Declared = dict[str, Any]


def _tasks(declared: Mapping[str, Any], key: str) -> Iterator[tuple[_Declared, _Declared | None]]:
    """The task of an id, or the task with the part of that id."""
    for group in declared["groups"]:
        for task in group["tasks"]:
            if task["id"] == key:
                yield task, None
            yield from ((task, part) for part in task["parts"] if part["id"] == key)
