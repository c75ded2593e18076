"""What the browser's tests stand on: an office in the week of 16/04/2025, a Wednesday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from integrations.delivery import deliver
from integrations.mail import MailSettings
from plans import reminding
from plans.declaration import (
    BasisDocument,
    Contact,
    Department,
    Departments,
    Fixed,
    Plan,
    SolutionGroup,
    Task,
    Title,
)
from plans.declaration.plan import Baseline
from plans.declared import Catalogue
from plans.identity import people
from plans.loading import load_catalogue
from plans.opening import open_periods
from plans.settings import Settings
from plans.store import writing
from plans.terms import Role
from tests.builders import build_department, build_target, build_task
from tests.offices import NOW

ADMIN, COORDINATOR = "quan.tri@vp.example.vn", "binh@vp.example.vn"
"""Who runs the service, and who reviews."""


def titled(vi: str, en: str) -> Title:
    """A title in both languages."""
    return Title(vi=vi, en=en)


def body(code: str, vi: str, en: str, **given: Any) -> Department:
    """A body with a mailbox."""
    mail = (Contact(email=f"{code}@x.vn"),)
    return build_department(code, name=titled(vi, en), **({"contacts": mail} | given))


BODIES = (
    body("van-phong", "Văn phòng UBND tỉnh", "Office of the Provincial People’s Committee"),
    body("so-y-te", "Sở Y tế", "Department of Health", parent="van-phong"),
    body("so-giao-duc", "Sở Giáo dục và Đào tạo", "Department of Education", parent="van-phong"),
)


def due_on(day: date) -> tuple[Fixed, ...]:
    """Due once, on a day."""
    return (Fixed(type="fixed", by=day),)


def _task(key: str, vi: str, en: str, due: date, **given: Any) -> Task:
    return build_task(key, title=titled(vi, en), due=due_on(due), **given)


# --- an ordinary week ---------------------------------------------------------------------------

EXAMINE = "Khám sức khoẻ định kỳ cho trẻ em dưới 6 tuổi"
SURVEY = "Rà soát, thống kê trẻ em có hoàn cảnh đặc biệt"
SCHOOLS = "Xây dựng trường học an toàn, thân thiện"
VACCINATED = "Tỷ lệ trẻ em dưới 1 tuổi được tiêm chủng đầy đủ"


def week_plan() -> Plan:
    """Two tasks of health, one due this week; one of education, overdue; a target of health."""
    health = (
        _task(
            "kham",
            EXAMINE,
            "Examine children under six",
            date(2025, 4, 18),
            deliverable="Báo cáo kết quả khám sức khoẻ",
        ),
        _task("ra-soat", SURVEY, "Survey children in need", date(2025, 4, 29)),
    )
    education = _task("truong", SCHOOLS, "Safe schools", date(2025, 3, 31), lead="so-giao-duc")
    vaccinated = build_target(
        "tiem-chung",
        title=titled(VACCINATED, "Infants fully vaccinated"),
        value=95,
        baseline=Baseline(value=90.5, as_of="2024"),
        due_year=2025,
    )
    return plan_of(
        "kh377",
        "377/KH-UBND",
        titled("Kế hoạch thực hiện Chương trình hành động vì trẻ em", "Plan for children"),
        groups=(
            SolutionGroup(id="y-te", title=titled("Chăm sóc sức khoẻ", "Health"), tasks=health),
            SolutionGroup(id="gd", title=titled("Giáo dục", "Education"), tasks=(education,)),
        ),
        targets=(vaccinated,),
    )


def plan_of(key: str, number: str, title: Title, **given: Any) -> Plan:
    """A plan of the year 2025."""
    fields: dict[str, Any] = {
        "issuer": "UBND tỉnh",
        "issued": date(2025, 1, 2),
        "ends": date(2025, 12, 31),
        "coordinator": "van-phong",
        "source": f"{key}.pdf",
        "basis": (BasisDocument(title="Luật Trẻ em", number="102/2016/QH13"),),
    }
    return Plan(id=key, number=number, title=title, **(fields | given))


def furnish_week(engine: Engine) -> None:
    """The week's plan, opened; and the administrator, who is the only person yet."""
    load(engine, BODIES, (week_plan(),), NOW)
    make_person(engine, ADMIN, "Nguyễn Văn An", Role.ADMIN)


def load(
    engine: Engine, bodies: Sequence[Department], plans: Sequence[Plan], now: datetime
) -> None:
    """Declared bodies and plans into a record, opened."""
    declared = Departments(functions={}, departments=tuple(bodies))
    with writing(engine) as connection:
        catalogue = Catalogue(departments=declared, plans=tuple(plans), calendar=())
        load_catalogue(connection, catalogue, now)
        open_periods(connection, now.date(), now)


def make_person(
    engine: Engine, email: str, name: str, role: Role, department: str | None = None
) -> int:
    """Somebody who may sign in."""
    grant = people.GrantIn(role=role, department=department)
    new = people.NewUser(email=email, name=name, grants=(grant,))
    with writing(engine) as connection:
        return people.create(connection, new, actor="test", now=NOW)


def remind(engine: Engine, settings: Settings, now: datetime) -> int:
    """A morning's reminders, owed and mailed; gives how many letters went out."""
    with writing(engine) as connection:
        reminding.remind(connection, now.date(), now, domain="x.vn")
    return deliver(engine, settings, MailSettings(), now).sent
