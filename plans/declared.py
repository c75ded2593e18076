"""The catalogue as files: which ones there are, and everything that is wrong with any of them.

All or nothing: one error anywhere, and there is no catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from plans.calendar import CalendarYear
from plans.checking import check
from plans.declaration import Departments, Plan
from plans.declaration.registers import Registers
from plans.drafts import unanswered
from plans.errors import InvalidCatalogue
from plans.register_checking import check_registers
from plans.source import Problem, Read, read_source, validate

DEPARTMENTS = "departments.yaml"
CALENDAR = "calendar"
REGISTERS = "registers.yaml"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything declared, sound and cross-checked.

    ``registers`` None: they are not among what was read, so those of the record stay.
    """

    departments: Departments
    plans: tuple[Plan, ...]
    calendar: tuple[CalendarYear, ...]
    registers: Registers | None = None


def read_catalogue(
    paths: Sequence[Path] | None, plans_dir: Path, *, to_load: bool = False
) -> tuple[Catalogue | None, list[Problem]]:
    """The given plan files or folders, else all of ``plans_dir``, with every problem found.

    Departments and calendar come from ``plans_dir`` unless they are among what is given. There is
    no catalogue if any problem is an error; ``to_load``: nor while a draft's lead, deadline or
    head is unknown.
    """
    files, problems = _Files(), list[Problem]()
    for path in paths or [plans_dir]:
        problems += _collect(path, files)
    if not files.departments:
        files.departments.append(plans_dir / DEPARTMENTS)
    if not files.calendar:
        files.calendar += _listed(plans_dir / CALENDAR)
    for several, name in ((files.departments, DEPARTMENTS), (files.registers, REGISTERS)):
        for other in several[1:]:
            message = f"a second {name}; the first is {several[0]}"
            problems.append(Problem(str(other), 1, 1, message, "keep one"))
    departments = _read(files.departments[:1], Departments, problems)
    plans = _read(files.plans, Plan, problems)
    calendar = _read(files.calendar, CalendarYear, problems)
    problems += check(departments[0] if departments else None, plans, calendar)
    for plan in plans if to_load else ():
        problems += unanswered(plan)
    registers = _read(files.registers[:1], Registers, problems)
    known = departments[0].declared.departments if departments else ()
    declared = [plan.declared for plan in plans]
    whole = any(path.is_dir() for path in paths or [plans_dir]) and len(plans) == len(files.plans)
    for one in registers:
        problems += check_registers(one, declared, known, whole=whole)
    if any(problem.is_error for problem in problems):
        return None, sorted(problems)
    return Catalogue(
        departments[0].declared,
        tuple(declared),
        tuple(year.declared for year in calendar),
        registers[0].declared if registers else None,
    ), sorted(problems)


def load_or_raise(paths: Sequence[Path] | None, plans_dir: Path) -> tuple[Catalogue, list[Problem]]:
    """The catalogue and its warnings, or ``InvalidCatalogue`` with all problems."""
    catalogue, problems = read_catalogue(paths, plans_dir, to_load=True)
    if catalogue is None:
        raise InvalidCatalogue(problems)
    return catalogue, problems


class _Files:
    """The files of each kind, none twice."""

    def __init__(self) -> None:
        self.departments: list[Path] = []
        self.plans: list[Path] = []
        self.calendar: list[Path] = []
        self.registers: list[Path] = []
        self._known: set[Path] = set()

    def add(self, path: Path) -> None:
        real = path.absolute()
        if real in self._known:
            return
        self._known.add(real)
        if path.name == DEPARTMENTS:
            self.departments.append(path)
        elif path.name == REGISTERS:
            self.registers.append(path)
        elif real.parent.name == CALENDAR:
            self.calendar.append(path)
        else:
            self.plans.append(path)


def _collect(path: Path, files: _Files) -> list[Problem]:
    """Adds what a path names, and says what it leaves aside."""
    if not path.is_dir():
        files.add(path)
        return []
    found = [*_listed(path), *_listed(path / CALENDAR)]
    for file in found:
        files.add(file)
    if not found:
        remedy = "declarations are *.yaml files"
        return [Problem(str(path), 1, 1, "no declaration in this folder", remedy)]
    message, remedy = "this file is not read", "let its name end on .yaml"
    others = _listed(path, "*.yml")
    return [Problem(str(other), 1, 1, message, remedy, "warning") for other in others]


def _listed(folder: Path, pattern: str = "*.yaml") -> list[Path]:
    """The files of a folder in order, without the hidden ones that editors leave."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def _read(files: Sequence[Path], model: type[Model], problems: list[Problem]) -> list[Read[Model]]:
    """What could be understood of the files; what is wrong with the rest goes to ``problems``."""
    found = []
    for path in files:
        source = read_source(path)
        declared, wrong = validate(source, model)
        problems += [*source.problems, *wrong]
        if declared is not None:
            found.append(Read(source, declared))
    return found


def read_departments(folder: Path) -> Departments:
    """The bodies of a folder alone; ``InvalidCatalogue`` with everything that is wrong."""
    source = read_source(folder / DEPARTMENTS)
    declared, problems = validate(source, Departments)
    if declared is None:
        raise InvalidCatalogue([*source.problems, *problems])
    return declared
