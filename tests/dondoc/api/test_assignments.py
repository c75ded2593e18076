"""Lists of assignments: every filter, search without accents, pages that stay whole."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.dondoc.api.conftest import Served


def refs(served: Served, **query: Any) -> list[str]:
    answer = served.client("admin").get("assignments", params={"limit": 500} | query)
    assert answer.status_code == 200, answer.text
    return [one["ref"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    "words", ["Nhiệm vụ mot", "nhiem vu MOT", "so-y-te mot", "mot kế hoạch mẫu"]
)
def test_search_ignores_accents_and_case(served: Served, words: str) -> None:
    assert refs(served, q=words) == ["mau/mot/so-y-te"]


def test_search_finds_a_lead_by_its_name(served: Served) -> None:
    found = refs(served, q="so-tai-chinh")
    assert found
    assert all("/so-tai-chinh" in ref for ref in found)
    assert refs(served, q="100%_không có") == []


def test_filters_leave_what_they_say(served: Served) -> None:
    everything = served.client("admin").get("assignments", params={"limit": 500}).json()["items"]
    day = date(2025, 3, 31)
    wanted: list[tuple[dict[str, Any], Any]] = [
        ({"department": "so-y-te"}, lambda one: one["department"] == "so-y-te"),
        ({"group": "nhom-2"}, lambda one: one["group"] == "nhom-2"),
        ({"class": "open_overdue"}, lambda one: one["class"] == "open_overdue"),
        ({"lead_status": "undecided"}, lambda one: one["lead_status"] == "undecided"),
        ({"due_before": day.isoformat()}, lambda one: one["due"] < day.isoformat()),
        ({"due_after": day.isoformat()}, lambda one: one["due"] > day.isoformat()),
        ({"class": "open_on_time", "at": "2025-01-10"}, lambda one: one["department"]),
    ]
    for query, is_wanted in wanted:
        expected = [one["ref"] for one in everything if is_wanted(one)]
        assert refs(served, **query) == expected, query
        assert 0 < len(expected) < len(everything) or "at" in query, query


def test_what_changed_since(served: Served) -> None:
    served.now += timedelta(hours=1)
    key = served.id_of("mau/mot/so-y-te")
    served.client("department", "so-y-te").post(f"assignments/{key}/updates", json={"percent": 3})
    since = (served.now - timedelta(minutes=1)).isoformat()
    assert refs(served, updated_since=since) == ["mau/mot/so-y-te"]


def test_one_by_its_ref(served: Served) -> None:
    assert refs(served, ref="mau/mot/so-y-te") == ["mau/mot/so-y-te"]
    key = served.id_of("mau/mot/so-y-te")
    assert served.client("viewer").get(f"assignments/{key}").json()["ref"] == "mau/mot/so-y-te"
