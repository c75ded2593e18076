"""What stands around every page: menu, switch of language, banner; errors; what keeps it safe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.identity import links
from plans.store import catalogue, writing
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.forms import form_of
from tests.offices import furnish
from tests.plans.identity.world import acts

PAGE = "/account"
EVERYBODY = ["/", "/plans", "/departments", "/assignments", "/targets"]
OFFICE = [*EVERYBODY, "/review", "/messages", "/gathering"]
MENUS = {
    "admin": [*OFFICE, "/admin"],
    "coordinator": OFFICE,
    "department": EVERYBODY,
    "viewer": EVERYBODY,
}


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def of_role(served: Served, role: str, **given: str) -> httpx.Client:
    return visitor(served, role, "so-y-te" if role == "department" else None, **given)


def menu(page: httpx.Response) -> list[str]:
    shown = page.text.partition('<nav class="main-menu"')[2].partition("</nav>")[0]
    return re.findall(r'<a href="([^"]+)"', shown)


# --- the frame ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", MENUS)
def test_each_role_has_its_menu(served: Served, role: str) -> None:
    client = of_role(served, role)
    page = client.get(PAGE)
    check_page(page)
    assert menu(page) == MENUS[role]
    assert page.text.index('<a class="skip" href="#content">') < page.text.index("<header")
    assert page.text.count('id="content"') == 1
    assert 'role="search" action="/search"' in page.text and 'action="/sign-out"' in page.text
    assert "Nguyễn Văn An" in page.text


def test_what_the_menu_does_not_offer_is_refused_as_a_page(served: Served) -> None:
    """Of every page, by whoever lacks it in the menu."""
    for role, offered in MENUS.items():
        client = of_role(served, role)
        for path in set(MENUS["admin"]) - set(offered):
            assert client.get(path).status_code == 403, (role, path)


def test_where_one_is_is_marked(served: Served) -> None:
    page = of_role(served, "viewer").get("/plans")
    assert '<a href="/plans" aria-current="page">' in page.text
    assert page.text.count("aria-current") == 1


def test_nobody_sees_the_frame_alone(served: Served) -> None:
    page = browser(served).get("/sign-in")
    assert menu(page) == [] and 'role="search"' not in page.text
    assert 'href="/sign-in"' in page.text and "/sign-out" not in page.text


# --- language -----------------------------------------------------------------------------------


def switch(page: httpx.Response) -> str:
    found = re.search(r'href="(/language/[^"]+)"', page.text)
    assert found
    return found[1].replace("&amp;", "&")


def test_the_language_is_switched_and_stays(served: Served) -> None:
    for client in (of_role(served, "viewer"), browser(served)):
        page = client.get("/sign-in?next=/plans") if client.cookies == {} else client.get(PAGE)
        page = page if page.status_code == 200 else client.get("/sign-in?next=/plans")
        here = page.url.raw_path.decode()
        assert '<html lang="vi">' in page.text
        answer = client.get(switch(page))
        assert (answer.status_code, answer.headers["location"]) == (303, here.replace("/p", "%2Fp"))
        (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
        assert (cookie.key, cookie.value) == ("dondoc_language", "en")
        assert (cookie["max-age"], cookie["samesite"]) == (str(365 * 24 * 3600), "Lax")
        assert cookie["path"] == "/" and cookie["httponly"]
        page = client.get(answer.headers["location"])
        check_page(page, "en")
        client.get(switch(page))
        check_page(client.get(here), "vi")


def test_the_switch_leads_nowhere_else(served: Served) -> None:
    client = browser(served)
    for onward in ("https://evil.example", "//evil.example", "/\\evil", "evil"):
        answer = client.get("/language/en", params={"next": onward})
        assert answer.headers["location"] == "/"
    asked = {"next": "/search?lang=vi&q=trẻ em&q=2"}
    answer = client.get("/language/en", params=asked)
    assert answer.headers["location"] == "/search?q=tr%E1%BA%BB+em&q=2"
    assert client.get("/language/en").headers["location"] == "/"


@pytest.mark.parametrize("code", ["fr", "EN", "vi-VN", "%00"])
def test_there_is_no_other_language(served: Served, code: str) -> None:
    answer = browser(served).get(f"/language/{code}?next=/plans")
    assert answer.status_code == 404 and "set-cookie" not in answer.headers
    check_page(answer)


def test_one_page_speaks_another_language(served: Served) -> None:
    client = browser(served)
    assert '<html lang="en">' in client.get("/sign-in?lang=en").text
    assert '<html lang="vi">' in client.get("/sign-in").text
    assert '<html lang="vi">' in client.get("/sign-in?lang=xx").text


# --- the banner ---------------------------------------------------------------------------------


def test_a_simulated_record_says_so_on_every_page(served: Served) -> None:
    banner, token = (
        "Dữ liệu mô phỏng",
        links.sign_link(served.settings.secret, "so-y-te", served.now),
    )
    assert banner not in of_role(served, "viewer").get(PAGE).text
    served.app.state.running.extras.pop("simulated", None)
    with writing(served.engine) as connection:
        catalogue.mark_simulated(connection)
    assert banner in of_role(served, "admin").get(PAGE).text
    assert banner in browser(served).get(f"/l/{token}").text
    assert "Simulated data" in of_role(served, "coordinator", language="en").get(PAGE).text


# --- errors -------------------------------------------------------------------------------------


def test_nobody_is_sent_to_sign_in_and_back(served: Served) -> None:
    client = browser(served)
    answer = client.get("/search?q=tre+em")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fsearch%3Fq%3Dtre%2Bem"
    stale = browser(served)
    stale.cookies.set("dondoc_session", "made.up", domain="127.0.0.1")
    assert stale.get("/account").headers["location"] == "/sign-in?next=%2Faccount"
    assert client.post("/sign-out", data={}).headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("Không có quyền", "Không tìm thấy trang", "Nội dung gửi lên", "hiệu lực")),
        ("en", ("This is not for you", "no such page", "what was sent", "not open anything")),
    ],
)
def test_an_error_is_a_page_for_a_person(
    served: Served, language: str, words: tuple[str, ...]
) -> None:
    client = of_role(served, "viewer", language=language)
    form = form_of(client.get(PAGE), "/account/language")
    found = [
        (403, form.send(client, csrf="wrong")),
        (404, client.get("/nowhere")),
        (422, client.get("/search", params={"q": "x" * 2000})),
        (401, client.get("/l/none")),
    ]
    for (status, page), said in zip(found, words, strict=True):
        assert page.status_code == status and said in page.text, page.text
        check_page(page, language)
        assert page.headers["x-request-id"] in page.text
    assert acts(served.engine, "POST /account/language")[0].outcome == "denied"


def test_an_error_is_a_problem_for_a_program(served: Served) -> None:
    viewer = served.client("viewer")
    found = [
        (401, served.with_token(None).get("me")),
        (403, viewer.get("users")),
        (404, viewer.get("assignments/none")),
        (422, viewer.get("assignments", params={"limit": "x"})),
    ]
    for status, answer in found:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    # By the API even to a browser; at a page's path to whoever does not ask for a page.
    html = {"Accept": "text/html"}
    answer = served.with_token(None).get("me", headers=html)
    assert answer.headers["content-type"] == "application/problem+json"
    answer = browser(served).get("/nowhere", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_bug_tells_nothing_but_its_number(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("plans.finding.find", fail)
    page = of_role(served, "viewer").get("/search?q=x")
    assert page.status_code == 500 and "secret of ours" not in page.text
    check_page(page)
    assert "Lỗi từ phía hệ thống" in page.text and page.headers["x-request-id"] in page.text


# --- every page of this area --------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_safe_and_whole(served: Served, language: str) -> None:
    client = of_role(served, "coordinator", language=language)
    token = links.sign_link(served.settings.secret, "so-y-te", served.now)
    begun = form_of(client.get(PAGE), "/account/second-factor").send(client)
    paths = (
        "/account?done=password",
        begun.headers["location"],
        "/search",
        "/search?q=so",
        "/plans",
        f"/l/{token}",
        f"/l/{token}/confirm",
    )
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        check_page(page, language)
        labelled = re.findall(r'<label[^>]* for="([^"]+)"', page.text)
        fields = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*>', page.text)
        ids = [re.search(r'\bid="([^"]+)"', one) for one in fields]
        assert {one[1] for one in ids if one} == set(labelled) and all(ids), path
        every = re.findall(r'\bid="([^"]+)"', page.text)
        assert len(every) == len(set(every)), path
    for page in (browser(served, language).get("/sign-in"), browser(served, language).get("/l/x")):
        check_page(page, language)
