"""Sending a message again that failed for good, under the same Message-ID; or not at all.

Before it is sent it is looked at as all is that waits (``plans.catching_up``): what of it still
holds is told as of that day; where nothing does, it is dropped with the reason.

Many at once are those that failed, except where the mailbox bounced, and except those that may have
arrived, perhaps twice: somebody looks at each of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plans.errors import Conflict, NotFound
from plans.store import Connection, audit, claims, notices, outbox
from plans.store.claims import MAY_HAVE_IT
from plans.terms import Delivery

_REFUSALS = {
    Delivery.SENT: "was sent already; a message goes out once",
    Delivery.WAITING: "waits already; the next delivery takes it",
    Delivery.DROPPED: "was dropped, for what it told of has passed",
}


@dataclass(frozen=True, slots=True)
class Failed:
    """Notices that failed: those to send again, and how many are left alone, by why."""

    notices: Sequence[int]
    bounced: int
    arrived: int


def failed(
    connection: Connection, *, recipient: str | None = None, since: datetime | None = None
) -> Failed:
    """What failed for one recipient, or since a moment."""
    rows = outbox.failed(connection, recipient=recipient, since=since)
    mailboxes = notices.contacts_of(connection, sorted({row.recipient for row in rows}))
    shut = {code for code, one in mailboxes.items() if one.bounced_at is not None}
    arrived = {row.id for row in rows if MAY_HAVE_IT in (row.error or "")}
    bounced = {row.id for row in rows if row.recipient in shut} - arrived
    left = [row.id for row in rows if row.id not in arrived | bounced]
    return Failed(left, len(bounced), len(arrived))


def try_again(connection: Connection, notice: int, *, actor: str, now: datetime) -> None:
    """Let a notice that was given up wait for the next delivery, as if it were new.

    ``NotFound``: no such notice; ``Conflict``: it did not fail, or its mailbox is as it was.
    """
    row = outbox.locked(connection, notice)
    if row is None:
        raise NotFound(f"no message {notice}; 'dondoc messages list --json' shows their ids")
    if row.state != Delivery.FAILED:
        raise Conflict(f"message {notice} {_REFUSALS[Delivery(row.state)]}")
    contact = notices.contact_of(connection, row.recipient)
    if contact is not None and contact.bounced_at is not None:
        raise Conflict(
            f"the mailbox of {row.recipient} bounced; clear that, or register another one first"
        )
    outbox.wait_again(connection, notice, now)
    subject, detail = f"notice:{notice}", {"recipient": row.recipient, "attempts": row.attempts}
    audit.note(connection, now, actor, "message-resent", subject=subject, detail=detail)


def let_go(connection: Connection, notice: int, reason: str, *, actor: str, now: datetime) -> None:
    """Let a notice that waits end unsent; what it tells of counts as told, unlike what is outdated.

    ``NotFound``: no such notice; ``Conflict``: it does not wait, or is being sent.
    """
    row = outbox.locked(connection, notice)
    if row is None:
        raise NotFound(f"no message {notice}; 'dondoc messages list --json' shows their ids")
    if row.state != Delivery.WAITING:
        raise Conflict(f"message {notice} does not wait: it is {row.state}")
    if row.lease_until is not None and now < row.lease_until <= now + claims.FURTHEST_LEASE:
        raise Conflict(f"message {notice} is being sent")
    claims.finish(connection, notice, Delivery.DROPPED, now, address=row.address, error=reason)
    detail = {"recipient": row.recipient, "reason": reason}
    audit.note(connection, now, actor, "message-dropped", subject=f"notice:{notice}", detail=detail)
