"""Days and times in queries: as they are documented, and nothing else that could be read as one.

``?at=20250416`` would be a day of 1970 otherwise: seconds since then.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

from plans.reporting import Day

__all__ = ["Day", "Moment"]

_IS_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
).fullmatch


def _moment(value: Any) -> Any:
    if isinstance(value, str) and not _IS_MOMENT(value):
        raise ValueError(
            "a time with its offset, as 2026-03-31T09:00:00+07:00 ('+' is sent as %2B)"
        )
    return value


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(ge=datetime(1945, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
"""A time as RFC 3339 has it; none so far away that another zone could not say it."""
