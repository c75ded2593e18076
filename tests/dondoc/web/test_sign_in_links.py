"""Signing in by a link that is mailed to a person or to a department's mailbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.declaration import Contact, Title
from plans.store import catalogue, writing
from tests.builders import build_department, build_departments
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import LINK, letters, mailed
from tests.dondoc.web.browsers import browser, check_page, is_in, link_of, with_factor
from tests.dondoc.web.forms import form_of
from tests.offices import furnish
from tests.plans.identity.world import EMAIL, acts, add_user


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    health = build_department(
        "yt-tinh",
        name=Title(vi="Sở Y tế tỉnh", en="Department of Health"),
        abbr="SYTT",
        contacts=(Contact(email="health@x.vn"),),
    )
    furnish(sqlite_engine, departments=build_departments(health))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return browser(served)


def ask(served: Served, client: httpx.Client, **given: str) -> httpx.Response:
    """Ask for a link; comes back once it was mailed or was not."""
    before = len(acts(served.engine, "link-mailed", "link-asked"))
    answer = form_of(client.get("/sign-in?next=/plans"), "/sign-in/ask").send(client, **given)
    deadline = time.monotonic() + 30
    while answer.status_code == 303:
        if len(acts(served.engine, "link-mailed", "link-asked")) > before:
            break
        assert time.monotonic() < deadline, "nothing came of a link that was asked for"
        time.sleep(0.01)
    return answer


def test_a_link_is_mailed_to_a_person(served: Served, client: httpx.Client) -> None:
    add_user(served.engine)
    answer = ask(served, client, whose=EMAIL)
    assert answer.headers["location"] == "/sign-in?next=%2Fplans&done=link-asked"
    said = client.get(answer.headers["location"])
    assert "liên kết đang được gửi" in said.text
    assert form_of(said, "/sign-in").fields["next"] == "/plans"
    page = client.get(f"/sign-in/{mailed(served, LINK)}")
    check_page(page)
    assert form_of(page, "").send(client).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize(
    "whose", ["yt-tinh", "sytt", "Sở Y tế tỉnh", " so  y TE tinh ", "department of health"]
)
@pytest.mark.parametrize("simulated", [False, True])
def test_a_link_is_mailed_to_a_department_by_any_of_its_names(
    served: Served, client: httpx.Client, whose: str, simulated: bool
) -> None:
    if simulated:
        with writing(served.engine) as connection:
            catalogue.mark_simulated(connection)
    assert ask(served, client, by="department", whose=whose).status_code == 303
    [(to, _)] = letters(served)
    assert to == "health@x.vn"
    link = f"/sign-in/{mailed(served, LINK)}"
    assert form_of(client.get(link), "").send(client).status_code == 303
    page = client.get("/account")
    assert page.status_code == 200 and "@department.invalid" not in page.text


@pytest.mark.parametrize(
    ("by", "whose"), [("email", "nobody@x.vn"), ("department", "none"), ("department", "x" * 300)]
)
def test_asking_tells_nothing(served: Served, client: httpx.Client, by: str, whose: str) -> None:
    known = ask(served, client, by="department", whose="so-y-te")
    unknown = ask(served, client, by=by, whose=whose)
    assert known.headers["location"] == unknown.headers["location"]
    assert len(list(letters(served))) == 1


@pytest.mark.parametrize(
    ("by", "whose"), [("email", "so-y-te"), ("email", ""), ("department", " ")]
)
def test_what_cannot_be_meant_is_said_beside_the_field(
    served: Served, client: httpx.Client, by: str, whose: str
) -> None:
    answer = ask(served, client, by=by, whose=whose)
    assert answer.status_code == 422
    assert 'id="error-whose"' in answer.text
    fields = form_of(answer, "/sign-in/ask").fields
    assert (fields["by"], fields["whose"]) == (by, whose.strip())
    assert fields["next"] == "/plans"


def test_opening_a_link_uses_nothing_and_pressing_its_button_does(
    served: Served, client: httpx.Client
) -> None:
    link = link_of(served, add_user(served.engine))
    for _ in range(3):  # a mail scanner, twice, then the person
        page = client.get(link)
        assert page.status_code == 200
        assert '<form class="narrow" method="post">' in page.text
        assert "set-cookie" not in page.headers
    answer = client.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_in(client)
    again = client.post(link)
    assert again.status_code == 401 and "không còn hiệu lực" in again.text
    assert "Yêu cầu liên kết mới" in again.text
    assert client.get(link).status_code == 401


def test_a_links_code_is_asked_for(served: Served, client: httpx.Client) -> None:
    user = add_user(served.engine)
    seed = with_factor(served, user)
    link = link_of(served, user)
    asked = client.post(link)
    assert asked.status_code == 401 and 'name="totp"' in asked.text
    assert "set-cookie" not in asked.headers and "invalid-feedback" not in asked.text
    wrong = client.post(link, data={"totp": "000000"})
    assert wrong.status_code == 401 and 'id="error-totp"' in wrong.text
    right = client.post(link, data={"totp": seed.at(served.now)})
    assert right.status_code == 303
