"""What a run would send on a day, to whom, why, and in which words; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.digests import digest_contents, digest_key
from plans.holding import Hold, held
from plans.messages import DigestContent, ReminderContent
from plans.reminding import Owed, contents_of, owed_on
from plans.store import Connection, catalogue, channels, notices
from plans.terms import NoticeKind

ROLES = {"office": "it coordinates plans", "department": "it has work late, due or changed"}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of a recipient; ``bounced``: messages to it fail for good.

    ``channel``: by what it is reached before mail, as people may see it.
    """

    email: str
    language: str
    bounced: bool
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """One message that a run would send.

    ``mailboxes``: the one that it goes to first, none: no contact. ``lines`` and ``late``: what it
    tells of, and how much of that is late. ``why``: the rungs or the role in words. ``hold``: why
    it is withheld instead. ``known``: a digest of the day that a run made already, so that another
    run sends nothing. ``content`` is what ``integrations.rendering.render`` takes.
    """

    recipient: str
    name_vi: str
    name_en: str
    kind: NoticeKind
    mailboxes: tuple[Mailbox, ...]
    lines: int
    late: int
    why: tuple[str, ...]
    hold: Hold | None
    known: bool
    content: ReminderContent | DigestContent

    @property
    def mailbox(self) -> Mailbox | None:
        """The address that it goes to; where it bounced, the message fails."""
        return self.mailboxes[0] if self.mailboxes else None

    @property
    def is_sent(self) -> bool:
        """Whether a run would send it: not withheld, not made already, to a sound mailbox."""
        box = self.mailbox
        sound = box is not None and (not box.bounced or box.channel is not None)
        return sound and self.hold is None and not self.known


def preview_reminders(connection: Connection, on: date) -> list[Preview]:
    """The day's reminders and escalations, by recipient: what ``reminding.remind`` would owe."""
    found = contents_of(connection, owed_on(connection, on), on)
    around = _Around.of(connection, on, [content.recipient for content, _ in found])
    return [
        _preview(
            around,
            content,
            lines=len(content.lines),
            late=sum(line.days < 0 for line in content.lines),
            why=_rungs(some),
        )
        for content, some in found
    ]


def preview_digests(connection: Connection, on: date, now: datetime) -> list[Preview]:
    """The week's digests up to a day: what ``digests.owe_digests`` would owe at ``now``."""
    found = digest_contents(connection, on, now)
    around = _Around.of(connection, on, [content.recipient for content in found])
    known = notices.known_keys(connection, [digest_key(content) for content in found])
    return [
        _preview(
            around,
            content,
            lines=content.overdue_total + content.due_next_total,
            late=content.overdue_total,
            why=(ROLES[content.role],),
            known=digest_key(content) in known,
        )
        for content in found
    ]


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of the recipients: their names, mailboxes and holds."""

    bodies: Mapping[str, Any]
    mail: Mapping[str, list[Any]]
    ways: Mapping[int, Any]
    holds: Mapping[str, Hold]

    @classmethod
    def of(cls, connection: Connection, on: date, codes: list[str]) -> _Around:
        bodies = catalogue.department_rows(connection, codes)
        mail = catalogue.contact_rows(connection, codes)
        ways = channels.channels_of(connection, [row.id for some in mail.values() for row in some])
        return cls(bodies, mail, ways, held(connection, on))

    def mailboxes(self, code: str) -> tuple[Mailbox, ...]:
        """In the order in which delivery chooses (``notices.contact_of``)."""
        rows = sorted(self.mail.get(code, []), key=lambda row: (row.bounced_at is not None, row.id))
        return tuple(
            Mailbox(row.email, row.language, row.bounced_at is not None, self._channel(row.id))
            for row in rows
        )

    def _channel(self, contact: int) -> str | None:
        way = self.ways.get(contact)
        return way.shown if way is not None and way.failed_at is None else None


def _rungs(some: Iterable[Owed]) -> tuple[str, ...]:
    """Each rung once, those that were reached last first."""
    return tuple(dict.fromkeys(one.why for one in sorted(some, key=lambda one: -one.rung)))


def _preview(
    around: _Around,
    content: ReminderContent | DigestContent,
    *,
    lines: int,
    late: int,
    why: tuple[str, ...],
    known: bool = False,
) -> Preview:
    code = content.recipient
    return Preview(
        recipient=code,
        name_vi=around.bodies[code].name_vi,
        name_en=around.bodies[code].name_en,
        kind=content.kind,
        mailboxes=around.mailboxes(code),
        lines=lines,
        late=late,
        why=why,
        hold=around.holds.get(code),
        known=known,
        content=content,
    )
