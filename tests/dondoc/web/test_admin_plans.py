"""Loading plans by page: errors with their places, what would change, and then exactly that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans import verifying
from plans.declaration import BasisDocument, Fixed, Plan
from plans.loading import load_catalogue, versions_of
from plans.proposing import read_proposal
from plans.store import feeds, reading, writing
from plans.store.assignments import row_of
from tests.builders import build_plan, build_task, build_title
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.dondoc.web.forms import Form, form_of, forms_of
from tests.offices import DAY, assignment, faults, furnish
from tests.plans.identity.world import acts


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)
    assert faults(sqlite_engine) == []


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def amended(due: date = date(2025, 6, 30), title: str = "Kế hoạch mẫu") -> Plan:
    """The sample with the first task due later, by a document."""
    plan = build_plan(title=build_title(title))
    first, *rest = plan.groups[0].tasks
    later = first.model_copy(update={"due": (Fixed(type="fixed", by=due),)})
    group = plan.groups[0].model_copy(update={"tasks": (later, *rest)})
    document = BasisDocument(title="Quyết định", number="9/QĐ", issued=date(2025, 4, 1))
    return plan.model_copy(update={"groups": (group, plan.groups[1]), "amendments": (document,)})


def another() -> Plan:
    groups = build_plan().groups[:1]
    group = groups[0].model_copy(update={"id": "nhom-khac", "tasks": (build_task("khac"),)})
    return build_plan(id="khac-ke", number="02/KH", groups=(group,))


def text(plan: Plan) -> str:
    return plan.model_dump_json(indent=1, exclude_defaults=True)


def preview(client: httpx.Client, *plans: Any) -> httpx.Response:
    """Send plans as files, as a browser does."""
    form = form_of(client.get("/admin/plans"), "/admin/plans/preview")
    raws = [one if isinstance(one, bytes) else text(one).encode() for one in plans]
    files = [("files", (f"ke-{n}.yaml", raw, "text/yaml")) for n, raw in enumerate(raws)]
    data = {"csrf": form.fields["csrf"], "once": form.fields["once"], "pasted": ""}
    return client.post("/admin/plans/preview", data=data, files=files)


def loading_of(page: httpx.Response) -> Form:
    return form_of(page, "/admin/plans/load")


def as_file_form(client: httpx.Client, form: Form, **given: str) -> httpx.Response:
    """Send as multipart, with lines ended as browsers end them."""
    fields = {k: v.replace("\n", "\r\n") for k, v in (form.fields | given).items()}
    return client.post(form.action, files={k: (None, v) for k, v in fields.items()})


def version(served: Served, plan: str = "mau") -> int:
    with reading(served.engine) as connection:
        return versions_of(connection, plan)[0].version


def test_what_is_shown_is_what_is_loaded(served: Served, admin: httpx.Client) -> None:
    page = preview(admin, amended())
    check_page(page)
    assert page.status_code == 200 and version(served) == 1
    assert "9/QĐ ngày 01/04/2025" in page.text
    assert "mau/mot/so-y-te" in page.text
    assert "31/03/2025" in page.text and "30/06/2025" in page.text
    answer = as_file_form(admin, loading_of(page))
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/plans/mau?done=loaded")
    assert version(served) == 2
    assert assignment(served.engine, "mau/mot/so-y-te").due == date(2025, 6, 30)
    done = admin.get(answer.headers["location"]).text
    assert "Đã nạp phiên bản 2" in done and "9/QĐ" in done and "Nhiệm vụ mot" in done
    (line,) = acts(served.engine, "plan-loaded")
    assert line.actor.startswith("user:") and line.detail["version"] == 2


def test_pressed_twice_it_is_loaded_once(served: Served, admin: httpx.Client) -> None:
    form = loading_of(preview(admin, amended()))
    first, again = as_file_form(admin, form), as_file_form(admin, form)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert version(served) == 2 and len(acts(served.engine, "plan-loaded")) == 1


def test_every_error_has_its_place(served: Served, admin: httpx.Client) -> None:
    raw = text(amended()).replace('"van-phong"', '"van-phonh"').replace("2025-06-30", "30.06.2025")
    page = preview(admin, raw.encode(), b"id: x\nid: y\n")
    assert page.status_code == 422
    lines = raw.splitlines()
    line = next(n for n, said in enumerate(lines, 1) if "30.06.2025" in said)
    assert f"ke-0.yaml:{line}:" in page.text and "2025-06-30" in page.text
    assert "ke-1.yaml:2:1" in page.text and "Khóa “id” bị lặp" in page.text
    assert version(served) == 1
    assert "lỗi: chưa nạp nội dung nào" in page.text
    assert "“30.06.2025” không phải là ngày" in page.text and "Ghi 2025-06-30" in page.text
    assert 'lang="en"' not in page.text.split("<main")[1]


def test_a_pasted_text_is_kept_where_it_is_wrong(served: Served, admin: httpx.Client) -> None:
    form = form_of(admin.get("/admin/plans"), "/admin/plans/preview")
    page = form.send(admin, pasted="id: <b>\n")
    assert page.status_code == 422 and "nội dung dán:1:" in page.text
    kept = form_of(page, "/admin/plans/preview").fields["pasted"]
    assert kept.strip() == "id: <b>" and "<b>\n" not in page.text
    nothing = form.send(admin, pasted=" ")
    assert nothing.status_code == 422 and "Đề nghị chọn tệp" in nothing.text


def test_several_plans_at_once_or_none(served: Served, admin: httpx.Client) -> None:
    page = preview(admin, amended(), another())
    assert "kế hoạch mới" in page.text
    answer = as_file_form(admin, loading_of(page))
    assert answer.headers["location"] == "/admin/plans?done=loaded"
    assert version(served) == 2 and version(served, "khac-ke") == 1
    # Both declare the task "khac" now: neither is taken.
    twin = another().model_copy(update={"id": "ba", "number": "03/KH"})
    refused = preview(admin, twin, amended(date(2025, 7, 31)))
    assert refused.status_code == 422 and version(served) == 2


def test_what_has_changed_meanwhile_is_shown_anew(served: Served, admin: httpx.Client) -> None:
    form = loading_of(preview(admin, amended()))
    with writing(served.engine) as connection:
        found, _ = read_proposal(connection, text(amended(date(2025, 5, 30))).encode())
        load_catalogue(connection, found, served.now)
    page = as_file_form(admin, form)
    assert page.status_code == 412 and version(served) == 2
    assert "khác nội dung vừa xem" in page.text
    assert as_file_form(admin, loading_of(page)).status_code == 303
    assert version(served) == 3


def test_another_text_than_the_one_shown_is_not_loaded(served: Served, admin: httpx.Client) -> None:
    form = loading_of(preview(admin, amended()))
    page = as_file_form(admin, form, **{"text-1": text(amended(date(2025, 12, 31)))})
    assert page.status_code == 412 and version(served) == 1
    assert assignment(served.engine, "mau/mot/so-y-te").due == date(2025, 3, 31)


def test_the_same_declaration_changes_nothing(served: Served, admin: httpx.Client) -> None:
    page = preview(admin, build_plan())
    assert page.status_code == 200 and "không có thay đổi" in page.text
    assert not [one for one in forms_of(page) if one.action.endswith("/load")]


def test_more_than_the_limit_is_not_taken(served: Served, admin: httpx.Client) -> None:
    assert preview(admin, b"#" * 1_100_000).status_code == 413


def test_doubts_and_bases_are_told_in_vietnamese(served: Served, admin: httpx.Client) -> None:
    page = preview(admin, amended(date(2026, 12, 31)).model_copy(update={"ends": DAY}))
    doubts = page.text.split('id="doubts"')[1].split("</section>")[0]
    assert "Thời hạn 31/12/2026, sau ngày kết thúc kế hoạch 16/04/2025" in doubts
    assert "Kiểm tra “due” và “ends” của kế hoạch" in doubts and 'lang="en"' not in doubts
    as_file_form(admin, loading_of(page))
    key = assignment(served.engine, "mau/mot/so-y-te").id
    assert "Theo văn bản 9/QĐ ngày 01/04/2025." in admin.get(f"/assignments/{key}").text


def test_what_the_check_finds_is_told(served: Served, admin: httpx.Client) -> None:
    found = ("mau/mot: entries are missing at the end of the chain", "the moon is too full")
    with writing(served.engine) as connection:
        run = verifying.begin(connection, served.now, "office:cli")
        verifying.finish(connection, run, verifying.Report(2, found), served.now)
    page = admin.get("/admin/ledger").text
    assert "<li>mau/mot: thiếu sự kiện ở cuối chuỗi</li>" in page
    assert '<li><span lang="en">the moon is too full</span></li>' in page


def test_a_feeds_patience_is_a_plain_number(served: Served, admin: httpx.Client) -> None:
    assert "<dd>2 giây</dd>" in admin.get("/gathering/so-y-te").text
    with writing(served.engine) as connection:
        feeds.save_feed(connection, "so-y-te", "http://none.invalid/", 2.5)
    assert "<dd>2,5 giây</dd>" in admin.get("/gathering/so-y-te").text


# --- leads ----------------------------------------------------------------------------------------


def doubtful(served: Served) -> Any:
    return assignment(served.engine, "mau/cu-y-te/so-cu")


def test_successors_are_confirmed_together(served: Served, admin: httpx.Client) -> None:
    assert doubtful(served).lead_status == "unconfirmed"
    page = admin.get("/admin/leads/confirm")
    assert "Sẽ xác nhận 01 nhiệm vụ" in page.text
    form = next(one for one in forms_of(page) if one.method == "post" and "seal" in one.fields)
    wrong = form.send(admin, basis=" ")
    assert wrong.status_code == 422 and doubtful(served).lead_status == "unconfirmed"
    answer = form.send(admin, basis="15/QĐ-UBND")
    assert answer.status_code == 303, answer.text
    assert doubtful(served).lead_status == "confirmed"
    assert form.send(admin, basis="15/QĐ-UBND").headers["location"] == answer.headers["location"]
    other = form.send(admin, basis="16/QĐ-UBND")
    assert other.status_code == 412 and "khác với danh sách vừa xem" in other.text


def test_who_leads_is_decided_by_a_document(served: Served, admin: httpx.Client) -> None:
    key = assignment(served.engine, "mau/cu-di-san/so-cu").id
    listed = admin.get("/admin/leads").text
    assert f"/admin/leads/{key}" in listed
    told = "kết thúc hoạt động ngày 28/02/2025"
    for text in (listed, admin.get(f"/admin/leads/{key}").text):
        assert told in text and 'lang="en"' not in text.split("<main")[1]
    form = form_of(admin.get(f"/admin/leads/{key}"), f"/admin/leads/{key}")
    wrong = form.send(admin, department="không có", basis="1/QĐ")
    assert wrong.status_code == 422 and 'value="không có"' in wrong.text and "1/QĐ" in wrong.text
    answer = form.send(admin, department="SO-TAI-CHINH", basis="1/QĐ")
    assert answer.status_code == 303, answer.text
    with reading(served.engine) as connection:
        row = row_of(connection, key)
    assert (row.department, row.lead_status) == ("so-tai-chinh", "confirmed")
