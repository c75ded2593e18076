"""People before the served application: a browser that keeps cookies, and the mail they get."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import httpx

from dondoc.api import sessions as cookies
from tests.dondoc.api.conftest import Served
from tests.plans.identity.world import PASSWORD, acts, add_user

EMAIL = "an@so.example.vn"
PATIENCE = 30


def browser(served: Served) -> httpx.Client:
    """A client without a token; it keeps cookies."""
    return served.with_token(None)


def signed_in(served: Served, email: str = EMAIL, **given: Any) -> httpx.Client:
    """A new user's browser, signed in by password, with its CSRF token in every request."""
    add_user(served.engine, email, password=PASSWORD, **given)
    client = browser(served)
    answer = client.post("session", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers[cookies.CSRF_HEADER] = answer.json()["csrf_token"]
    return client


def ask_link(served: Served, **body: str) -> httpx.Response:
    """Ask for a sign-in link; comes back once it was mailed or was not."""
    before = len(_settled(served))
    answer = browser(served).post("session/link", json=body)
    deadline = time.monotonic() + PATIENCE
    while answer.status_code == 202 and len(_settled(served)) == before:
        assert time.monotonic() < deadline, "nothing came of a link that was asked for"
        time.sleep(0.01)
    return answer


def _settled(served: Served) -> list[Any]:
    return acts(served.engine, "link-mailed", "link-asked")


def letters(served: Served) -> Iterator[tuple[str, str]]:
    """What was mailed: (address, plain text), the oldest first."""
    folder = served.settings.data_dir / "mail"
    for path in sorted(folder.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns):
        message = message_from_bytes(path.read_bytes())
        yield str(message["To"]), _text(message)


def _text(message: Message[Any, Any]) -> str:
    plain = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    payload = plain.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def mailed(served: Served, pattern: str) -> str:
    """What the newest letter holds in the place of the pattern's group."""
    *_, (_, text) = letters(served)
    match = re.search(pattern, text)
    assert match, text
    return match[1]


LINK = r"http://127\.0\.0\.1:8000/sign-in/(\S+)"
CODE = r"(?m)^([0-9]{6})$"
