"""Reporting by a page: saved, handed in, nothing done, replaced meanwhile, a later date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans import governing
from plans.reviewing import review
from plans.store import extensions, reading, writing
from tests.acts import act
from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.desks import (
    LEAD,
    MOT,
    confirm_device,
    kinds,
    ledger,
    link,
    reported,
    row,
    text_of,
    wanted_later,
)
from tests.dondoc.web.forms import Form, form_of
from tests.offices import faults, furnish

OPEN = "mau/thuong-xuyen/so-y-te/2025-04"
NO_REVIEW = "mau/khong-tham-dinh/so-tai-chinh/2025-04"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def key(served: Served) -> str:
    return served.id_of(MOT)


@pytest.fixture
def lead(served: Served) -> httpx.Client:
    return visitor(served, "department", LEAD)


def report(client: httpx.Client, key: str, base: str = "") -> Form:
    page = client.get(f"{base}/assignments/{key}")
    check_page(page)
    return form_of(page, f"/assignments/{key}/report")


# --- saved and handed in ------------------------------------------------------------------------


def test_what_is_saved_stands_in_the_form_again(
    served: Served, key: str, lead: httpx.Client
) -> None:
    form = report(lead, key)
    assert form.fields["percent"] == "0" and form.fields["seen"] == "1"
    given = {"evidence.0.number": "12/BC-SYT", "evidence.0.date": "1/4/2025"}
    done = form.send(lead, act="save", percent="40 %", result="Đã làm\r\nmột nửa", **given)
    assert (done.status_code, done.headers["location"]) == (303, f"/assignments/{key}?done=saved")
    assert kinds(served) == ["updated"] and row(served).review == "none"
    words = {"result": "Đã làm\nmột nửa"}
    assert ledger(served)[-1].words == words | {
        "evidence": [{"number": "12/BC-SYT", "date": "2025-04-01"}]
    }
    assert "Đã lưu báo cáo" in text_of(lead.get(done.headers["location"]))
    again = report(lead, key)
    assert again.fields["result"] == "Đã làm\nmột nửa" and again.fields["percent"] == "40"
    assert again.fields["evidence.0.date"] == "2025-04-01"
    assert again.fields["evidence.1.number"] == "" and "evidence.2.number" not in again.fields


def test_what_is_submitted_waits_for_review(served: Served, key: str, lead: httpx.Client) -> None:
    form = report(lead, key)
    for _ in range(2):  # pressed twice
        done = form.send(lead, act="submit", percent="100", result="Đã xong")
        assert done.headers["location"] == f"/assignments/{key}?done=submitted"
    assert kinds(served) == ["updated", "submitted"]
    assert row(served).review == "submitted" and faults(served.engine) == []
    assert "báo cáo đang chờ thẩm định" in text_of(lead.get(f"/assignments/{key}"))
    [_, submitted] = ledger(served)[1:]
    assert submitted.payload["by"] == LEAD and submitted.actor.startswith("user:")


def test_what_needs_no_review_is_done_at_once(served: Served) -> None:
    client, key = visitor(served, "department", "so-tai-chinh"), served.id_of(NO_REVIEW)
    done = report(client, key).send(client, act="submit", percent="100")
    said = text_of(client.get(done.headers["location"]))
    assert "không cần thẩm định và đã hoàn thành" in said and "báo cáo, chờ thẩm định." not in said
    assert kinds(served, NO_REVIEW) == ["updated", "submitted", "accepted"]


def test_a_nil_report_is_confirmed_first(served: Served, key: str, lead: httpx.Client) -> None:
    asked = report(lead, key).send(lead, act="nil", percent="7", result="Chưa gửi")
    assert asked.status_code == 200 and "Đồng ý gửi báo cáo không phát sinh" in asked.text
    form = form_of(asked, "/report")
    assert form.fields["result"] == "Chưa gửi" and kinds(served) == []
    no = form.send(lead, act="back", result="Chưa gửi, còn nữa")
    assert no.status_code == 200 and "Đồng ý gửi" not in no.text
    form = form_of(no, "/report")
    assert form.fields["result"] == "Chưa gửi, còn nữa" and kinds(served) == []
    assert re.search(r'<button type="submit"[^>]*value="back"', asked.text)
    done = form.send(lead, act="nil-yes")
    assert done.headers["location"].endswith("done=nil")
    updated, _ = ledger(served)[1:]
    assert updated.payload["nil_report"] and updated.words is None
    assert row(served).percent == 0


def test_a_row_is_added_without_a_script(served: Served, key: str, lead: httpx.Client) -> None:
    given = {"evidence.0.title": "Báo cáo quý"}
    page = report(lead, key).send(lead, act="more", percent="12", **given)
    form = form_of(page, "/report")
    assert form.fields["percent"] == "12" and form.fields["evidence.0.title"] == "Báo cáo quý"
    assert form.fields["evidence.2.number"] == "" and kinds(served) == []


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"percent": ""}, "percent", "Đề nghị ghi tỷ lệ hoàn thành"),
        ({"percent": "tám mươi"}, "percent", "Mục này phải là số"),
        ({"percent": "101"}, "percent", "Nhiều nhất 100"),
        ({"evidence.0.url": "x.vn/a"}, "evidence.0.url", "Đường dẫn bắt đầu bằng"),
        ({"evidence.0.date": "2025-04-01"}, "evidence.0.title", "Đề nghị nêu văn bản"),
        ({"evidence.0.number": "1/BC", "evidence.0.date": "31/2/2025"}, "evidence.0.date", "Ngày"),
        ({"result": "x" * 10_001}, "result", "tối đa 10000 ký tự"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    served: Served, key: str, lead: httpx.Client, given: dict[str, str], field: str, said: str
) -> None:
    sent = {"percent": "80", "obstacles": "Thiếu <kinh phí>"} | given
    page = report(lead, key).send(lead, act="submit", **sent)
    assert page.status_code == 422
    check_page(page)
    assert f'id="error-{field}"' in page.text and said in text_of(page)
    form = form_of(page, "/report")
    assert form.fields["obstacles"] == "Thiếu <kinh phí>"
    assert form.fields["percent"] == sent["percent"]
    assert kinds(served) == []


def test_errors_are_told_in_english_too(served: Served, key: str) -> None:
    client = visitor(served, "department", LEAD, language="en")
    form = form_of(client.get(f"/assignments/{key}"), "/report")
    page = form.send(client, act="submit", percent="")
    check_page(page, "en")
    assert "Say how far the work is, from 0 to 100." in text_of(page)


def test_the_evidence_that_is_needed_is_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    task = build_task("can", deliverable="Quyết định ban hành quy chế")
    group = build_plan().groups[0].model_copy(update={"tasks": (task,)})
    furnish(sqlite_engine, plan=build_plan(groups=(group,)))
    for served in serve(sqlite_engine, tmp_path):
        key, lead = served.id_of("mau/can/so-y-te"), visitor(served, "department", LEAD)
        page = report(lead, key).send(lead, act="submit", percent="100")
        assert page.status_code == 422 and "cần có quyết định (…/QĐ-…)" in text_of(page)
        form = form_of(page, "/report")
        given = {"evidence.0.number": "5/QĐ-SYT"}
        assert form.send(lead, act="submit", **given).status_code == 303
        assert row(served, "mau/can/so-y-te").review == "submitted"


def test_a_persons_number_is_asked_for(served: Served, key: str, lead: httpx.Client) -> None:
    form = report(lead, key)
    assert "confirm_personal_data" not in form_text(lead, key)
    page = form.send(lead, act="submit", percent="100", result="Gọi 0912345678")
    assert page.status_code == 422 and "số điện thoại 0912•••678" in text_of(page)
    assert 'name="confirm_personal_data"' in page.text and kinds(served) == []
    again = form_of(page, "/report")
    assert again.fields["result"] == "Gọi 0912345678"
    done = again.send(lead, act="submit", confirm_personal_data="true")
    assert done.status_code == 303 and row(served).flagged


def form_text(client: httpx.Client, key: str) -> str:
    return client.get(f"/assignments/{key}").text


def test_what_came_meanwhile_stands_beside_what_was_typed(
    served: Served, key: str, lead: httpx.Client
) -> None:
    form = report(lead, key)
    reported(served, percent=30, result="Của đồng nghiệp", submit=False)
    page = form.send(lead, act="submit", percent="60", result="Của tôi")
    assert page.status_code == 412
    said = text_of(page)
    assert "Trong lúc đó đã có nội dung mới" in said and "Của đồng nghiệp" in said
    again = form_of(page, "/report")
    assert (again.fields["result"], again.fields["percent"]) == ("Của tôi", "60")
    assert kinds(served) == ["updated"]
    assert again.send(lead, act="submit").status_code == 303
    assert ledger(served)[-2].words == {"result": "Của tôi"}


def test_what_was_accepted_is_reported_no_more(
    served: Served, key: str, lead: httpx.Client
) -> None:
    form = report(lead, key)
    reported(served)
    with writing(served.engine) as connection:
        review(connection, key, "accept", actor="user:9", now=served.now)
    assert "/report" not in lead.get(f"/assignments/{key}").text
    form.fields.pop("seen")
    page = form.send(lead, act="submit", percent="10")
    assert page.status_code == 409


# --- offered no more ------------------------------------------------------------------------------


def accept(served: Served, key: str) -> None:
    reported(served)
    with writing(served.engine) as connection:
        review(connection, key, "accept", actor="user:9", now=served.now)


def stop(served: Served, key: str) -> None:
    with writing(served.engine) as connection:
        governing.suspend(connection, key, act(day=row(served).due), reason="Chờ nghị định")


def end(served: Served, key: str) -> None:
    with writing(served.engine) as connection:
        governing.cancel(connection, key, act(day=row(served).due), reason="Không còn cần")


@pytest.mark.parametrize(
    ("meanwhile", "title"),
    [(accept, "Đã xong"), (stop, "Chờ nghị định"), (end, "Không còn cần")],
)
@pytest.mark.parametrize("seen", [True, False])
def test_what_was_typed_is_there_though_its_form_is_not(
    served: Served,
    key: str,
    lead: httpx.Client,
    meanwhile: Callable[[Served, str], None],
    title: str,
    seen: bool,
) -> None:
    form = report(lead, key)
    meanwhile(served, key)
    if not seen:
        form.fields.pop("seen")
    before = kinds(served)
    given = {"evidence.0.number": "12/BC-SYT", "evidence.0.date": "1/4/2025"}
    page = form.send(lead, act="submit", percent="60", result="Của <tôi>\nhai dòng", **given)
    assert page.status_code == (412 if seen else 409) and kinds(served) == before
    check_page(page)
    assert f'action="/assignments/{key}/report"' not in page.text
    [told] = re.findall(r'role="alert" id="problems">(.*?)<h1', page.text, re.S)
    for said in (
        "Của &lt;tôi&gt;",
        "hai dòng",
        "60",
        "12/BC-SYT · 01/04/2025",
        "chưa được ghi nhận",
    ):
        assert said in told, said
    assert ("Nội dung được ghi nhận trong lúc đó" in told) == seen == (title in told)


def test_a_later_date_that_was_asked_for_meanwhile(served: Served, lead: httpx.Client) -> None:
    key, due = served.id_of(OPEN), row(served, OPEN).due
    form = form_of(lead.get(f"/assignments/{key}"), "/extension")
    wanted_later(served, OPEN, due + timedelta(days=9))
    given = {"later.due": "31/12/2025", "later.reason": "Chờ hướng dẫn của Bộ"}
    page = form.send(lead, **given)
    assert page.status_code == 412 and f'action="/assignments/{key}/ext' not in page.text
    said = text_of(page)
    assert "Nội dung vừa gửi chưa được ghi nhận" in said and "Chờ hướng dẫn của Bộ" in said
    assert "31/12/2025" in said


def test_a_link_keeps_the_reason_of_a_later_date(served: Served) -> None:
    client, base, key = browser(served), link(served), served.id_of(OPEN)
    confirm_device(served, client)
    form = form_of(client.get(f"{base}/assignments/{key}"), "/extension")
    client.cookies.clear()
    page = form.send(client, **{"later.due": "2025-12-31", "later.reason": "Chờ hướng dẫn của Bộ"})
    assert page.status_code == 403 and "Chờ hướng dẫn của Bộ" in text_of(page)
    assert "Để đề nghị gia hạn, cần xác nhận thiết bị" in text_of(page)


# --- handed in, and changed ---------------------------------------------------------------------


def test_what_waits_is_withdrawn_once_that_is_confirmed(
    served: Served, key: str, lead: httpx.Client
) -> None:
    reported(served)
    page = lead.get(f"/assignments/{key}")
    assert "Báo cáo này đang chờ thẩm định. Để sửa" in text_of(page)
    assert "Rút báo cáo để sửa" in page.text and ">Lưu</button>" not in page.text
    form = form_of(page, "/report")
    for pressed in ("withdraw", "save"):
        asked = form.send(lead, act=pressed, percent="90", result="Bản sửa")
        assert asked.status_code == 200 and "Rút báo cáo đang chờ thẩm định?" in text_of(asked)
        assert row(served).review == "submitted"
    form = form_of(asked, "/report")
    assert form.fields["result"] == "Bản sửa"
    for _ in range(2):  # pressed twice
        done = form.send(lead, act="withdraw-yes")
        assert done.headers["location"] == f"/assignments/{key}?done=withdrawn"
    assert "Đã rút báo cáo khỏi thẩm định" in text_of(lead.get(done.headers["location"]))
    assert (row(served).review, kinds(served)) == ("none", ["updated", "submitted", "updated"])
    assert ">Lưu</button>" in lead.get(f"/assignments/{key}").text


def test_what_waits_is_told_in_english(served: Served, key: str) -> None:
    reported(served)
    page = visitor(served, "department", LEAD, language="en").get(f"/assignments/{key}")
    assert "Withdraw the report to change it" in text_of(page)


def test_what_was_reviewed_meanwhile_is_told_before_it_is_withdrawn(
    served: Served, key: str, lead: httpx.Client
) -> None:
    reported(served)
    form = report(lead, key)
    with writing(served.engine) as connection:
        review(connection, key, "return", actor="user:9", now=served.now, note="Thiếu số liệu")
    page = form.send(lead, act="withdraw", result="Bản sửa")
    assert page.status_code == 412 and "Thiếu số liệu" in text_of(page)
    assert form_of(page, "/report").fields["result"] == "Bản sửa"


def test_a_report_without_a_result_is_asked_for_once(
    served: Served, key: str, lead: httpx.Client
) -> None:
    asked = report(lead, key).send(lead, act="submit", percent="60", proposals="Thêm kinh phí")
    assert asked.status_code == 200 and kinds(served) == []
    assert "Thật sự trình khi chưa nêu kết quả?" in text_of(asked)
    form = form_of(asked, "/report")
    assert form.fields["proposals"] == "Thêm kinh phí"
    assert form.send(lead, act="submit-yes").headers["location"].endswith("done=submitted")
    assert row(served).percent == 60


@pytest.mark.parametrize("detour", ["more", "nil", "wrong"])
def test_a_detour_does_not_lead_past_what_came_meanwhile(
    served: Served, key: str, lead: httpx.Client, detour: str
) -> None:
    form = report(lead, key)
    reported(served, percent=30, result="Của đồng nghiệp", submit=False)
    wrong = {"act": "save", "percent": "tám"} if detour == "wrong" else {"act": detour}
    again = form_of(form.send(lead, **wrong), "/report")
    page = again.send(lead, act="save", percent="60", result="Của tôi")
    assert page.status_code == 412 and "Của đồng nghiệp" in text_of(page)
    assert kinds(served) == ["updated"]


def test_a_day_as_people_write_it_comes_back_as_browsers_take_it(
    served: Served, key: str, lead: httpx.Client
) -> None:
    given = {"evidence.0.number": "1/BC", "evidence.0.date": "5/11/2025"}
    page = report(lead, key).send(lead, act="submit", percent="101", **given)
    assert form_of(page, "/report").fields["evidence.0.date"] == "2025-11-05"
    later = form_of(lead.get(f"/assignments/{served.id_of(OPEN)}"), "/extension")
    page = later.send(lead, **{"later.due": "31/12/2027", "later.reason": ""})
    assert form_of(page, "/extension").fields["later.due"] == "2027-12-31"


# --- who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [("admin", None, 403), ("viewer", None, 403), ("department", "so-tai-chinh", 404)],
)
def test_others_do_not_report(
    served: Served, key: str, lead: httpx.Client, role: str, body: str | None, status: int
) -> None:
    other = visitor(served, role, body)
    assert f"/assignments/{key}/report" not in other.get(f"/assignments/{key}").text
    csrf = form_of(other.get("/account"), "/sign-out").fields["csrf"]
    form = report(lead, key)
    page = form.send(other, act="submit", percent="10", csrf=csrf)
    assert page.status_code == status and kinds(served) == []


def test_a_forged_report_is_refused(served: Served, key: str, lead: httpx.Client) -> None:
    form = report(lead, key)
    assert form.send(lead, percent="10", csrf="1" * 128).status_code == 403
    assert kinds(served) == []


def test_a_link_asks_to_confirm_the_device_first(served: Served, key: str) -> None:
    client, base = browser(served), link(served)
    page = client.get(f"{base}/assignments/{key}")
    assert f'href="{base}/confirm?next={base}/assignments/{key}"' in page.text
    assert 'value="submit"' not in page.text and 'type="file"' not in page.text
    form = form_of(page, "/report")
    refused = form.send(client, act="submit", percent="55", result="Chưa mất")
    assert refused.status_code == 403
    kept = form_of(refused, "/report")
    assert (kept.fields["percent"], kept.fields["result"]) == ("55", "Chưa mất")
    assert kinds(served) == []


def test_a_confirmed_device_reports(served: Served, key: str) -> None:
    client, base = browser(served), link(served)
    confirm_device(served, client)
    done = report(client, key, base).send(client, act="submit", percent="100", result="Xong")
    assert done.headers["location"] == f"{base}/assignments/{key}?done=submitted"
    assert ledger(served)[-1].actor == f"link:{LEAD}"
    assert "Đã trình báo cáo" in text_of(client.get(done.headers["location"]))


# --- a later date ---------------------------------------------------------------------------------


def test_a_later_date_is_asked_for(served: Served, lead: httpx.Client) -> None:
    key, due = served.id_of(OPEN), row(served, OPEN).due
    later = due + timedelta(days=10)
    form = form_of(lead.get(f"/assignments/{key}"), "/extension")
    early = form.send(lead, **{"later.due": "2025-01-01", "later.reason": "Chờ hướng dẫn"})
    assert early.status_code == 422 and "Thời hạn mới phải sau ngày" in text_of(early)
    again = form_of(early, "/extension")
    assert again.fields["later.reason"] == "Chờ hướng dẫn"
    none = again.send(lead, **{"later.due": ""})
    assert none.status_code == 422 and 'id="error-later.due"' in none.text
    for _ in range(2):
        done = again.send(lead, **{"later.due": later.isoformat()})
        assert done.headers["location"] == f"/assignments/{key}?done=asked"
    with reading(served.engine) as connection:
        [found] = extensions.of_assignment(connection, key)
    assert (found.requested_due, found.state) == (later, "requested")
    page = lead.get(f"/assignments/{key}")
    assert "Đang chờ quyết định" in text_of(page) and "/extension" not in page.text


def test_a_date_that_has_passed_is_not_extended(
    served: Served, key: str, lead: httpx.Client
) -> None:
    assert row(served).due < date(2025, 4, 16)
    assert "/extension" not in lead.get(f"/assignments/{key}").text
    form = form_of(lead.get(f"/assignments/{served.id_of(OPEN)}"), "/extension")
    form.action = form.action.replace(served.id_of(OPEN), key)
    late = form.send(lead, **{"later.due": "2025-09-01", "later.reason": "Chờ"})
    assert late.status_code == 409
