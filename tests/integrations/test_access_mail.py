"""Mails with a secret: what they say, and that a failure says nothing of the address."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from integrations.access_mail import Purpose, post, render_access
from integrations.mail import DeliveryError, MaildirTransport, MailSettings
from plans.errors import OutsideError
from plans.identity.one_time import Letter
from plans.settings import Settings
from tests.offices import NOW

BASE = "https://dondoc.example.vn"
LETTER = Letter("syt@x.vn", "vi", "secret-of-a-link", "department:so-y-te")


class Refusing(MaildirTransport):
    """A server that refuses, and says why, with the address."""

    def __init__(self, *, permanent: bool) -> None:
        super().__init__(Path())
        self.permanent = permanent

    def send(self, envelope_from: str, to: str, message: bytes) -> None:  # noqa: ARG002
        raise DeliveryError(f"mailbox {to} unknown", permanent=self.permanent, recipient=True)


@pytest.fixture
def sent(tmp_path: Path) -> Callable[..., None]:
    def send(letter: Letter = LETTER, purpose: Purpose = Purpose.LINK, **given: object) -> None:
        settings = Settings(base_url=BASE, data_dir=tmp_path)
        mail = MailSettings(mail_from="Dondoc <dondoc@dondoc.example.vn>")
        post(letter, purpose, settings=settings, mail=mail, now=NOW, **given)  # type: ignore[arg-type]

    return send


@pytest.mark.parametrize(
    ("language", "subject", "says"),
    [
        ("vi", "Liên kết đăng nhập", "Liên kết dùng được một lần, trong vòng 15 phút."),
        ("en", "Sign-in link", "It works once, within 15 minutes."),
    ],
)
def test_a_link_stands_alone_on_its_line(language: str, subject: str, says: str) -> None:
    found = render_access(Purpose.LINK, "a-secret", language=language, base_url=BASE)
    assert (found.subject, found.language) == (subject, language)
    assert f"{BASE}/sign-in/a-secret" in found.text.splitlines()
    assert f'href="{BASE}/sign-in/a-secret"' in found.html
    assert says in found.text and says in found.html


@pytest.mark.parametrize(("language", "minutes"), [("vi", "10 phút"), ("en", "10 minutes")])
def test_a_code_stands_alone_and_not_in_the_subject(language: str, minutes: str) -> None:
    found = render_access(Purpose.CODE, "004217", language=language, base_url=BASE)
    assert "004217" in found.text.splitlines()
    assert "004217" not in found.subject and "/sign-in/" not in found.text + found.html
    assert minutes in found.text


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_both_forms_say_the_same(purpose: Purpose, language: str) -> None:
    found = render_access(purpose, "123456", language=language, base_url=BASE)
    body = found.html.split("</h1>")[1]
    plain = " ".join(re.sub(r"<[^>]+>", " ", body).split())
    for line in found.text.splitlines():
        assert " ".join(line.removeprefix("--").split()) in plain, line


def test_it_is_kept_as_a_file_without_a_server(sent: Callable[..., None], tmp_path: Path) -> None:
    sent()
    sent()  # a further one is another message
    paths = list((tmp_path / "mail").glob("*.eml"))
    assert len(paths) == 2
    message = message_from_bytes(paths[0].read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("syt@x.vn", "Liên kết đăng nhập")
    assert message["Message-ID"].startswith("<link.")
    assert "secret" not in paths[0].name and "List-Unsubscribe" not in message


@pytest.mark.parametrize("permanent", [True, False])
def test_a_failure_does_not_say_to_whom(sent: Callable[..., None], permanent: bool) -> None:
    with pytest.raises(OutsideError) as error:
        sent(transport=Refusing(permanent=permanent))
    assert "syt@x.vn" not in str(error.value)
    assert error.value.permanent is permanent
    assert "syt@x.vn" in str(error.value.__cause__)


def test_what_is_no_address_is_a_failure_too(sent: Callable[..., None]) -> None:
    with pytest.raises(OutsideError, match="could not be sent"):
        sent(Letter("no\r\naddress", "vi", "s", "user:1"))
