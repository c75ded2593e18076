"""The client against the real application over HTTP: what it reads, writes and follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations import client_base
from integrations.client import (
    Client,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    PersonalDataError,
    StaleError,
    UnauthenticatedError,
    UnreachableError,
)
from integrations.client_transport import Waits
from tests.builders import at
from tests.dondoc.api.conftest import Served, furnished, served  # noqa: F401
from tests.offices import DAY, NOW, faults, updates

REF = "mau/mot/so-y-te"
PROOF = {"number": "12/BC-SYT", "date": date(2025, 4, 1), "title": "Báo cáo kết quả"}


@pytest.fixture
def department(served: Served) -> Iterator[Client]:  # noqa: F811
    with Client(served.url, served.token("department", "so-y-te"), timeout=10) as client:
        yield client


@pytest.fixture
def office(served: Served) -> Iterator[Client]:  # noqa: F811
    with Client(f"{served.url}/api/v1/", served.token("coordinator"), timeout=10) as client:
        yield client


# --- reading -----------------------------------------------------------------------------------


def test_it_knows_who_it_is(department: Client) -> None:
    me = department.me()
    assert (me.kind, me.grants[0].role, me.grants[0].department) == (
        "token",
        "department",
        "so-y-te",
    )
    assert "report" in me.actions


def test_plans_with_their_tasks_and_figures(office: Client) -> None:
    assert [one.id for one in office.plans()] == ["mau"]
    plan = office.plan("mau")
    assert [len(group.tasks) for group in plan.groups] == [4, 2]
    figures = office.progress("mau", at=DAY)
    assert figures.at == DAY
    assert figures.groups is not None
    assert sum(group.assignments for group in figures.groups) == figures.assignments > 0
    assert {one.id for one in office.progress("mau", by="department").departments or ()}
    with pytest.raises(NotFoundError, match="khong-co"):
        office.plan("khong-co")


def test_departments(office: Client) -> None:
    found = {one.code: one for one in office.departments()}
    assert found["so-cu"].until == date(2025, 2, 28)
    assert found["so-cu"].successors == ("so-y-te",)


def test_a_list_is_read_page_by_page(
    department: Client, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [one.id for one in office.assignments()]
    monkeypatch.setattr(client_base, "PAGE", 2)
    assert [one.id for one in office.assignments()] == whole
    assert len(whole) == len(set(whole)) > 4
    mine = list(department.assignments(department="so-y-te", class_="open_overdue"))
    assert mine
    assert {one.class_ for one in mine} == {"open_overdue"}
    with pytest.raises(InvalidError) as caught:
        list(office.assignments(deparment="so-y-te"))
    assert "deparment" in caught.value.fields


# --- reporting and reviewing -------------------------------------------------------------------


def test_from_a_report_to_its_acceptance(department: Client, office: Client) -> None:
    key = next(one.id for one in department.assignments(task="mot"))
    saved = department.report(key, percent=0, result="Mới bắt đầu", obstacles="Thiếu người")
    assert (saved.percent, saved.review) == (0, "none")
    sent = department.report(
        key, percent=100, evidence=[PROOF], submit=True, if_match=saved.version
    )
    assert (sent.review, sent.submitted_on) == ("submitted", DAY)
    returned = office.review(key, "return", "Chưa rõ số liệu", if_match=sent.version)
    assert (returned.review, returned.work) == ("returned", "in_progress")
    department.report(key, percent=100, result="Đã bổ sung", evidence=[PROOF], submit=True)
    assert office.review(key, "accept").work == "done"
    assert [one.kind for one in department.ledger(key)][:2] == ["assigned", "updated"]
    with pytest.raises(ConflictError):
        office.review(key, "accept")


def test_a_nil_report(department: Client) -> None:
    key = next(one.id for one in department.assignments(task="thuong-xuyen"))
    assert department.report(key, nil_report=True).review == "submitted"


def test_what_was_seen_is_not_overwritten(department: Client) -> None:
    one = next(department.assignments(task="mot"))
    department.report(one.id, percent=10, if_match=one.version)
    with pytest.raises(StaleError) as caught:
        department.report(one.id, percent=20, if_match=one.version)
    assert (caught.value.status, caught.value.code) == (412, "precondition-failed")
    assert department.assignment(one.id).percent == 10


def test_what_is_refused_says_why(served: Served, department: Client, office: Client) -> None:  # noqa: F811
    key = served.id_of(REF)
    with pytest.raises(InvalidError) as caught:
        department.report(key, percent=101)
    assert set(caught.value.fields) == {"percent"}
    assert caught.value.request_id
    with pytest.raises(DeniedError):
        office.report(key, percent=1)
    foreign = served.token("department", "so-tai-chinh")
    with Client(served.url, foreign) as other, pytest.raises(NotFoundError):
        other.report(key, percent=1)
    with Client(served.url, "dondoc_no") as nobody, pytest.raises(UnauthenticatedError):
        nobody.me()
    assert not updates(served.engine)


def test_personal_data_is_confirmed(department: Client) -> None:
    key = next(one.id for one in department.assignments(task="mot"))
    words: dict[str, Any] = {"percent": 5, "result": "Liên hệ 0912345678"}
    with pytest.raises(PersonalDataError):
        department.report(key, **words)
    assert department.report(key, **words, confirm_personal_data=True).flagged


def test_many_reports_get_a_result_each(
    served: Served,  # noqa: F811
    department: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.client.MOST_UPDATES", 2)
    refs = [REF, "mau/khong-co/so-y-te", REF, REF, "mau/cu-di-san/so-cu"]
    items = [{"assignment": ref, "percent": n} for n, ref in enumerate(refs)]
    first = department.report_many(items, key="tuan-16")
    assert [one.index for one in first] == [0, 1, 2, 3, 4]
    assert [one.status for one in first] == [201, 404, 201, 201, 404]
    assert [one.update.percent for one in first if one.update] == [0, 2, 3]
    assert first[1].type == "/problems/not-found"
    assert department.report_many(items, key="tuan-16") == first
    assert len(updates(served.engine)) == 3


def test_a_batch_is_cut_by_its_size_too(served: Served, department: Client) -> None:  # noqa: F811
    items = [{"assignment": REF, "percent": n % 100, "result": "ă" * 9_000} for n in range(120)]
    assert all(one.taken for one in department.report_many(items))
    assert len(updates(served.engine)) == 120
    assert faults(served.engine) == []


def test_many_reviews(department: Client, office: Client) -> None:
    some = list(department.assignments(task="thuong-xuyen"))
    for one in some:
        department.report(one.id, percent=100, submit=True, evidence=[PROOF])
    items = [{"assignment": one.id, "decision": "accept", "note": ""} for one in some]
    results = office.review_many([*items, items[0]])
    assert [one.taken for one in results] == [*[True] * len(some), False]


def test_a_file_is_uploaded_and_named_as_evidence(department: Client, tmp_path: Path) -> None:
    file = tmp_path / "báo cáo.pdf"
    file.write_bytes(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    key = next(one.id for one in department.assignments(task="mot"))
    kept = department.upload(key, file)
    assert (kept.name, kept.sha256) == (
        "báo cáo.pdf",
        hashlib.sha256(file.read_bytes()).hexdigest(),
    )
    evidence = [{"file": kept.id, "kind": "report"}]
    assert department.report(key, percent=100, evidence=evidence, submit=True).review == "submitted"


# --- dates, targets, webhooks ------------------------------------------------------------------


def test_an_extension_is_asked_for_and_granted(
    served: Served,  # noqa: F811
    department: Client,
    office: Client,
) -> None:
    served.now = at(date(2025, 3, 3))
    key = served.id_of(REF)
    asked = department.request_extension(key, date(2025, 4, 30), "Chờ hướng dẫn của Bộ")
    assert [one.id for one in office.extensions(state="requested")] == [asked.id]
    granted = office.decide_extension(asked.id, "grant", due=date(2025, 4, 15))
    assert (granted.state, granted.granted_due) == ("granted", date(2025, 4, 15))
    assert department.assignment(key).due == date(2025, 4, 15)


def test_changes_between_two_moments(served: Served, department: Client, office: Client) -> None:  # noqa: F811
    department.report(served.id_of(REF), percent=30)
    served.now = NOW + timedelta(days=2)
    found = list(office.progress_changes("mau", NOW - timedelta(days=1), NOW + timedelta(days=1)))
    reported = next(one for one in found if one.ref == REF)
    assert reported.after.percent == 30
    assert "updated" in {cause.kind for cause in reported.causes}


def test_webhooks(department: Client) -> None:
    made = department.create_webhook("kho dữ liệu", "so-y-te", "https://1.1.1.1/x", ["updated"])
    assert made.secret
    assert [(one.id, one.secret) for one in department.webhooks()] == [(made.id, None)]
    department.remove_webhook(made.id)
    assert not list(department.webhooks())


# --- following ---------------------------------------------------------------------------------


def test_following_resumes_where_it_was_left(
    served: Served,  # noqa: F811
    department: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_base, "PAGE", 3)
    whole = [one.position for one in department.changes()]
    assert len(whole) == len(set(whole)) > 4
    feed = department.changes()
    first = [next(iter(feed)).position]
    again = department.changes(feed.cursor)
    assert first + [one.position for one in again] == whole
    assert not list(again)
    department.report(served.id_of(REF), percent=7)
    assert [(one.kind, one.payload["percent"]) for one in again] == [("updated", 7)]
    assert not list(department.changes("now"))


# --- an answer that was lost -------------------------------------------------------------------


class Cutting(httpx.HTTPTransport):
    """A line that breaks after the server has answered, before the client hears it."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.method == "POST":
            self.sent.append(request.headers["Idempotency-Key"])
            if self.times:
                self.times -= 1
                response.read()
                response.close()
                raise httpx.ReadError("cut")
        return response


@pytest.mark.parametrize("times", [1, 2])
def test_a_report_whose_answer_was_lost_is_filed_once(served: Served, times: int) -> None:  # noqa: F811
    key, line = served.id_of(REF), Cutting(times)
    token = served.token("department", "so-y-te")
    with Client(served.url, token, transport=line, waits=Waits(sleep=_do_not)) as one:
        update = one.report(key, percent=60, result="Một lần")
        assert one.assignment(key).version == update.version
    assert len(line.sent) == times + 1
    assert len(set(line.sent)) == 1
    assert len(updates(served.engine, REF)) == 1


def test_one_that_gave_up_can_be_repeated_by_its_key(served: Served) -> None:  # noqa: F811
    key, token = served.id_of(REF), served.token("department", "so-y-te")
    with Client(served.url, token, transport=Cutting(1), patience=0) as one:
        with pytest.raises(UnreachableError):
            one.report(key, percent=60, key="bao-cao-16")
        assert one.report(key, percent=60, key="bao-cao-16").percent == 60
    assert len(updates(served.engine, REF)) == 1


def test_a_file_whose_answer_was_lost_is_kept_once(served: Served, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "ket-qua.txt"
    file.write_text("Kết quả", encoding="utf-8")
    token, line = served.token("department", "so-y-te"), Cutting(1)
    with Client(served.url, token, transport=line, waits=Waits(sleep=_do_not)) as one:
        kept = one.upload(served.id_of(REF), file)
    shown = served.with_token(token).get(f"assignments/{served.id_of(REF)}/evidence").json()
    assert [item["id"] for item in shown["items"]] == [kept.id]


def _do_not(_seconds: float) -> None:
    """Nobody waits in a test."""
