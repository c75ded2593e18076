"""Who stands behind the codes in the record, and which bodies could lead: names for pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from plans.store.ledger import chunks
from plans.store.schema import departments
from plans.store.schema_access import tokens, users


def people(connection: Connection, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Id, name and grants of some users."""
    u = users.c
    query = select(u.id, u.name, u.grants).where(u.id.in_(sorted(set(ids))))
    return {row.id: row for row in connection.execute(query)}


def token_owners(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Id, role and department of some tokens."""
    t = tokens.c
    query = select(t.id, t.role, t.department).where(t.id.in_(sorted(set(ids))))
    return {row.id: row for row in connection.execute(query)}


def of_the_office(connection: Connection, actors: Iterable[str]) -> set[str]:
    """Of some actors (``user:7``, ``token:…``) those who act for no department."""
    parted = {one: one.partition(":") for one in set(actors)}
    named = people(
        connection, [int(n) for kind, _, n in parted.values() if kind == "user" and n.isdecimal()]
    )
    owners = token_owners(connection, [key for kind, _, key in parted.values() if kind == "token"])
    found = {f"user:{key}" for key, row in named.items() if not _departments(row.grants)}
    found |= {f"token:{key}" for key, row in owners.items() if not row.department}
    return found | {one for one, (kind, *_) in parted.items() if kind == "office"}


def _departments(grants: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(one["department"]) for one in grants if one.get("department")]


def body_names(connection: Connection, codes: Iterable[str]) -> dict[str, Row[Any]]:
    """Code and names of some bodies, without their declarations."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(codes))):
        query = _names().where(departments.c.code.in_(chunk))
        found |= {row.code: row for row in connection.execute(query)}
    return found


def present_bodies(connection: Connection, on: date) -> list[Row[Any]]:
    """Code and names of the bodies that exist on a day, no classes of them, by Vietnamese name."""
    d = departments.c
    living = or_(d.until.is_(None), d.until >= on), or_(d.since.is_(None), d.since <= on)
    is_one = d.declaration["is_class"].as_boolean().is_not(True)
    return list(connection.execute(_names().where(*living, is_one).order_by(d.name_vi)))


def _names() -> Any:
    d = departments.c
    return select(d.code, d.name_vi, d.name_en)
