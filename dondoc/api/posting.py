"""Mails with a secret: made in one transaction, sent when that is over, a failure audited."""

from __future__ import annotations

from dondoc.api.context import Context
from integrations.access_mail import Purpose, post
from integrations.mail import MailSettings
from plans.errors import OutsideError
from plans.identity import devices, one_time
from plans.identity.one_time import Letter
from plans.store import Connection, audit, writing


def mail_link(here: Context, *, email: str | None, department: str | None) -> None:
    """Mail a sign-in link, if there is whom to mail it to; runs when the answer has gone.

    So neither the answer nor the time it takes tells whether there is such a user.
    """
    with writing(here.engine) as connection:
        if email is not None:
            letter = one_time.link_for_email(connection, email, here.now)
        else:
            letter = one_time.link_for_department(connection, department or "", here.now)
        if letter is None:
            _note(here, connection, "link-asked", audit.DENIED)
    if letter is not None:
        send_letter(here, letter, Purpose.LINK)


def mail_code(here: Context, department: str, link: str) -> None:
    """Mail a device's code; ``OutsideError``: it could not be sent, which the caller is told."""
    secret, now = here.settings.secret, here.now
    with writing(here.engine) as connection:
        letter = devices.ask_code(connection, department, link, secret=secret, now=now)
    if failed := send_letter(here, letter, Purpose.CODE):
        raise failed


def send_letter(here: Context, letter: Letter, purpose: Purpose) -> OutsideError | None:
    """Mail a letter that was made and committed; gives what it failed with, which is audited."""
    failed = None
    try:
        post(
            letter,
            purpose,
            settings=here.settings,
            mail=here.running.extras.get("mail") or MailSettings.read(),
            now=here.now,
        )
    except OutsideError as error:
        failed = error
    with writing(here.engine) as connection:
        outcome = audit.FAILED if failed else audit.DONE
        _note(here, connection, f"{purpose}-mailed", outcome, letter.whose)
    return failed


def _note(
    here: Context, connection: Connection, act: str, outcome: str, whose: str | None = None
) -> None:
    audit.note(
        connection,
        here.now,
        "system:mail",
        act,
        subject=whose,
        outcome=outcome,
        request_id=here.request_id,
    )
