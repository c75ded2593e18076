"""The names of everything, for whoever searches: bodies; plans with their groups and documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from plans.store.schema import departments, plan_versions, plans

Said = Sequence[Mapping[str, Any]]
MOST_KNOWN = 500
_KNOWN: dict[str, tuple[Said, Said, Said]] = {}
"""What declarations say, by their digest."""


@dataclass(frozen=True, slots=True)
class PlanNames:
    """A plan's present names; ``groups``: key and titles of those that it declares now."""

    id: str
    number: str | None
    title_vi: str
    title_en: str
    groups: Sequence[Sequence[str]]
    targets: Said
    basis: Said
    amendments: Said


def plan_names(connection: Connection) -> list[PlanNames]:
    """Every plan's names, the newest plan first."""
    p, v = plans.c, plan_versions.c
    query = (
        select(p.id, p.number, p.title_vi, p.title_en, p.groups, p.version, v.digest)
        .join(plan_versions, (v.plan == p.id) & (v.version == p.version))
        .order_by(p.issued.desc(), p.id)
    )
    return [_names(connection, row) for row in connection.execute(query).all()]


def _names(connection: Connection, row: Row[Any]) -> PlanNames:
    kept = row.groups or {"titles": [], "declared": 0}
    groups = kept["titles"][: kept["declared"]]
    # By what it says, which never changes: a large plan takes 10 ms to be read.
    declared = _KNOWN.get(row.digest)
    if declared is None:
        declared = _declared(connection, row.id, row.version)
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[row.digest] = declared
    return PlanNames(row.id, row.number, row.title_vi, row.title_en, groups, *declared)


def _declared(connection: Connection, plan: str, version: int) -> tuple[Said, Said, Said]:
    """A version's targets, basis and amendments; the database cuts them out of the declaration."""
    v = plan_versions.c
    cut = [v.declaration[name].label(name) for name in ("targets", "basis", "amendments")]
    row = connection.execute(select(*cut).where(v.plan == plan, v.version == version)).one()
    return list(row.targets or ()), list(row.basis or ()), list(row.amendments or ())


def body_names(connection: Connection) -> Sequence[Row[Any]]:
    """Code, names and abbreviation of every body."""
    d = departments.c
    return connection.execute(select(d.code, d.name_vi, d.name_en, d.abbr)).all()
