"""Registers that hold targets' figures: when each is asked, and what becomes of what it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from plans.declaration import Title
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
MOST_NAMES = 10
"""Told of names that nobody declared."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of an answer is no figure: ``names``, how many items call their target so, which nobody
    declared ("" where they name none); ``empty``: how many of a declared one hold no figure."""

    names: Mapping[str, int] = field(default_factory=dict)
    empty: int = 0

    @property
    def items(self) -> int:
        """How many items are of no declared target."""
        return sum(self.names.values())


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a register answered, as rows; or how it failed (``silence``, ``detail``)."""

    register: str
    rows: Sequence[FigureRow] = ()
    left_out: LeftOut = field(default_factory=LeftOut)
    silence: Silence | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a register's answer: numbers of figures, and its silence if it gave none.

    ``kept``: said before, where a person has corrected since; ``left_out``: items that are of no
    declared target; ``empty``: of one, without a figure.
    """

    register: str
    new: int = 0
    corrections: int = 0
    same: int = 0
    kept: int = 0
    doubtful: int = 0
    problems: int = 0
    left_out: int = 0
    empty: int = 0
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
    store.keep(connection, pulled.register, Answered(problems=problems_of(pulled, outcomes)), now)
    return taken_of(pulled, outcomes)


def taken_of(pulled: Pulled, outcomes: Sequence[Outcome]) -> Taken:
    """How many figures of an answer become, or became, what."""
    found = counts(outcomes)
    return Taken(
        pulled.register,
        new=found["new"],
        corrections=found["correction"],
        same=found["same"],
        kept=found["kept"],
        doubtful=found["doubtful"],
        problems=found["refused"],
        left_out=pulled.left_out.items,
        empty=pulled.left_out.empty,
    )


def fail(connection: Connection, pulled: Pulled, now: datetime) -> Taken:
    """Keep why a register fell silent."""
    answer = Answered(pulled.silence, (pulled.detail or "")[:500] or None)
    store.keep(connection, pulled.register, answer, now)
    return Taken(pulled.register, silence=pulled.silence, detail=answer.detail)


def problems_of(pulled: Pulled, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What of an answer was not taken, as the record keeps it: without what may be a person's
    number in it. Those with a ``count`` are of as many items."""
    problems = [_refused(one) for one in outcomes if one.state == "refused"]
    if len(problems) > MOST_PROBLEMS:
        more = {"reason": f"{len(problems) - MOST_PROBLEMS} more values were not taken"}
        problems = [*problems[:MOST_PROBLEMS], more]
    return [*problems, *_unnamed(pulled.left_out.names), *_void(pulled, outcomes)]


def _refused(one: Outcome) -> dict[str, Any]:
    told = {"place": one.place, "target": one.target, "period": one.period, "field": one.field}
    told["reason"] = one.reason or "it was not taken"
    return {name: _masked(said) for name, said in told.items() if said}


def _unnamed(names: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """One row for each name that nobody declared, the most frequent first; of many, their sum."""
    most = sorted(names.items(), key=lambda one: (-one[1], one[0]))
    for name, items in most[:MOST_NAMES]:
        called = f"'{_masked(name)}' is no target of this register in registers.yaml"
        reason = called if name else "these items name no target"
        yield {"field": "target", "reason": reason, "count": items}
    if rest := most[MOST_NAMES:]:
        reason = f"{len(rest)} more names are no targets of this register in registers.yaml"
        yield {"field": "target", "reason": reason, "count": sum(items for _, items in rest)}


def _void(pulled: Pulled, outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """An answer whose every item is without a figure: mostly an expression that points nowhere."""
    if pulled.left_out.empty and not outcomes:
        reason = (
            f"no figure in {pulled.left_out.empty} places that are asked for: is the mapping right?"
        )
        yield {"field": "value", "reason": reason}


def _masked(text: str) -> str:
    for finding in reversed(findings(text)):
        text = f"{text[: finding.start]}…{text[finding.end :]}"
    return text


def described(connection: Connection, day: date) -> list[dict[str, Any]]:
    """Every register with how it answered last; never its secrets, of which the record has none,
    and of its address only what is no query: that may hold one.

    ``targets``: ids with titles, None of one that no plan declares any more.
    """
    given = store.given(connection)
    titles = {one.target.id: one.target.title for one in listing(connection, day)}
    return [_described(row, given, titles) for row in store.rows_of(connection)]


def _described(row: Any, given: Mapping[str, int], titles: Mapping[str, Title]) -> dict[str, Any]:
    one = store.read(row)
    return {
        "id": one.id,
        "type": one.type,
        "name": one.name.model_dump(),
        "url": bare(one.url),
        "owner": one.owner,
        "every": one.every,
        "targets": [
            {"id": key, "title": titles[key].model_dump() if key in titles else None}
            for key in (target.id for target in one.targets)
        ],
        "asked_at": row.asked_at,
        "answered_at": row.answered_at,
        "silence": row.silence,
        "detail": row.detail,
        "problems": row.problems or [],
        "figures": given.get(one.id, 0),
    }


def bare(url: str) -> str:
    """An address without its user and query, which may be secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
