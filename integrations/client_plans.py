"""Plans and their figures as the API answers them, typed."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from integrations.client_models import Answer, Titles


class PlanLine(Answer):
    """A plan's header."""

    id: str
    number: str | None
    title: Titles
    issued: date
    ends: date | None
    coordinator: str
    version: int


class Part(Answer):
    """A part of a task, with the department that leads it."""

    id: str
    title: Titles
    lead: str


class Task(Answer):
    """One thing to do."""

    id: str
    title: Titles
    lead: str
    deliverable: str | None = None
    weight: int = 1
    parts: tuple[Part, ...] = ()


class Group(Answer):
    """A solution group with its tasks."""

    id: str
    title: Titles
    tasks: tuple[Task, ...]


class Goal(Answer):
    """A target as it is declared."""

    id: str
    title: Titles
    owner: str
    comparator: str
    value: float | None = None
    unit: str | None = None
    due_year: int | None = None


class Plan(PlanLine):
    """A plan with everything in it."""

    groups: tuple[Group, ...]
    targets: tuple[Goal, ...]


class Classes(Answer):
    """The four classes."""

    done_on_time: int
    done_late: int
    open_on_time: int
    open_overdue: int


class Outside(Answer):
    """What stands beside the four classes."""

    suspended: int
    cancelled: int
    undecided: int


class Original(Answer):
    """The same against the original due dates."""

    on_time_rate: float | None
    classes: Classes


class Figures(Answer):
    """Rates are 0 to 1, None where there is nothing to divide by."""

    assignments: int
    completion: float | None
    progress: float | None
    on_time_rate: float | None
    reporting_rate: float | None
    classes: Classes
    outside: Outside
    waiting_review: int
    original: Original


class NamedFigures(Figures):
    """A group's or a department's figures."""

    id: str
    title: Titles


class PlanFigures(NamedFigures):
    """A plan's figures on a day; ``as_of`` None: by all that is recorded."""

    number: str | None
    at: date
    as_of: datetime | None
    groups: tuple[NamedFigures, ...] | None = None
    departments: tuple[NamedFigures, ...] | None = None


class Standing(Answer):
    """One assignment at a moment, as figures see it."""

    group: str
    lead: str | None
    percent: int
    due: date
    review: str
    class_: str = Field(alias="class")


class Cause(Answer):
    """Why an assignment stands otherwise: a ledger event, or that a due date passed."""

    kind: str
    actor: str | None
    recorded_at: datetime | None
    basis: str | None
    due: date | None


class Difference(Answer):
    """An assignment that stands otherwise; ``before`` None: it was opened in between."""

    id: str
    ref: str
    title: Titles
    before: Standing | None
    after: Standing
    causes: tuple[Cause, ...]
