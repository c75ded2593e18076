"""Delivering what is owed: claim a notice, close the database, send, record the outcome.

A run killed anywhere loses nothing: the lease ends, the next run takes the notice again. Only when
a server took a message and we could not learn or record it is the message repeated, with the same
Message-ID: a kill or a failure of the database in that moment, a connection lost in it, or a run
that stood still in it for longer than its lease.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.mail import DeliveryError, MailSettings, Transport, compose, open_transport
from integrations.rendering import Rendered, render
from plans.identity.links import sign_link
from plans.messages import AnyContent, DigestContent, ReminderContent, WebhookContent
from plans.settings import Settings
from plans.store import Connection, Engine, notices, writing
from plans.store.notices import Claimed
from plans.terms import Delivery, NoticeKind

LEASE = timedelta(minutes=10)
"""At least; where the SMTP timeout is long, ``ANSWERS`` times that."""
ANSWERS = 30
"""Clearly more than the answers that one send waits for, over the two connections it may open."""
BATCH = 10
"""Notices claimed at once: what a killed run delays until its lease ends."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = 13
"""Tries: with the waits doubling from five minutes to six hours, about two days."""
UNREACHED_AT_MOST = 5
"""Sends in a row that found no server to take them: then the run ends, the rest waits."""

CONTENTS: dict[NoticeKind, type[AnyContent]] = {
    NoticeKind.DIGEST: DigestContent,
    NoticeKind.WEBHOOK: WebhookContent,
}

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivered:
    """The notices whose outcome a run recorded.

    ``later``: put off, or given back untried since no server was reached. ``failed``: given up,
    each with its recipient and the reason.
    """

    sent: int = 0
    later: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    """``unreached``: how many sends in a row, up to now, found no server to take them."""

    engine: Engine
    settings: Settings
    mail: MailSettings
    start: datetime
    elapsed: Callable[[], float]
    line: Transport
    unreached: int = 0
    result: Delivered = field(default_factory=Delivered)

    def moment(self) -> datetime:
        """What the run's clock, which need not be the machine's, shows by now."""
        return self.start + timedelta(seconds=self.elapsed())

    @property
    def lease(self) -> timedelta:
        return max(LEASE, timedelta(seconds=ANSWERS * self.mail.smtp_timeout_seconds))


def deliver(
    engine: Engine,
    settings: Settings,
    mail: MailSettings,
    now: datetime,
    *,
    transport: Transport | None = None,
    elapsed: Callable[[], float] | None = None,
) -> Delivered:
    """Send everything that waits, at ``now``, for its first or its next try.

    ``elapsed``: seconds since ``now``; by itself it follows the machine's clock.
    """
    with transport or open_transport(mail, settings.data_dir) as line:
        run = _Run(engine, settings, mail, now, elapsed or _stopwatch(), line)
        while run.unreached < UNREACHED_AT_MOST and (claimed := _claim(run)):
            _deliver_batch(run, claimed)
    return run.result


def _stopwatch() -> Callable[[], float]:
    start = time.monotonic()
    return lambda: time.monotonic() - start


def _claim(run: _Run) -> list[Claimed]:
    """Only what was due at the start: what this run puts off is the next one's."""
    with writing(run.engine) as connection:
        return notices.claim(connection, run.moment(), run.lease, BATCH, due=run.start)


def _deliver_batch(run: _Run, claimed: Sequence[Claimed]) -> None:
    for place, one in enumerate(claimed):
        if run.unreached >= UNREACHED_AT_MOST:
            _release(run, claimed[place:])
            return
        _deliver_one(run, one)


def _release(run: _Run, claimed: Sequence[Claimed]) -> None:
    with writing(run.engine) as connection:
        for one in claimed:
            run.result.later += notices.release(connection, one.notice, one.attempts)


def _deliver_one(run: _Run, one: Claimed) -> None:
    with writing(run.engine) as connection:
        if not notices.hold(connection, one.notice, one.attempts, run.moment() + run.lease):
            return  # The lease ran out before its turn, and another run has taken it.
        contact = notices.contact_of(connection, one.recipient)
    try:
        address, language = _mailbox(contact)
        message = _compose(run, one, language, address)
        _send(run, address, message)
    except DeliveryError as error:
        _record_failure(run, one, contact, error)
    except Exception as error:
        # Whatever is wrong with one notice is that notice's: the others are still owed.
        log.error("delivering notice %s failed", one.key, exc_info=error)
        _record_failure(run, one, contact, _unforeseen(error))
    else:
        _record_sent(run, one, address)


def _send(run: _Run, address: str, message: bytes) -> None:
    try:
        run.line.send(run.mail.envelope_from, address, message)
    except DeliveryError as error:
        run.unreached = run.unreached + 1 if _is_unreached(error) else 0
        raise
    run.unreached = 0


def _is_unreached(error: DeliveryError) -> bool:
    """The server could not be used, rather than answered about this one message.

    A refusal by the server has no cause; what kept us from its answer is an ``OSError``.
    """
    return not error.permanent and isinstance(error.__cause__, OSError)


def _unforeseen(error: Exception) -> DeliveryError:
    """An error that nobody expected, in one line; trying again would meet it again."""
    first = next(iter(str(error).splitlines()), "")
    return DeliveryError(f"{type(error).__name__}: {first}", permanent=True)


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
    return compose(
        render_notice(
            one.kind,
            one.content,
            language,
            run.settings.base_url,
            unsubscribe,
            link=link_for(run.settings, one, run.moment()),
        ),
        sender=run.mail.mail_from,
        to=address,
        message_id=one.message_id,
        date=run.moment(),
        list_unsubscribe=unsubscribe,
        reply_to=run.mail.reply_to,
    )


def render_notice(
    kind: NoticeKind,
    content: Any,
    language: str,
    base_url: str,
    unsubscribe: str | None,
    *,
    link: str | None = None,
) -> Rendered:
    """A notice's kept content in words; ``link``: the token in its links."""
    facts: AnyContent = CONTENTS.get(kind, ReminderContent).model_validate(content)
    return render(
        facts, language=language, base_url=base_url, unsubscribe_url=unsubscribe, link=link
    )


def link_for(settings: Settings, one: Claimed, now: datetime) -> str | None:
    """The token in a message that is about its recipient's own assignments.

    What an escalation or an office's digest tells of is others': to see it, one signs in.
    """
    own = one.kind is NoticeKind.REMINDER or one.content.get("role") == "department"
    return sign_link(settings.secret, one.recipient, now) if own else None


def unsubscribe_url(mail: MailSettings, recipient: str) -> str:
    """Who no longer wants these messages writes to the office, which decides on its contacts."""
    return f"mailto:{mail.office_address}?subject={quote(f'unsubscribe {recipient}')}"


def _record_sent(run: _Run, one: Claimed, address: str) -> None:
    with writing(run.engine) as connection:
        run.result.sent += notices.finish(
            connection,
            one.notice,
            Delivery.SENT,
            run.moment(),
            address=address,
            attempts=one.attempts,
        )


def _record_failure(run: _Run, one: Claimed, contact: Any, error: DeliveryError) -> None:
    address, why = contact.email if contact is not None else None, str(error)
    final = error.permanent or one.attempts >= GIVE_UP_AFTER
    with writing(run.engine) as connection:
        record = _give_up if final else _put_off
        record(run, connection, one, address, why)
        if error.recipient and address:
            notices.flag_bounced(connection, address, run.moment(), why)


def _give_up(
    run: _Run, connection: Connection, one: Claimed, address: str | None, why: str
) -> None:
    end, now, attempts = Delivery.FAILED, run.moment(), one.attempts
    if notices.finish(
        connection, one.notice, end, now, address=address, error=why, attempts=attempts
    ):
        run.result.failed.append((one.recipient, why))


def _put_off(
    run: _Run, connection: Connection, one: Claimed, address: str | None, why: str
) -> None:
    at = run.moment() + min(FIRST_WAIT * 2 ** (one.attempts - 1), LONGEST_WAIT)
    run.result.later += notices.try_later(
        connection, one.notice, at, address=address, error=why, attempts=one.attempts
    )
