"""Targets as plans declare them, and what was measured of them: rows that are only added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite

from plans.declaration import Target
from plans.errors import Conflict, NotFound
from plans.store.ledger import canonical, chunks
from plans.store.schema import measurements, plan_versions, plans
from plans.store.schema_paper import confirmed_figures

m = measurements.c
TOLD = (confirmed_figures.c.confirmed_by, confirmed_figures.c.confirmed_at)
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


def of_targets(
    connection: Connection, keys: Sequence[str], recorded_by: datetime | None = None
) -> dict[str, list[Row[Any]]]:
    """Every measurement of some targets, by target, in the order in which they came.

    ``recorded_by``: only what was recorded by a moment.
    """
    found: dict[str, list[Row[Any]]] = {key: [] for key in keys}
    for chunk in chunks(keys):
        query = _figures().where(m.target.in_(chunk)).order_by(m.target, m.id)
        if recorded_by is not None:
            query = query.where(m.recorded_at <= recorded_by)
        for row in connection.execute(query):
            found[row.target].append(row)
    return found


def _figures() -> Select[Any]:
    """Measurements, with who confirmed those of which there was a doubt."""
    confirmed = confirmed_figures.c.measurement == m.id
    return select(measurements, *TOLD).outerjoin(confirmed_figures, confirmed)


def figure(connection: Connection, number: int) -> Row[Any]:
    """One measurement by its id, or ``NotFound``."""
    row = connection.execute(_figures().where(m.id == number)).first()
    if row is None:
        raise NotFound(f"no figure {number}; 'dondoc targets list --history' shows them")
    return row


def doubtful(connection: Connection) -> list[Row[Any]]:
    """Flagged figures that nobody has confirmed or corrected, the latest first."""
    later = measurements.alias()
    corrected = exists().where(
        later.c.target == m.target, later.c.period == m.period, later.c.n > m.n
    )
    query = _figures().where(m.doubts.is_not(None), TOLD[1].is_(None), ~corrected)
    return list(connection.execute(query.order_by(m.id.desc())))


def confirm(connection: Connection, number: int, actor: str, now: datetime) -> None:
    """Keep that a person says that a doubtful figure is right."""
    values = {"measurement": number, "confirmed_by": actor, "confirmed_at": now}
    connection.execute(confirmed_figures.insert().values(values))
