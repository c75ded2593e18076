"""Bodies, the calendar and holds, by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans import holding, overriding
from plans.declaration import Fixed
from plans.store import catalogue, feeds, notices, office, reading, writing
from plans.store.assignments import unclosed_due
from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import LINK, mailed
from tests.dondoc.web.browsers import check_page, visitor
from tests.dondoc.web.forms import form_of, forms_of
from tests.offices import NOW, assignment, faults, furnish
from tests.plans.identity.world import acts

BODY = "/admin/departments/so-y-te"
MAIL = "syt@x.vn"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    plan = build_plan()
    later = build_task("sau", due=(Fixed(type="fixed", by=date(2025, 5, 14)),))
    group = plan.groups[0].model_copy(update={"tasks": (*plan.groups[0].tasks, later)})
    furnish(sqlite_engine, plan=plan.model_copy(update={"groups": (group, plan.groups[1])}))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def press(client: httpx.Client, path: str, action: str, **given: str) -> httpx.Response:
    """Press the button of a page's form; of several to one address, the one of ``act``."""
    page = client.get(path)
    found = [one for one in forms_of(page) if one.action.endswith(action)]
    act = given.pop("act", None)
    form = next(one for one in found if act in (None, one.fields.get("act")))
    return form.send(client, **given)


def mailboxes(served: Served, code: str = "so-y-te") -> list[tuple[str, str, bool]]:
    with reading(served.engine) as connection:
        rows = catalogue.contact_rows(connection, [code]).get(code, [])
    return [(row.email, row.language, row.bounced_at is not None) for row in rows]


# --- bodies ---------------------------------------------------------------------------------------


def test_bodies_are_found_by_word_kind_and_mailbox(served: Served, admin: httpx.Client) -> None:
    def codes(query: str) -> list[str]:
        text = admin.get(f"/admin/departments?{query}").text
        return re.findall(r"<td[^>]*><code>([^<]+)</code>", text)

    assert "so-cu" not in codes("") and "so-cu" in codes("ended=1")
    assert codes("q=SO+tai") == ["so-tai-chinh"]
    assert codes("mail=with") == ["so-y-te"]
    assert "so-tai-chinh" in codes("mail=without&kind=so") and codes("kind=lop") == ["cac-so"]
    with writing(served.engine) as connection:
        notices.flag_bounced(connection, MAIL, NOW, "550 no such user")
    assert codes("mail=bounced") == ["so-y-te"] == codes("mail=feed")
    assert "Không có đơn vị phù hợp" in admin.get("/admin/departments?q=zzz").text


def test_bodies_come_in_pages(served: Served, admin: httpx.Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("dondoc.web.admin.departments.A_PAGE", 2)
    first = admin.get("/admin/departments").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = admin.get(following[1].replace("&amp;", "&")).text
    assert "cac-so" in first and "cac-so" not in second and "van-phong" in second


def test_mailboxes_are_kept(served: Served, admin: httpx.Client) -> None:
    answer = press(admin, BODY, "/mailboxes", email="hai@x.vn", language="en")
    assert answer.headers["location"] == f"{BODY}?done=mailbox-added"
    check_page(admin.get(answer.headers["location"]))
    assert mailboxes(served) == [(MAIL, "vi", False), ("hai@x.vn", "en", False)]
    press(admin, BODY, "/mailboxes/change", act="language")
    assert mailboxes(served)[0] == (MAIL, "en", False)
    with writing(served.engine) as connection:
        notices.flag_bounced(connection, MAIL, NOW, "550 no such user")
    assert "550 no such user" in admin.get(BODY).text
    press(admin, BODY, "/mailboxes/change", act="clear")
    assert mailboxes(served)[0] == (MAIL, "en", False)
    press(admin, BODY, "/mailboxes/change", act="remove")
    assert mailboxes(served) == [("hai@x.vn", "en", False)]
    assert [one.act for one in acts(served.engine, "mailbox-added", "mailbox-removed")] == [
        "mailbox-added",
        "mailbox-removed",
    ]


def test_a_wrong_mailbox_is_kept_as_it_was_typed(served: Served, admin: httpx.Client) -> None:
    page = press(admin, BODY, "/mailboxes", email="không phải", language="en")
    assert page.status_code == 422 and 'value="không phải"' in page.text
    known = press(admin, BODY, "/mailboxes", email=MAIL)
    assert known.status_code == 409 and f"{MAIL}" in known.text
    assert len(mailboxes(served)) == 1


def test_its_system_is_set(served: Served, admin: httpx.Client) -> None:
    page = press(admin, BODY, "/feed", url="ftp://x", timeout_seconds="3")
    assert page.status_code == 422 and 'value="ftp://x"' in page.text
    page = press(admin, BODY, "/feed", url="https://x.vn/feed", timeout_seconds="lâu")
    assert page.status_code == 422
    answer = press(admin, BODY, "/feed", url="https://x.vn/feed", timeout_seconds="2,5")
    assert answer.headers["location"].endswith("done=feed")
    with reading(served.engine) as connection:
        (row,) = feeds.feed_rows(connection, ["so-y-te"])
    assert (row.url, row.timeout_seconds) == ("https://x.vn/feed", 2.5)
    assert [one.subject for one in acts(served.engine, "feed-set")] == ["department:so-y-te"]


def test_a_body_is_sent_a_link(served: Served, admin: httpx.Client) -> None:
    answer = press(admin, BODY, "/link")
    assert answer.headers["location"].endswith("done=link")
    assert mailed(served, LINK) not in admin.get(answer.headers["location"]).text
    none = press(admin, "/admin/departments/so-tai-chinh", "/link")
    assert none.status_code == 409 and "chưa đăng ký hộp thư" in none.text


def test_successors_are_shown(served: Served, admin: httpx.Client) -> None:
    assert 'href="/admin/departments/so-y-te"' in admin.get("/admin/departments/so-cu").text
    assert 'href="/admin/departments/so-cu"' in admin.get(BODY).text
    options = admin.get("/admin/bodies?departments=van-phong,+y+te").text
    assert re.findall(r'value="([^"]+)"', options) == ["so-y-te"]


# --- the calendar ---------------------------------------------------------------------------------


def changing(client: httpx.Client, **given: str) -> httpx.Response:
    form = form_of(client.get("/admin/calendar"), "/admin/calendar/change")
    return form.send(client, **given)


def open_due(served: Served) -> Any:
    """Of what is open and due on a working day to come, one."""
    with reading(served.engine) as connection:
        rows = unclosed_due(connection, NOW.date())
    return next(row for row in rows if row.due > NOW.date() and row.due.weekday() < 4)


def test_a_day_is_decided_with_the_dates_that_were_shown(
    served: Served, admin: httpx.Client
) -> None:
    row = open_due(served)
    page = changing(admin, day=row.due.isoformat(), working="0", basis="15/TB-UBND")
    check_page(page)
    assert page.status_code == 200 and "15/TB-UBND" in page.text
    assert f'href="/assignments/{row.id}"' in page.text
    form = form_of(page, "/admin/calendar/change")
    answer = form.send(admin)
    assert answer.headers["location"] == f"/admin/calendar?year={row.due.year}&done=decided"
    assert form.send(admin).headers["location"] == answer.headers["location"]
    moved = assignment(served.engine, row.ref)
    assert moved.due > row.due and moved.original_due == row.original_due
    assert faults(served.engine) == []
    year = admin.get(answer.headers["location"]).text
    assert "15/TB-UBND" in year and "cơ quan theo dõi quyết định" in year

    back = admin.get(f"/admin/calendar/withdrawal?day={row.due.isoformat()}")
    check_page(back)
    undone = form_of(back, "/admin/calendar/withdrawal").send(admin)
    assert undone.headers["location"].endswith("done=withdrawn")
    assert assignment(served.engine, row.ref).due == row.due


def test_dates_that_changed_meanwhile_are_shown_anew(served: Served, admin: httpx.Client) -> None:
    row = open_due(served)
    page = changing(admin, day=row.due.isoformat(), working="0", basis="15/TB-UBND")
    form = form_of(page, "/admin/calendar/change")
    with writing(served.engine) as connection:
        day = row.due + timedelta(days=1)
        overriding.apply(connection, day, False, "14/TB", actor="user:9", now=served.now)
    again = form.send(admin)
    assert again.status_code == 412 and "khác với danh sách vừa xem" in again.text
    assert assignment(served.engine, row.ref).due == row.due
    assert form_of(again, "/admin/calendar/change").send(admin).status_code == 303


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"day": "2025-04-15"}, "day"),
        ({"day": "hôm nay"}, "day"),
        ({"basis": " "}, "basis"),
        ({"working": "2"}, "working"),
        ({"day": "2025-05-04"}, ""),  # a Sunday is free already
    ],
)
def test_a_wrong_day_is_kept_as_it_was_typed(
    served: Served, admin: httpx.Client, given: dict[str, str], field: str
) -> None:
    fields = {"day": "2025-05-06", "working": "0", "basis": "15/TB-UBND"} | given
    page = changing(admin, **fields)
    assert page.status_code in (409, 422)
    assert f'href="#field-{field}"' in page.text if field else "alert-danger" in page.text
    kept = form_of(page, "/admin/calendar/change").fields
    assert (kept["day"], kept["basis"]) == (fields["day"], fields["basis"].strip())


def test_the_year_tells_what_each_day_is(served: Served, admin: httpx.Client) -> None:
    page = admin.get("/admin/calendar?year=2025").text
    assert "Quốc khánh" in page and page.count("<caption>") == 12
    # Saturday 26/04/2025 was worked for Friday 02/05/2025.
    assert re.search(r'datetime="2025-04-26".{0,400}Ngày cuối tuần làm bù', page, re.S)


# --- holds ----------------------------------------------------------------------------------------


def held(served: Served) -> dict[str, holding.Hold]:
    with reading(served.engine) as connection:
        return dict(holding.held(connection, NOW.date()))


def test_messages_are_held_and_let_go(served: Served, admin: httpx.Client) -> None:
    form = form_of(admin.get("/admin/holds?department=so-y-te"), "/admin/holds")
    answer = form.send(admin, reason="Đang sáp nhập", until="2025-05-01")
    assert answer.headers["location"] == "/admin/holds?done=held"
    assert held(served)["so-y-te"].until == date(2025, 5, 1)
    page = admin.get(answer.headers["location"])
    assert "Đang sáp nhập" in page.text and "Nguyễn Văn An" in page.text
    check_page(page)
    assert "Đang sáp nhập" in admin.get(BODY).text
    again = form_of(page, "/admin/holds").send(admin, department="so-y-te", reason="Nữa")
    assert again.status_code == 409 and "Nữa" in again.text
    lifted = form_of(page, "/admin/holds/so-y-te/lifting").send(admin)
    assert lifted.headers["location"] == "/admin/holds?done=lifted" and held(served) == {}
    assert "Đã tạm giữ trước đây" in admin.get("/admin/holds").text


def test_a_wrong_hold_is_kept_as_it_was_typed(served: Served, admin: httpx.Client) -> None:
    form = form_of(admin.get("/admin/holds"), "/admin/holds")
    good = {"department": "so-y-te", "reason": "Sáp nhập"}
    for wrong in (
        {"department": "zzz"},
        {"reason": " "},
        {"until": "2025-04-01"},
        {"until": "mai"},
        {"reason": "Gọi 0912345678"},
    ):
        page = form.send(admin, **(good | wrong))
        assert page.status_code == 422 and held(served) == {}, wrong
        assert form_of(page, "/admin/holds").fields["department"] == (good | wrong)["department"]
    assert 'name="confirmed"' in page.text
    answer = form.send(admin, **(good | wrong), confirmed="1")
    assert answer.status_code == 303 and "so-y-te" in held(served)


def test_numbers_are_of_what_there_is(served: Served) -> None:
    with reading(served.engine) as connection:
        found = office.numbers(connection, NOW.date(), NOW)
    assert (found.plans, found.bodies, found.undecided, found.unconfirmed) == (1, 4, 1, 1)
