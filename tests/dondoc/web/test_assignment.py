"""One assignment's page: what it shows to whom, and what the office decides there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans.declaration import Rung
from plans.governing import suspend
from plans.reminding import remind
from plans.reviewing import review
from plans.store import extensions, reading, writing
from tests.acts import act
from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.desks import (
    LEAD,
    MOT,
    kinds,
    ledger,
    link,
    reported,
    row,
    text_of,
    wanted_later,
)
from tests.dondoc.web.forms import form_of
from tests.offices import faults, furnish
from tests.plans.identity.world import acts

OPEN = "mau/thuong-xuyen/so-y-te/2025-04"
DUE = date(2025, 4, 16)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    plan = build_plan(ladder=(Rung(days=-10), Rung(days=1), Rung(days=5, superior=True)))
    furnish(sqlite_engine, plan=plan)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def key(served: Served) -> str:
    return served.id_of(MOT)


@pytest.fixture
def office(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


# --- what is shown ------------------------------------------------------------------------------


def test_it_says_what_is_asked_in_both_languages(served: Served, key: str) -> None:
    told = served.client("admin").get(f"assignments/{key}").json()
    for language, due in (("vi", "Thời hạn"), ("en", "Due")):
        page = visitor_in(served, language).get(f"/assignments/{key}")
        assert page.status_code == 200
        check_page(page, language)
        for said in (told["title"]["vi"], told["title"]["en"], told["ref"], told["clause"]):
            assert said in page.text
        assert f"{due}" in text_of(page) and "31/03/2025" in page.text
    assert "What is asked" in text_of(page) and "in progress, overdue" in text_of(page).lower()
    assert "assumed" in text_of(page)  # the deliverable, which the plan's declaration assumes


def visitor_in(served: Served, language: str) -> httpx.Client:
    return (
        visitor(served, "viewer", language=language)
        if language == "en"
        else visitor(served, "admin")
    )


def test_a_link_shows_its_own_and_what_was_returned(served: Served, key: str) -> None:
    client = browser(served)
    page = client.get(f"{link(served)}/assignments/{key}")
    assert page.status_code == 200
    check_page(page)
    told = served.client("admin").get(f"assignments/{key}").json()
    for said in (told["title"]["vi"], told["title"]["en"], told["ref"], told["clause"]):
        assert said in page.text
    assert "31/03/2025" in page.text and "bị trả lại" not in page.text
    inside = {one for one in re.findall(r'(?:href|action)="([^"#]*)"', page.text) if "/l/" in one}
    assert all(one.startswith((link(served), "/language/")) for one in inside)
    reported(served)
    with writing(served.engine) as connection:
        note = "Thiếu <b>số liệu</b>"
        review(connection, key, "return", actor="user:9", now=served.now, note=note)
    shown = client.get(f"{link(served)}/assignments/{key}").text
    assert "Thiếu &lt;b&gt;số liệu&lt;/b&gt;" in shown and "bị trả lại" in shown


def test_what_is_not_its_own_is_not_there(served: Served, key: str) -> None:
    client = browser(served)
    foreign = f"{link(served, 'so-tai-chinh')}/assignments/{key}"
    pages = [client.get(foreign)]
    pages += [client.get(f"{link(served)}/assignments/{one}") for one in ("none", "x" * 301)]
    pages += [visitor(served, "department", "so-tai-chinh").get(f"/assignments/{key}")]
    for page in pages:
        assert page.status_code == 404
        assert "Nhiệm vụ mot" not in page.text
    [line] = acts(served.engine, "GET /l/{token}/assignments/{assignment}")
    assert (line.actor, line.outcome, line.subject) == ("link:so-tai-chinh", "denied", key)
    [line] = acts(served.engine, "GET /assignments/{assignment}")
    assert line.outcome == "denied" and line.subject == key


def test_nobody_is_asked_to_sign_in(served: Served, key: str) -> None:
    page = browser(served).get(f"/assignments/{key}", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (
        303,
        f"/sign-in?next=%2Fassignments%2F{key}",
    )


def test_the_ladder_says_what_was_sent_and_what_comes_next(
    served: Served, key: str, office: httpx.Client
) -> None:
    with writing(served.engine) as connection:
        remind(connection, date(2025, 4, 1), served.now, domain="x.vn")
    page = office.get(f"/assignments/{key}")
    said = text_of(page)
    assert "01/04/2025 sau hạn 01 ngày làm việc so-y-te Chờ gửi" in said
    # What the lead was not told of the second rung, the next run tells.
    assert "16/04/2025 sau hạn 05 ngày làm việc so-y-te kế tiếp" in said
    served.now -= timedelta(days=14)
    said = text_of(visitor(served, "admin").get(f"/assignments/{key}"))
    # Five working days later: the Day of the Hùng Kings, 07/04/2025, is none.
    assert "08/04/2025 sau hạn 05 ngày làm việc so-y-te; van-phong cấp trên kế tiếp" in said
    reported(served)
    assert "van-phong cấp trên" not in text_of(office.get(f"/assignments/{key}"))


def test_the_history_is_told_in_sentences(served: Served, key: str, office: httpx.Client) -> None:
    evidence = [{"number": "12/BC-SYT", "date": "2025-04-01", "url": "https://x.vn/a"}]
    reported(served, percent=40, result="Đang làm <i>", submit=False)
    reported(served, percent=90, evidence=evidence, obstacles="Thiếu người")
    with writing(served.engine) as connection:
        suspend(connection, key, act(day=DUE), reason="Chờ nghị định")
    said = text_of(office.get(f"/assignments/{key}"))
    for one in (
        "Giao so-y-te, thời hạn 31/03/2025.",
        "Tiến độ: 40% (trước đó 0%).",
        "Đang làm &lt;i&gt;",
        "Tiến độ: 90% (trước đó 40%).",
        "12/BC-SYT ngày 01/04/2025",
        "Thiếu người",
        "Ngày trình báo cáo: 16/04/2025.",
        "Chờ nghị định",
    ):
        assert one in said, one
    english = text_of(visitor(served, "viewer", language="en").get(f"/assignments/{key}"))
    assert "Progress: 90% (40% before)." in english and "Assigned to so-y-te (en)" in english


def test_a_persons_name_is_for_the_office_and_its_own_body(served: Served, key: str) -> None:
    lead = visitor(served, "department", LEAD)
    form_of(lead.get(f"/assignments/{key}"), "/report").send(lead, percent="30", act="save")
    shown = {
        role: text_of(visitor(served, role, body).get(f"/assignments/{key}"))
        for role, body in (("admin", None), ("viewer", None), ("department", "van-phong"))
    }
    assert "Nguyễn Văn An (so-y-te)" in shown["admin"]
    # The page of a viewer bears its own name at the top.
    assert "Nguyễn Văn An (so-y-te)" not in shown["viewer"] and "· so-y-te" in shown["viewer"]
    assert "Nguyễn Văn An (so-y-te)" in shown["department"]  # the body above it


def test_every_former_due_date_stays_visible(served: Served, office: httpx.Client) -> None:
    before = row(served, OPEN).due
    wanted = wanted_later(served, OPEN, before + timedelta(days=20))
    page = office.get(f"/assignments/{served.id_of(OPEN)}")
    done = form_of(page, wanted).send(office, **{"decide.decision": "grant"})
    assert done.status_code == 303 and done.headers["location"].endswith("done=granted")
    said = text_of(office.get(f"/assignments/{served.id_of(OPEN)}"))
    later = before + timedelta(days=20)
    assert f"{before:%d/%m/%Y} – thời hạn ban đầu" in said
    assert f"{later:%d/%m/%Y} – được gia hạn ngày" in said


# --- reviewing and deciding ---------------------------------------------------------------------


def test_a_report_is_returned_with_a_reason_and_then_accepted(
    served: Served, key: str, office: httpx.Client
) -> None:
    reported(served)
    page = office.get(f"/assignments/{key}")
    empty = form_of(page, "/review").send(office, decision="return")
    assert empty.status_code == 422 and "Đề nghị ghi lý do" in text_of(empty)
    assert kinds(served) == ["updated", "submitted"]
    done = form_of(empty, "/review").send(office, decision="return", note="Thiếu số liệu")
    assert done.headers["location"] == f"/assignments/{key}?done=returned"
    assert ledger(served)[-1].words == {"note": "Thiếu số liệu"}
    reported(served)
    accept = form_of(office.get(f"/assignments/{key}"), "/review")
    for _ in range(2):  # pressed twice
        done = accept.send(office, decision="accept")
        assert done.headers["location"] == f"/assignments/{key}?done=accepted"
    assert kinds(served)[-1] == "accepted" and kinds(served).count("accepted") == 1
    assert faults(served.engine) == []


def test_a_replaced_report_is_not_reviewed_unread(
    served: Served, key: str, office: httpx.Client
) -> None:
    reported(served, result="Bản một")
    form = form_of(office.get(f"/assignments/{key}"), "/review")
    reported(served, result="Bản hai")
    stale = form.send(office, decision="accept", note="Tốt")
    assert stale.status_code == 412
    assert "Bản hai" in stale.text and "Báo cáo đã thay đổi" in stale.text
    again = form_of(stale, "/review")
    assert again.fields["note"] == "Tốt"
    assert again.send(office, decision="accept").status_code == 303
    assert kinds(served)[-1] == "accepted"


def test_what_another_officer_reviewed_meanwhile_is_told_with_what_was_typed(
    served: Served, key: str, office: httpx.Client
) -> None:
    reported(served)
    form = form_of(office.get(f"/assignments/{key}"), "/review")
    with writing(served.engine) as connection:
        review(connection, key, "accept", actor="user:9", now=served.now, note="Đã xem kỹ")
    page = form.send(office, decision="return", note="Thiếu số liệu cấp xã")
    assert page.status_code == 412 and kinds(served)[-1] == "accepted"
    check_page(page)
    [told] = re.findall(r'role="alert" id="problems">(.*?)<h1', page.text, re.S)
    for said in ("chưa được ghi nhận", "Thiếu số liệu cấp xã", "Đã xem kỹ", "Nội dung đã thay đổi"):
        assert said in told, said


def test_what_another_officer_granted_meanwhile_is_told(
    served: Served, office: httpx.Client
) -> None:
    wanted, key = wanted_later(served, OPEN, date(2025, 6, 30)), served.id_of(OPEN)
    form = form_of(office.get(f"/assignments/{key}"), wanted)
    form_of(office.get(f"/assignments/{key}"), wanted).send(office, **{"decide.decision": "grant"})
    page = form.send(office, **{"decide.decision": "refuse", "decide.note": "Không đủ cơ sở"})
    assert page.status_code == 412 and "Không đủ cơ sở" in text_of(page)
    assert "Nội dung vừa gửi chưa được ghi nhận" in text_of(page)


def test_what_was_ordered_twice_keeps_its_words(
    served: Served, key: str, office: httpx.Client
) -> None:
    form = form_of(office.get(f"/assignments/{key}"), "/orders/suspension")
    order(office, key, "suspension", reason="Chờ nghị định")
    page = form.send(office, **{"suspension.reason": "Chờ ý kiến của Bộ"})
    assert page.status_code == 412 and "Chờ ý kiến của Bộ" in text_of(page)
    assert "Chờ nghị định" in text_of(page) and kinds(served) == ["suspended"]


def test_who_handed_it_in_is_told_that_another_officer_reviews(served: Served, key: str) -> None:
    from plans.identity.people import GrantIn
    from plans.terms import Role
    from tests.dondoc.web.browsers import enter
    from tests.plans.identity.world import add_user

    grants = (
        GrantIn(role=Role.COORDINATOR),
        GrantIn(role=Role.DEPARTMENT, department=LEAD),
    )
    both = enter(served, add_user(served.engine, "ca-hai@x.vn", grants=grants))
    reported(served)
    page = both.get(f"/assignments/{key}")
    assert "việc này do cán bộ khác thực hiện" in text_of(page)
    assert f"/assignments/{key}/review" not in page.text
    sent = form_of(visitor(served, "admin").get(f"/assignments/{key}"), "/review")
    mine = form_of(page, "/report").fields["csrf"]
    refused = sent.send(both, decision="accept", csrf=mine)
    assert refused.status_code == 403
    assert "việc này do cán bộ khác thực hiện" in text_of(refused)
    assert kinds(served) == ["updated", "submitted"]


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("department", 403)])
def test_others_do_not_review(served: Served, key: str, role: str, status: int) -> None:
    reported(served)
    other = visitor(served, role, LEAD if role == "department" else None)
    page = other.get(f"/assignments/{key}")
    assert f"/assignments/{key}/review" not in page.text and "/orders/" not in page.text
    sent = form_of(visitor(served, "admin").get(f"/assignments/{key}"), "/review")
    own = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert own
    assert sent.send(other, decision="accept", csrf=own[1]).status_code == status


def test_a_forged_form_is_refused(served: Served, key: str, office: httpx.Client) -> None:
    reported(served)
    form = form_of(office.get(f"/assignments/{key}"), "/review")
    assert form.send(office, decision="accept", csrf="0" * 64).status_code == 403
    assert form.send(office, decision="accept", csrf="").status_code == 403
    assert kinds(served) == ["updated", "submitted"]


def test_a_later_date_is_refused_with_a_reason(served: Served, office: httpx.Client) -> None:
    wanted = wanted_later(served, OPEN, date(2025, 6, 30))
    key = served.id_of(OPEN)
    form = form_of(office.get(f"/assignments/{key}"), wanted)
    assert form.fields["decide.due"] == "2025-06-30"
    empty = form.send(office, **{"decide.decision": "refuse"})
    assert empty.status_code == 422 and "Đề nghị ghi lý do" in text_of(empty)
    early = form.send(office, **{"decide.decision": "grant", "decide.due": "2025-01-02"})
    assert early.status_code == 422 and "Thời hạn mới phải sau ngày" in text_of(early)
    assert form_of(early, wanted).fields["decide.due"] == "2025-01-02"
    done = form.send(office, **{"decide.decision": "refuse", "decide.note": "Không đủ cơ sở"})
    assert done.headers["location"].endswith("done=refused")
    with reading(served.engine) as connection:
        assert extensions.row_of(connection, wanted).state == "refused"
    assert "Không đủ cơ sở" in text_of(office.get(f"/assignments/{key}"))
    other = form.send(office, **{"decide.decision": "refuse", "decide.note": "Lại"})
    assert other.status_code in (409, 412)


# --- orders ---------------------------------------------------------------------------------------


def order(client: httpx.Client, key: str, name: str, **given: str) -> httpx.Response:
    form = form_of(client.get(f"/assignments/{key}"), f"/orders/{name}")
    return form.send(client, **{f"{name}.{k}": v for k, v in given.items()})


def test_suspended_and_resumed(served: Served, key: str, office: httpx.Client) -> None:
    empty = order(office, key, "suspension")
    assert empty.status_code == 422 and "Đề nghị ghi lý do" in text_of(empty)
    given = {"document.number": "15/QĐ-UBND", "document.date": "2025-04-01"}
    done = order(office, key, "suspension", reason="Chờ nghị định", **given)
    assert done.headers["location"] == f"/assignments/{key}?done=suspension"
    page = office.get(f"/assignments/{key}")
    assert "Theo văn bản số 15/QĐ-UBND ngày 01/04/2025." in text_of(page)
    assert "Tạm dừng thực hiện" in text_of(page)
    assert order(office, key, "resumption").status_code == 303
    assert kinds(served) == ["suspended", "resumed"]


def test_what_cannot_be_undone_is_confirmed_first(
    served: Served, key: str, office: httpx.Client
) -> None:
    given = {"document.number": "15/QĐ-UBND", "document.date": "1/4/2025"}
    asked = order(office, key, "cancellation", reason="Không còn cần", **given)
    assert "15/QĐ-UBND ngày 01/04/2025" in text_of(asked)
    assert asked.status_code == 200 and "không thể thực hiện trở lại" in text_of(asked)
    assert "Không còn cần" in asked.text and kinds(served) == []
    done = form_of(asked, "/orders/cancellation").send(office, sure="yes")
    assert done.headers["location"] == f"/assignments/{key}?done=cancellation"
    assert kinds(served) == ["cancelled"] and faults(served.engine) == []


def test_what_would_be_refused_is_refused_before_it_is_asked(
    served: Served, key: str, office: httpx.Client
) -> None:
    empty = order(office, key, "reassignment", department="so-tai-chinh")
    assert empty.status_code == 422 and 'id="error-reassignment.document.number"' in empty.text
    future = {"document.number": "9/QĐ-UBND", "document.date": "2026-01-01"}
    late = order(office, key, "reassignment", department="so-tai-chinh", **future)
    assert "chưa đến" in text_of(late) and late.status_code == 422
    same = order(office, key, "reassignment", department=LEAD, **{"document.number": "9/QĐ-UBND"})
    assert same.status_code == 409 and "đang chủ trì nhiệm vụ" in text_of(same)
    assert kinds(served) == []


def test_given_to_another_body(served: Served, key: str, office: httpx.Client) -> None:
    given = {"document.number": "9/QĐ-UBND"}
    asked = order(office, key, "reassignment", department="so-tai-chinh", **given)
    assert asked.status_code == 200 and "so-tai-chinh" in asked.text
    assert form_of(asked, "/orders/reassignment").send(office, sure="yes").status_code == 303
    assert row(served, key).department == "so-tai-chinh"
    assert "so-tai-chinh chủ trì thay so-y-te" in text_of(office.get(f"/assignments/{key}"))


def test_a_mistaken_report_is_put_right(served: Served, key: str, office: httpx.Client) -> None:
    reported(served)
    with writing(served.engine) as connection:
        review(connection, key, "accept", actor="user:9", now=served.now)
    wrong = order(office, key, "correction", percent="190", reason="Nhầm")
    assert wrong.status_code == 422 and "số nguyên từ 0 đến 100" in text_of(wrong)
    asked = order(office, key, "correction", percent="50", reopen="true", reason="Nhầm")
    assert form_of(asked, "/orders/correction").send(office, sure="yes").status_code == 303
    found = row(served, key)
    assert (found.percent, found.work, found.review) == (50, "in_progress", "returned")


def test_a_lead_is_settled(served: Served, office: httpx.Client) -> None:
    undecided = "mau/cu-di-san/so-cu"
    key = served.id_of(undecided)
    page = office.get(f"/assignments/{key}")
    assert "Chưa xác định cơ quan chủ trì" in text_of(page)
    assert '<option value="so-tai-chinh">' in page.text
    # Neither a class of bodies nor one that ended can lead.
    assert 'value="cac-so"' not in page.text and 'value="so-cu"' not in page.text
    given: dict[str, Any] = {"department": "so-tai-chinh", "document.number": "9/QĐ-UBND"}
    done = order(office, key, "lead", **given)
    assert done.headers["location"] == f"/assignments/{key}?done=lead"
    found = row(served, key)
    assert (found.department, found.lead_status) == ("so-tai-chinh", "confirmed")


def test_an_unknown_order_is_not_there(served: Served, key: str, office: httpx.Client) -> None:
    form = form_of(office.get(f"/assignments/{key}"), "/orders/suspension")
    form.action = form.action.replace("suspension", "abolition")
    assert form.send(office).status_code == 404


def test_tasks_of_parts_and_supporters_are_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    plan = build_plan(
        groups=(
            build_plan()
            .groups[0]
            .model_copy(
                update={
                    "tasks": (build_task("ho-tro", supporting=("so-tai-chinh",), note="Chú ý"),)
                }
            ),
        )
    )
    furnish(sqlite_engine, plan=plan)
    for served in serve(sqlite_engine, tmp_path):
        key = served.id_of("mau/ho-tro/so-y-te")
        other = visitor(served, "department", "so-tai-chinh").get(f"/assignments/{key}")
        assert other.status_code == 200 and "Cơ quan phối hợp so-tai-chinh" in text_of(other)
        assert "Chú ý" in other.text and "/report" not in other.text
