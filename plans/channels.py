"""By what a department's mailbox is reached before mail: chosen, taken away, tried again.

The address is a secret (a number, a webhook's URL): it is kept sealed, and shown masked. What an
address may be is judged where channels are known (``integrations.channels``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from plans.contacting import mailbox_of, note
from plans.errors import Conflict
from plans.sealing import seal, unseal
from plans.store import Connection, audit, outbox
from plans.store import channels as store

PURPOSE = "channel-address"


@dataclass(frozen=True, slots=True)
class Address:
    """A channel's address as it was read. ``text`` is a secret; ``shown`` is for people.

    ``advice``: what whoever sets it should heed.
    """

    kind: str
    text: str
    shown: str
    advice: str | None = None


def choose(
    connection: Connection,
    department: str,
    email: str,
    address: Address,
    *,
    secret: str,
    actor: str,
    now: datetime,
) -> None:
    """Reach a mailbox by this channel first, from now on; what failed before is forgotten.

    ``NotFound``: the department has no such mailbox.
    """
    contact = mailbox_of(connection, department, email)
    sealed, shown = seal(secret, PURPOSE, address.text), address.shown
    store.set_channel(connection, contact.id, address.kind, sealed, shown, actor=actor, now=now)
    outbox.try_now(connection, department, now)
    note(connection, now, actor, "channel-set", department, kind=address.kind)


def opened(sealed: str, secret: str) -> str:
    """An address as it is used; ``Conflict``: it was sealed under another secret."""
    return unseal(secret, PURPOSE, sealed)


def remove(
    connection: Connection, department: str, email: str, *, actor: str, now: datetime
) -> None:
    """Write to a mailbox by mail alone. ``Conflict``: it has no channel."""
    contact = mailbox_of(connection, department, email)
    if not store.forget(connection, contact.id):
        raise Conflict(f"{contact.email} has no channel; it is written to by mail")
    note(connection, now, actor, "channel-removed", department)


def try_again(
    connection: Connection, department: str, email: str, *, actor: str, now: datetime
) -> None:
    """Use a channel again that failed for good. ``Conflict``: it did not fail."""
    row = chosen(connection, department, email)
    if row.failed_at is None:
        raise Conflict(f"the channel of {email.strip()} works; nothing is to be cleared")
    store.clear(connection, row.contact)
    since = row.failed_at.isoformat()
    note(connection, now, actor, "channel-cleared", department, since=since)


def chosen(connection: Connection, department: str, email: str) -> Row[Any]:
    """A mailbox's channel. ``NotFound``: no such mailbox; ``Conflict``: it has none."""
    contact = mailbox_of(connection, department, email)
    row = store.channel_of(connection, department, contact.email)
    if row is None:
        raise Conflict(f"{contact.email} has no channel; it is written to by mail")
    return row


def note_test(
    connection: Connection, department: str, *, works: bool, actor: str, now: datetime
) -> None:
    """Write down that a channel was tried by hand."""
    note(connection, now, actor, "channel-tested", department, works=works)


def note_authorised(connection: Connection, channel: str, *, actor: str, now: datetime) -> None:
    """Write down that a channel was given access."""
    audit.note(connection, now, actor, "channel-authorised", subject=f"channel:{channel}")


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a channel, or of one of its ways (``zalo:zns``).

    ``expires_at``: its access's, which it renews; ``failed_at``: since when it takes nothing.
    """

    name: str
    has_access: bool
    expires_at: datetime | None
    refreshed_at: datetime | None
    failed_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Channels, the contacts that use them, and by what messages went of late: (by, all, instead
    of another channel)."""

    states: tuple[State, ...]
    contacts: tuple[Row[Any], ...]
    sent: tuple[tuple[str | None, int, int], ...]


OF_LATE = timedelta(days=7)


def overview(connection: Connection, now: datetime) -> Overview:
    """How the channels stand."""
    rows = store.states(connection)
    return Overview(
        tuple(_state(row) for row in rows),
        tuple(store.listing(connection)),
        tuple(store.tally(connection, now - OF_LATE)),
    )


def _state(row: Row[Any]) -> State:
    return State(
        row.channel,
        row.refresh is not None,
        row.expires_at if row.refresh is not None else None,
        row.refreshed_at,
        row.failed_at,
        row.failure,
    )
