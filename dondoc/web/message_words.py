"""What pages say of messages: their kinds, where a delivery stands, and why one failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dondoc.web.channel_words import why_not
from dondoc.web.dropped_words import dropped
from dondoc.web.explaining import Untranslated
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.terms import Delivery, NoticeKind

KINDS: Mapping[str, str] = {
    NoticeKind.REMINDER: marked("reminder"),
    NoticeKind.ESCALATION: marked("report to the superior body"),
    NoticeKind.DIGEST: marked("weekly digest"),
    NoticeKind.WEBHOOK: marked("notice on a connection"),
    NoticeKind.WORKBOOK: marked("answer to a mailed workbook"),
}
STATES: Mapping[str, str] = {
    Delivery.WAITING: marked("waiting"),
    Delivery.SENT: marked("sent"),
    Delivery.FAILED: marked("failed"),
    Delivery.DROPPED: marked("dropped"),
}
ICONS: Mapping[str, str] = {
    Delivery.WAITING: "open_on_time",
    Delivery.SENT: "done_on_time",
    Delivery.FAILED: "open_overdue",
    Delivery.DROPPED: "cancelled",
}
"""Which sign and colour of the four classes stands for a state."""
WHY: Mapping[str, str] = {
    NoticeKind.REMINDER: marked(
        "The department leads these tasks, and a rung of their plan’s ladder was reached."
    ),
    NoticeKind.ESCALATION: marked(
        "A body below the recipient is late, was told so before, and has not answered."
    ),
    NoticeKind.DIGEST: marked("The weekly summary for one recipient."),
    NoticeKind.WEBHOOK: marked("A connection of the recipient’s system was switched off."),
    NoticeKind.WORKBOOK: marked("A workbook came attached to a mail that names its mailbox."),
}
ROLES: Mapping[str, str] = {
    "it coordinates plans": marked("it coordinates plans"),
    "it has work late, due or changed": marked("it has work late, due or changed"),
}
UNFORESEEN = marked("an error that nobody expected; the service’s log says more")
_CHANNELS = re.compile(r"(Zalo\b|HTTP \d{3}: |no whole answer, and |cannot be reached: ).*", re.S)
"""What a message waits for that its channel did not take yet."""
_FAULTS: tuple[tuple[str, str], ...] = (
    (
        r"handed over twice, and may have arrived; .*",
        marked("it may have arrived, though no whole answer came; ask before it is sent again"),
    ),
    (
        r"it was sent, and that could not be recorded .*",
        marked("it was sent, but that could not be recorded"),
    ),
    (
        r"it was not sent, and that could not be recorded .*",
        marked("it was not sent, and that could not be recorded"),
    ),
    (
        r"no mailbox is registered for this department",
        marked("no mailbox is registered for this body"),
    ),
    (r"its mailbox bounced: .*", marked("its mailbox does not take messages (any more)")),
    (r"bounced: .*", marked("it came back: the receiving server could not deliver it")),
    (r"not a mail address: .*", marked("the address is not written like one")),
    (r"recipient refused: .*", marked("the receiving server refused the address")),
    (r"sender refused: .*", marked("the mail server refused our address as the sender")),
    (r"message refused: .*", marked("the receiving server refused the message")),
    (
        r"the mail server wants a login; .*|.* refused our login; .*",
        marked("our mail server refused our login; check its settings"),
    ),
    (
        r".* went away while it took the message .*",
        marked("our mail server went away before it confirmed the message, and may have it"),
    ),
    (
        r"mail server .* (cannot be used|lacks what|went away before).*",
        marked("our mail server could not be used"),
    ),
    (
        r"the mail server refuses one message like the other, .*",
        marked("our mail server refuses all messages alike; no address is blamed"),
    ),
    (r"cannot keep the message: .*", marked("the message could not be kept as a file")),
    (r"[A-Z]\w+(Error|Exception|Expired|Missing): .*", UNFORESEEN),
)

CAME_BACK = marked("it did not arrive")
DELAYED = marked("it is delayed, and still tried")
ARRIVED = marked("it arrived")


class MessageWords:
    """Kinds, states, faults and rungs in words."""

    def __init__(self, words: PageWords) -> None:
        self.words = words

    def kind(self, kind: str) -> str:
        """What a message is for."""
        return self.words.gettext(KINDS[kind])

    def state(self, state: str) -> str:
        """Where its delivery stands."""
        return self.words.gettext(STATES[state])

    def why(self, kind: str) -> str:
        """Why such a message goes out."""
        return self.words.gettext(WHY[kind])

    def fault(self, error: str) -> str:
        """Why it was not delivered, in words; the server's own stand beside them."""
        if (let_go := dropped(self.words, error)) is not None:
            return let_go
        for pattern, said in _FAULTS:
            if re.fullmatch(pattern, error, re.DOTALL):
                return self.words.gettext(said)
        if _CHANNELS.fullmatch(error):
            return why_not(self.words, error)
        return error if self.words.language == "en" else Untranslated(error)

    def returned(self, row: Any) -> str:
        """What a report says that came back of it."""
        if row.permanent:
            return self.words.gettext(CAME_BACK)
        return self.words.gettext(ARRIVED if (row.status or "").startswith("2") else DELAYED)

    def reason(self, why: str) -> str:
        """A rung or a role, as ``plans.previewing`` names it."""
        if found := re.fullmatch(r"(\d+) working days (before|after) the due date", why):
            n = int(found[1])
            if found[2] == "before":
                return self.words.ngettext(
                    "%(n)s working day before the due date",
                    "%(n)s working days before the due date",
                    n,
                )
            return self.words.ngettext(
                "%(n)s working day after the due date",
                "%(n)s working days after the due date",
                n,
            )
        if why == "on the due date":
            return self.words.gettext("on the due date")
        return self.words.gettext(ROLES[why]) if why in ROLES else why

    def reasons(self, some: Any) -> str:
        """Several of them."""
        return "; ".join(map(self.reason, some))
