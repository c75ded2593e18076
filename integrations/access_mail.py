"""Mails with a secret: a sign-in link, or the code that confirms a device.

They are sent at once and never kept as notices, since what they hold must not lie in the record.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum

from integrations.mail import MailSettings, Transport, compose, open_transport
from integrations.rendering import BLANKS, Rendered, environment
from integrations.wording import marked, wording
from plans.errors import OutsideError
from plans.identity.devices import CODE_LIFE
from plans.identity.one_time import LIFE, Letter, url_of
from plans.settings import Settings


class Purpose(StrEnum):
    """What a letter's secret is for."""

    LINK = "link"
    CODE = "code"


SUBJECTS = {
    Purpose.LINK: marked("Sign-in link"),
    Purpose.CODE: marked("Code to confirm a device"),
}
LIVES = {Purpose.LINK: LIFE, Purpose.CODE: CODE_LIFE}


def render_access(purpose: Purpose, secret: str, *, language: str, base_url: str) -> Rendered:
    """The message about a link's or a code's secret."""
    words = wording(language)
    subject = words.gettext(SUBJECTS[purpose])
    facts = {
        "subject": subject,
        "purpose": purpose,
        "shown": url_of(base_url, secret) if purpose is Purpose.LINK else secret,
        "minutes": words.number(LIVES[purpose].total_seconds() // 60),
        "unsubscribe_url": None,
    }
    templates = environment(language)
    return Rendered(
        subject,
        text=BLANKS.sub("\n\n", templates.get_template("access.txt").render(facts)),
        html=templates.get_template("access.html").render(facts),
        language=language,
    )


def post(
    letter: Letter,
    purpose: Purpose,
    *,
    settings: Settings,
    mail: MailSettings,
    now: datetime,
    transport: Transport | None = None,
) -> None:
    """Send a letter; no transaction may be open meanwhile.

    Raises:
        OutsideError: it was not taken; the reason, which may hold an address, is its cause.
    """
    rendered = render_access(
        purpose, letter.secret, language=letter.language, base_url=settings.base_url
    )
    try:
        message = compose(
            rendered,
            sender=mail.mail_from,
            to=letter.to,
            message_id=f"<{purpose}.{secrets.token_hex(12)}@{mail.domain}>",
            date=now,
            reply_to=mail.reply_to,
        )
        with transport or open_transport(mail, settings.data_dir) as line:
            line.send(mail.envelope_from, letter.to, message)
    except OutsideError as error:
        raise OutsideError(
            "the message could not be sent now; try again in a few minutes, or tell the "
            "coordinating office",
            permanent=error.permanent,
        ) from error
