"""Reports by API: taken, refused, repeated, and never overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.offices import faults, furnish


def test_a_department_reports_and_submits(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    saved = client.post(f"assignments/{key}/updates", json={"percent": 40, "result": "Đã làm"})
    assert saved.status_code == 201, saved.text
    assert saved.json()["review"] == "none"
    handed_in = client.post(f"assignments/{key}/updates", json={"percent": 100, "submit": True})
    assert handed_in.json() | {"percent": 100, "review": "submitted"} == handed_in.json()
    shown = client.get(f"assignments/{key}")
    assert shown.headers["etag"] == handed_in.headers["etag"] == '"4"'
    assert shown.json()["review"] == "submitted"
    assert faults(served.engine) == []


def test_a_foreign_department_does_not_see_it(served: Served) -> None:
    key = served.id_of("mau/mot/so-y-te")
    foreign = served.client("department", "so-tai-chinh")
    answer = foreign.post(f"assignments/{key}/updates", json={"percent": 1})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    office = served.client("coordinator")
    assert office.post(f"assignments/{key}/updates", json={"percent": 1}).status_code == 403


def test_nobody_is_told_to_say_who_they_are(served: Served) -> None:
    answer = served.with_token(None).get("me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert served.with_token("dondoc_" + "a" * 8 + "_" + "b" * 43).get("me").status_code == 401


def test_the_same_key_gets_the_first_answer_again(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    marked = served.key()
    first = client.post(f"assignments/{key}/updates", json={"percent": 5}, headers=marked)
    again = client.post(f"assignments/{key}/updates", json={"percent": 5}, headers=marked)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(f"assignments/{key}/updates", json={"percent": 6}, headers=marked)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert client.get(f"assignments/{key}").json()["percent"] == 5


def test_a_version_that_is_no_more_is_refused(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    seen = {"If-Match": client.get(f"assignments/{key}").headers["etag"]}
    url = f"assignments/{key}/updates"
    assert client.post(url, json={"percent": 10}, headers=seen).status_code == 201
    late = client.post(url, json={"percent": 20}, headers=seen)
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")


def test_a_batch_gives_each_item_its_own_result(served: Served) -> None:
    client = served.client("department", "so-y-te")
    items = [
        {"assignment": "mau/mot/so-y-te", "percent": 30},
        {"assignment": "mau/mot/so-y-te", "percent": 101},
        {"assignment": "mau/khong-co/so-y-te", "percent": 1},
        {"assignment": "mau/mot/so-y-te", "nil_report": True},
    ]
    answer = client.post("updates/batch", json={"items": items}, headers=served.key())
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [one["status"] for one in found["items"]] == [201, 422, 404, 201]
    assert (found["taken"], found["refused"]) == (2, 2)
    assert found["items"][1]["errors"][0]["field"] == "percent"
    assert faults(served.engine) == []


def test_lists_are_what_the_caller_may_see(served: Served) -> None:
    own = served.client("department", "so-y-te").get("assignments").json()["items"]
    assert {one["department"] for one in own} == {"so-y-te"}
    everything = served.client("admin").get("assignments", params={"limit": 500}).json()["items"]
    assert len(everything) > len(own)
    paged, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = served.client("admin").get("assignments", params=params).json()
        paged += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert [one["id"] for one in paged] == [one["id"] for one in everything]


@pytest.fixture
def demanding(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """A plan whose first task states its deliverable: a report."""
    plan = build_plan()
    first, *rest = plan.groups
    task = build_task("giao", deliverable="Báo cáo rà soát")
    group = first.model_copy(update={"tasks": (*first.tasks, task)})
    furnish(engine, plan=plan.model_copy(update={"groups": (group, *rest)}))
    yield from serve(engine, tmp_path)


def test_a_deliverable_is_submitted_with_evidence_of_its_kind(demanding: Served) -> None:
    client, key = demanding.client("department", "so-y-te"), demanding.id_of("mau/giao/so-y-te")
    url = f"assignments/{key}/updates"
    assert client.get(f"assignments/{key}").json()["evidence_needed"] == "report"
    assert client.post(url, json={"percent": 50}).status_code == 201
    for evidence in ([], [{"number": "12/KH-SYT"}]):
        refused = client.post(url, json={"percent": 100, "submit": True, "evidence": evidence})
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["field"] == "evidence"
    report = [{"number": "123/BC-SYT", "date": "2025-04-10"}]
    taken = client.post(url, json={"percent": 100, "submit": True, "evidence": report})
    assert taken.status_code == 201, taken.text
    assert client.post(url, json={"nil_report": True}).status_code == 201


def test_a_persons_number_is_confirmed_or_taken_out(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    url = f"assignments/{key}/updates"
    said = {"percent": 10, "result": "Gọi anh Nam 0912 345 678"}
    refused = client.post(url, json=said)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/personal-data")
    assert refused.json()["errors"][0]["field"] == "result"
    assert "345" not in refused.text
    taken = client.post(url, json=said | {"confirm_personal_data": True})
    assert taken.json()["flagged"] is True
    office = served.client("coordinator")
    assert [one["id"] for one in office.get("assignments?flagged=true").json()["items"]] == [key]
    assert client.post(url, json={"percent": 11}).json()["flagged"] is False


def test_what_is_saved_over_a_waiting_report_takes_it_back(served: Served) -> None:
    """Else an early report could be filled in late, and count as made early."""
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    url, office = f"assignments/{key}/updates", served.client("coordinator")
    client.post(url, json={"percent": 1, "submit": True})
    saved = client.post(url, json={"percent": 100}).json()
    assert (saved["review"], saved["submitted_on"]) == ("none", None)
    assert saved["before"] == {"version": 3, "percent": 1, "review": "submitted"}
    decided = office.post(f"assignments/{key}/review", json={"decision": "accept"})
    assert decided.status_code == 409
    assert faults(served.engine) == []


def test_a_nil_report_leaves_the_percentage(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    url = f"assignments/{key}/updates"
    client.post(url, json={"percent": 40})
    nil = client.post(url, json={"percent": 100, "nil_report": True})
    assert (nil.json()["percent"], nil.json()["review"]) == (40, "submitted")
