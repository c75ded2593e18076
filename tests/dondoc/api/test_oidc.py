"""Signing in by a real provider of identities: what a browser goes through, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from sqlalchemy import Engine, select

from integrations.oidc import Provider
from plans.identity import people, totp
from plans.identity.people import UserChange
from plans.store import reading, writing
from plans.store.schema_access import users
from tests import oidc_provider
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish
from tests.oidc_provider import OURS, RunningProvider, authorize
from tests.plans.identity.world import EMAIL, acts, add_user, user_row

pytestmark = pytest.mark.xdist_group("oidc")

VERIFIED = {"email": EMAIL, "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with oidc_provider.running() as found:
        yield found


@pytest.fixture
def here(served: Served, provider: RunningProvider) -> Served:
    """The application on each database, which knows the provider; its clock is the provider's."""
    return set_up(served, provider)


@pytest.fixture
def lone(sqlite_engine: Engine, tmp_path: Path, provider: RunningProvider) -> Iterator[Served]:
    """The same on SQLite alone: for what is refused before the record is asked."""
    furnish(sqlite_engine)
    for served in serve(sqlite_engine, tmp_path):
        yield set_up(served, provider)


def set_up(served: Served, provider: RunningProvider) -> Served:
    served.now = datetime.now(UTC)
    served.app.state.running.extras["oidc"] = provider.known()
    return served


def browser(served: Served) -> httpx.Client:
    client = httpx.Client(trust_env=False, verify=False, timeout=30)  # TLS takes long to set up
    served.clients.append(client)
    return client


def set_out(served: Served, client: httpx.Client, onward: str | None = None) -> str:
    """Where the provider waits for this browser."""
    query = {} if onward is None else {"next": onward}
    answer = client.get(f"{served.url}/sign-in/oidc", params=query)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(served: Served, client: httpx.Client, url: str) -> httpx.Response:
    assert url.startswith(OURS)
    return client.get(url.replace(OURS, served.url))


def sign_in(
    served: Served,
    account: str | None,
    *,
    client: httpx.Client | None = None,
    onward: str | None = None,
) -> tuple[httpx.Client, httpx.Response]:
    client = client or browser(served)
    back = authorize(client, set_out(served, client, onward), account)
    return client, come_back(served, client, back)


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "dondoc_session" not in answer.cookies
    return str(answer.json()["detail"])


def refusals(engine: Engine) -> list[dict[str, object]]:
    return [row.detail for row in acts(engine, "sign-in-refused")]


def sessions(served: Served, client: httpx.Client) -> httpx.Response:
    return client.get(f"{served.url}/api/v1/session")


# --- who is known -------------------------------------------------------------------------------


def test_a_person_signs_in_and_stays_known(here: Served, provider: RunningProvider) -> None:
    user = add_user(here.engine)
    provider.account("an", **VERIFIED)
    client, answer = sign_in(here, "an", onward="/api/v1/docs?a=b#c")
    assert (answer.status_code, answer.headers["location"]) == (303, "/api/v1/docs?a=b#c")
    session = sessions(here, client).json()
    assert (session["user"], session["method"]) == (user, "oidc")
    assert user_row(here.engine, user).oidc_subject == f"{provider.issuer}|an"
    assert [row.subject for row in acts(here.engine, "identity-bound")] == [f"user:{user}"]
    assert [row.detail for row in acts(here.engine, "signed-in")] == [{"method": "oidc"}]

    # The address changes at the provider, and is not even verified: the subject counts.
    provider.account("an", email="binh@so.example.vn", email_verified=False)
    client, answer = sign_in(here, "an")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert sessions(here, client).json()["user"] == user
    assert len(acts(here.engine, "identity-bound")) == 1


def test_an_unknown_person_gets_no_account(here: Served, provider: RunningProvider) -> None:
    add_user(here.engine)
    provider.account("la", email="la@so.example.vn", email_verified=True)
    client, answer = sign_in(here, "la")
    assert "ask an administrator" in problem(answer, 403)
    assert sessions(here, client).status_code == 401
    assert refusals(here.engine) == [{"why": "unknown", "method": "oidc"}]
    (denied,) = acts(here.engine, "GET /sign-in/oidc/callback")
    assert denied.request_id == answer.json()["request_id"]
    with reading(here.engine) as connection:
        assert connection.execute(select(users.c.email)).scalars().all() == [EMAIL]


def test_an_address_must_be_verified_to_bind(here: Served, provider: RunningProvider) -> None:
    user = add_user(here.engine)
    provider.account("doubtful", email=EMAIL, email_verified=False)
    provider.account("silent", email=EMAIL)
    for account in ("doubtful", "silent"):
        problem(sign_in(here, account)[1], 403)
    assert user_row(here.engine, user).oidc_subject is None


def test_another_person_with_the_same_address_is_not_taken_for_the_first(
    lone: Served, provider: RunningProvider
) -> None:
    add_user(lone.engine)
    provider.account("first", **VERIFIED)
    provider.account("second", **VERIFIED)
    assert sign_in(lone, "first")[1].status_code == 303
    problem(sign_in(lone, "second")[1], 403)


def test_a_disabled_user_stays_out(here: Served, provider: RunningProvider) -> None:
    user = add_user(here.engine)
    provider.account("off", **VERIFIED)
    with writing(here.engine) as connection:
        people.change(connection, user, UserChange(disabled=True), actor="test", now=here.now)
    problem(sign_in(here, "off")[1], 403)
    assert refusals(here.engine) == [{"why": "disabled", "method": "oidc"}]
    assert user_row(here.engine, user).oidc_subject is None


def test_the_second_factor_is_the_providers_or_ours(
    here: Served, provider: RunningProvider
) -> None:
    user = add_user(here.engine)
    with writing(here.engine) as connection:
        seed = totp.begin(connection, user, secret=here.settings.secret)
        code = pyotp.TOTP(seed.secret).at(here.now)
        totp.confirm(connection, user, code, secret=here.settings.secret, now=here.now)
    provider.account("mot", **VERIFIED, amr=["pwd"])
    assert "second factor" in problem(sign_in(here, "mot")[1], 403)
    assert user_row(here.engine, user).oidc_subject is None
    provider.account("mot", **VERIFIED, amr=["pwd", "mfa"])
    client, answer = sign_in(here, "mot")
    assert answer.status_code == 303
    assert sessions(here, client).json()["second_factor"] is True


# --- the way there and back ---------------------------------------------------------------------


def test_the_way_there_bears_what_the_flow_needs(lone: Served) -> None:
    client = browser(lone)
    answer = client.get(f"{lone.url}/sign-in/oidc")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{OURS}/sign-in/oidc/callback"]
    assert all(len(asked[name][0]) == 43 for name in ("state", "nonce", "code_challenge"))
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == "600"
    assert cookie["path"] == "/sign-in/oidc"
    again = parse_qs(urlsplit(set_out(lone, browser(lone))).query)
    assert not {again[one][0] for one in ("state", "nonce")} & {asked["state"][0]}


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    "",
    "docs",
    "/" + "x" * 500,
)


def test_nobody_is_led_to_another_site(lone: Served) -> None:
    client = browser(lone)
    for onward in ELSEWHERE:
        answer = client.get(f"{lone.url}/sign-in/oidc", params={"next": onward})
        problem(answer, 422)
        assert [one["field"] for one in answer.json()["errors"]] == ["next"], onward
    assert "dondoc_oidc" not in client.cookies


def test_an_answer_counts_once_and_in_one_browser(lone: Served, provider: RunningProvider) -> None:
    add_user(lone.engine)
    provider.account("once", **VERIFIED)
    client = browser(lone)
    back = authorize(client, set_out(lone, client), "once")
    kept = {"dondoc_oidc": client.cookies["dondoc_oidc"]}
    stranger = browser(lone)
    set_out(lone, stranger)
    assert "another browser" in problem(come_back(lone, stranger, back), 401)
    assert "another browser" in problem(come_back(lone, browser(lone), back), 401)
    assert come_back(lone, client, back).status_code == 303
    # Whoever kept answer and cookie cannot use them again: the browser lost its own, and the
    # provider knows the code no more.
    assert "dondoc_oidc" not in client.cookies
    assert "another browser" in problem(come_back(lone, client, back), 401)
    again = httpx.get(back.replace(OURS, lone.url), cookies=kept, trust_env=False, verify=False)
    assert "does not know" in problem(again, 401)
    assert refusals(lone.engine) == [{"why": "provider", "method": "oidc"}] * 4


def test_a_code_of_another_sign_in_is_not_taken(lone: Served, provider: RunningProvider) -> None:
    """As when somebody puts a code of their own into another's way back: state right, code not."""
    add_user(lone.engine)
    provider.account("own", **VERIFIED)
    victim, thief = browser(lone), browser(lone)
    mine = authorize(victim, set_out(lone, victim), "own")
    theirs = authorize(thief, set_out(lone, thief), "own")
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    mixed = str(httpx.URL(mine).copy_set_param("code", code))
    assert "does not know" in problem(come_back(lone, victim, mixed), 401)


def test_a_cookie_that_does_not_hold(lone: Served, provider: RunningProvider) -> None:
    add_user(lone.engine)
    provider.account("cookie", **VERIFIED)
    client, begun = browser(lone), lone.now
    back = authorize(client, set_out(lone, client), "cookie").replace(OURS, lone.url)
    value = client.cookies["dondoc_oidc"]
    tampered = value[:20] + ("A" if value[20] != "A" else "B") + value[21:]
    tries = [(tampered, 0), (value[:-1], 0), ("e30.aaaaaa.bbbb", 0), (value, 11), (value, -1)]
    for shown, minutes in tries:
        lone.now = begun + timedelta(minutes=minutes)
        cookies = {"dondoc_oidc": shown}
        answer = httpx.get(back, cookies=cookies, trust_env=False, verify=False)
        assert "begin it again" in problem(answer, 401), (shown, minutes)
    lone.now = begun
    assert client.get(back).status_code == 303  # none of the tries used the code up


def test_who_cancels_at_the_provider_is_told(lone: Served) -> None:
    assert "access_denied" in problem(sign_in(lone, None)[1], 401)
    assert refusals(lone.engine) == [{"why": "provider", "method": "oidc"}]


def test_an_answer_of_another_provider_is_refused(lone: Served, provider: RunningProvider) -> None:
    provider.account("mixed", **VERIFIED)
    client = browser(lone)
    back = authorize(client, set_out(lone, client), "mixed")
    assert f"iss={provider.issuer}".replace(":", "%3A").replace("/", "%2F") in back
    wrong = str(httpx.URL(back).copy_set_param("iss", "https://evil.example"))
    assert "not of our provider" in problem(come_back(lone, client, wrong), 401)


# --- the provider is away, or there is none -----------------------------------------------------


def test_a_provider_that_is_away_is_a_matter_of_time(
    lone: Served, provider: RunningProvider
) -> None:
    add_user(lone.engine)
    provider.account("late", **VERIFIED)
    client = browser(lone)
    back = authorize(client, set_out(lone, client), "late")
    away = Provider(oidc_provider.settings("http://127.0.0.1:9"))  # the discard port: nobody is in
    lone.app.state.running.extras["oidc"] = away
    answer = client.get(f"{lone.url}/sign-in/oidc")
    assert "does not answer" in problem(answer, 503)
    assert answer.headers["retry-after"]
    back = str(httpx.URL(back).copy_remove_param("iss"))
    assert "does not answer" in problem(come_back(lone, client, back), 503)


def test_without_a_provider_there_is_no_such_way(lone: Served) -> None:
    page = browser(lone).get(f"{lone.url}/sign-in")
    assert re.search(r'href="/sign-in/oidc">Đăng nhập bằng Sở<', page.text)
    del lone.app.state.running.extras["oidc"]
    for path in ("/sign-in/oidc", "/sign-in/oidc/callback?state=x&code=y"):
        assert "DONDOC_OIDC_ISSUER" in problem(browser(lone).get(lone.url + path), 404)
    assert "/sign-in/oidc" not in browser(lone).get(f"{lone.url}/sign-in").text
