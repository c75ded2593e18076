"""What an SMTP server's answers mean: for the message, for its address, for the pace.

A failure says what follows from it: ``permanent`` (trying again cannot help), ``recipient`` (the
address itself is at fault) and ``slows`` (who asked us to come more slowly). What is wrong with our
own settings, the network or the server is temporary: the message is still owed once that is put
right. A mailbox is blamed only by an answer that names it; a run's first refusals, if all are
alike, blame nobody (``doubts``).
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
# RFC 3463, 5.1.7, 5.1.8: our address; 5.7: policy, which is about us. RFC 7293: 5.7.17 and .18 say
# that the mailbox has another owner by now.
OURS = re.compile(r"5\.(?:1\.[78]|7\.(?!1[78]\b)\d{1,3})\b")
ANOTHER_OWNER = re.compile(r"5\.7\.1[78]\b")
# How servers without enhanced codes, or with one of policy, say that there is no such mailbox.
NAMES_MAILBOX = re.compile(
    r"no such (?:user|mailbox|recipient|address|person)|no mailbox"
    r"|(?:user|mailbox|recipient|address|account)\S* (?:is )?(?:unknown|inactive|disabled|not found"
    r"|does ?n[o']t exist|unavailable|over quota|full)"
    r"|(?:unknown|invalid|bad|non-?existent) (?:user|mailbox|recipient|destination|address|account)"
    r"|(?:user|mailbox|recipient|account) (?:does not exist|doesn't exist|has been disabled)",
    re.I,
)
# How they say that we are not welcome, rather than the recipient.
NAMES_US = re.compile(
    r"\bblocked|block ?list|black ?list|\brbl\b|spamhaus|reputation|\brelay|your (?:ip|host|server)"
    r"|client host|reverse|\bptr\b|\bspf\b|\bdkim\b|\bdmarc\b|\bhelo\b|\bpolicy|access denied"
    r"|authenticat|\bsender",
    re.I,
)
# RFC 3463: 4.7 is policy, as limits are; 4.3 the mail system, full or shedding load.
THROTTLED = re.compile(r"4\.[37]\.\d{1,3}\b")
ONE_ADDRESS = re.compile(r"4\.[12]\.\d{1,3}\b|gr[ae]y-?list", re.I)
"""What asks only for this message again: a mailbox that is full, a first contact's waiting time."""

LONGEST_ANSWER, LONGEST_TEXT = 300, 500
"""Characters of an answer, and of an error, that are shown and kept."""

Step = Literal["sender", "recipient", "message"]
Slows = Literal["server", "domain", "silence"]


class DeliveryError(OutsideError):
    """A message could not be handed over.

    ``recipient``: the address itself is at fault, so its contact should be shown as bounced.
    ``slows``: who wants fewer messages: the server we hand over to, or the recipient's domain;
    or "silence", where no answer came about a recipient or a message.
    ``opened``: whether there was a connection at all, on which the message could be offered.
    ``refused``: the server's final no (5xx), in its words, whatever we make of it.

    Its text is one line of printable characters, however odd what a server said.
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
        refused: str | None = None,
    ) -> None:
        super().__init__(readable(message, LONGEST_TEXT), permanent=permanent)
        self.recipient, self.slows, self.opened = recipient, slows, opened
        self.refused = refused


def refusal(code: int, reply: bytes, step: Step) -> DeliveryError:
    """What a server's refusal of the sender, the recipient or the message means."""
    answer = in_one_line(code, reply)
    refused = answer if code >= 500 else None
    if code in NEEDS_LOGIN:
        text = f"the mail server wants a login; check the SMTP URL: {answer}"
        return DeliveryError(text, permanent=False, refused=refused)
    recipient = code >= 500 and _blames_recipient(answer, step)
    permanent = recipient or (code >= 500 and not _blames_us(answer, step))
    return DeliveryError(
        f"{step} refused: {answer}",
        permanent=permanent,
        recipient=recipient,
        slows=_slowed(code, answer, step),
        refused=refused,
    )


def _blames_recipient(answer: str, step: Step) -> bool:
    if step == "sender":
        return False
    if BAD_RECIPIENT.search(answer) or ANOTHER_OWNER.search(answer):
        return True
    if ENHANCED.search(answer) and not OURS.search(answer):
        return False
    return step == "recipient" and NAMES_MAILBOX.search(answer) is not None


def _blames_us(answer: str, step: Step) -> bool:
    """Whether it is our address, settings or standing that is refused: what can be put right."""
    if step != "recipient":
        return step == "sender"
    if ENHANCED.search(answer):
        return OURS.search(answer) is not None
    return NAMES_US.search(answer) is not None


def _slowed(code: int, answer: str, step: Step) -> Slows | None:
    """Whose limit was met. Before a recipient was named, it can only be the server's own."""
    if step == "sender":
        return "server"
    if code >= 500:
        return None
    if ONE_ADDRESS.search(answer):
        return None
    return "domain" if code in (CLOSING, 452) or THROTTLED.search(answer) else None


def in_one_line(code: int, reply: bytes) -> str:
    """An answer as it is shown and kept."""
    return readable(f"{code} {reply.decode('utf-8', 'replace')}", LONGEST_ANSWER)


def readable(text: str, longest: int) -> str:
    """Text from outside in one line, of printable characters only: a database takes no NUL."""
    # What nobody would read is not looked at: four times as much is enough for what is left out.
    shown = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * longest])
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
