"""What a message's link opens, and the code that lets its device report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select

from dondoc.web import linked
from dondoc.web.linked import veiled
from integrations.mail import MailSettings
from plans.identity import links
from plans.store import reading, writing
from plans.store.schema import contacts
from plans.store.schema_access import devices
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import CODE, letters, mailed
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.forms import form_of
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


def tasks(page: httpx.Response) -> list[str]:
    return re.findall(r'href="(/l/[^"]+/assignments/[^"]+)"', page.text)


# --- the list -----------------------------------------------------------------------------------


def test_the_list_has_the_recipients_open_assignments(served: Served, client: httpx.Client) -> None:
    page = client.get(link(served))
    assert page.status_code == 200
    check_page(page)
    api = served.client("department", "so-y-te")
    items = api.get("assignments", params={"department": "so-y-te"}).json()["items"]
    wanted = [one for one in items if one["work"] != "done" and one["class"]]
    assert tasks(page) == [f"{link(served)}/assignments/{one['id']}" for one in wanted]
    for one in wanted:
        assert one["title"]["vi"] in page.text
        assert "/".join(reversed(one["due"].split("-"))) in page.text
    late = [one for one in wanted if one["class"] == "open_overdue"]
    assert late and len(late) < len(wanted)
    assert page.text.count("Đang thực hiện quá hạn") == len(late)
    assert page.text.count('class="text-nowrap late"') == len(late)


def test_it_speaks_english_as_well(served: Served) -> None:
    page = browser(served, "en").get(link(served))
    check_page(page, "en")
    assert "Open tasks of so-y-te (en)" in page.text and "(en)</a>" in page.text
    assert "In progress, overdue" in page.text


def test_what_is_submitted_is_owed_no_more(served: Served, client: httpx.Client) -> None:
    before, key = tasks(client.get(link(served))), own(served)
    report = {"percent": 100, "result": "Đã xong", "submit": True}
    evidence = [{"kind": "report", "number": "1/BC", "date": "2025-04-01"}]
    lead = served.client("department", "so-y-te")
    answer = lead.post(f"assignments/{key}/updates", json=report | {"evidence": evidence})
    assert answer.status_code == 201, answer.text
    left = tasks(client.get(link(served)))
    assert left == [one for one in before if not one.endswith(key)] != before
    decision = {"decision": "return", "note": "Thiếu số liệu"}
    office = served.client("coordinator")
    assert office.post(f"assignments/{key}/review", json=decision).status_code == 200
    page = client.get(link(served))
    assert tasks(page) == before and "báo cáo được trả lại" in page.text


@pytest.mark.parametrize("end", ["", "/confirm", "/nothing"])
def test_a_link_that_is_not_good_says_how_to_get_one(
    served: Served, client: httpx.Client, end: str
) -> None:
    good = link(served)
    forged = [good.replace("so-y-te", "so-tai-chinh"), "/l/x", "/l/so-y-te", f"{good[:-4]}AAAA"]
    served.now += timedelta(days=30, seconds=1)
    for one in (good, *forged):
        page = client.get(one + end)
        if end == "/nothing":
            assert page.status_code == 404
            continue
        assert page.status_code == 401
        check_page(page)
        assert "liên kết trong thư mới nhất" in page.text
    english = browser(served, "en").get("/l/x")
    assert "Open the link of the newest message" in english.text


def test_wrong_links_are_counted_and_good_ones_are_not(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    furnish(sqlite_engine)
    for served in serve(sqlite_engine, tmp_path, rate_limit_guessing="3/minute"):
        client = browser(served)
        assert [client.get("/l/x").status_code for _ in range(5)] == [401] * 3 + [429] * 2
        assert {client.get(link(served)).status_code for _ in range(5)} == {200}


def test_the_list_goes_on(
    served: Served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = tasks(client.get(link(served)))
    monkeypatch.setattr(linked, "A_PAGE", 1)
    found, following = [], [link(served)]
    while following:
        page = client.get(following[0])
        found += tasks(page)
        following = re.findall(r'rel="next" href="(/l/[^"]+\?cursor=[^"]+)"', page.text)
        assert len(found) <= len(every)
    assert found == every and len(every) > 1
    assert client.get(f"{link(served)}?cursor=no").status_code == 422


def test_nothing_to_report_is_said(served: Served, client: httpx.Client) -> None:
    page = client.get(link(served, "so-cu"))
    assert page.status_code == 200 and "Không còn nhiệm vụ nào phải báo cáo" in page.text


def test_a_link_opens_nothing_but_its_own(served: Served, client: httpx.Client) -> None:
    page = client.get(link(served))
    assert "main-menu" not in page.text and 'role="search"' not in page.text
    for path in ("/plans", "/search", "/account"):
        assert client.get(path).status_code == 303
    # A session in the same browser gives its pages nothing.
    signed_in = visitor(served, "department", "so-y-te")
    assert "Thiết bị này được phép" not in signed_in.get(link(served)).text


# --- the code -----------------------------------------------------------------------------------


def confirm_page(served: Served, client: httpx.Client, onward: str = "") -> httpx.Response:
    params = {"next": link(served) + onward} if onward else {}
    return client.get(f"{link(served)}/confirm", params=params)


def ask(served: Served, client: httpx.Client, onward: str = "") -> httpx.Response:
    page = confirm_page(served, client, onward)
    answer = form_of(page, "/confirm/code").send(client)
    return client.get(answer.headers["location"]) if answer.status_code == 303 else answer


def kept_devices(served: Served) -> int:
    with reading(served.engine) as connection:
        return len(connection.execute(select(devices)).all())


def test_the_code_makes_the_device_report(served: Served, client: httpx.Client) -> None:
    assert f"{link(served)}/confirm" in client.get(link(served)).text
    page = confirm_page(served, client, "/assignments/1?x=2")
    check_page(page)
    assert "sy…@x.vn" in page.text and "syt@x.vn" not in page.text
    asked = ask(served, client, "/assignments/1?x=2")
    check_page(asked)
    assert "đang được gửi" in asked.text and "Còn 05 lần nhập" in asked.text
    assert [to for to, _ in letters(served)] == ["syt@x.vn"]
    code = mailed(served, CODE)
    answer = form_of(asked, "/confirm").send(client, code=f"{code[:3]} {code[3:]}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{link(served)}/assignments/1?x=2&done=confirmed"
    assert kept_devices(served) == 1
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("dondoc_device=") and "HttpOnly" in cookie
    assert "Thiết bị này được phép gửi báo cáo" in client.get(link(served)).text
    on = confirm_page(served, client, "/assignments/1")
    assert (on.status_code, on.headers["location"]) == (303, f"{link(served)}/assignments/1")
    # The device is the department's: it reports through its later links too, not another's.
    served.now += timedelta(days=29)
    assert "được phép gửi" in client.get(link(served)).text
    assert "được phép gửi" not in client.get(link(served, "so-tai-chinh")).text


def test_a_wrong_code_says_how_often_one_may_still_try(
    served: Served, client: httpx.Client
) -> None:
    form = form_of(ask(served, client, "/assignments/1"), "/confirm")
    code = int(mailed(served, CODE))
    for n, said in ((1, "Còn 04 lần nhập"), (2, "Còn 03 lần nhập")):
        wrong = form.send(client, code=f"{(code + n) % 10**6:06}")
        assert wrong.status_code == 422 and said in wrong.text
        assert 'id="error-code"' in wrong.text and "Mã không đúng" in wrong.text
        form = form_of(wrong, "/confirm")
        assert form.fields["next"].endswith("/assignments/1")
    unread = form.send(client, code="12345")
    assert unread.status_code == 422 and "Nhập đủ 6 chữ số" in unread.text
    assert "Còn 03 lần nhập" in unread.text
    assert len(acts(served.engine, "code-refused")) == 2
    right = form.send(client, code=mailed(served, CODE))
    assert right.status_code == 303


def test_a_code_ends_after_five_tries_or_ten_minutes(served: Served, client: httpx.Client) -> None:
    asked = ask(served, client)
    code = mailed(served, CODE)
    for n in range(5):
        # A form that was sent is not tried again, so each try is of the page that came last.
        asked = form_of(asked, "/confirm").send(client, code=f"{(int(code) + n + 1) % 10**6:06}")
        assert asked.status_code == 422
    assert "Mã không đúng" in asked.text
    page = confirm_page(served, client)
    assert 'name="code"' not in page.text and "Nhận mã" in page.text
    asked = ask(served, client)
    form = form_of(asked, "/confirm")
    served.now += timedelta(minutes=11)
    late = form.send(client, code=mailed(served, CODE))
    assert late.status_code == 422 and 'role="alert"' in late.text
    assert kept_devices(served) == 0


def test_a_form_that_is_sent_twice_counts_once(served: Served, client: httpx.Client) -> None:
    form = form_of(confirm_page(served, client), "/confirm/code")
    first, second = form.send(client), form.send(client)
    assert first.headers["location"] == second.headers["location"]
    assert len(list(letters(served))) == 1
    form = form_of(client.get(first.headers["location"]), "/confirm")
    wrong = f"{(int(mailed(served, CODE)) + 1) % 10**6:06}"
    assert form.send(client, code=wrong).status_code == 422
    again = form.send(client, code=wrong)
    assert again.status_code == 303
    page = client.get(again.headers["location"])
    assert "Còn 04 lần nhập" in page.text and "không được chấp nhận" in page.text


def test_only_so_many_codes_are_sent(served: Served, client: httpx.Client) -> None:
    for _ in range(3):
        assert ask(served, client).status_code == 200
    fourth = ask(served, client)
    assert fourth.status_code == 429 and "chờ 61 phút" in fourth.text
    check_page(fourth)
    assert len(list(letters(served))) == 3


def test_where_no_mailbox_is_registered_it_says_what_to_do(
    served: Served, client: httpx.Client
) -> None:
    url = link(served, "so-tai-chinh")
    page = client.get(f"{url}/confirm")
    assert "chưa đăng ký hộp thư" in page.text and "qua điện thoại hoặc văn bản" in page.text
    assert "/confirm/code" not in page.text
    ready = form_of(confirm_page(served, client), "/confirm/code")
    with writing(served.engine) as connection:
        connection.execute(contacts.delete())
    answer = ready.send(client)
    assert answer.status_code == 409 and "chưa đăng ký hộp thư" in answer.text


def test_a_mail_that_fails_is_told(served: Served, client: httpx.Client) -> None:
    served.app.state.running.extras["mail"] = MailSettings(smtp_url="smtp://127.0.0.1:9")
    answer = ask(served, client)
    assert answer.status_code == 503 and "Chưa gửi được mã" in answer.text
    check_page(answer)


@pytest.mark.parametrize("onward", ["https://evil.example", "/account", "/l/other/x", "//evil"])
def test_nobody_is_led_out_of_the_link(served: Served, client: httpx.Client, onward: str) -> None:
    page = client.get(f"{link(served)}/confirm", params={"next": onward})
    assert form_of(page, "/confirm/code").fields["next"] == link(served)
    asked = form_of(page, "/confirm/code").send(client, next=onward)
    form = form_of(client.get(asked.headers["location"]), "/confirm")
    answer = form.send(client, code=mailed(served, CODE), next=onward)
    assert answer.headers["location"] == f"{link(served)}?done=confirmed"


def test_another_sites_form_does_nothing(served: Served, client: httpx.Client) -> None:
    client.headers["Origin"] = "https://evil.example"
    for end in ("/confirm", "/confirm/code"):
        answer = client.post(link(served) + end, data={"code": "123456", "once": "x"})
        assert answer.status_code == 403
    assert not list(letters(served))


def test_an_address_is_veiled() -> None:
    assert veiled("vanphong@so.example.vn") == "va…@so.example.vn"
    assert veiled("a@x.vn") == "a…@x.vn"
