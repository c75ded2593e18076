"""A plan: its solution groups, tasks and parts, targets and statistics, and its ladder."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from plans.declaration.base import Assumable, Code, Day, Declared, Text, Title
from plans.declaration.due import Due
from plans.declaration.questions import Asked, Question
from plans.terms import PeriodKind


class Clause(Declared):
    """Where in which document a task stands."""

    document: Text
    group: Text
    position: Text


class Part(Asked):
    """A named part of a task; an assignment of its own only where it names its own lead."""

    id: Code
    title: Title
    lead: Code | None = None
    function: Code | None = None
    deliverable: Text | None = None


class Task(Asked):
    """One thing to do: a lead, supporting departments, a deliverable and when it is due.

    A draft's may lack its lead or its deadlines where a question says why; none such is loaded.
    """

    id: Code
    title: Title
    clause: Clause
    lead: Code | None
    function: Code | None = Field(None, description="Which function decides on a successor.")
    supporting: tuple[Code, ...] = ()
    fan_out: tuple[Code, ...] = Field((), description="Classes: one assignment for each member.")
    deliverable: Text | None = None
    due: tuple[Due, ...]
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    needs_review: bool = True
    parts: tuple[Part, ...] = ()
    note: Text | None = None

    @field_validator("lead", "due")
    @classmethod
    def _known_or_asked(cls, value: object, info: ValidationInfo) -> object:
        # What is asked was read before: fields of the base come first.
        questions: tuple[Question, ...] | None = info.data.get("questions")
        if not value and questions is not None:
            name = str(info.field_name)
            if name not in {one.field for one in questions}:
                raise ValueError(
                    f"'{name}' is not known: write it, or add an entry of 'questions' "
                    "for it that says why"
                )
        return value


class SolutionGroup(Asked):
    """A plan's group of tasks (nhóm nhiệm vụ, giải pháp)."""

    id: Code
    title: Title
    ordinal: Text | None = None
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    note: Text | None = None


Comparator = Literal[
    "reach", "at_least", "above", "below", "at_most", "maintain", "decrease_to", "increase"
]
Unit = Literal["percent", "per_mille", "count", "VND"]


class Fraction(Declared):
    """A count out of a whole, such as 77 of 108 communes."""

    value: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=1)]


class Baseline(Declared):
    """Where a target starts; may itself be an inequality ('below 0.45 %')."""

    comparator: Comparator = "reach"
    value: float
    as_of: Text | None = None
    fraction: Fraction | None = None


class Target(Assumable):
    """A measured goal. ``value`` null: only a direction is stated, no number."""

    id: Code
    title: Title
    listed_under: Text | None = None
    comparator: Comparator
    value: float | None
    unit: Unit | None
    baseline: Baseline | None = None
    due_year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    owner: Code
    function: Code | None = None
    measure_every: PeriodKind = Field(PeriodKind.YEAR, strict=False)
    data_source: Text | None = None
    sensitive: bool = Field(False, description="Counts of 1 to 4 are suppressed for viewers.")
    note: Text | None = None

    @model_validator(mode="after")
    def _number_or_direction(self) -> Self:
        if self.value is None and self.comparator not in ("increase", "decrease_to"):
            raise ValueError(
                f"comparator '{self.comparator}' needs a value; "
                "only 'increase' and 'decrease_to' can be a direction without a number"
            )
        if self.value is not None and self.unit is None:
            raise ValueError("a target with a value needs a unit")
        return self

    @property
    def directional(self) -> bool:
        """Only a direction is stated, no number."""
        return self.value is None


class Statistic(Declared):
    """A figure that the document states without a goal."""

    id: Code
    title: Title
    qualifier: Literal[
        "exact", "about", "more_than", "nearly", "about_more_than", "name", "paragraph"
    ]
    value: float | None
    of: Annotated[int, Field(ge=1)] | None = None
    unit: Unit | None
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    note: Text | None = None


class Rung(Declared):
    """A day on which a notice is owed, in working days from the due date (before it: negative)."""

    days: Annotated[int, Field(ge=-60, le=250)]
    superior: bool = Field(False, description="Goes to the superior body as well.")


DEFAULT_LADDER = (
    Rung(days=-10),
    Rung(days=-3),
    Rung(days=1),
    Rung(days=5, superior=True),
    Rung(days=10, superior=True),
)


class BasisDocument(Declared):
    """A document that the plan rests on."""

    title: Text
    number: Text | None = None
    issued: date | None = None
    issuer: Text | None = None


class Plan(Asked):
    """A declared official document."""

    id: Code
    number: Text | None
    title: Title
    issuer: Text
    issued: Day
    ends: Day | None = None
    coordinator: Code
    province: Code | None = Field(None, description="A province code of departments.yaml.")
    source: Text
    basis: tuple[BasisDocument, ...] = ()
    amendments: tuple[BasisDocument, ...] = Field(
        (), description="Documents that amended it; a new version cites the newest one it adds."
    )
    ladder: Annotated[tuple[Rung, ...], Field(min_length=1)] = DEFAULT_LADDER
    groups: Annotated[tuple[SolutionGroup, ...], Field(min_length=1)]
    targets: tuple[Target, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _ladder_climbs(self) -> Self:
        days = [rung.days for rung in self.ladder]
        if days != sorted(set(days)):
            raise ValueError("'ladder' must climb: each 'days' larger than the last")
        if self.ends and self.ends <= self.issued:
            raise ValueError(f"'ends' ({self.ends}) must come after 'issued' ({self.issued})")
        return self

    def tasks(self) -> list[tuple[SolutionGroup, Task]]:
        """Every task with its group, in the document's order."""
        return [(group, task) for group in self.groups for task in group.tasks]
