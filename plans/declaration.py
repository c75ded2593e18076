"""The shape of a declared plan and of ``departments.yaml``: strict models, nothing more.

What one file alone can get wrong is refused here; what needs several files (an unknown
department, a cycle of successors) is checked in ``plans.checking``.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from plans.terms import PeriodKind


def nfc(text: str) -> str:
    """Text in Unicode's composed form, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


Text = Annotated[str, AfterValidator(nfc), Field(min_length=1, max_length=2000)]
CODE_FORM = "a code of small letters without accents, digits and single hyphens, such as so-y-te"
# The descriptions of patterns are what a person reads when a value does not fit.
Code = Annotated[
    str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80, description=CODE_FORM)
]
MonthDay = Annotated[
    str,
    Field(
        pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        description="a month and a day, such as '06-30'",
    ),
]
Email = Annotated[
    str,
    Field(
        pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$",
        max_length=254,
        description="a mail address, such as vanphong@so.example.vn",
    ),
]


class Declared(BaseModel):
    """Base of every declared thing: no unknown field, no silent conversion, never changed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Assumable(Declared):
    """Something of which some values are not stated in the document it comes from."""

    assumed: tuple[str, ...] = Field((), description="Fields the document does not state.")

    @model_validator(mode="after")
    def _assumed_fields_exist(self) -> Self:
        fields = type(self).model_fields
        for name in self.assumed:
            if name not in fields:
                known = ", ".join(sorted(fields))
                raise ValueError(
                    f"'assumed' names '{name}', which is no field here; fields: {known}"
                )
        return self


class Title(Declared):
    """A short title: Vietnamese as the document says it, with an English gloss."""

    vi: Text
    en: Text


# --- when something is due -------------------------------------------------------------------


class Fixed(Declared):
    """One date: ``by`` includes the day, ``before`` does not."""

    type: Literal["fixed"]
    by: date | None = None
    before: date | None = None

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        if (self.by is None) == (self.before is None):
            raise ValueError("give exactly one of 'by' (the day counts) and 'before' (it does not)")
        return self


class Relative(Declared):
    """A term counted from the plan's issue or from a date; the first day is not counted."""

    type: Literal["relative"]
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    working_days: Annotated[int, Field(ge=1, le=2600)] | None = None
    after: date | Literal["issue"] = "issue"

    @model_validator(mode="after")
    def _one_term(self) -> Self:
        if (self.days is None) == (self.working_days is None):
            raise ValueError("give exactly one of 'days' and 'working_days'")
        return self


class Within(Declared):
    """By the end of a calendar quarter ('2026-Q2'), month ('2026-05') or year (2026)."""

    type: Literal["within"]
    quarter: (
        Annotated[str, Field(pattern=r"^\d{4}-Q[1-4]$", description="a quarter, such as 2026-Q2")]
        | None
    ) = None
    month: (
        Annotated[
            str,
            Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="a month, such as '2026-05'"),
        ]
        | None
    ) = None
    year: Annotated[int, Field(ge=2000, le=2100)] | None = None

    @model_validator(mode="after")
    def _one_span(self) -> Self:
        if [self.quarter, self.month, self.year].count(None) != 2:
            raise ValueError("give exactly one of 'quarter', 'month' and 'year'")
        return self


class Periodic(Declared):
    """A report each period, due ``working_days`` after its cut-off unless a yearly date is set."""

    type: Literal["periodic"]
    every: PeriodKind = Field(strict=False)
    window: Literal["official", "calendar"] = Field(
        "official", description="'official': 15th to 14th, by Decree 09/2019/NĐ-CP."
    )
    working_days: Annotated[int, Field(ge=0, le=60)] = 2
    by: MonthDay | None = Field(None, description="Due on this month-day of the period's year.")
    before: MonthDay | None = Field(None, description="Due before this month-day of the year.")
    until_complete: bool = Field(False, description="Stops once a report of 100% was accepted.")

    @model_validator(mode="after")
    def _yearly_date(self) -> Self:
        if self.by and self.before:
            raise ValueError("give 'by' or 'before', not both")
        if (self.by or self.before) and self.every is not PeriodKind.YEAR:
            raise ValueError("'by' and 'before' a month-day need 'every: year'")
        for day in (self.by, self.before):
            if day in ("02-30", "02-31", "04-31", "06-31", "09-31", "11-31"):
                raise ValueError(f"there is no day {day}")
        return self


class Ongoing(Declared):
    """'Thường xuyên': no due date of its own; judged by whether its periodic reports came."""

    type: Literal["ongoing"]
    report_every: PeriodKind = Field(strict=False)
    window: Literal["official", "calendar"] = "official"
    working_days: Annotated[int, Field(ge=0, le=60)] = 2


Due = Annotated[
    Fixed | Relative | Within | Periodic | Ongoing,
    Field(discriminator="type"),
]

# --- a plan ----------------------------------------------------------------------------------


class Clause(Declared):
    """Where in which document a task stands."""

    document: Text
    group: Text
    position: Text


class Part(Assumable):
    """A named part of a task; an assignment of its own only where it names its own lead."""

    id: Code
    title: Title
    lead: Code | None = None
    function: Code | None = None
    deliverable: Text | None = None


class Task(Assumable):
    """One thing to do: a lead, supporting departments, a deliverable and when it is due."""

    id: Code
    title: Title
    clause: Clause
    lead: Code
    function: Code | None = Field(None, description="Which function decides on a successor.")
    supporting: tuple[Code, ...] = ()
    fan_out: tuple[Code, ...] = Field((), description="Classes: one assignment for each member.")
    deliverable: Text | None = None
    due: Annotated[tuple[Due, ...], Field(min_length=1)]
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    needs_review: bool = True
    parts: tuple[Part, ...] = ()
    note: Text | None = None


class SolutionGroup(Assumable):
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


class Plan(Assumable):
    """A declared official document."""

    id: Code
    number: Text | None
    title: Title
    issuer: Text
    issued: date
    ends: date | None = None
    coordinator: Code
    province: Code | None = Field(None, description="A province code of departments.yaml.")
    source: Text
    basis: tuple[BasisDocument, ...] = ()
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


# --- departments.yaml ------------------------------------------------------------------------


class Successor(Declared):
    """Who took over which functions; ``functions`` 'all' means everything."""

    code: Code
    functions: tuple[Code, ...] | Literal["all"]


class Members(Declared):
    """Who belongs to a class of bodies. Exactly one source; none at all: nobody declares them."""

    kinds: tuple[Code, ...] = Field((), description="Every body of these kinds that exists.")
    codes: tuple[Code, ...] = Field((), description="These bodies.")
    units: Literal["communes", "provinces"] | None = Field(
        None, description="From the package vietnam-provinces: valid since 2025-07-01."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [bool(self.kinds), bool(self.codes), bool(self.units)].count(True) != 1:
            raise ValueError("give exactly one of 'kinds', 'codes' and 'units'")
        return self


class Contact(Declared):
    """A role mailbox, never a person's."""

    email: Email
    language: Literal["vi", "en"] = "vi"


class Feed(Declared):
    """A department's own system, which Dondoc asks for updates."""

    url: Annotated[
        str,
        Field(
            pattern=r"^https?://[^\s]+$",
            max_length=500,
            description="an address that begins with https:// or http://",
        ),
    ]
    token_env: (
        Annotated[
            str,
            Field(
                pattern=r"^[A-Z][A-Z0-9_]*$",
                description="the name of an environment variable, such as SYT_TOKEN",
            ),
        ]
        | None
    ) = Field(None, description="The environment variable that holds its bearer token.")
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0


class Department(Declared):
    """A body: who it is, when it exists, who follows it. ``to`` is its last day."""

    code: Code
    name: Title
    abbr: Text
    kind: Code
    aliases: tuple[Text, ...] = ()
    parent: Code | None = None
    since: date | None = None
    until: date | None = None
    successors: tuple[Successor, ...] = ()
    is_class: bool = False
    members: Members | None = None
    contacts: tuple[Contact, ...] = ()
    feed: Feed | None = None
    confidence: Literal["high", "medium", "low"] = "high"
    note: Text | None = None

    @model_validator(mode="after")
    def _dates_and_members(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"'until' ({self.until}) lies before 'since' ({self.since})")
        if self.members and not self.is_class:
            raise ValueError("only a class has members: add 'is_class: true'")
        return self

    def exists_on(self, day: date) -> bool:
        """Whether the body exists on ``day``."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


class Province(Declared):
    """A province, and into which one it was merged."""

    code: Code
    name: Title
    until: date | None = None
    successor: Code | None = None
    unit: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Its number in the package vietnam-provinces."
    )


class Departments(Declared):
    """The file ``departments.yaml``."""

    functions: dict[Code, Title]
    provinces: tuple[Province, ...] = ()
    departments: Annotated[tuple[Department, ...], Field(min_length=1)]
