"""Made-up catalogues of a given size: departments, plans, tasks."""

from __future__ import annotations

from datetime import date

from plans.calendar import CalendarYear
from plans.declaration import (
    Clause,
    Department,
    Departments,
    Due,
    Fixed,
    Periodic,
    Plan,
    SolutionGroup,
    Task,
    Title,
)
from plans.declared import Catalogue
from plans.terms import PeriodKind

ISSUED = date(2025, 1, 2)


def catalogue(
    plans: int, tasks: int, departments: int, due: tuple[Due, ...], groups: int = 6
) -> Catalogue:
    """``plans`` × ``tasks`` tasks, led in turn by ``departments`` bodies under one superior."""
    bodies = [_body("office", None), *(_body(f"d{n}", "office") for n in range(departments))]
    declared = Departments(functions={}, departments=tuple(bodies))
    made = tuple(_plan(n, tasks, departments, due, groups) for n in range(plans))
    years = tuple(CalendarYear(year=year, source="none") for year in (2025, 2026))
    return Catalogue(departments=declared, plans=made, calendar=years)


def one_off() -> tuple[Due, ...]:
    """Due once, at the year's end."""
    return (Fixed(type="fixed", by=date(2025, 12, 31)),)


def mixed() -> tuple[Due, ...]:
    """A year's common rhythm: quarterly, and once at the end."""
    return (*one_off(), Periodic(type="periodic", every=PeriodKind.QUARTER))


def _title(text: str) -> Title:
    return Title(vi=text, en=text)


def _body(code: str, parent: str | None) -> Department:
    return Department(code=code, name=_title(code), abbr=code, kind="so", parent=parent)


def _plan(n: int, tasks: int, departments: int, due: tuple[Due, ...], groups: int) -> Plan:
    made = [_task(n, number, departments, due) for number in range(tasks)]
    parts = [made[start::groups] for start in range(min(groups, tasks))]
    return Plan(
        id=f"p{n}",
        number=f"{n}/KH",
        title=_title(f"Plan {n}"),
        issuer="Bench",
        issued=ISSUED,
        coordinator="office",
        source="made up",
        groups=tuple(
            SolutionGroup(id=f"p{n}-g{k}", title=_title(f"Group {k}"), tasks=tuple(some))
            for k, some in enumerate(parts)
        ),
    )


def _task(n: int, number: int, departments: int, due: tuple[Due, ...]) -> Task:
    return Task(
        id=f"p{n}-t{number}",
        title=_title(f"Task {number} of plan {n}"),
        clause=Clause(document=f"{n}/KH", group="1", position=str(number)),
        lead=f"d{(n * 7 + number) % departments}",
        due=due,
    )
