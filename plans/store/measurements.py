"""Targets as plans declare them, and what was measured of them: rows that are only added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from plans.declaration import Target
from plans.errors import Conflict, NotFound
from plans.store.ledger import canonical, chunks
from plans.store.schema import measurements, plan_versions, plans

m = measurements.c
ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Goal:
    """A declared target in its plan, the ``position``-th there.

    ``dropped``: the plan's present version has it no longer.
    """

    plan: str
    issued: date
    position: int
    target: Target
    dropped: bool = False

    @property
    def place(self) -> tuple[date, str, int]:
        """Its place among all targets."""
        return self.issued, self.plan, self.position


def goals(connection: Connection, plan: str | None = None) -> list[Goal]:
    """The targets of the present versions, in the documents' order; ``NotFound``: no such plan."""
    present = _declared().where(plan_versions.c.version == plans.c.version)
    if plan is not None:
        present = present.where(plans.c.id == plan)
    rows = connection.execute(present).all()
    if plan is not None and not rows:
        raise NotFound(f"no plan '{plan}' is loaded; 'dondoc plans list' shows those that are")
    found = [_read(row, place) for row in rows for place in range(len(row.targets))]
    return sorted(found, key=lambda one: one.place)


def goal(connection: Connection, key: str) -> Goal:
    """A target by its id, also one that its plan's present version has dropped."""
    present = plan_versions.c.version == plans.c.version
    for condition in (present, ~present):
        for row in connection.execute(_declared().where(condition)):
            for place, one in enumerate(row.targets):
                if one["id"] == key:
                    return _read(row, place)
    raise NotFound(f"no target '{key}'; 'dondoc targets list' shows them")


def _declared() -> Select[Any]:
    """The targets of every version of every plan, the newest first: nothing else of them."""
    c = plan_versions.c
    return (
        select(plans, c.version.label("of"), c.declaration["targets"].label("targets"))
        .join(plan_versions, c.plan == plans.c.id)
        .order_by(plans.c.id, c.version.desc())
    )


def _read(row: Row[Any], place: int) -> Goal:
    target = Target.model_validate_json(canonical(row.targets[place]))
    return Goal(row.id, row.issued, place, target, dropped=row.of != row.version)


def add(connection: Connection, values: Mapping[str, Any]) -> Row[Any]:
    """Add a measurement as the next ``n`` of its target's period.

    Two that come at once both stay: who finds the number taken, once the other has committed,
    takes the next.
    """
    taken = select(func.coalesce(func.max(m.n), 0) + 1).where(
        m.target == values["target"], m.period == values["period"]
    )
    maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = (
        maker(measurements)
        .values(**values, n=taken.scalar_subquery())
        .on_conflict_do_nothing(index_elements=["target", "period", "n"])
        .returning(measurements)
    )
    for _ in range(ATTEMPTS):
        row = connection.execute(statement).first()
        if row is not None:
            return row
    raise Conflict(f"too many measure '{values['target']}' at once; try again")


def of_targets(connection: Connection, keys: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Every measurement of some targets, by target, in the order in which they came."""
    found: dict[str, list[Row[Any]]] = {key: [] for key in keys}
    for chunk in chunks(keys):
        query = select(measurements).where(m.target.in_(chunk)).order_by(m.target, m.id)
        for row in connection.execute(query):
            found[row.target].append(row)
    return found
