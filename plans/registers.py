"""Registers that hold targets' figures: when each is asked, and what becomes of what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from plans.declaration.registers import AnyRegister
from plans.figure_rows import FigureRow, Giver, Outcome, counts, take
from plans.measuring import Owned, listing
from plans.privacy import findings
from plans.store import Connection
from plans.store import registers as store
from plans.store.registers import Answered
from plans.terms import Silence

PAUSES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=28)}
MOST_PROBLEMS = 100
"""Kept of one answer; where there are more, their number is told."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a register answered, as rows; or how it failed (``silence``, ``detail``)."""

    register: str
    rows: Sequence[FigureRow] = ()
    silence: Silence | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a register's answer: numbers of figures, and its silence if it gave none."""

    register: str
    new: int = 0
    corrections: int = 0
    same: int = 0
    doubtful: int = 0
    problems: int = 0
    silence: Silence | None = None
    detail: str | None = None


def due(connection: Connection, now: datetime) -> list[str]:
    """The registers to ask now: never answered, or not for as long as they are declared to rest.

    One that failed is asked with the next run again.
    """
    return [
        row.id
        for row in store.rows_of(connection)
        if row.answered_at is None
        or row.silence is not None
        # By days, not by hours: a run a few minutes earlier than yesterday's asks as well.
        or now - row.answered_at >= PAUSES[row.declaration["every"]] - timedelta(hours=6)
    ]


def targets_of(connection: Connection, register: AnyRegister, day: date) -> dict[str, Owned]:
    """The targets that a register gives figures of, by id; those that are no longer there miss."""
    wanted = {one.id for one in register.targets}
    return {one.target.id: one for one in listing(connection, day) if one.target.id in wanted}


def giver_of(register: AnyRegister, now: datetime, day: date) -> Giver:
    """In whose name a register's figures are kept."""
    return Giver(
        actor=f"register:{register.id}",
        now=now,
        day=day,
        source=register.cited_as or register.name.vi,
        register=register.id,
    )


def judged(
    connection: Connection, pulled: Pulled, now: datetime, day: date, *, dry_run: bool = False
) -> list[Outcome]:
    """What becomes of each figure of an answer; taken into the record unless ``dry_run``."""
    register = store.read(store.row_of(connection, pulled.register))
    return take(connection, pulled.rows, giver_of(register, now, day), dry_run=dry_run)


def keep(connection: Connection, pulled: Pulled, now: datetime, day: date) -> Taken:
    """Take an answer into the record, and how asking ended, in one transaction.

    A figure that cannot be taken is a problem of the register, and stops no other one.
    """
    if pulled.silence is not None:
        return fail(connection, pulled, now)
    outcomes = judged(connection, pulled, now, day)
    problems = [problem_of(one) for one in outcomes if one.state == "refused"]
    if len(problems) > MOST_PROBLEMS:
        more = {"reason": f"{len(problems) - MOST_PROBLEMS} more values were not taken"}
        problems = [*problems[:MOST_PROBLEMS], more]
    store.keep(connection, pulled.register, Answered(problems=problems), now)
    found = counts(outcomes)
    return Taken(
        pulled.register,
        new=found["new"],
        corrections=found["correction"],
        same=found["same"],
        doubtful=found["doubtful"],
        problems=found["refused"],
    )


def fail(connection: Connection, pulled: Pulled, now: datetime) -> Taken:
    """Keep why a register fell silent."""
    answer = Answered(pulled.silence, (pulled.detail or "")[:500] or None)
    store.keep(connection, pulled.register, answer, now)
    return Taken(pulled.register, silence=pulled.silence, detail=answer.detail)


def problem_of(one: Outcome) -> dict[str, Any]:
    """A refused figure as the record keeps it: without what may be a person's number in it."""
    told = {"place": one.place, "target": one.target, "period": one.period, "field": one.field}
    told["reason"] = one.reason or "it was not taken"
    return {name: _masked(said) for name, said in told.items() if said}


def _masked(text: str) -> str:
    for finding in reversed(findings(text)):
        text = f"{text[: finding.start]}…{text[finding.end :]}"
    return text


def described(connection: Connection) -> list[dict[str, Any]]:
    """Every register with how it answered last; never its secrets, which the record has not."""
    given = store.given(connection)
    found = []
    for row in store.rows_of(connection):
        one = store.read(row)
        found.append(
            {
                "id": one.id,
                "type": one.type,
                "name": one.name.model_dump(),
                "url": one.url,
                "owner": one.owner,
                "every": one.every,
                "targets": [target.id for target in one.targets],
                "asked_at": row.asked_at,
                "answered_at": row.answered_at,
                "silence": row.silence,
                "detail": row.detail,
                "problems": row.problems or [],
                "figures": given.get(one.id, 0),
            }
        )
    return found
