"""The first pages: using a sign-in link, and who one is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pyotp
import pytest
from sqlalchemy import Engine

from plans.identity import one_time, totp
from plans.store import writing
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish
from tests.plans.identity.world import add_user


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def link_of(served: Served, user: int) -> str:
    with writing(served.engine) as connection:
        return f"/sign-in/{one_time.issue(connection, served.now, user=user)}"


def browser(served: Served) -> httpx.Client:
    """A browser at the root of the site."""
    found = served.with_token(None)
    found.base_url = httpx.URL(served.url)
    return found


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return browser(served)


def test_opening_a_link_uses_nothing_and_pressing_its_button_does(
    served: Served, client: httpx.Client
) -> None:
    link = link_of(served, add_user(served.engine))
    for _ in range(3):  # a mail scanner, twice, then the person
        page = client.get(link)
        assert page.status_code == 200
        assert '<form method="post">' in page.text and "set-cookie" not in page.headers
    answer = client.post(link, headers={"Origin": served.url}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Nguyễn Văn An" in client.get("/").text
    again = client.post(link)
    assert again.status_code == 401 and "không còn hiệu lực" in again.text
    assert client.get(link).status_code == 401


def test_the_pages_need_nothing_from_elsewhere(served: Served, client: httpx.Client) -> None:
    pages = [client.get("/"), client.get(link_of(served, add_user(served.engine)))]
    for page in pages:
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'; "
        )
        assert page.headers["referrer-policy"] == "same-origin"
        assert not re.search(r"<script|<style|style=|://|\son\w+=", page.text)
        assert '<html lang="vi">' in page.text and 'lang="en"' in page.text
    assert "Nobody is signed in" in pages[0].text
    style, docs = re.findall(r'href="([^"]+)"', pages[0].text)
    looks = client.get(style)
    assert looks.headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import|://", looks.text)
    assert urljoin(served.url, docs) == f"{served.url}/api/v1/docs"


def test_a_name_is_shown_as_text(served: Served, client: httpx.Client) -> None:
    user = add_user(served.engine, name="<b>An</b>")
    client.post(link_of(served, user))
    assert "&lt;b&gt;An&lt;/b&gt;" in client.get("/").text


def test_the_code_is_asked_for(served: Served, client: httpx.Client) -> None:
    user, secret = add_user(served.engine), served.settings.secret
    with writing(served.engine) as connection:
        seed = pyotp.TOTP(totp.begin(connection, user, secret=secret).secret)
        code = seed.at(served.now)
        totp.confirm(connection, user, code, secret=secret, now=served.now)
    served.now += timedelta(minutes=1)
    link = link_of(served, user)
    asked = client.post(link)
    assert asked.status_code == 401 and 'name="totp"' in asked.text
    assert "set-cookie" not in asked.headers
    wrong = client.post(link, data={"totp": "000000"})
    assert wrong.status_code == 401 and 'role="alert"' in wrong.text and 'name="totp"' in wrong.text
    right = client.post(link, data={"totp": seed.at(served.now)}, follow_redirects=False)
    assert right.status_code == 303


def test_another_site_cannot_sign_anybody_in(served: Served, client: httpx.Client) -> None:
    link = link_of(served, add_user(served.engine))
    answer = client.post(link, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert client.post(link, follow_redirects=False).status_code == 303  # it was not used


def test_guessing_links_is_slow(sqlite_engine: Engine, tmp_path: Path) -> None:
    furnish(sqlite_engine)
    for served in serve(sqlite_engine, tmp_path, rate_limit_guessing="5/minute"):
        client = served.with_token(None)
        client.base_url = httpx.URL(served.url)
        statuses = [client.get(f"/sign-in/guess{n}").status_code for n in range(7)]
        assert statuses == [401] * 5 + [429] * 2
