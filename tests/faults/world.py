"""What runs begin with: a declared world in a migrated record, made once a kind of database.

Eight departments led by an office, each with a mailbox, a token and ten tasks whose dates lie
around the days that a run lives through; and one that is reported on every month.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from dondoc.prefect_home import free_port
from plans.declaration import Contact, Departments, Ongoing, Plan, SolutionGroup
from plans.declared import Catalogue
from plans.identity.tokens import NewToken, create
from plans.loading import load_catalogue
from plans.opening import open_periods
from plans.store import Engine, open_engine, reading, writing
from plans.store.schema import assignments
from plans.store.upgrade import upgrade
from plans.terms import PeriodKind, Role
from tests.builders import _by, at, build_department, build_plan, build_task, build_title
from tests.faults.postgres_server import PostgresServer, make, own

LEADS = tuple(f"so-{n:02}" for n in range(1, 9))
FED = LEADS[:3]
"""Those whose own systems are asked."""
BEGUN = date(2025, 10, 1)
FIRST, LAST = date(2025, 11, 3), date(2026, 3, 31)
TASKS = 10


@dataclass(frozen=True, slots=True)
class Template:
    """A record to copy: a file, or a server's data directory.

    ``tokens``: each lead's; ``assignments``: a lead's ids, in the order of its tasks.
    """

    kind: str
    place: Path
    tokens: Mapping[str, str]
    assignments: Mapping[str, Sequence[str]]

    def copy(self, place: Path) -> None:
        """A record of a run's own."""
        if self.kind == "sqlite":
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.place, place)
        else:
            shutil.copytree(self.place, place)
            own(place)


def make_template(kind: str, folder: Path) -> Template:
    """Migrate, declare, open; ``kind``: ``sqlite`` or ``postgresql``."""
    place = folder / f"template-{kind}"
    with _record(kind, place) as url:
        engine = open_engine(url)
        upgrade(engine)
        tokens, now = {}, at(BEGUN)
        with writing(engine) as connection:
            load_catalogue(connection, Catalogue(_departments(), (_plan(),), ()), now)
            open_periods(connection, BEGUN, now)
            for code in LEADS:
                new = NewToken(f"system of {code}", Role.DEPARTMENT, code)
                tokens[code] = create(connection, new, actor="tester", now=now)[1]
        found = _assignments(engine)
        engine.dispose()
    return Template(kind, place, tokens, found)


def _assignments(engine: Engine) -> dict[str, list[str]]:
    query = select(assignments).where(assignments.c.group == "nhom-1")
    with reading(engine) as connection:
        rows = list(connection.execute(query.order_by(assignments.c.task)))
    return {code: [row.id for row in rows if row.department == code] for code in LEADS}


@contextmanager
def _record(kind: str, place: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{place}"
        return
    make(place)
    server = PostgresServer(place, free_port())
    server.ensure()
    try:
        server.create()
        yield server.url
    finally:
        server.stop()


def _departments() -> Departments:
    office = build_department("van-phong", kind="van-phong", contacts=(Contact(email="vp@x.vn"),))
    leads = (
        build_department(code, parent="van-phong", contacts=(Contact(email=f"{code}@x.vn"),))
        for code in LEADS
    )
    return Departments(functions={}, departments=(office, *leads))


def _plan() -> Plan:
    days = (LAST - FIRST).days
    tasks = tuple(
        build_task(
            f"{code}-{n:02}",
            lead=code,
            due=_by(FIRST + timedelta(days=(days * n) // TASKS + place % 3)),
        )
        for place, code in enumerate(LEADS)
        for n in range(TASKS)
    )
    monthly = (Ongoing(type="ongoing", report_every=PeriodKind.MONTH),)
    ongoing = tuple(build_task(f"{code}-deu", lead=code, due=monthly) for code in LEADS)
    groups = (
        SolutionGroup(id="nhom-1", title=build_title("Nhóm 1"), tasks=tasks),
        SolutionGroup(id="nhom-2", title=build_title("Nhóm 2"), tasks=ongoing),
    )
    return build_plan(groups=groups, issued=BEGUN, ends=date(2026, 12, 31))
