"""The shape of an agency's feed, and what is wrong with what does not have it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from plans.reporting import Evidence, Report

DEEPEST = 16
_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _moment(value: Any) -> datetime:
    """RFC 3339 with an offset, from the year 2000 on, in UTC."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be a time with its offset, such as 2025-06-16T08:30:00+07:00")
    found = datetime.fromisoformat(value.upper())
    if not 2000 <= found.year < 9000:
        raise ValueError(f"the year {found.year} cannot be")
    return found.astimezone(UTC)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    return text


def _name(text: str) -> str:
    if not all(text.split("/")):
        raise ValueError("must be <plan>/<task> or <plan>/<task>/<period>")
    return text


Printable = AfterValidator(_printable)


class FeedItem(Report):
    """One item of a feed. What the contract does not name is left aside: systems add fields."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Annotated[str, Field(min_length=1, max_length=200), Printable]
    assignment: Annotated[str, Field(max_length=250), Printable, AfterValidator(_name)]
    reported_at: Annotated[datetime, BeforeValidator(_moment)]

    @field_validator("evidence", mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [_only_known(one) if isinstance(one, dict) else one for one in value]


def _only_known(evidence: dict[Any, Any]) -> dict[Any, Any]:
    # Nothing was uploaded by a feed, and "kind" is a word that systems use for things of their own.
    known = Evidence.model_fields.keys() - {"file", "kind"}
    return {name: value for name, value in evidence.items() if name in known}


class FeedPage(BaseModel):
    """One answer of a feed; its items are judged one by one."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    items: list[Any]
    next: Annotated[str, Field(max_length=500), Printable]
    more: bool


def say_what_is_wrong(error: ValidationError) -> str:
    """The first faults in words, without what the agency sent."""
    faults = error.errors(include_url=False, include_input=False)
    said = [
        f"{'.'.join(map(str, fault['loc'])) or 'item'}: {fault['msg']}"[:150] for fault in faults
    ]
    more = f" (and {len(said) - 3} more)" if len(said) > 3 else ""
    return "; ".join(said[:3]) + more


def pruned(value: Any, deepest: int = DEEPEST) -> Any:
    """The same without what lies deeper than ``deepest`` lists and objects in each other."""
    if not isinstance(value, (dict, list)):
        return value
    if deepest == 0:
        return "…"
    if isinstance(value, list):
        return [pruned(one, deepest - 1) for one in value]
    return {name: pruned(one, deepest - 1) for name, one in value.items()}
