"""What a draft leaves to a person: doubtful readings of a paper, and what was not understood."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from plans.declaration.base import Assumable, Declared, Text, nfc

LONGEST = 40_000
"""Signs of what may be quoted: a cell of Excel holds 32,767."""
Quoted = Annotated[str, AfterValidator(nfc), Field(max_length=LONGEST)]


class Question(Declared):
    """One field that a person has to look at: what the paper says there, and why it is asked.

    ``confidence`` 0: nothing was understood; above: the field holds what was probably meant.
    """

    field: Text
    said: Quoted = Field("", description="The paper's own words; empty: it says nothing.")
    at: Text | None = Field(None, description="Where in the paper, such as 'Sheet1!D7'.")
    why: Text
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0


class Asked(Assumable):
    """Something about which a draft may ask."""

    questions: tuple[Question, ...] = Field(
        (), description="What a person has to look at; remove an entry once it is settled."
    )

    @model_validator(mode="after")
    def _asked_fields_exist(self) -> Self:
        fields = type(self).model_fields
        for one in self.questions:
            if one.field not in fields:
                known = ", ".join(sorted(fields))
                raise ValueError(
                    f"'questions' names '{one.field}', which is no field here; fields: {known}"
                )
        return self
