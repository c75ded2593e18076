"""The sample plan in a record, opened, with feeds: what gathering needs to begin."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from plans.declaration import Departments, Plan
from plans.declared import Catalogue
from plans.loading import load_catalogue
from plans.opening import open_periods
from plans.store import counters, extensions, feeds, reading, writing
from plans.store.chains import verify
from plans.store.ledger import states_as_of
from plans.store.schema import assignments, feed_items, ledger
from tests.builders import at, build_departments, build_plan
from tests.replaying import Kept, is_blank

DAY = date(2025, 4, 16)
NOW = at(DAY)


def furnish(
    engine: Engine,
    urls: Mapping[str, str] | None = None,
    *,
    departments: Departments | None = None,
    plan: Plan | None = None,
    now: datetime = NOW,
    timeout: float = 2.0,
) -> None:
    """Load and open; departments with a feed have their cursor at the beginning."""
    with writing(engine) as connection:
        _fill(connection, departments or build_departments(), plan or build_plan(), now)
        for code, url in (urls or {"so-y-te": "http://none.invalid/"}).items():
            feeds.save_feed(connection, code, url, timeout)


_KEPT: dict[Hashable, Kept] = {}


def _fill(connection: Connection, departments: Departments, plan: Plan, now: datetime) -> None:
    declared = (departments.model_dump_json(), plan.model_dump_json())
    key = (connection.dialect.name, *declared, now)
    if key in _KEPT and _KEPT[key].put(connection):
        return
    blank = is_blank(connection)
    load_catalogue(connection, Catalogue(departments, (plan,), ()), now)
    open_periods(connection, now.date(), now)
    if blank:
        _KEPT[key] = Kept.of(connection)


def item(key: str, assignment: str = "mau/mot", **given: Any) -> dict[str, Any]:
    """A good item of a feed: work in progress, reported on 10/03/2025."""
    fields = {
        "id": key,
        "assignment": assignment,
        "percent": 40,
        "result": f"Đã làm {key}",
        "submit": False,
        "reported_at": "2025-03-10T08:00:00+07:00",
        "evidence": [],
    }
    return fields | given


def assignment(engine: Engine, ref: str) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(assignments).where(assignments.c.ref == ref)).one()


def kept(engine: Engine, state: str | None = None) -> list[Any]:
    with reading(engine) as connection:
        query = select(feed_items).order_by(feed_items.c.id)
        return [row for row in connection.execute(query) if state in (None, row.state)]


def updates(engine: Engine, ref: str | None = None) -> list[Any]:
    """Ledger entries of updates, of one assignment or of all."""
    query = select(ledger, assignments.c.ref).join(assignments)
    with reading(engine) as connection:
        rows = connection.execute(query.where(ledger.c.kind == "updated").order_by(ledger.c.seq))
        return [row for row in rows if ref in (None, row.ref)]


def faults(engine: Engine) -> list[str]:
    """What is wrong with the chains, the projections or the counters."""
    with reading(engine) as connection:
        states = states_as_of(connection).values()
        found = verify(connection) + extensions.verify(connection)
        return found + counters.recount(connection, states, repair=False)
