"""Delivering what is owed: claim notices, close the database, send, record the outcomes.

One thread owns the record: in each turn it writes, in one transaction, what became of the messages
that are done, and claims more. Others compose and send, one a connection; none of them begins
another message before the outcome of its last one is durable.

A run killed anywhere loses nothing: its leases end, the next run takes the notices again. Only when
a server took a message and we could not learn or record it is the message repeated, with the same
Message-ID: a kill or a failure of the database in that moment, a connection lost in it, or a run
that stood still in it for longer than its lease. So at most one message a connection is repeated;
and none a third time of itself: after two such tries it ends as failed, for somebody to look at.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from integrations.backlog import Backlog
from integrations.channel_settings import ChannelSettings
from integrations.channels import Desk, Setup
from integrations.delivery_run import Delivered, Progress, Run
from integrations.letters import Letter
from integrations.mail import MailSettings, Transport, open_transports
from integrations.notice_mail import (
    CONTENTS,
    link_for,
    message_of,
    render_notice,
    short_of,
    unsubscribe_url,
)
from integrations.pacing import Paces, Rate, rates_of
from integrations.senders import Senders
from plans.settings import Settings
from plans.store import Engine

__all__ = [
    "CONTENTS",
    "Delivered",
    "Progress",
    "deliver",
    "link_for",
    "render_notice",
    "tell",
    "unsubscribe_url",
]

log = logging.getLogger(__name__)


def tell(progress: Progress) -> None:
    """How far a run is, in the log; ``dondoc deliver`` shows it."""
    log.info("%s", progress)


def deliver(
    engine: Engine,
    settings: Settings,
    mail: MailSettings,
    now: datetime,
    *,
    transport: Transport | None = None,
    lines: Sequence[Transport] = (),
    channels: ChannelSettings | None = None,
    elapsed: Callable[[], float] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    observe: Callable[[Progress], None] = tell,
) -> Delivered:
    """Send everything that waits, from ``now`` on, for its first or its next try.

    ``transport`` or ``lines``: the connections to use; by themselves the settings'. ``elapsed``:
    seconds since ``now``, by itself the machine's clock, and ``sleep``, which lets them pass.
    ``observe`` hears now and then how far it is.
    """
    used = lines or ([transport] if transport else open_transports(mail, settings.data_dir))
    clock = elapsed or _stopwatch()
    beside = channels or ChannelSettings.read()
    desk = Desk(Setup(engine, settings, beside))

    def send(line: Transport, letter: Letter) -> None:
        at = now + timedelta(seconds=clock())
        if letter.way is not None:
            desk.send(letter, lambda most: short_of(letter, settings=settings, at=at, most=most))
            return
        message = message_of(
            letter.one, letter.address, letter.language, settings=settings, mail=mail, at=at
        )
        line.send(mail.envelope_from, letter.address, message)

    senders = Senders(used, send, clock)
    backlog = Backlog(_paces(mail, beside))
    timeout = mail.smtp_timeout_seconds
    run = Run(engine, timeout, now, clock, sleep, observe, senders, backlog)
    run.receipts = desk.receipts
    try:
        return run.to_its_end()
    finally:
        senders.close()
        desk.close()


def _stopwatch() -> Callable[[], float]:
    start = time.monotonic()
    return lambda: time.monotonic() - start


def _paces(mail: MailSettings, beside: ChannelSettings) -> Paces:
    if not mail.is_limited:
        return Paces(channels=beside.rates)
    server = Rate.of(mail.smtp_rate) if mail.smtp_rate else None
    return Paces(server, rates_of(mail.smtp_domain_rate), beside.rates)
