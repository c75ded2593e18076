"""What a message's link shows to whoever opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.web import linked
from plans.identity import links
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.test_pages import browser
from tests.offices import furnish
from tests.plans.identity.world import acts


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(engine)
    yield from serve(engine, tmp_path)


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return browser(served)


def link(served: Served, department: str = "so-y-te") -> str:
    return f"/l/{links.sign_link(served.settings.secret, department, served.now)}"


def own(served: Served) -> str:
    return served.id_of("mau/mot/so-y-te")


def hrefs(page: httpx.Response) -> list[str]:
    return re.findall(r'href="(/l/[^"]+)"', page.text)


def test_the_list_has_the_recipients_open_assignments(served: Served, client: httpx.Client) -> None:
    page = client.get(link(served))
    assert page.status_code == 200
    api = served.client("department", "so-y-te")
    items = api.get("assignments", params={"department": "so-y-te"}).json()["items"]
    wanted = [one for one in items if one["work"] != "done" and one["class"]]
    assert hrefs(page) == [f"{link(served)}/assignments/{one['id']}" for one in wanted]
    for one in wanted:
        assert one["ref"] in page.text and one["title"]["vi"] in page.text
        assert "/".join(reversed(one["due"].split("-"))) in page.text
    late = [one for one in wanted if one["class"] == "open_overdue"]
    assert late and len(late) < len(wanted)
    assert page.text.count("đang thực hiện quá hạn") == len(late)
    assert page.text.count('class="late"') == len(late)


def test_what_is_submitted_is_owed_no_more(served: Served, client: httpx.Client) -> None:
    page, key = client.get(link(served)), own(served)
    report = {"percent": 100, "result": "Đã xong", "submit": True}
    evidence = [{"kind": "report", "number": "1/BC", "date": "2025-04-01"}]
    lead = served.client("department", "so-y-te")
    answer = lead.post(f"assignments/{key}/updates", json=report | {"evidence": evidence})
    assert answer.status_code == 201, answer.text
    left = hrefs(client.get(link(served)))
    assert left == [one for one in hrefs(page) if not one.endswith(key)] != hrefs(page)
    assert client.get(f"{link(served)}/assignments/{key}").status_code == 200
    note = "Thiếu <b>số liệu</b>"
    decision = {"decision": "return", "note": note}
    office = served.client("coordinator")
    assert office.post(f"assignments/{key}/review", json=decision).status_code == 200
    shown = client.get(f"{link(served)}/assignments/{key}").text
    assert "Thiếu &lt;b&gt;số liệu&lt;/b&gt;" in shown and "bị trả lại" in shown
    assert "báo cáo bị trả lại" in client.get(link(served)).text


def test_one_says_what_is_asked(served: Served, client: httpx.Client) -> None:
    page = client.get(f"{link(served)}/assignments/{own(served)}")
    assert page.status_code == 200
    told = served.client("admin").get(f"assignments/{own(served)}").json()
    for said in (told["title"]["vi"], told["title"]["en"], told["ref"], told["clause"]):
        assert said in page.text
    assert "/".join(reversed(told["due"].split("-"))) in page.text
    assert "bị trả lại" not in page.text
    assert hrefs(page) == [link(served)]


def test_what_is_not_its_own_is_not_there(served: Served, client: httpx.Client) -> None:
    foreign = f"{link(served, 'so-tai-chinh')}/assignments/{own(served)}"
    pages = [client.get(foreign)]
    pages += [client.get(f"{link(served)}/assignments/{key}") for key in ("none", "x" * 301)]
    for page in pages:
        assert page.status_code == 404 and "Không có nhiệm vụ này" in page.text
    (line,) = acts(served.engine, "GET /l/{token}/assignments/{assignment}")
    assert (line.actor, line.outcome) == ("link:so-tai-chinh", "denied")
    assert line.subject == own(served)


@pytest.mark.parametrize("end", ["", "/assignments/none"])
def test_a_link_that_is_not_good_says_how_to_get_one(
    served: Served, client: httpx.Client, end: str
) -> None:
    good = link(served)
    forged = [good.replace("so-y-te", "so-tai-chinh"), "/l/x", "/l/so-y-te", f"{good[:-4]}AAAA"]
    served.now += timedelta(days=30, seconds=1)
    for one in (good, *forged):
        page = client.get(one + end)
        assert page.status_code == 401
        assert "thư nhắc mới nhất" in page.text and "newest message" in page.text


def test_the_list_goes_on(
    served: Served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [one for one in hrefs(client.get(link(served))) if "/assignments/" in one]
    monkeypatch.setattr(linked, "A_PAGE", 1)
    found, following = [], [link(served)]
    while following:
        there = hrefs(client.get(following[0]))
        found += [one for one in there if "/assignments/" in one]
        following = [one for one in there if "?cursor=" in one]
        assert len(found) <= len(every)
    assert found == every and len(every) > 1
    assert client.get(f"{link(served)}?cursor=no").status_code == 422


def test_the_pages_need_nothing_from_elsewhere(served: Served, client: httpx.Client) -> None:
    for url in (link(served), f"{link(served)}/assignments/{own(served)}", "/l/x"):
        page = client.get(url)
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; ")
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<script|<style|style=|://|<form|\son\w+=", page.text)
        assert '<html lang="vi">' in page.text and 'lang="en"' in page.text
