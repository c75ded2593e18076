"""Delivering what is owed: claim a notice, close the database, send, record the outcome.

A run killed anywhere loses nothing: the lease ends, the next run takes the notice again. Only a
kill between the server's acceptance and our record repeats a message, with the same Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.mail import DeliveryError, MailSettings, Transport, compose, open_transport
from integrations.rendering import Rendered, render
from plans.messages import DigestContent, ReminderContent
from plans.settings import Settings
from plans.store import Engine, notices, reading, writing
from plans.store.notices import Claimed
from plans.terms import Delivery, NoticeKind

LEASE = timedelta(minutes=10)
BATCH = 50
"""Notices claimed at once: what a killed run delays until its lease ends."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = 13
"""Tries: with the waits doubling from five minutes to six hours, about two days."""


@dataclass(slots=True)
class Delivered:
    """How a run ended: numbers of messages, and what failed with the reason."""

    sent: int = 0
    later: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Run:
    engine: Engine
    settings: Settings
    mail: MailSettings
    now: datetime
    line: Transport
    result: Delivered = field(default_factory=Delivered)


def deliver(
    engine: Engine,
    settings: Settings,
    mail: MailSettings,
    now: datetime,
    *,
    transport: Transport | None = None,
) -> Delivered:
    """Send everything that waits for its first or its next try."""
    with transport or open_transport(mail, settings.data_dir) as line:
        run = _Run(engine, settings, mail, now, line)
        while claimed := _claim(run):
            for one in claimed:
                _deliver_one(run, one)
    return run.result


def _claim(run: _Run) -> list[Claimed]:
    with writing(run.engine) as connection:
        return notices.claim(connection, run.now, LEASE, BATCH)


def _deliver_one(run: _Run, one: Claimed) -> None:
    with reading(run.engine) as connection:
        contact = notices.contact_of(connection, one.recipient)
    try:
        address, language = _mailbox(contact)
        message = _compose(run, one, language, address)
        run.line.send(run.mail.envelope_from, address, message)
    except DeliveryError as error:
        _record_failure(run, one, contact, error)
        return
    with writing(run.engine) as connection:
        notices.finish(connection, one.notice, Delivery.SENT, run.now, address=address)
    run.result.sent += 1


def _mailbox(contact: Any) -> tuple[str, str]:
    """Address and language to write in."""
    if contact is None:
        # Not final: the office may register one while the notice is still tried.
        raise DeliveryError("no mailbox is registered for this department", permanent=False)
    if contact.bounced_at is not None:
        raise DeliveryError(f"its mailbox bounced: {contact.bounce_reason}", permanent=True)
    return contact.email, contact.language


def _compose(run: _Run, one: Claimed, language: str, address: str) -> bytes:
    unsubscribe = unsubscribe_url(run.mail, one.recipient)
    base = run.settings.base_url
    return compose(
        render_notice(one.kind, one.content, language, base, unsubscribe),
        sender=run.mail.mail_from,
        to=address,
        message_id=one.message_id,
        date=run.now,
        list_unsubscribe=unsubscribe,
        reply_to=run.mail.reply_to,
    )


def render_notice(
    kind: NoticeKind, content: Any, language: str, base_url: str, unsubscribe: str | None
) -> Rendered:
    """A notice's kept content in words."""
    model = DigestContent if kind is NoticeKind.DIGEST else ReminderContent
    facts = model.model_validate(content)
    return render(facts, language=language, base_url=base_url, unsubscribe_url=unsubscribe)


def unsubscribe_url(mail: MailSettings, recipient: str) -> str:
    """Who no longer wants these messages writes to the office, which decides on its contacts."""
    return f"mailto:{mail.office_address}?subject={quote(f'unsubscribe {recipient}')}"


def _record_failure(run: _Run, one: Claimed, contact: Any, error: DeliveryError) -> None:
    address, why = contact.email if contact is not None else None, str(error)
    final = error.permanent or one.attempts >= GIVE_UP_AFTER
    with writing(run.engine) as connection:
        if final:
            state = Delivery.FAILED
            notices.finish(connection, one.notice, state, run.now, address=address, error=why)
        else:
            wait = min(FIRST_WAIT * 2 ** (one.attempts - 1), LONGEST_WAIT)
            notices.try_later(connection, one.notice, run.now + wait, address=address, error=why)
        if error.recipient and address:
            notices.flag_bounced(connection, address, run.now, why)
    if final:
        run.result.failed.append((one.recipient, why))
    else:
        run.result.later += 1
