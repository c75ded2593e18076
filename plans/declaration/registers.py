"""The file ``registers.yaml``: systems that hold targets' figures, and where in their answers.

A register of type ``json`` gives any JSON, of which expressions of JMESPath (https://jmespath.org)
pick the figures; one of type ``dhis2`` is a DHIS2, asked through its analytics API. Secrets never
stand in the file: it names the environment variables that hold them.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from plans.declaration.base import Code, Declared, Text, Title

Address = Annotated[
    str,
    Field(
        pattern=r"^https?://[^\s]+$",
        max_length=500,
        description="an address that begins with https:// or http://",
    ),
]
Variable = Annotated[
    str,
    Field(
        pattern=r"^[A-Z][A-Z0-9_]*$",
        description="the name of an environment variable, such as DHIS2_TOKEN",
    ),
]
_UID = r"[A-Za-z][A-Za-z0-9]{10}"
Uid = Annotated[
    str,
    Field(
        pattern=rf"^{_UID}$",
        description="an identifier of DHIS2 with 11 letters and digits, such as ImspTQPwCqd",
    ),
]
Item = Annotated[
    str,
    Field(
        pattern=rf"^{_UID}(\.{_UID}|\.\*){{0,2}}$"
        rf"|^{_UID}\.(ACTUAL|EXPECTED)_REPORTS$|^{_UID}\.ACTUAL_REPORTS_ON_TIME$"
        rf"|^{_UID}\.REPORTING_RATE(_ON_TIME)?$",
        description="what DHIS2 calls an item of data: an identifier with 11 letters and digits, "
        "such as fbfJHSPpUQD, a part of one (fbfJHSPpUQD.pq2XI5kz2BY), or a data set's rate of "
        "reporting (BfMAe6Itzgt.REPORTING_RATE)",
    ),
]


def _compiled(text: str) -> str:
    """An expression that can be compiled, as it stands."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(text)
    except (JMESPathError, RecursionError, ValueError) as error:
        said = (str(error).strip().splitlines() or ["nested too deeply"])[0]
        raise ValueError(f"this is no expression of JMESPath: {said[:200]}") from None
    return text


# Whoever writes the file is the office itself; the length is bounded against slips, not malice.
Expression = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_compiled)]


class Register(Declared):
    """What all registers say. ``owner``: the office that answers for it; ``cited_as``: what a
    figure names as its source, where the answer itself names none."""

    id: Code
    name: Title
    url: Address
    token_env: Variable | None = Field(None, description="The variable that holds its token.")
    user_env: Variable | None = Field(None, description="With 'password_env': for Basic.")
    password_env: Variable | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 30.0
    every: Literal["day", "week", "month"] = "day"
    owner: Code
    cited_as: Text | None = Field(None, description="A figure's source; by default the name.")

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str) -> str:
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise ValueError("leave user and password out: name 'user_env' and 'password_env'")
        return url

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if bool(self.user_env) != bool(self.password_env):
            raise ValueError("give both 'user_env' and 'password_env', or neither")
        if self.token_env and self.user_env:
            raise ValueError("give 'token_env', or 'user_env' with 'password_env', not both")
        return self


class Fields(Declared):
    """Where in an item the parts of a figure stand, each an expression."""

    period: Expression | None = None
    value: Expression | None = None
    part: Expression | None = None
    whole: Expression | None = None
    source: Expression | None = None
    measured_at: Expression | None = None


class JsonTarget(Fields):
    """A target of a JSON register; its own expressions go before the register's.

    ``named``: how the answer calls it, where the register says by ``target`` what an item is of.
    """

    id: Code
    named: Text | None = None


class JsonRegister(Register, Fields):
    """Any JSON. ``items``: the list in the answer; ``target``: which target an item is of (without
    it, every item is of every target, which then have expressions of their own).

    ``period_is``: ``words`` (a key such as 2026-Q1, DHIS2's 2026Q1, Quý I/2026), or a ``day``
    within the period that is meant. ``fractions``: shares are written as parts of 1, 0.95 for 95 %,
    which JMESPath cannot multiply.
    """

    type: Literal["json"]
    items: Expression
    target: Expression | None = None
    period_is: Literal["words", "day"] = "words"
    fractions: bool = False
    targets: Annotated[tuple[JsonTarget, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _all_is_found(self) -> Self:
        for one in self.targets:
            if not (one.period or self.period):
                raise ValueError(f"'targets': '{one.id}' lacks a 'period'")
            value = one.value or self.value
            share = (one.part or self.part) and (one.whole or self.whole)
            if not (value or share):
                raise ValueError(f"'targets': '{one.id}' lacks a 'value', or 'part' and 'whole'")
        return self


class Dhis2Target(Declared):
    """A target of a DHIS2: an indicator or data element, or a share of two of them."""

    id: Code
    value: Item | None = Field(None, description="The indicator or data element that it is.")
    part: Item | None = None
    whole: Item | None = None
    org_unit: Uid | None = Field(None, description="If it is another one than the register's.")

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        if bool(self.part) != bool(self.whole) or bool(self.value) == bool(self.part):
            raise ValueError("give 'value', or both 'part' and 'whole'")
        return self


class Dhis2Register(Register):
    """A DHIS2. ``url``: of its root, such as https://dhis2.example.vn; ``back``: how many periods
    that have begun are asked for, the newest among them: earlier ones may be corrected."""

    type: Literal["dhis2"]
    org_unit: Uid
    back: Annotated[int, Field(ge=1, le=24)] = 4
    targets: Annotated[tuple[Dhis2Target, ...], Field(min_length=1, max_length=500)]

    @field_validator("url")
    @classmethod
    def _is_a_root(cls, url: str) -> str:
        if "?" in url or "#" in url:
            raise ValueError("give the root alone, such as https://dhis2.example.vn/dhis")
        return url


AnyRegister = Annotated[JsonRegister | Dhis2Register, Field(discriminator="type")]


class Registers(Declared):
    """The file ``registers.yaml``."""

    registers: tuple[AnyRegister, ...]
