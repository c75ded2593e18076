"""Sending to webhooks: one claim at a time, when to try again, when to give up and whom to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plans.following import Followed, changes
from plans.messages import WebhookContent
from plans.reminding import notice_key
from plans.store import Connection, audit, catalogue, notices
from plans.store import webhooks as store
from plans.store.notices import NewNotice
from plans.terms import EventKind, NoticeKind, WebhookState
from plans.webhooks import caller_of

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=2)
GIVE_UP_AFTER = timedelta(hours=24)
ANSWER_KEPT = 300
PAGE = 100
"""Messages read at once."""

Ended = Literal["failing", "gone"]


@dataclass(slots=True)
class Claim:
    """A webhook that this run may send to until ``until``, and where it stands by now.

    Whatever is recorded under a claim is recorded only while the claim holds: each recording
    compares ``until`` with the record and sets it anew.
    """

    row: Row[Any]
    until: datetime
    position: int
    attempts: int
    failing_since: datetime | None

    @property
    def key(self) -> str:
        """The webhook's id."""
        return str(self.row.id)


def claim(connection: Connection, key: str, now: datetime, until: datetime) -> Claim | None:
    """Take a webhook that waits, or None where another run has it."""
    row = store.claim(connection, key, now, until)
    if row is None:
        return None
    return Claim(row, until, row.position, row.attempts, row.failing_since)


def page_of(connection: Connection, one: Claim) -> Followed:
    """The next messages for a webhook: within its maker's sight, of the kinds it asked for."""
    kinds = [EventKind(kind) for kind in one.row.kinds] if one.row.kinds else None
    return changes(connection, caller_of(connection, one.row), one.position, PAGE, kinds=kinds)


def succeeded(
    connection: Connection, one: Claim, position: int, said: str, until: datetime
) -> bool:
    """A message was taken: move on, and keep the claim until then; whether it still held."""
    settled = {"attempts": 0, "failing_since": None, "last_answer": said[:ANSWER_KEPT]}
    if not _hold(connection, one, {"position": position, **settled}, until):
        return False
    one.position, one.attempts, one.failing_since = position, 0, None
    return True


def passed_over(connection: Connection, one: Claim, position: int, until: datetime) -> bool:
    """Nothing up to a position is for this webhook: move on; whether the claim still held."""
    held = _hold(connection, one, {"position": position}, until)
    one.position = position if held else one.position
    return held


def release(connection: Connection, one: Claim) -> bool:
    """Give a webhook back: all is sent, or another run may go on."""
    return _hold(connection, one, {}, None)


def failed(connection: Connection, one: Claim, said: str, now: datetime, *, chance: float) -> bool:
    """A message was not taken: set when it is tried again; whether the claim still held."""
    values = {
        "attempts": one.attempts + 1,
        "failing_since": one.failing_since or now,
        "next_try_at": now + wait_after(one.attempts + 1, chance),
        "last_answer": said[:ANSWER_KEPT],
    }
    return _hold(connection, one, values, None)


def wait_after(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many failures in a row: 5 s, doubling, up to 2 h.

    ``chance`` (0 to 1) spreads the waits over their upper half, so that not all come back at once.
    """
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT) * (0.5 + chance / 2)


def is_given_up(one: Claim, now: datetime) -> bool:
    """Whether a webhook that fails now has failed for so long that it is disabled."""
    return one.failing_since is not None and now - one.failing_since >= GIVE_UP_AFTER


def disable(
    connection: Connection,
    one: Claim,
    said: str,
    now: datetime,
    why: Ended,
    *,
    zone: ZoneInfo,
    domain: str,
) -> bool:
    """Send nothing more and tell the webhook's department; whether the claim still held.

    The caller holds ``writing(…, alone=…)``, as who owes notices must.
    """
    values = {
        "state": WebhookState.DISABLED,
        "disabled_at": now,
        "attempts": one.attempts + 1,
        "failing_since": one.failing_since or now,
        "last_answer": said[:ANSWER_KEPT],
    }
    if not _hold(connection, one, values, None):
        return False
    content = _content(connection, one, said, now.astimezone(zone), why)
    notices.owe(connection, [_notice(content, now, domain)], now)
    audit.note(
        connection,
        now,
        "system:webhooks",
        "webhook-disabled",
        subject=f"webhook:{one.key}",
        outcome=audit.FAILED,
        detail={"department": content.recipient, "why": why},
    )
    return True


def end_orphans(connection: Connection, now: datetime) -> None:
    """Send nothing more for makers whose token was revoked or expired, or who were disabled."""
    said = "the token or account that made it has ended; make it anew"
    for row in store.end_orphans(connection, now, said):
        detail = {"department": row.department, "why": "orphan"}
        subject = f"webhook:{row.id}"
        audit.note(
            connection, now, "system:webhooks", "webhook-disabled", subject=subject, detail=detail
        )


def _content(
    connection: Connection, one: Claim, said: str, now: datetime, why: Ended
) -> WebhookContent:
    department = one.row.department
    name = catalogue.department_rows(connection, [department])[department].name_vi
    return WebhookContent(
        recipient=department,
        recipient_name=name,
        day=now.date(),
        name=one.row.name,
        webhook=one.key,
        since=(one.failing_since or now).astimezone(now.tzinfo).date(),
        answer=said[:ANSWER_KEPT],
        why=why,
    )


def _notice(content: WebhookContent, now: datetime, domain: str) -> NewNotice:
    what = f"{content.webhook} {now.isoformat()}"  # It can be enabled, and fail, again.
    key = notice_key(content.kind, content.recipient, content.day, what)
    return NewNotice(
        key=key,
        kind=NoticeKind.WEBHOOK,
        recipient=content.recipient,
        day=content.day,
        content=content.model_dump(mode="json"),
        domain=domain,
    )


def _hold(
    connection: Connection, one: Claim, values: Mapping[str, Any], until: datetime | None
) -> bool:
    if not store.hold(connection, one.key, one.until, {**values, "lease_until": until}):
        return False
    one.until = until or one.until
    return True
