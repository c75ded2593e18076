"""Registers as they are declared, and how each answered last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, func, select, update

from plans.declaration.registers import AnyRegister, Registers
from plans.errors import NotFound
from plans.store.catalogue import upsert
from plans.store.ledger import canonical
from plans.store.schema import measurements
from plans.store.schema_paper import registers
from plans.terms import Silence

c = registers.c
_ADAPTER: TypeAdapter[AnyRegister] = TypeAdapter(AnyRegister)


def save(connection: Connection, declared: Registers) -> None:
    """Keep what is declared, and how those answered that were there before.

    One that is declared no more is asked no more; the figures that it gave bear its name still.
    """
    ids = [one.id for one in declared.registers]
    connection.execute(delete(registers).where(c.id.not_in(ids)))
    rows = [
        {"id": one.id, "declaration": one.model_dump(mode="json")} for one in declared.registers
    ]
    upsert(connection, registers, rows)


def declared(connection: Connection) -> list[AnyRegister]:
    """The registers of the record."""
    return [read(row) for row in rows_of(connection)]


def read(row: Row[Any]) -> AnyRegister:
    """A row's declaration."""
    return _ADAPTER.validate_json(canonical(row.declaration))


def rows_of(connection: Connection, ids: Sequence[str] | None = None) -> list[Row[Any]]:
    """All registers, or those that are named; by id."""
    query = select(registers).order_by(c.id)
    return list(connection.execute(query if ids is None else query.where(c.id.in_(ids))))


def row_of(connection: Connection, key: str) -> Row[Any]:
    """A register, or ``NotFound``."""
    found = rows_of(connection, [key])
    if not found:
        raise NotFound(f"no register '{key}'; 'dondoc registers list' shows them")
    return found[0]


@dataclass(frozen=True, slots=True)
class Answered:
    """How asking a register ended. ``silence`` None: it answered; ``problems``: the values that
    were not taken, each with where it stood and why."""

    silence: Silence | None = None
    detail: str | None = None
    problems: Sequence[Mapping[str, Any]] = ()


def keep(connection: Connection, key: str, answer: Answered, now: datetime) -> None:
    """Keep how asking ended; of one that fell silent, the problems of its last answer stay."""
    values: dict[str, Any] = {
        "asked_at": now,
        "silence": answer.silence,
        "detail": answer.detail,
    }
    if answer.silence is None:
        values |= {"answered_at": now, "problems": list(answer.problems) or None}
    connection.execute(update(registers).where(c.id == key).values(values))


def given(connection: Connection) -> dict[str, int]:
    """How many figures each register gave."""
    m = measurements.c
    query = select(m.register, func.count()).where(m.register.is_not(None)).group_by(m.register)
    return {row[0]: row[1] for row in connection.execute(query)}
