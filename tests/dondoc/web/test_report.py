"""Reporting by a page: saved, handed in, nothing done, replaced meanwhile, a later date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.reviewing import review
from plans.store import extensions, reading, writing
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
