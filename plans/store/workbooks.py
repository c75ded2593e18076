"""Workbooks that were handed out, what was taken from them, and each one that came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plans.errors import NotFound
from plans.store.assignments import with_names
from plans.store.ledger import chunks
from plans.store.many import insert_many
from plans.store.schema import assignments, contacts, departments
from plans.store.schema_paper import workbook_returns, workbook_rows, workbooks

w, t, r = workbooks.c, workbook_rows.c, workbook_returns.c


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken of one assignment's row in one workbook. ``version``: after the newest."""

    digests: frozenset[str]
    version: int


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep that a workbook was handed out."""
    connection.execute(insert(workbooks).values(**row))


def rows_of(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """Workbooks by id; unknown ids are missing."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(keys))):
        found |= {
            row.id: row for row in connection.execute(select(workbooks).where(w.id.in_(chunk)))
        }
    return found


def taken(connection: Connection, assignments: Sequence[str]) -> dict[tuple[str, str], Taken]:
    """What was taken before of some assignments, by workbook and assignment."""
    found: dict[tuple[str, str], Taken] = {}
    for chunk in chunks(sorted(set(assignments))):
        query = select(t.workbook, t.assignment, t.digest, t.version)
        for row in connection.execute(query.where(t.assignment.in_(chunk))):
            was = found.get((row.workbook, row.assignment), Taken(frozenset(), 0))
            newest = max(was.version, row.version)
            found[row.workbook, row.assignment] = Taken(was.digests | {row.digest}, newest)
    return found


def keep_taken(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember what was taken, so that it is taken once."""
    insert_many(connection, workbook_rows, rows)


# --- what came back -------------------------------------------------------------------------------


def add_return(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep one that came back."""
    connection.execute(insert(workbook_returns).values(**row))


def change_return(connection: Connection, key: str, values: Mapping[str, Any]) -> None:
    """Change what is kept of one that came back."""
    connection.execute(update(workbook_returns).where(r.id == key).values(**values))


def return_row(connection: Connection, key: str, *, lock: bool = False) -> Row[Any]:
    """One that came back, by id; ``lock``: nobody else changes it meanwhile."""
    query = select(workbook_returns).where(r.id == key)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(f"no workbook came back under '{key}'")
    return row


def of_source(connection: Connection, source: str) -> Row[Any] | None:
    """What a mail brought that was read before."""
    return connection.execute(select(workbook_returns).where(r.source == source)).first()


def newest_returns(
    connection: Connection, limit: int, after: tuple[datetime, str] | None = None
) -> list[Row[Any]]:
    """What came back, the newest first, with the bodies' names; never what the cells said."""
    d = departments.c
    shown = (r.id, r.way, r.workbook, r.department, r.state, r.outcome, r.actor, r.received_at)
    query = select(*shown, r.sender, r.source, d.name_vi, d.name_en).join(
        departments, d.code == r.department, isouter=True
    )
    if after is not None:
        at, key = after
        query = query.where((r.received_at < at) | ((r.received_at == at) & (r.id > key)))
    return list(connection.execute(query.order_by(r.received_at.desc(), r.id).limit(limit)))


def waiting_returns(connection: Connection) -> list[Row[Any]]:
    """Id, sender and moment of those whose sender nobody knew, the newest first."""
    query = select(r.id, r.sender, r.received_at).where(r.sender.is_not(None))
    query = query.where(r.department.is_(None), r.sheet.is_not(None))
    return list(connection.execute(query.order_by(r.received_at.desc(), r.id)))


def departments_at(connection: Connection, email: str) -> frozenset[str]:
    """The departments of which an address is a registered mailbox."""
    query = select(contacts.c.department, contacts.c.email)
    # Addresses are few; databases fold the case of other letters than ASCII's differently.
    wanted = email.casefold()
    return frozenset(
        row.department for row in connection.execute(query) if row.email.casefold() == wanted
    )


def named_assignments(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """Assignments by id, with titles and names; unknown ids are missing."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(keys))):
        query = with_names().where(assignments.c.id.in_(chunk))
        found |= {row.id: row for row in connection.execute(query)}
    return found
