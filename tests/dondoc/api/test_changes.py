"""``GET /changes``: from the beginning to the end, resumed, within sight, and never a name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dondoc.api.conftest import Served
from tests.hooks import report


def follow(client: httpx.Client, **query: Any) -> Any:
    answer = client.get("changes", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_from_the_beginning_to_the_end_and_on(served: Served) -> None:
    client = served.client("admin")
    report(served.engine, 10)
    seen: list[Any] = []
    after: dict[str, str] = {}
    more = True
    while more:
        page = follow(client, limit=3, **after)
        seen += page["items"]
        after, more = {"after": page["next"]}, page["more"]
    assert [one["position"] for one in seen] == list(range(1, len(seen) + 1))
    assert {"assigned", "updated"} <= {one["kind"] for one in seen}
    again = follow(client, **after)
    assert again == {"items": [], "next": after["after"], "more": False}
    report(served.engine, 20)
    [new] = follow(client, **after)["items"]
    assert new["payload"]["percent"] == 20
    assert (new["ref"], new["plan"], new["n"]) == ("mau/mot/so-y-te", "mau", 3)
    assert set(new) == {
        *("position", "assignment", "ref", "plan", "n", "kind", "actor"),
        *("occurred_at", "recorded_at", "payload", "words"),
    }


def test_now_gives_the_end(served: Served) -> None:
    client = served.client("viewer")
    follow(client)
    end = follow(client, after="now")
    assert (end["items"], end["more"]) == ([], False)
    report(served.engine, 10)
    assert len(follow(client, after=end["next"])["items"]) == 1


def test_a_department_sees_its_own(served: Served) -> None:
    everything = follow(served.client("admin"), limit=500)
    mine = follow(served.client("department", "so-y-te"), limit=500)
    assert mine["next"] == everything["next"]
    assert mine["items"]
    assert all(one in everything["items"] for one in mine["items"])
    assert len(mine["items"]) < len(everything["items"])


def test_kinds_and_plan(served: Served) -> None:
    client = served.client("admin")
    report(served.engine, 10)
    answer = client.get("changes?kinds=updated&kinds=submitted&plan=mau")
    assert [one["kind"] for one in answer.json()["items"]] == ["updated"]
    assert follow(client, plan="khac")["items"] == []


def test_what_people_reported_is_told_with_a_code_for_who_did(served: Served) -> None:
    key = served.id_of("mau/mot/so-y-te")
    department = served.client("department", "so-y-te")
    said = {"percent": 40, "result": "Đã làm"}
    assert department.post(f"assignments/{key}/updates", json=said).status_code == 201
    [change] = department.get("changes?kinds=updated").json()["items"]
    assert change["words"]["result"] == "Đã làm"
    assert change["actor"].startswith("token:")
    assert "of a test" not in str(change)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=x", "after"),
        ("after=-1", "after"),
        ("after=999999", "after"),
        ("after=" + "9" * 18, "after"),
        ("after=" + "9" * 30, "after"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("kinds=odd", "kinds"),
        ("plan=%00", "plan"),
        ("odd=1", "odd"),
    ],
)
def test_bad_questions_name_the_field(served: Served, query: str, field: str) -> None:
    answer = served.client("viewer").get(f"changes?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split(".")[0] == field


def test_who_may_not_follow(served: Served) -> None:
    assert served.with_token(None).get("changes").status_code == 401
    assert served.client("admin", scopes=["manage"]).get("changes").status_code == 403
