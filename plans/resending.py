"""Sending a message again that failed for good, under the same Message-ID.

Before it is sent it is looked at as all is that waits (``plans.catching_up``): what of it still
holds is told as of that day; where nothing does, it is dropped with the reason.
"""

from __future__ import annotations

from datetime import datetime

from plans.errors import Conflict, NotFound
from plans.store import Connection, audit, notices, outbox
from plans.terms import Delivery

_REFUSALS = {
    Delivery.SENT: "was sent already; a message goes out once",
    Delivery.WAITING: "waits already; the next delivery takes it",
    Delivery.DROPPED: "was dropped, for what it told of has passed",
}


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
