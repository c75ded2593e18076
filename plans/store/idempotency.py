"""The first answer to each write that bore an ``Idempotency-Key``, given again to repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from plans.errors import KeyReused
from plans.store.schema_access import idempotency

i = idempotency.c

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose key it is, the key, and a digest of the request that bore it."""

    caller: str
    key: str
    digest: str

    @property
    def place(self) -> Place:
        """What is unique about it."""
        return self.caller, self.key


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given."""

    mark: Mark
    status: int
    headers: Mapping[str, str]
    body: Any

    def for_request(self, mark: Mark) -> Kept:
        """This answer, if the request is the same; else ``KeyReused``."""
        if mark.digest != self.mark.digest:
            raise KeyReused(
                "this Idempotency-Key came before with another request; use a new key",
                fields={"Idempotency-Key": "used before with another request"},
            )
        return self


def find(connection: Connection, mark: Mark) -> Kept | None:
    """The answer given under a key, if any; ``KeyReused`` where the request differs."""
    kept = find_all(connection, [mark]).get(mark.place)
    return kept.for_request(mark) if kept else None


def find_all(connection: Connection, marks: Sequence[Mark]) -> dict[Place, Kept]:
    """The answers given under some keys."""
    callers: dict[str, list[str]] = {}
    for mark in marks:
        callers.setdefault(mark.caller, []).append(mark.key)
    if not callers:
        return {}
    wanted = [(i.caller == caller) & i.key.in_(keys) for caller, keys in callers.items()]
    rows = connection.execute(select(idempotency).where(or_(*wanted)))
    return {
        (row.caller, row.key): Kept(
            Mark(row.caller, row.key, row.digest), row.status, row.headers, row.body
        )
        for row in rows
    }


def keep(connection: Connection, answers: Sequence[Kept], now: datetime) -> None:
    """Remember answers. An ``IntegrityError``: another transaction answered the same key."""
    rows = [
        {
            "caller": one.mark.caller,
            "key": one.mark.key,
            "digest": one.mark.digest,
            "status": one.status,
            "headers": dict(one.headers),
            "body": one.body,
            "created_at": now,
        }
        for one in sorted(answers, key=lambda one: one.mark.place)
    ]
    if rows:
        connection.execute(insert(idempotency), rows)
