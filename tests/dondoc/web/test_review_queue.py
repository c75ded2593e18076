"""The review queue: what waits, one after the other, several at once, later dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.web import review_queue
from plans.declaration import Fixed
from plans.identity.people import GrantIn
from plans.reviewing import review
from plans.store import writing
from plans.terms import Role
from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, enter, visitor
from tests.dondoc.web.desks import LEAD, kinds, reported, row, text_of, wanted_later
from tests.dondoc.web.forms import form_of
from tests.offices import faults, furnish
from tests.plans.identity.world import acts, add_user

LATER = date(2025, 12, 1)
REFS = [f"mau/viec-{n}/so-y-te" for n in range(4)]
OTHER = "mau/viec-9/so-tai-chinh"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    due = (Fixed(type="fixed", by=LATER),)
    tasks = [build_task(f"viec-{n}", due=due) for n in range(4)]
    first, second = build_plan().groups
    groups = (
        first.model_copy(update={"tasks": tuple(tasks)}),
        second.model_copy(update={"tasks": (build_task("viec-9", lead="so-tai-chinh", due=due),)}),
    )
    furnish(sqlite_engine, plan=build_plan(groups=groups))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def office(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


def submitted(served: Served, *refs: str) -> list[str]:
    """Reports of days that follow one another; their assignments' ids."""
    found = []
    now = served.now
    for n, ref in enumerate(refs):
        served.now = now.replace(hour=1 + n)
        found.append(reported(served, ref, result=f"Kết quả {ref}"))
    served.now = now
    return found


def listed(page: httpx.Response) -> list[str]:
    return re.findall(r'<li class="waiting-one[^"]*" data-id="([^"]+)"', page.text)


def opened(page: httpx.Response) -> str:
    found = re.search(r'waiting-one is-open" data-id="([^"]+)"', page.text)
    assert found
    return found[1]


def test_nothing_waits(served: Served, office: httpx.Client) -> None:
    page = office.get("/review")
    check_page(page)
    assert "Không có báo cáo nào chờ thẩm định." in text_of(page)
    assert "Không có đề nghị gia hạn nào" in text_of(office.get("/review?what=extensions"))
    assert "Không có nội dung chờ xử lý theo bộ lọc" in text_of(office.get("/review?plan=mau"))
    english = visitor(served, "admin", language="en").get("/review")
    assert "No report waits for review." in text_of(english)


def test_what_waits_with_its_report_opened(served: Served, office: httpx.Client) -> None:
    reported(served, REFS[0], percent=30, submit=False, result="Bản đầu")
    keys = submitted(served, *REFS[:2])
    page = office.get("/review")
    check_page(page)
    assert sorted(listed(page)) == sorted(keys)
    shown = office.get(f"/review?open={keys[0]}")
    assert opened(shown) == keys[0]
    said = text_of(shown)
    assert f"Kết quả {REFS[0]}" in said and "Bản đầu" in said and "01/12/2025" in said
    assert "01/KH" in said


def test_who_may(served: Served) -> None:
    submitted(served, REFS[0])
    for role, body in (("viewer", None), ("department", LEAD)):
        assert visitor(served, role, body).get("/review").status_code == 403
    assert browser(served).get("/review").status_code == 303
    grant = GrantIn(role=Role.COORDINATOR, plans=())
    other = enter(served, add_user(served.engine, "khac@x.vn", grants=(grant,)))
    page = other.get("/review")
    assert page.status_code == 200 and listed(page) == []
    assert other.get(f"/review?open={served.id_of(REFS[0])}").status_code == 404


def test_one_accepted_the_next_one_is_open(served: Served, office: httpx.Client) -> None:
    submitted(served, *REFS[:3])
    order = listed(office.get("/review"))
    page = office.get(f"/review?open={order[0]}")
    form = form_of(page, f"/review/one/{order[0]}")
    for _ in range(2):  # pressed twice
        done = form.send(office, decision="accept")
        assert done.headers["location"] == f"/review?open={order[1]}&done=accepted"
    page = office.get(done.headers["location"])
    assert "Đã chấp nhận báo cáo" in text_of(page) and listed(page) == order[1:]
    form = form_of(page, f"/review/one/{order[1]}")
    empty = form.send(office, decision="return")
    assert empty.status_code == 422 and opened(empty) == order[1]
    assert "Đề nghị ghi lý do" in text_of(empty)
    done = form_of(empty, f"/review/one/{order[1]}").send(office, decision="return", note="Thiếu")
    assert done.headers["location"] == f"/review?open={order[2]}&done=returned"
    last = office.get(done.headers["location"])
    done = form_of(last, f"/review/one/{order[2]}").send(office, decision="accept")
    assert done.headers["location"] == "/review?done=accepted"
    assert faults(served.engine) == []


def test_a_replaced_report_is_shown_anew(served: Served, office: httpx.Client) -> None:
    [key] = submitted(served, REFS[0])
    form = form_of(office.get("/review"), f"/review/one/{key}")
    reported(served, REFS[0], result="Bản thay thế")
    stale = form.send(office, decision="accept")
    assert stale.status_code == 412 and "Bản thay thế" in stale.text
    assert kinds(served, REFS[0]).count("accepted") == 0
    assert form_of(stale, f"/review/one/{key}").send(office, decision="accept").status_code == 303


def test_what_was_reviewed_meanwhile_is_told_with_what_was_typed(
    served: Served, office: httpx.Client
) -> None:
    [key] = submitted(served, REFS[0])
    form = form_of(office.get(f"/review?open={key}"), f"/review/one/{key}")
    with writing(served.engine) as connection:
        review(connection, key, "accept", actor="user:9", now=served.now, note="Đã xem kỹ")
    page = form.send(office, decision="return", note="Thiếu số liệu cấp xã")
    assert page.status_code == 412 and row(served, key).review == "accepted"
    check_page(page)
    [told] = re.findall(
        r'role="alert" id="problems">(.*?)</div>\s*<div class="queue', page.text, re.S
    )
    for said in ("chưa được ghi nhận", "Thiếu số liệu cấp xã", "Đã xem kỹ", "Nội dung đã thay đổi"):
        assert said in told, said


def test_what_was_granted_meanwhile_is_told_with_what_was_typed(
    served: Served, office: httpx.Client
) -> None:
    wanted = wanted_later(served, REFS[0], date(2025, 12, 20))
    page = office.get("/review?what=extensions")
    form = form_of(page, wanted)
    form_of(page, wanted).send(office, **{"decide.decision": "grant"})
    late = form.send(office, **{"decide.decision": "refuse", "decide.note": "Không đủ cơ sở"})
    assert late.status_code in (409, 412) and "Không đủ cơ sở" in text_of(late)
    assert "Nội dung vừa gửi chưa được ghi nhận" in text_of(late)


def test_filters_stay_in_the_address(served: Served, office: httpx.Client) -> None:
    own, other = submitted(served, REFS[0], OTHER)
    assert sorted(listed(office.get("/review"))) == sorted([own, other])
    assert listed(office.get("/review?department=so-tai-chinh")) == [other]
    page = office.get("/review?plan=mau&group=nhom-1")
    assert listed(page) == [own] and "Nhóm 1 (1)" in text_of(page)
    done = form_of(page, f"/review/one/{own}").send(office, decision="accept")
    assert done.headers["location"] == "/review?plan=mau&group=nhom-1&done=accepted"


def test_the_list_goes_on(
    served: Served, office: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(served, *REFS)
    every = listed(office.get("/review"))
    monkeypatch.setattr(review_queue, "A_PAGE", 3)
    page = office.get("/review")
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following
    rest = office.get(following[1].replace("&amp;", "&"))
    assert [*listed(page), *listed(rest)] == every and len(every) == 4
    assert office.get("/review?cursor=no").status_code == 422


# --- several at once ------------------------------------------------------------------------------


def pick(client: httpx.Client, keys: list[str], decision: str) -> httpx.Response:
    page = client.get("/review")
    versions = dict(re.findall(r'name="pick\.([^"]+)" value="(\d+)"', page.text))
    chosen = {f"pick.{key}": versions[key] for key in keys}
    return form_of(page, "/review/several").send(client, decision=decision, **chosen)


def test_several_are_accepted_once_they_were_counted(served: Served, office: httpx.Client) -> None:
    keys = submitted(served, *REFS[:3])
    asked = pick(office, keys[:2], "accept")
    assert asked.status_code == 200 and "Chấp nhận 02 báo cáo" in text_of(asked)
    assert "accepted" not in kinds(served, REFS[0])
    form = form_of(asked, "/review/several")
    for _ in range(2):  # pressed twice: the first results again
        done = form.send(office, sure="yes")
        assert done.status_code == 200 and "Đã chấp nhận 02 báo cáo" in text_of(done)
        check_page(done)
    assert [row(served, ref).review for ref in REFS[:3]] == ["accepted", "accepted", "submitted"]
    assert faults(served.engine) == []


def test_several_are_returned_with_one_reason(served: Served, office: httpx.Client) -> None:
    keys = submitted(served, *REFS[:2])
    form = form_of(pick(office, keys, "return"), "/review/several")
    empty = form.send(office, sure="yes", note=" ")
    assert empty.status_code == 422 and "Đề nghị ghi lý do" in text_of(empty)
    number = form_of(empty, "/review/several").send(office, sure="yes", note="Gọi 0912345678")
    assert number.status_code == 422 and 'name="confirm_personal_data"' in number.text
    done = form_of(number, "/review/several").send(office, sure="yes", note="Thiếu số liệu")
    assert "Đã trả lại 02 báo cáo" in text_of(done)
    assert {row(served, ref).review for ref in REFS[:2]} == {"returned"}


def test_what_failed_of_several_stays_with_its_reason(served: Served) -> None:
    grants = (GrantIn(role=Role.COORDINATOR), GrantIn(role=Role.DEPARTMENT, department=LEAD))
    both = enter(served, add_user(served.engine, "ca-hai@x.vn", grants=grants))
    own, foreign = submitted(served, REFS[0], OTHER)
    asked = pick(both, [own, foreign], "accept")
    done = form_of(asked, "/review/several").send(both, sure="yes")
    said = text_of(done)
    assert "Đã chấp nhận 01 báo cáo" in said and "01 báo cáo giữ nguyên" in said
    assert "việc này do cán bộ khác thực hiện" in said
    assert [row(served, ref).review for ref in (REFS[0], OTHER)] == ["submitted", "accepted"]
    [line] = acts(served.engine, "POST /review/several")
    assert (line.outcome, line.subject) == ("denied", own)


def test_a_replaced_one_of_several_stays(served: Served, office: httpx.Client) -> None:
    keys = submitted(served, *REFS[:2])
    asked = pick(office, keys, "accept")
    reported(served, REFS[1], result="Bản thay thế")
    done = form_of(asked, "/review/several").send(office, sure="yes")
    assert "Nội dung đã thay đổi" in text_of(done)
    assert [row(served, ref).review for ref in REFS[:2]] == ["accepted", "submitted"]


def test_of_nothing_chosen_nothing_is_done(served: Served, office: httpx.Client) -> None:
    submitted(served, REFS[0])
    page = pick(office, [], "accept")
    assert page.status_code == 422 and "Đề nghị chọn ít nhất một báo cáo" in text_of(page)
    form = form_of(office.get("/review"), "/review/several")
    assert form.send(office, decision="accept", csrf="0" * 64).status_code == 403


# --- later dates ----------------------------------------------------------------------------------


def test_requests_for_later_dates_wait_in_their_own_list(
    served: Served, office: httpx.Client
) -> None:
    wanted = [wanted_later(served, ref, date(2025, 12, 20)) for ref in REFS[:2]]
    page = office.get("/review?what=extensions")
    check_page(page)
    keys = listed(page)
    assert sorted(keys) == sorted(served.id_of(ref) for ref in REFS[:2])
    assert "Chờ hướng dẫn" in text_of(page) and "Đề nghị gia hạn (2)" in text_of(page)
    first = opened(page)
    which = next(one for one in wanted if f"/{first}/{one}" in page.text)
    form = form_of(page, f"/review/extension/{first}/{which}")
    done = form.send(office, **{"decide.decision": "grant", "decide.due": "10/12/2025"})
    assert done.headers["location"] == "/review?what=extensions&done=granted"
    assert row(served, first).due == date(2025, 12, 10)
    page = office.get(done.headers["location"])
    assert listed(page) == keys[1:]
    form = form_of(page, wanted[1] if which == wanted[0] else wanted[0])
    empty = form.send(office, **{"decide.decision": "refuse"})
    assert empty.status_code == 422 and "Đề nghị ghi lý do" in text_of(empty)
    done = form.send(office, **{"decide.decision": "refuse", "decide.note": "Không đủ cơ sở"})
    assert done.headers["location"].endswith("done=refused")
    assert listed(office.get("/review?what=extensions")) == []


def test_a_request_of_another_assignment_is_not_there(served: Served, office: httpx.Client) -> None:
    wanted = wanted_later(served, REFS[0], date(2025, 12, 20))
    page = office.get("/review?what=extensions")
    form = form_of(page, wanted)
    form.action = form.action.replace(served.id_of(REFS[0]), served.id_of(REFS[1]))
    assert form.send(office, **{"decide.decision": "grant"}).status_code == 404
