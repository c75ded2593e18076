"""The addresses of departments' own systems, which gather asks."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError

from plans.declaration import Feed
from plans.errors import InvalidInput
from plans.store import Connection, audit, catalogue, feeds


def set_feed(
    connection: Connection,
    department: str,
    url: str,
    timeout_seconds: float,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Register or change the address of a department's system; what was read of it stays read.

    ``InvalidInput``: no http address, or a time-out that is not above 0 and up to 120 s.
    """
    try:
        wanted = Feed.model_validate({"url": url.strip(), "timeout_seconds": timeout_seconds})
    except ValidationError as error:
        message = f"not an http address and a time-out up to 120 s: {url}"
        raise InvalidInput(message, fields={str(error.errors()[0]["loc"][0]): message}) from None
    catalogue.department_row(connection, department)
    feeds.save_feed(connection, department, wanted.url, wanted.timeout_seconds)
    detail = {"timeout_seconds": wanted.timeout_seconds}
    subject = f"department:{department}"
    audit.note(connection, now, actor, "feed-set", subject=subject, detail=detail)
