"""What an SMTP server's answers mean: for the message, for its address, for the pace.

A failure says what follows from it: ``permanent`` (trying again cannot help), ``recipient`` (the
address itself is at fault) and ``slows`` (who asked us to come more slowly). What is wrong with our
own settings, the network or the server is temporary: the message is still owed once that is put
right.
"""

from __future__ import annotations

import re
from typing import Literal

from plans.errors import OutsideError

DATA_TAKEN = 250
CLOSING = 421
NEEDS_LOGIN = (530, 534, 535, 538)
# RFC 3463: 5.1 is about an address (5.1.7 and 5.1.8: the sender's), 5.2 about the mailbox.
ENHANCED = re.compile(r"5\.(\d{1,3})\.(\d{1,3})\b")
BAD_RECIPIENT = re.compile(r"5\.(?:1\.(?![78]\b)\d{1,3}|2\.\d{1,3})\b")
# RFC 5321: how a server without enhanced codes answers RCPT where the mailbox is at fault.
REFUSED_RECIPIENT = (501, 550, 551, 552, 553, 554)
# RFC 3463: 4.7 is policy, as limits are; 4.3 the mail system, full or shedding load.
THROTTLED = re.compile(r"4\.[37]\.\d{1,3}\b")
ONE_ADDRESS = re.compile(r"4\.[12]\.\d{1,3}\b|gr[ae]y-?list", re.I)
"""What asks only for this message again: a mailbox that is full, a first contact's waiting time."""

Step = Literal["sender", "recipient", "message"]
Slows = Literal["server", "domain", "silence"]


class DeliveryError(OutsideError):
    """A message could not be handed over.

    ``recipient``: the address itself is at fault, so its contact should be shown as bounced.
    ``slows``: who wants fewer messages: the server we hand over to, or the recipient's domain;
    or "silence", where no answer came about a recipient or a message.
    ``opened``: whether there was a connection at all, on which the message could be offered.
    """

    code = "delivery"

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        recipient: bool = False,
        slows: Slows | None = None,
        opened: bool = True,
    ) -> None:
        super().__init__(message, permanent=permanent)
        self.recipient, self.slows, self.opened = recipient, slows, opened


def refusal(code: int, reply: bytes, step: Step) -> DeliveryError:
    """What a server's refusal of the sender, the recipient or the message means."""
    answer = in_one_line(code, reply)
    if code in NEEDS_LOGIN:
        text = f"the mail server wants a login; check the SMTP URL: {answer}"
        return DeliveryError(text, permanent=False)
    permanent = code >= 500
    return DeliveryError(
        f"{step} refused: {answer}",
        permanent=permanent,
        recipient=permanent and step != "sender" and _blames_recipient(code, answer, step),
        slows=None if permanent else _slowed(code, answer, step),
    )


def _blames_recipient(code: int, answer: str, step: Step) -> bool:
    if ENHANCED.search(answer):
        return BAD_RECIPIENT.search(answer) is not None
    return step == "recipient" and code in REFUSED_RECIPIENT


def _slowed(code: int, answer: str, step: Step) -> Slows | None:
    """Whose limit was met. Before a recipient was named, it can only be the server's own."""
    if step == "sender":
        return "server"
    if ONE_ADDRESS.search(answer):
        return None
    return "domain" if code in (CLOSING, 452) or THROTTLED.search(answer) else None


def in_one_line(code: int, reply: bytes) -> str:
    """An answer as it is shown and kept."""
    return " ".join(f"{code} {reply.decode('utf-8', 'replace')}".split())
