"""What came back: which reports are believed, and what follows from one.

Anyone can write to the mailbox that reports come to. Believed is a report that names the
Message-ID of one of our messages, which only its readers know (``plans/store/message_ids.py``),
and the address to which that message really went; any other changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from plans.store import Connection, bounces, notices
from plans.terms import Delivery

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
MOST_IDS = 50
LONGEST_SAID = 500
# RFC 3463. 5.0: no more is known; 5.1: the address (.7, .8: the sender's); 5.2: the mailbox;
# 5.4: no way to its server. Others blame the message, the server or us: the mailbox is sound.
_BLAMED = re.compile(r"5\.(?:0|1|2|4)\.\d{1,3}")
_SENDERS = re.compile(r"5\.1\.[78]")


class Outcome(StrEnum):
    """What became of a report. ``noted``: nothing is wrong; ``known``: it was taken before."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    NOTED = "noted"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's part of a delivery status report (RFC 3464).

    ``source``: its own identity; ``message_ids``: whose message it may be about, each with its
    brackets, the surest first; ``addresses``: the recipient as it is named in it; ``status``: as
    5.1.1; ``said``: the server's own words.
    """

    source: str
    message_ids: tuple[str, ...]
    addresses: tuple[str, ...]
    action: Action
    status: str | None
    said: str

    @property
    def why(self) -> str:
        """The reason as it is kept beside a notice or a mailbox."""
        return " ".join(f"bounced: {self.status or ''} {self.said}".split())[:LONGEST_SAID]

    @property
    def blames_mailbox(self) -> bool:
        """Whether the address itself is at fault, so that it is not written to any more."""
        if self.status is None:
            return True
        return bool(_BLAMED.fullmatch(self.status)) and not _SENDERS.fullmatch(self.status)


@dataclass(frozen=True, slots=True)
class Matched:
    """The message of ours that a report is about, and the address that it went to."""

    notice: int
    recipient: str
    address: str
    state: Delivery


def match(connection: Connection, report: Report) -> Matched | None:
    """The message that a report is about; None: it is not believed to be about any of ours."""
    named = {address.casefold() for address in report.addresses}
    found = bounces.delivered_as(connection, report.message_ids[:MOST_IDS])
    places = {one: place for place, one in enumerate(report.message_ids)}
    for row in sorted(found, key=lambda row: places[row.message_id]):
        if row.address and row.address.casefold() in named:
            return Matched(row.notice, row.recipient, row.address, Delivery(row.state))
    return None


def take(connection: Connection, report: Report, now: datetime) -> Outcome:
    """Keep a report and do what follows from it; a second time nothing follows.

    A message that failed for good ends so, with the reason, and can be sent again to another
    mailbox; where the address is at fault its contacts are flagged, as far as it still is one.
    """
    if bounces.is_known(connection, report.source):
        return Outcome.KNOWN
    found = match(connection, report)
    if found is None:
        return Outcome.UNKNOWN
    failed = report.action == "failed"
    row = {"source": report.source, "notice": found.notice, "address": found.address}
    row |= {"status": report.status, "permanent": failed, "received_at": now}
    bounces.add(connection, row | {"diagnostic": report.said[:LONGEST_SAID]})
    if not failed:
        return Outcome.DELAYED if report.action == "delayed" else Outcome.NOTED
    bounces.fail(connection, found.notice, found.address, now, report.why)
    if report.blames_mailbox:
        notices.flag_bounced(connection, found.address, now, report.why)
    return Outcome.BOUNCED
