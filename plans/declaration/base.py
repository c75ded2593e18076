"""What every declared thing is made of: strict values, titles, and what is only assumed."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


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


Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
"""A day that a plan can mean: a slip such as 1026 would open nine hundred years of periods."""


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
