"""Withholding messages: to one department, until the office lifts it or a day has passed.

What would have been owed meanwhile is owed afterwards, once, as after any missed day; what was
owed before waits in the outbox. Sign-in links and codes are no notices: they are never withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.acting import words_of
from plans.errors import Conflict, InvalidInput
from plans.store import Connection, audit, catalogue, proofs
from plans.store import holds as store


@dataclass(frozen=True, slots=True)
class Hold:
    """That a department's messages are withheld. ``until``: the last such day, None: no end set."""

    id: int
    department: str
    name_vi: str
    name_en: str
    since: date
    until: date | None
    reason: str
    actor: str
    made_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None

    def is_in_force(self, on: date) -> bool:
        """Whether messages are withheld on a day."""
        ended = self.lifted_at is not None or (self.until is not None and self.until < on)
        return self.since <= on and not ended


def hold(
    connection: Connection,
    department: str,
    *,
    reason: str,
    until: date | None,
    actor: str,
    now: datetime,
    confirmed: bool = False,
) -> Hold:
    """Withhold a department's messages from now on, through ``until`` or (None) until lifted.

    ``now`` in the office's time zone. ``NotFound``: no such department; ``InvalidInput``: no
    reason, or a day that has passed; ``PersonalData``: a reason that may hold a person's number,
    unless ``confirmed``; ``Conflict``: it is held already.
    """
    catalogue.department_row(connection, department)
    text = words_of(reason, "reason", needed=True, confirmed=confirmed)
    today = now.date()
    if until is not None and until < today:
        message = f"{until} has passed; name today or a later day, or none"
        raise InvalidInput(f"until: {message}", fields={"until": message})
    proofs.lock_department(connection, department)
    if before := _in_force(connection, today, department):
        raise Conflict(
            f"{department}'s messages are withheld since {before.since}; lift that first"
        )
    row = {"department": department, "since": today, "until": until, "reason": text}
    store.add(connection, row | {"actor": actor[:120], "made_at": now})
    detail = {"until": until.isoformat() if until else None}
    subject = f"department:{department}"
    audit.note(connection, now, actor, "messages-held", subject=subject, detail=detail)
    made = _in_force(connection, today, department)
    assert made is not None
    return made


def lift(connection: Connection, department: str, *, actor: str, now: datetime) -> Hold:
    """Send a department its messages again; gives the hold that ended.

    ``Conflict``: its messages are not withheld.
    """
    catalogue.department_row(connection, department)
    proofs.lock_department(connection, department)
    found = _in_force(connection, now.date(), department)
    if found is None:
        raise Conflict(
            f"{department}'s messages are not withheld; 'dondoc messages holds' shows whose are"
        )
    store.lift(connection, found.id, now, actor[:120])
    detail = {"since": found.since.isoformat()}
    subject = f"department:{department}"
    audit.note(connection, now, actor, "messages-lifted", subject=subject, detail=detail)
    return found


def held(connection: Connection, on: date) -> Mapping[str, Hold]:
    """Whose messages are withheld on a day, and why."""
    return {row.department: _hold(row) for row in store.on_day(connection, on)}


def listing(connection: Connection) -> list[Hold]:
    """All holds, present and past, the newest first."""
    return [_hold(row) for row in store.every(connection)]


def _in_force(connection: Connection, on: date, department: str) -> Hold | None:
    rows = store.on_day(connection, on, department)
    return _hold(rows[0]) if rows else None


def _hold(row: Any) -> Hold:
    return Hold(**{name: getattr(row, name) for name in Hold.__slots__})
