"""Figures by API: now, on a day, as of a past moment, and two moments compared."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plans.store import writing
from plans.store.schema import assignments
from tests.builders import build_plan
from tests.dondoc.api.conftest import Served
from tests.offices import NOW
from tests.plans.store.test_past import record_much

CLASSES = ("done_on_time", "done_late", "open_on_time", "open_overdue")
AS_OF = (NOW + timedelta(minutes=1)).isoformat()


def sums_of(parts: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one["classes"][name] for one in parts) for name in CLASSES}


@pytest.mark.parametrize("when", [{}, {"as_of": NOW.isoformat()}, {"at": "2025-12-31"}])
def test_parts_add_up_to_the_plan(served: Served, when: dict[str, str]) -> None:
    client = served.client("viewer")
    plan = client.get("plans/mau/progress", params=when).json()
    by = client.get("plans/mau/progress", params=when | {"by": "department"}).json()
    assert plan["assignments"] == sum(plan["classes"].values()) > 0
    assert sums_of(plan["groups"]) == sums_of(by["departments"]) == plan["classes"]
    assert (plan["departments"], by["groups"]) == (None, None)
    assert set(plan["original"]) == {"on_time_rate", "classes"}
    assert plan["title"]["en"] == "Kế hoạch mẫu (en)"
    for one in by["departments"]:
        own = client.get(f"departments/{one['id']}/progress", params=when).json()
        assert {name: own[name] for name in one} == one


@pytest.mark.parametrize("when", [{}, {"at": "2025-12-31"}])
def test_the_nation_is_the_sum_of_its_provinces_and_of_all_plans(
    served: Served, when: dict[str, str]
) -> None:
    client = served.client("viewer")
    nation = client.get("progress", params=when).json()
    plans = [client.get(f"plans/{one}/progress", params=when).json() for one in ("mau",)]
    assert nation["assignments"] == sum(nation["classes"].values()) > 0
    assert sums_of(nation["territories"]) == sums_of(plans) == nation["classes"]
    assert [one["id"] for one in nation["territories"]] == [""]  # the sample names no province


def test_the_past_is_told_byte_by_byte_the_same(served: Served) -> None:
    client = served.client("viewer")
    served.now = NOW + timedelta(hours=1)
    paths = [
        f"{path}?{query}"
        for path in ("plans/mau/progress", "departments/so-y-te/progress")
        for query in (f"as_of={AS_OF}", f"as_of={AS_OF}&at=2025-12-31")
    ]
    paths = [path.replace("+", "%2B") for path in paths]
    paths.append(paths[0] + "&by=department")
    before = [client.get(path) for path in paths]
    assert {one.status_code for one in before} == {200}
    record_much(served.engine, NOW + timedelta(days=1))
    served.now = NOW + timedelta(days=9)
    after = [client.get(path) for path in paths]
    assert [one.content for one in after] == [one.content for one in before]
    assert before[0].json()["at"] == NOW.date().isoformat()
    assert client.get("plans/mau/progress").json()["title"]["vi"] == "Tên mới"


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "plan"},
        {"at": "1066-10-14"},
        {"at": "tomorrow"},
        {"as_of": "2025-04-16"},
        {"as_of": "2025-04-16T09:00:00"},
        {"as_of": "2999-01-01T00:00:00+07:00"},
        {"asof": AS_OF},
    ],
)
def test_what_cannot_be_asked_is_refused(served: Served, wrong: dict[str, str]) -> None:
    answer = served.client("viewer").get("plans/mau/progress", params=wrong)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [next(iter(wrong))]


def test_unknown_plans_and_departments_are_not_there(served: Served) -> None:
    client = served.client("viewer")
    for path in ("plans/la/progress", "departments/la/progress", "departments/la"):
        assert client.get(path).status_code == 404


def between(served: Served) -> dict[str, str]:
    """Much is recorded between two moments."""
    record_much(served.engine, NOW + timedelta(days=1))
    served.now = NOW + timedelta(days=9)
    return {"from": AS_OF, "to": (NOW + timedelta(days=8)).isoformat()}


def test_changes_add_up_and_say_why(served: Served) -> None:
    client, moments = served.client("viewer"), between(served)
    found = client.get("plans/mau/progress/changes", params=moments)
    assert found.status_code == 200, found.text
    told = found.json()
    was, now = (told[end]["figures"]["classes"] for end in ("from", "to"))
    for name in CLASSES:
        entered = sum(one["after"]["class"] == name for one in told["items"])
        left = sum((one["before"] or {}).get("class") == name for one in told["items"])
        assert now[name] - was[name] == entered - left
    assert told["hidden"] == 0
    assert all(one["causes"] for one in told["items"])
    task = next(one for one in told["items"] if one["task"] == "mot")
    causes = {one["kind"]: one for one in task["causes"]}
    assert causes["reassigned"]["basis"] == "9/QĐ"
    assert causes["reassigned"]["actor"] == "user:1"
    ends = [
        client.get("plans/mau/progress", params={"as_of": moments[end]}).json()
        for end in ("from", "to")
    ]
    for end, progress in zip(("from", "to"), ends, strict=True):
        figures = told[end]["figures"]
        assert {name: progress[name] for name in figures} == figures


def test_changes_come_in_pages(served: Served) -> None:
    client, moments = served.client("viewer"), between(served)
    path = "plans/mau/progress/changes"
    every = [one["id"] for one in client.get(path, params=moments).json()["items"]]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params=moments | {"limit": "2"} | cursor).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == every
    assert len(every) > 2


def test_a_department_sees_singly_only_what_concerns_it(served: Served) -> None:
    moments = between(served)
    path = "plans/mau/progress/changes"
    every = served.client("viewer").get(path, params=moments).json()
    own = served.client("department", "so-tai-chinh").get(path, params=moments).json()
    assert own["to"] == every["to"]
    assert 0 < len(own["items"]) < len(every["items"])
    assert own["hidden"] == len(every["items"]) - len(own["items"])


def test_two_moments_in_the_wrong_order_or_to_come_are_refused(served: Served) -> None:
    client, later = served.client("viewer"), (NOW + timedelta(days=1)).isoformat()
    path = "plans/mau/progress/changes"
    early = (NOW - timedelta(days=1)).isoformat()
    for moments in ({"from": NOW.isoformat(), "to": early}, {"from": early, "to": later}):
        answer = client.get(path, params=moments)
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == ["to"]
    assert client.get(path, params={"from": early}).status_code == 422


def test_departments_are_listed_with_contacts_for_offices_only(served: Served) -> None:
    office, viewer = served.client("coordinator"), served.client("viewer")
    codes: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = office.get("departments", params={"limit": "2"} | cursor).json()
        codes += [one["code"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert codes == sorted(codes)
    assert {"so-y-te", "so-cu", "cac-so"} <= set(codes)
    shown = office.get("departments/so-y-te").json()
    assert [(one["email"], one["bounced"]) for one in shown["contacts"]] == [("syt@x.vn", False)]
    assert viewer.get("departments/so-y-te").json()["contacts"] is None
    ended = viewer.get("departments/so-cu").json()
    assert (ended["until"], ended["successors"]) == (date(2025, 2, 28).isoformat(), ["so-y-te"])
    assert viewer.get("departments/cac-so").json()["is_class"] is True
    assert build_plan().coordinator in codes


def test_a_writer_that_waited_for_its_turn_changes_no_figure_of_before(served: Served) -> None:
    """A review that came before the moment, but was recorded after it, counts from then on."""
    key = served.id_of("mau/mot/so-y-te")
    url = f"assignments/{key}/updates"
    served.client("department", "so-y-te").post(url, json={"percent": 100, "submit": True})
    office, reader = served.client("coordinator"), served.client("viewer")
    start = served.now
    asked = {"as_of": (start + timedelta(seconds=30)).isoformat()}
    with ThreadPoolExecutor(2) as pool:
        with writing(served.engine) as connection:
            connection.execute(
                select(assignments.c.id).where(assignments.c.id == key).with_for_update()
            )
            reviewed = pool.submit(
                office.post, f"assignments/{key}/review", json={"decision": "accept"}
            )
            time.sleep(0.3)  # it has begun, and waits
            served.now = start + timedelta(minutes=1)
            first = pool.submit(reader.get, "plans/mau/progress", params=asked)
            time.sleep(0.3)
        assert reviewed.result(60).status_code == 200
        again = reader.get("plans/mau/progress", params=asked)
    assert first.result(60).json() == again.json()
