"""Simulated departments without a feed: they report through the client, to the real API.

Each report is filed at the moment at which its department made it: the served application's clock
is moved on from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dondoc.demo.departments import SimulatedAgencies
from dondoc.demo.reports import Entry
from dondoc.demo.serving import Clock, connect
from integrations.client import Client
from integrations.client_errors import ApiError
from integrations.client_models import Assignment
from plans.errors import DondocError
from plans.filing import Filed, open_desk, write_desks
from plans.identity.tokens import NewToken
from plans.naming import read_names
from plans.reporting import Report
from plans.store import Connection, Engine
from plans.store.assignments import lock_for_filing
from plans.terms import Role


@dataclass(frozen=True, slots=True)
class Answered:
    """How many departments reported by API; how many reports were taken, and how many refused."""

    departments: int = 0
    taken: int = 0
    refused: int = 0


def answer_by_api(
    engine: Engine, url: str, clock: Clock, agencies: SimulatedAgencies, since: datetime
) -> Answered:
    """Let each department report what it did after ``since`` and by the agencies' moment.

    The clock goes from where it stands to that moment; nothing is filed before it was opened.
    """
    begun = clock.now
    # Whoever reads now sees what was opened until now.
    clock.now = agencies.now
    with ExitStack() as stack:
        work: list[_Errand] = []
        for code in agencies.by_api:
            new = NewToken(name=f"{code} (mô phỏng)", role=Role.DEPARTMENT, department=code)
            client = stack.enter_context(connect(engine, url, new, begun))
            mine = _assignments(client, code)
            work += _errands(client, mine, agencies.said(code, since, agencies.now), begun)
        taken = sum(_report(one, clock) for one in sorted(work, key=lambda one: one.order))
    clock.now = agencies.now
    return Answered(len(agencies.by_api), taken, len(work) - taken)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One report that a department has to make, and when."""

    at: datetime
    entry: Entry
    assignment: str
    client: Client

    @property
    def order(self) -> tuple[Any, ...]:
        return self.at, self.entry.at, self.entry.id


def _assignments(client: Client, code: str) -> dict[str, Assignment]:
    """What a department leads and still owes, by the names that its own system has for it."""
    owed = (one for one in client.assignments(department=code) if one.done_on is None)
    return {
        "/".join(part for part in (one.plan, one.task, one.period) if part): one for one in owed
    }


def _errands(
    client: Client, mine: dict[str, Assignment], said: Iterable[Entry], begun: datetime
) -> Iterator[_Errand]:
    for entry in said:
        if found := mine.get(entry.body["assignment"]):
            yield _Errand(max(entry.at, begun, found.opened_at), entry, found.id, client)


def _report(errand: _Errand, clock: Clock) -> bool:
    clock.now = errand.at
    try:
        errand.client.report(errand.assignment, **_said(errand.entry))
    except ApiError as error:
        # What the record forbids is an answer; a server that fails is not.
        if not error.permanent:
            raise
        return False
    return True


def _said(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.body.items() if name in Report.model_fields}


# --- the past ----------------------------------------------------------------------------------


def file_past(
    connection: Connection,
    agencies: SimulatedAgencies,
    since: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """What these departments had reported between two moments, as if each had called then."""
    for code in agencies.by_api:
        said = agencies.said(code, since, now)
        names, rows = read_names(connection, code, [entry.body["assignment"] for entry in said])
        desk = open_desk(lock_for_filing(connection, [row.id for row in rows]), now, zone)
        for entry in said:
            try:
                key = names.find(entry.body["assignment"], desk.states)
                report = Report.model_validate(_said(entry))
                desk.file(Filed(key, report, f"simulated-{code}", entry.at, "api"))
            except DondocError:
                continue  # not opened yet, or accepted already: refused as a call would be
        write_desks(connection, [desk])
