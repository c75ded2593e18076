"""The file ``departments.yaml``: bodies, when they exist, who follows them, provinces."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plans.declaration.base import Code, Declared, Email, Text, Title


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
