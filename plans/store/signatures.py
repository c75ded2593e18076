"""Who signed a line of the record: people's and tokens' names by what stands there."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from plans.store.ledger import chunks
from plans.store.schema_access import tokens, users


def signed_by(connection: Connection, actors: Iterable[str]) -> dict[str, str]:
    """Names by actor (``user:7``, ``token:…``), of those that have one."""
    parted = [one.partition(":") for one in sorted(set(actors))]
    people = [key for kind, _, key in parted if kind == "user" and key.isdecimal()]
    given = [key for kind, _, key in parted if kind == "token"]
    found: dict[str, str] = {}
    for some in chunks(people):
        query = select(users.c.id, users.c.name).where(users.c.id.in_(map(int, some)))
        found |= {f"user:{row.id}": row.name for row in connection.execute(query)}
    for keys in chunks(given):
        named = select(tokens.c.id, tokens.c.name).where(tokens.c.id.in_(keys))
        found |= {f"token:{row.id}": row.name for row in connection.execute(named)}
    return found
