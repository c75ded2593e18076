"""A made-up nation on real ground: 34 provinces and 3,321 communes, and what they are given to do.

Each province has 1, 10 or 100 plans (10,000, 100,000 or 1,000,000 assignments). Three clauses of a
plan go to each commune of its province and one to its office; what is missing to the round number
is one plan of the nation's, led by ministries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from plans.calendar import CalendarYear
from plans.declaration import (
    Clause,
    Department,
    Departments,
    Fixed,
    Plan,
    Province,
    SolutionGroup,
    Task,
    Title,
)
from plans.declaration.bodies import Members
from plans.declared import Catalogue
from plans.units import communes

ISSUED = date(2025, 7, 2)
TODAY = date(2025, 12, 1)
"""The day on which the nation is looked at."""
FIRST_DUE, DAYS = date(2025, 9, 1), 180
MINISTRIES = 10
COMMUNE_CLAUSES = 3
A_PROVINCE_EACH = 9_997
"""Assignments where each province has one plan: 3 × 3,321 communes + 34 offices."""
LARGEST = 79
SMALLEST = (12, 46)
"""The two provinces with the fewest communes, by number: for a quick run."""


def nation(size: int) -> Catalogue:
    """The declarations that come to about ``size`` assignments; exactly, from 10,000 on."""
    numbers = _numbers() if size >= A_PROVINCE_EACH else SMALLEST
    each = max(1, size // A_PROVINCE_EACH)
    plans = [_plan(number, n) for number in numbers for n in range(each)]
    missing = size - each * A_PROVINCE_EACH
    plans += [_of_the_nation(missing)] if missing > 0 else []
    bodies = Departments(functions={}, provinces=_provinces(numbers), departments=_bodies(numbers))
    years = tuple(CalendarYear(year=year, source="none") for year in (2025, 2026))
    return Catalogue(departments=bodies, plans=tuple(plans), calendar=years)


@dataclass(frozen=True, slots=True)
class Sample:
    """One province, one of its plans, one of its communes, by code."""

    province: str
    plan: str
    commune: str


def sample(size: int) -> Sample:
    """Places of the nation to look at: the province with the most communes, where it is there."""
    number = LARGEST if size >= A_PROVINCE_EACH else SMALLEST[0]
    return Sample(f"province-{number}", f"p{number}-0", communes(number)[0].code)


def _numbers() -> tuple[int, ...]:
    from vietnam_provinces import Province as Known

    return tuple(one.code.value for one in Known.iter_all())


def _title(text: str) -> Title:
    return Title(vi=text, en=text)


def _provinces(numbers: tuple[int, ...]) -> tuple[Province, ...]:
    return tuple(
        Province(code=f"province-{n}", name=_title(f"Province {n}"), unit=n) for n in numbers
    )


def _bodies(numbers: tuple[int, ...]) -> tuple[Department, ...]:
    offices = (_body(f"office-{n}", "ubnd-tinh") for n in numbers)
    ministries = (_body(f"ministry-{n}", "government") for n in range(MINISTRIES))
    members = Department(
        code="communes",
        name=_title("Communes"),
        abbr="communes",
        kind="class",
        is_class=True,
        members=Members(units="communes"),
    )
    return (_body("government"), _body("ubnd-tinh"), members, *offices, *ministries)


def _body(code: str, parent: str | None = None) -> Department:
    return Department(code=code, name=_title(code), abbr=code, kind="office", parent=parent)


def _plan(number: int, n: int) -> Plan:
    name = f"p{number}-{n}"
    leads = [*(["communes"] * COMMUNE_CLAUSES), f"office-{number}"]
    groups = tuple(
        SolutionGroup(
            id=f"{name}-g{k}", title=_title(f"Group {k}"), tasks=(_task(name, k, lead, n * 7 + k),)
        )
        for k, lead in enumerate(leads)
    )
    return _document(name, f"office-{number}", groups, f"province-{number}")


def _of_the_nation(tasks: int) -> Plan:
    made = tuple(_task("nation", n, f"ministry-{n % MINISTRIES}", n) for n in range(tasks))
    group = SolutionGroup(id="nation-g", title=_title("The nation's"), tasks=made)
    return _document("nation", "government", (group,), None)


def _document(
    name: str, coordinator: str, groups: tuple[SolutionGroup, ...], province: str | None
) -> Plan:
    return Plan(
        id=name,
        number=f"{name}/KH",
        title=_title(f"Plan {name}"),
        issuer="Bench",
        issued=ISSUED,
        coordinator=coordinator,
        province=province,
        source="made up",
        groups=groups,
    )


def _task(plan: str, number: int, lead: str, turn: int) -> Task:
    # 23 has no common divisor with the days: every day gets its share, neighbours differ.
    due = FIRST_DUE + timedelta(days=turn * 23 % DAYS)
    return Task(
        id=f"{plan}-t{number}",
        title=_title(f"Task {number} of plan {plan}"),
        clause=Clause(document=f"{plan}/KH", group="1", position=str(number + 1)),
        lead=lead,
        due=(Fixed(type="fixed", by=due),),
    )
