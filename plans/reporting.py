"""What departments report: its shape, and the words that people write, in one spelling."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from plans.errors import InvalidInput
from plans.terms import EvidenceKind

_ALLOWED_CONTROLS = "\n\t"
_FIRST, _END = date(1945, 9, 2), date(2200, 1, 1)
"""Between these lies every day that a document of ours can bear."""


def _clean(text: str) -> str:
    """NFC, without blanks around; control characters are refused, not dropped."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in _ALLOWED_CONTROLS:
            raise ValueError(f"control character U+{ord(sign):04X} is not allowed")
    return text.strip()


def _filled(text: str) -> str:
    if not text:
        raise ValueError("it holds nothing but blanks")
    return text


def _real_day(text: str) -> str:
    if not _FIRST <= date.fromisoformat(text) < _END:
        raise ValueError(f"a day from {_FIRST} to {_END.year - 1}")
    return text


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) and _IS_DAY(value) else value


_CLEAN = AfterValidator(_clean)
_IS_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
Day = Annotated[date, BeforeValidator(_day), Field(ge=_FIRST, lt=_END, strict=True)]
"""A day as ``YYYY-MM-DD``, and nothing else that could be read as one."""
_DAY = AfterValidator(_real_day)
Words = Annotated[str, Field(max_length=10_000), _CLEAN]
Short = Annotated[str, Field(min_length=1, max_length=300), _CLEAN, AfterValidator(_filled)]


class Evidence(BaseModel):
    """A document that proves a result: its number and date, or where it lies.

    ``file`` is the id of one that was uploaded to the same assignment. ``kind`` says what the
    document is where its number and title do not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    kind: EvidenceKind | None = None
    number: Short | None = None
    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), _DAY] | None = None
    title: Short | None = None
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=1000), _CLEAN] | None = None
    file: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None

    @model_validator(mode="after")
    def _names_a_document(self) -> Evidence:
        if not (self.number or self.title or self.url or self.file):
            raise ValueError("name a document: its number, title, url or file")
        return self


class Report(BaseModel):
    """What a department says about one assignment.

    ``nil_report``: "nothing this period", which is a report; its percentage stays what it was.
    ``confirm_personal_data``: its writer was warned of what looks like a person's number, and says
    that it may stand.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    result: Words = ""
    obstacles: Words = ""
    proposals: Words = ""
    evidence: Annotated[list[Evidence], Field(max_length=50)] = []
    submit: bool = False
    nil_report: bool = False
    confirm_personal_data: bool = False

    def words(self) -> dict[str, Any]:
        """The free text and the evidence, which are kept beside the ledger; empty ones left out."""
        found: dict[str, Any] = {
            name: value
            for name in ("result", "obstacles", "proposals")
            if (value := getattr(self, name))
        }
        if self.evidence:
            found["evidence"] = [
                one.model_dump(mode="json", exclude_none=True) for one in self.evidence
            ]
        return found


def read_report(**given: Any) -> Report:
    """A report from a person's words, or ``InvalidInput`` that names what is wrong with it."""
    try:
        return Report(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{first['loc'][0]}: {first['msg']}") from None


def clean_words(text: str, name: str, *, longest: int = 10_000) -> str:
    """A person's reason or note in one spelling; ``InvalidInput`` names what is wrong with it."""
    try:
        found = _clean(text)
    except ValueError as error:
        raise InvalidInput(f"the {name}: {error}", fields={name: str(error)}) from None
    if len(found) > longest:
        message = f"at most {longest} signs"
        raise InvalidInput(f"the {name}: {message}", fields={name: message})
    return found
