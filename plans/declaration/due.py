"""When something is due: once, each period, or ongoing."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plans.declaration.base import Day, Declared, MonthDay
from plans.terms import PeriodKind


class Fixed(Declared):
    """One date: ``by`` includes the day, ``before`` does not."""

    type: Literal["fixed"]
    by: Day | None = None
    before: Day | None = None

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
    after: Day | Literal["issue"] = "issue"

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
