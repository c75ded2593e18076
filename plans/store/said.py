"""What registers and documents said last of targets' figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from plans.store.catalogue import upsert
from plans.store.ledger import chunks
from plans.store.schema_paper import said_figures

c = said_figures.c


def said_by(
    connection: Connection, speakers: Iterable[str]
) -> dict[tuple[str, str, str], Row[Any]]:
    """What speakers said last, by speaker, target and period."""
    found = {}
    for chunk in chunks(sorted(set(speakers))):
        for row in connection.execute(select(said_figures).where(c.speaker.in_(chunk))):
            found[row.speaker, row.target, row.period] = row
    return found


def keep(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep what was said now, in the place of what was said before; a row a key."""
    upsert(connection, said_figures, list(rows))
