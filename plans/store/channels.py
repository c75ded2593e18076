"""By what contacts are reached before mail; channels' own access; since when one takes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plans.store.ledger import CHUNK
from plans.store.schema import contacts, deliveries, departments, notices
from plans.store.schema_paper import channel_tokens, contact_channels
from plans.terms import Delivery

h, t, c = contact_channels.c, channel_tokens.c, contacts.c


# --- a contact's channel ------------------------------------------------------------------------


def set_channel(
    connection: Connection,
    contact: int,
    kind: str,
    address: str,
    shown: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Reach a contact by this channel from now on, whatever it had before; it has not failed."""
    connection.execute(delete(contact_channels).where(h.contact == contact))
    row = {"contact": contact, "kind": kind, "address": address, "shown": shown}
    connection.execute(insert(contact_channels).values(**row, added_at=now, added_by=actor[:120]))


def forget(connection: Connection, contact: int) -> bool:
    """Reach a contact by mail alone; whether it had a channel."""
    gone = connection.execute(delete(contact_channels).where(h.contact == contact)).rowcount > 0
    _forget_unused(connection)
    return gone


def forget_of(connection: Connection, department: str, email: str) -> None:
    """The same of a mailbox that is about to be taken out."""
    mine = select(c.id).where(c.department == department, c.email == email)
    connection.execute(delete(contact_channels).where(h.contact.in_(mine)))
    _forget_unused(connection)


def _forget_unused(connection: Connection) -> None:
    """What was wrong with ways that nobody is reached by any more; access stays."""
    used = exists().where(t.channel.like(h.kind.concat(":%")))
    connection.execute(delete(channel_tokens).where(t.channel.contains(":"), ~used))


def channel_of(connection: Connection, department: str, email: str) -> Row[Any] | None:
    """A mailbox's channel, with the mailbox's language."""
    query = select(contact_channels, c.language).join(contacts, c.id == h.contact)
    return connection.execute(query.where(c.department == department, c.email == email)).first()


def channels_of(connection: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Some contacts' channels, of those that have one."""
    found: dict[int, Row[Any]] = {}
    for at in range(0, len(ids), CHUNK):
        query = select(contact_channels).where(h.contact.in_(ids[at : at + CHUNK]))
        found |= {row.contact: row for row in connection.execute(query)}
    return found


def flag(connection: Connection, contact: int, address: str, now: datetime, reason: str) -> None:
    """Mark that a contact's channel failed for good, unless it has been set anew since."""
    mine = (h.contact == contact, h.address == address)
    connection.execute(update(contact_channels).where(*mine).values(failed_at=now, failure=reason))


def clear(connection: Connection, contact: int) -> None:
    """Try a channel again that failed for good."""
    mine = update(contact_channels).where(h.contact == contact)
    connection.execute(mine.values(failed_at=None, failure=None))


def failed(connection: Connection) -> list[Row[Any]]:
    """Channels that failed for good, with whose they are."""
    return list(connection.execute(_listed().where(h.failed_at.is_not(None))))


def listing(connection: Connection) -> list[Row[Any]]:
    """All contacts that have a channel."""
    return list(connection.execute(_listed()))


def _listed() -> Any:
    columns = (c.department, c.email, c.language, departments.c.name_vi, departments.c.name_en)
    query = select(contact_channels, *columns).join(contacts, c.id == h.contact)
    return query.join(departments, departments.c.code == c.department).order_by(c.department, c.id)


# --- a channel as a whole -----------------------------------------------------------------------


def token_row(connection: Connection, channel: str) -> Row[Any] | None:
    """A channel's access, still sealed."""
    return connection.execute(select(channel_tokens).where(t.channel == channel)).first()


def states(connection: Connection) -> list[Row[Any]]:
    """What is known of channels: their access, and which ways take nothing since when."""
    return list(connection.execute(select(channel_tokens).order_by(t.channel)))


def troubled(connection: Connection) -> list[Row[Any]]:
    """The ways that take nothing, for the office to see."""
    query = select(channel_tokens).where(t.failed_at.is_not(None))
    return list(connection.execute(query.order_by(t.channel)))


def begin_renewal(
    connection: Connection, channel: str, refresh: str, now: datetime, until: datetime
) -> bool:
    """Take the renewal of an access, which only one may do; False: another is at it, or did it."""
    free = or_(t.renewing_until.is_(None), t.renewing_until <= now)
    mine = update(channel_tokens).where(t.channel == channel, t.refresh == refresh, free)
    return connection.execute(mine.values(renewing_until=until)).rowcount == 1


def keep_token(
    connection: Connection,
    channel: str,
    *,
    access: str,
    refresh: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Keep a new access, sealed; whatever failed before is over."""
    row = {
        "access": access,
        "refresh": refresh,
        "expires_at": expires_at,
        "refreshed_at": now,
        "renewing_until": None,
        "failed_at": None,
        "failure": None,
    }
    _upsert(connection, channel, row)


def end_renewal(
    connection: Connection, channel: str, refresh: str, now: datetime, failure: str, *, spent: bool
) -> None:
    """Say that an access was not renewed; ``spent``: nor ever can be with this ``refresh``.

    Where another has come since, by a person or another process, that one stays.
    """
    gone = {"access": None, "refresh": None} if spent else {}
    mine = update(channel_tokens).where(t.channel == channel, t.refresh == refresh)
    connection.execute(mine.values(renewing_until=None, failed_at=now, failure=failure, **gone))


def note_failed(connection: Connection, way: str, now: datetime, failure: str) -> None:
    """Say since when a way takes nothing, and what it said last."""
    known = connection.scalar(select(t.failed_at).where(t.channel == way))
    _upsert(connection, way, {"failed_at": known or now, "failure": failure})


def note_works(connection: Connection, way: str) -> None:
    """A way took a message: what was wrong with it is over."""
    mine = update(channel_tokens).where(t.channel == way, t.failed_at.is_not(None))
    connection.execute(mine.values(failed_at=None, failure=None))


def _upsert(connection: Connection, channel: str, values: dict[str, Any]) -> None:
    maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = maker(channel_tokens).values(channel=channel, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["channel"], set_=values))


def tally(connection: Connection, since: datetime) -> list[tuple[str | None, int, int]]:
    """By what messages went since a moment: (channel, how many, how many of them by mail instead).

    None: mail.
    """
    d = deliveries.c
    turned = func.count(d.fallback)
    query = select(d.channel, func.count(), turned).join(notices, notices.c.id == d.notice)
    mine = and_(d.state == Delivery.SENT, notices.c.day >= since.date(), d.finished_at >= since)
    rows = connection.execute(query.where(mine).group_by(d.channel).order_by(d.channel))
    return [(row[0], row[1], row[2]) for row in rows]
