"""Signing in by password and code, by a mailed link, by a provider; and out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.identity import people
from plans.identity.people import UserChange
from plans.store import writing
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, enter, is_in, link_of, with_factor
from tests.dondoc.web.forms import form_of
from tests.offices import furnish
from tests.plans.identity.world import EMAIL, PASSWORD, acts, add_user


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return browser(served)


def sign_in(client: httpx.Client, password: str = PASSWORD, onward: str = "") -> httpx.Response:
    page = client.get("/sign-in", params={"next": onward} if onward else {})
    return form_of(page, "/sign-in").send(client, email=EMAIL, password=password)


# --- by password --------------------------------------------------------------------------------


def test_a_password_lets_in_and_leads_to_where_one_wanted(
    served: Served, client: httpx.Client
) -> None:
    add_user(served.engine, password=PASSWORD)
    asked = client.get("/search?q=trẻ em")
    assert asked.status_code == 303
    page = client.get(asked.headers["location"])
    check_page(page)
    answer = form_of(page, "/sign-in").send(client, email=f" {EMAIL.upper()} ", password=PASSWORD)
    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).path == "/search"
    assert httpx.URL(answer.headers["location"]).params["q"] == "trẻ em"
    assert is_in(client)
    again = client.get("/sign-in?next=/account")
    assert (again.status_code, again.headers["location"]) == (303, "/account")


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "plans", "/\tx"]
)
def test_nobody_is_led_elsewhere(served: Served, client: httpx.Client, onward: str) -> None:
    add_user(served.engine, password=PASSWORD)
    assert sign_in(client, onward=onward).headers["location"] == "/"
    assert client.get("/sign-in", params={"next": onward}).headers["location"] == "/"


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "not the password"), ("nobody@x.vn", PASSWORD), ("", ""), ("a b", "x" * 300)],
)
def test_a_refusal_tells_nothing_and_keeps_the_address(
    served: Served, client: httpx.Client, email: str, password: str
) -> None:
    add_user(served.engine, password=PASSWORD)
    page = client.get("/sign-in?next=/plans")
    answer = form_of(page, "/sign-in").send(client, email=email, password=password)
    assert answer.status_code == 401
    assert "Thư điện tử hoặc mật khẩu không đúng" in answer.text
    fields = form_of(answer, "/sign-in").fields
    assert fields == {"next": "/plans", "email": email, "password": ""}
    assert "set-cookie" not in answer.headers and not is_in(client)


def test_it_is_said_in_english_as_well(served: Served) -> None:
    client = browser(served, "en")
    page = client.get("/sign-in")
    check_page(page, "en")
    assert "With e-mail and password" in page.text
    assert "were tried too often" in sign_in(client).text


def test_who_is_tried_too_often_waits(served: Served, client: httpx.Client) -> None:
    add_user(served.engine, password=PASSWORD)
    for _ in range(5):
        assert sign_in(client, "wrong wrong wrong").status_code == 401
    assert sign_in(client).status_code == 401
    served.now += timedelta(minutes=2)
    assert sign_in(client).status_code == 303


# --- the second factor --------------------------------------------------------------------------


def test_the_code_comes_second_and_keeps_the_way(served: Served, client: httpx.Client) -> None:
    seed = with_factor(served, add_user(served.engine, password=PASSWORD))
    asked = sign_in(client, onward="/account")
    assert asked.status_code == 401 and "set-cookie" not in asked.headers
    check_page(asked)
    assert PASSWORD not in asked.text
    wrong = form_of(asked, "/sign-in/code").send(client, totp="000000")
    assert wrong.status_code == 401 and "đã được dùng" in wrong.text
    assert not is_in(client)
    code = seed.at(served.now)
    form = form_of(wrong, "/sign-in/code")
    right = form.send(client, totp=f"{code[:3]} {code[3:]}")
    assert (right.status_code, right.headers["location"]) == (303, "/account")
    assert is_in(client)
    other = browser(served)
    assert form.send(other, totp=code).status_code == 401  # the code is used up
    assert not is_in(other)


def test_half_a_sign_in_ends(served: Served, client: httpx.Client) -> None:
    user = add_user(served.engine, password=PASSWORD)
    seed = with_factor(served, user)
    form = form_of(sign_in(client), "/sign-in/code")
    forged = form.send(client, half="1:x.y.z", totp=seed.at(served.now))
    assert forged.status_code == 401 and "Mã được nhập quá muộn" in forged.text
    served.now += timedelta(minutes=5, seconds=1)
    late = form.send(client, totp=seed.at(served.now))
    assert late.status_code == 401 and "Mã được nhập quá muộn" in late.text
    form = form_of(sign_in(client), "/sign-in/code")
    with writing(served.engine) as connection:
        people.set_password(connection, user, PASSWORD * 2, actor="test", now=served.now)
    assert form.send(client, totp=seed.at(served.now)).status_code == 401
    assert not is_in(client)


def test_codes_are_tried_only_so_often(served: Served, client: httpx.Client) -> None:
    seed = with_factor(served, add_user(served.engine, password=PASSWORD))
    form = form_of(sign_in(client), "/sign-in/code")
    for _ in range(5):
        assert form.send(client, totp="000000").status_code == 401
    assert form.send(client, totp=seed.at(served.now)).status_code == 401
    assert not is_in(client)


def test_another_site_cannot_sign_anybody_in(served: Served, client: httpx.Client) -> None:
    user = add_user(served.engine, password=PASSWORD)
    link, evil = link_of(served, user), {"Origin": "https://evil.example"}
    assert client.post(link, headers=evil).status_code == 403
    said = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/sign-in", data=said, headers=evil).status_code == 403
    assert client.post("/sign-in/ask", data={"whose": EMAIL}, headers=evil).status_code == 403
    assert not acts(served.engine, "signed-in", "link-mailed", "link-asked")
    assert client.post(link).status_code == 303  # it was not used


def test_guessing_is_slow(sqlite_engine: Engine, tmp_path: Path) -> None:
    furnish(sqlite_engine)
    for served in serve(sqlite_engine, tmp_path, rate_limit_guessing="5/minute"):
        client = browser(served)
        statuses = [client.get(f"/sign-in/guess{n}").status_code for n in range(3)]
        said = {"email": "a@x.vn", "password": "x"}
        statuses += [client.post("/sign-in", data=said).status_code for _ in range(3)]
        assert statuses == [401] * 5 + [429]
        assert client.post("/sign-in/code", data={}).status_code == 429
        assert client.post("/sign-in/ask", data=said).status_code == 429
        assert client.get("/sign-in").status_code == 200


# --- out ----------------------------------------------------------------------------------------


def test_signing_out_ends_the_session(served: Served) -> None:
    client = enter(served, add_user(served.engine))
    page = client.get("/account")
    kept = client.cookies["dondoc_session"]
    form = form_of(page, "/sign-out")
    assert form.send(client, csrf="wrong").status_code == 403
    served.now += timedelta(minutes=20)  # its cookie is due to change with this very request
    answer = form.send(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?done=signed-out")
    assert "Đã đăng xuất." in client.get(answer.headers["location"]).text
    assert "dondoc_session" not in client.cookies
    client.cookies.set("dondoc_session", kept, domain="127.0.0.1")
    assert client.get("/account").status_code == 303
    assert form.send(client).headers["location"] == "/sign-in"


def test_a_disabled_user_is_out(served: Served) -> None:
    user = add_user(served.engine)
    client = enter(served, user)
    with writing(served.engine) as connection:
        change = UserChange(disabled=True)
        people.change(connection, user, change, actor="test", now=served.now)
    assert client.get("/account").headers["location"] == "/sign-in?next=%2Faccount"


def test_the_providers_button_bears_the_way(served: Served, client: httpx.Client) -> None:
    assert "/sign-in/oidc" not in client.get("/sign-in").text

    class Provider:
        name = "Sở <b>Nội vụ</b>"

    served.app.state.running.extras["oidc"] = Provider()
    page = client.get("/sign-in").text
    assert 'href="/sign-in/oidc"' in page and "Sở &lt;b&gt;Nội vụ&lt;/b&gt;" in page
    page = client.get("/sign-in", params={"next": "/search?q=trẻ em"}).text
    assert 'href="/sign-in/oidc?next=/search%3Fq%3Dtr%25E1%25BA%25BB%2520em"' in page
