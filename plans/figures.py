"""A target's new figure: its shape, and what the target's unit and the plan's time allow."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plans.declaration import Target
from plans.errors import InvalidInput
from plans.periods import Period, parse_key, periods_between
from plans.reporting import Short, Words
from plans.terms import PeriodKind

SHARES = {"percent": 100, "per_mille": 1000}
LARGEST = 10**15
"""Every whole number up to this is exact in the record."""


class NewMeasurement(BaseModel):
    """A target's figure for a period: its ``value``, or ``part`` of ``whole`` for a share.

    ``source``: the document that it stands in, such as 123/BC-SYT. ``confirm_personal_data``: its
    writer was warned of what looks like a person's number, and says that it is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    period: Annotated[str, Field(min_length=1, max_length=20)]
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    part: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    whole: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    source: Short
    note: Words = ""
    confirm_personal_data: bool = False


def read_measurement(**given: Any) -> NewMeasurement:
    """A measurement from a person's words, or ``InvalidInput`` that names what is wrong with it."""
    try:
        return NewMeasurement(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(str(first["loc"][0]), first["msg"]) from None


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", fields={field: message})


def period_of(target: Target, issued: date, key: str, day: date) -> Period:
    """The period, which must have begun, and not lie before the year that led to the plan."""
    try:
        period = parse_key(key)
    except InvalidInput as error:
        raise _wrong("period", str(error)) from None
    kinds = kinds_of(target)
    if period.kind not in kinds:
        wanted = " or ".join(kinds)
        raise _wrong("period", f"'{key}' is a {period.kind}; the target is measured every {wanted}")
    if period.start > day:
        raise _wrong("period", f"'{key}' begins on {period.start}, in the future")
    first = issued.year - 1
    if period.end.year < first:
        # The year before is where baselines lie.
        message = f"'{key}' lies before {first}; the plan was issued on {issued}"
        raise _wrong("period", message)
    return period


def kinds_of(target: Target) -> list[PeriodKind]:
    """For which kinds of periods a target may be measured."""
    return list(dict.fromkeys((target.measure_every, PeriodKind.YEAR)))


def periods_for(target: Target, issued: date, day: date) -> list[Period]:
    """The periods for which ``period_of`` takes a figure on a day, those that end last first."""
    first = date(issued.year - 1, 1, 1)
    found = [
        one
        for kind in kinds_of(target)
        for one in periods_between(kind, first, day)
        if one.end.year >= first.year
    ]
    return sorted(found, key=lambda one: (one.end, -one.start.toordinal()), reverse=True)


def value_of(target: Target, given: NewMeasurement) -> float:
    """The figure in the target's unit, computed where a part of a whole was given."""
    if given.part is None and given.whole is None:
        if given.value is None:
            raise _wrong("value", "give a value, or 'part' and 'whole'")
        return _fitting(target, given.value)
    if given.value is not None:
        raise _wrong("value", "it is computed from 'part' and 'whole'; leave it out")
    if given.part is None or given.whole is None:
        missing = "part" if given.part is None else "whole"
        raise _wrong(missing, "a share needs both 'part' and 'whole'")
    if target.unit not in SHARES:
        raise _wrong("part", f"the target's unit is {target.unit or 'not stated'}: give a value")
    return SHARES[target.unit] * given.part / given.whole


def _fitting(target: Target, value: float) -> float:
    """The value if the target's unit allows it; a rate over 100 % is doubtful, not impossible."""
    if not 0 <= value <= LARGEST:
        raise _wrong("value", f"{value:g} is not from 0 to {LARGEST}")
    if target.unit in ("count", "VND") and not value.is_integer():
        raise _wrong("value", f"{value:g} is no whole number")
    return value
