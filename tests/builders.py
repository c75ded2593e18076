"""Small declared things, each changed by naming what is to be different.

The sample: a plan of 02/01/2025 by an office, ``van-phong``, with two groups. A department
``so-cu`` ends on 28/02/2025; the health half of its work passes to ``so-y-te``, for the rest
(``di-san``) nobody is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from plans.declaration import (
    Clause,
    Contact,
    Department,
    Departments,
    Fixed,
    Members,
    Ongoing,
    Plan,
    SolutionGroup,
    Successor,
    Target,
    Task,
    Title,
)
from plans.rules import Event
from plans.store.ledger import NewAssignment
from plans.terms import EventKind, LeadStatus, PeriodKind

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: date, hour: int = 9) -> datetime:
    """That day at the office, at an hour."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def build_title(vi: str) -> Title:
    return Title(vi=vi, en=f"{vi} (en)")


def build_department(code: str, **given: Any) -> Department:
    fields: dict[str, Any] = {"name": build_title(code), "abbr": code.upper(), "kind": "so"}
    return Department(code=code, **(fields | given))


def build_departments(*more: Department, **given: Any) -> Departments:
    ended = build_department(
        "so-cu",
        until=date(2025, 2, 28),
        successors=(Successor(code="so-y-te", functions=("y-te",)),),
    )
    bodies = (
        build_department("van-phong", kind="van-phong"),
        build_department("so-y-te", parent="van-phong", contacts=(Contact(email="syt@x.vn"),)),
        build_department("so-tai-chinh", parent="van-phong"),
        ended,
        build_department(
            "cac-so", kind="lop", is_class=True, members=Members(codes=("so-y-te", "so-tai-chinh"))
        ),
        *more,
    )
    functions = {"y-te": build_title("Y tế"), "di-san": build_title("Di sản")}
    return Departments(**({"functions": functions, "departments": bodies} | given))


def build_task(key: str, **given: Any) -> Task:
    fields: dict[str, Any] = {
        "title": build_title(f"Nhiệm vụ {key}"),
        "clause": Clause(document="01/KH", group="I", position=key),
        "lead": "so-y-te",
        "due": (Fixed(type="fixed", by=date(2025, 3, 31)),),
    }
    return Task(id=key, **(fields | given))


def build_plan(**given: Any) -> Plan:
    """Two groups: one-off tasks (one of a class, two of a body that ends), and ongoing ones."""
    one_off = (
        build_task("mot", deliverable="Báo cáo", assumed=("deliverable",)),
        build_task("chung", lead="van-phong", fan_out=("cac-so",), weight=2),
        build_task("cu-y-te", lead="so-cu", function="y-te", due=_by(date(2025, 2, 20))),
        build_task("cu-di-san", lead="so-cu", function="di-san", due=_by(date(2025, 2, 20))),
    )
    monthly = (Ongoing(type="ongoing", report_every=PeriodKind.MONTH),)
    ongoing = (
        build_task("thuong-xuyen", due=monthly),
        build_task("khong-tham-dinh", lead="so-tai-chinh", needs_review=False, due=monthly),
    )
    fields: dict[str, Any] = {
        "id": "mau",
        "number": "01/KH",
        "title": build_title("Kế hoạch mẫu"),
        "issuer": "UBND",
        "issued": date(2025, 1, 2),
        "ends": date(2025, 12, 31),
        "coordinator": "van-phong",
        "source": "mau.pdf",
        "groups": (
            SolutionGroup(id="nhom-1", title=build_title("Nhóm 1"), tasks=one_off),
            SolutionGroup(id="nhom-2", title=build_title("Nhóm 2"), tasks=ongoing),
        ),
    }
    return Plan(**(fields | given))


def build_target(key: str, **given: Any) -> Target:
    """A share of 80 % by 2030, owned by ``so-y-te``, measured every quarter."""
    fields: dict[str, Any] = {
        "title": build_title(f"Chỉ tiêu {key}"),
        "comparator": "at_least",
        "value": 80,
        "unit": "percent",
        "due_year": 2030,
        "owner": "so-y-te",
        "measure_every": PeriodKind.QUARTER,
    }
    return Target(id=key, **(fields | given))


def _by(day: date) -> tuple[Fixed, ...]:
    return (Fixed(type="fixed", by=day),)


# --- events ------------------------------------------------------------------------------------


def build_event(kind: EventKind, when: date = date(2025, 1, 2), **payload: Any) -> Event:
    """An event that happened and was recorded on a day."""
    return Event(kind, "tester", at(when), at(when), payload)


def build_assigned(**given: Any) -> Event:
    """The first event of an assignment: one-off, led by ``so-y-te``, due on 31/03/2025."""
    fields: dict[str, Any] = {
        "plan": "mau",
        "group": "nhom-1",
        "task": "mot",
        "period": None,
        "department": "so-y-te",
        "declared": "so-y-te",
        "lead_status": LeadStatus.CONFIRMED,
        "territory": None,
        "ongoing": False,
        "weight": 1,
        "needs_review": True,
        "due": "2025-03-31",
    }
    when = given.pop("when", date(2025, 1, 2))
    return build_event(EventKind.ASSIGNED, when, **(fields | given))


def build_new(key: str, **given: Any) -> NewAssignment:
    """An assignment to be opened, by its id; the rest as in ``build_assigned``."""
    columns = {
        "id": key,
        "ref": f"mau/mot/{key}",
        "slot": f"mau/mot/{key}",
        "lead_reason": None,
        "period": None,
        "period_start": None,
        "period_end": None,
        "due_estimated": False,
    }
    return NewAssignment(columns, build_assigned(**given))


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, and is rolled back at the end."""
    with engine.connect().execution_options(dondoc_writes=True) as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
