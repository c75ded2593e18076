"""Moments as other systems and files write them: ISO 8601, or day/month/year as people do."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from typing import Any, Final

from plans.errors import InvalidInput

_LOCAL: Final = re.compile(
    r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"
    r"(?:[ ,]+(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::\d{2})?)?"
)
_OFFSET: Final = re.compile(r"([+-]\d{2})(\d{2})$")
FIRST_YEAR, LAST_YEAR = 2000, 2100


def read_moment(given: Any, zone: tzinfo) -> datetime | None:
    """A moment; None where nothing is given. What names no offset is the office's time.

    Raises:
        InvalidInput: it is no moment.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    found = _found(given)
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        shown = str(given)[:60]
        raise InvalidInput(f"'{shown}' is no moment; write one like 2026-03-31 or 31/03/2026 08:30")
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _found(given: Any) -> datetime | None:
    if isinstance(given, datetime):
        return given
    if isinstance(given, date):
        return datetime.combine(given, time())
    if not isinstance(given, str) or len(given) > 60:
        return None
    text = given.strip()
    try:
        if match := _LOCAL.fullmatch(text):
            parts = {name: int(said or 0) for name, said in match.groupdict().items()}
            return datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the caller's zone
        # DHIS2 writes offsets without a colon.
        return datetime.fromisoformat(_OFFSET.sub(r"\1:\2", text))
    except ValueError:
        return None
