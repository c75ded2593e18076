"""Browsers before the served pages: at the root of the site, without or with a session."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pyotp

from dondoc.api import sessions as cookies
from plans.identity import one_time, sessions, totp
from plans.identity.people import GrantIn
from plans.store import writing
from plans.terms import Role
from tests.dondoc.api.conftest import Served
from tests.plans.identity.world import add_user

NAME = "Nguyễn Văn An"
BAD_MARKUP = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.I)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def browser(served: Served, language: str = "vi") -> httpx.Client:
    """A browser at the root of the site, which wants pages."""
    found = served.with_token(None)
    found.base_url = httpx.URL(served.url)
    found.headers.update({"Accept": "text/html,*/*;q=0.8", "Origin": served.url})
    if language != "vi":
        found.cookies.set("dondoc_language", language, domain="127.0.0.1")
    return found


def enter(served: Served, user: int, method: str = "password", **given: Any) -> httpx.Client:
    """A browser in which a user is signed in."""
    found = browser(served, **given)
    with writing(served.engine) as connection:
        identifier, _ = sessions.begin(connection, user, method, served.now)
    value = sessions.sign(served.settings.secret, identifier)
    found.cookies.set(cookies.SESSION, value, domain="127.0.0.1")
    return found


def visitor(served: Served, role: str, department: str | None = None, **given: Any) -> httpx.Client:
    """A browser in which a new person of a role is signed in."""
    email = f"{role}.{department or 'x'}@so.example.vn"
    grants = (GrantIn(role=Role(role), department=department),)
    return enter(served, add_user(served.engine, email, grants=grants), **given)


def check_page(page: httpx.Response, language: str = "vi") -> None:
    """That a page loads nothing from elsewhere, runs nothing of its own, and has one heading."""
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert not BAD_MARKUP.search(page.text), BAD_MARKUP.search(page.text)
    loaded = re.findall(r'(?:src|href|action)="([^"]*)"', page.text)
    assert [one for one in loaded if re.match(r"(https?:)?//", one)] == []
    assert f'<html lang="{language}">' in page.text
    assert page.text.count("<h1") == 1


# --- people on their way in -----------------------------------------------------------------------


def link_of(served: Served, user: int) -> str:
    with writing(served.engine) as connection:
        return f"/sign-in/{one_time.issue(connection, served.now, user=user)}"


def with_factor(served: Served, user: int) -> pyotp.TOTP:
    """A user's authenticator, in use; a minute later."""
    secret = served.settings.secret
    with writing(served.engine) as connection:
        seed = pyotp.TOTP(totp.begin(connection, user, secret=secret).secret)
        totp.confirm(connection, user, seed.at(served.now), secret=secret, now=served.now)
    served.now += timedelta(minutes=1)
    return seed


def is_in(client: httpx.Client) -> bool:
    return NAME in client.get("/account").text
