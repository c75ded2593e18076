"""From a claimed notice to the message that goes out, by mail or by a channel."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from integrations.letters import Letter
from integrations.mail import MailSettings, compose
from integrations.rendering import Rendered, render
from integrations.short_messages import Short, short
from plans.identity.links import sign_link
from plans.messages import (
    AnyContent,
    DigestContent,
    ReminderContent,
    WebhookContent,
    WorkbookContent,
)
from plans.settings import Settings
from plans.store.claims import Claimed
from plans.terms import NoticeKind

CONTENTS: dict[NoticeKind, type[AnyContent]] = {
    NoticeKind.DIGEST: DigestContent,
    NoticeKind.WEBHOOK: WebhookContent,
    NoticeKind.WORKBOOK: WorkbookContent,
}


def message_of(
    one: Claimed,
    address: str,
    language: str,
    *,
    settings: Settings,
    mail: MailSettings,
    at: datetime,
) -> bytes:
    """The message, which bears the moment ``at`` at which it is sent."""
    unsubscribe = unsubscribe_url(mail, one.recipient)
    link = link_for(settings, one, at)
    return compose(
        render_notice(one.kind, one.content, language, settings.base_url, unsubscribe, link=link),
        sender=mail.mail_from,
        to=address,
        message_id=one.message_id,
        date=at,
        list_unsubscribe=unsubscribe,
        reply_to=mail.reply_to,
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
    return render(
        content_of(kind, content),
        language=language,
        base_url=base_url,
        unsubscribe_url=unsubscribe,
        link=link,
    )


def short_of(letter: Letter, *, settings: Settings, at: datetime, most: int) -> Short:
    """What goes by a contact's channel, in at most so many signs."""
    one = letter.one
    return short(
        content_of(one.kind, one.content),
        language=letter.language,
        base_url=settings.base_url,
        link=link_for(settings, one, at),
        most=most,
    )


def content_of(kind: NoticeKind, content: Any) -> AnyContent:
    """What a notice keeps, as it is read."""
    return CONTENTS.get(kind, ReminderContent).model_validate(content)


def link_for(settings: Settings, one: Claimed, now: datetime) -> str | None:
    """The token in a message that is about its recipient's own assignments.

    What an escalation or an office's digest tells of is others': to see it, one signs in.
    """
    to_lead = one.kind in (NoticeKind.REMINDER, NoticeKind.WORKBOOK)
    own = to_lead or one.content.get("role") == "department"
    return sign_link(settings.secret, one.recipient, now) if own else None


def unsubscribe_url(mail: MailSettings, recipient: str) -> str:
    """Who no longer wants these messages writes to the office, which decides on its contacts."""
    return f"mailto:{mail.office_address}?subject={quote(f'unsubscribe {recipient}')}"
