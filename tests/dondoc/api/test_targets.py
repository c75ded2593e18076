"""Targets by API: figures by their owners, small counts for few eyes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from plans.declaration import Baseline
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish

TARGETS = (
    build_target("ty-le", baseline=Baseline(value=90), measure_every="quarter"),
    build_target("so-vu", comparator="at_most", value=20, unit="count", sensitive=True),
    build_target("khong-ai", owner="so-cu", function="di-san"),
    build_target("tai-chinh", owner="so-tai-chinh"),
)
FIGURE = {"period": "2025-Q1", "value": 70.5, "source": "12/BC-SYT"}


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """The application on a plan with targets."""
    furnish(engine, plan=build_plan(targets=TARGETS))
    yield from serve(engine, tmp_path)


def problem(answer: Any) -> tuple[int, str, list[str]]:
    body = answer.json()
    return answer.status_code, body["type"], [one["field"] for one in body["errors"]]


def test_an_owner_measures_and_corrects(served: Served) -> None:
    owner = served.client("department", "so-y-te")
    first = owner.post("targets/ty-le/measurements", json=FIGURE)
    assert first.status_code == 201, first.text
    assert first.json() | {"n": 1, "value": 70.5, "suppressed": False} == first.json()
    share = {"period": "2025-Q1", "part": 72, "whole": 100, "source": "13/BC-SYT", "note": "sửa"}
    assert owner.post("targets/ty-le/measurements", json=share).json()["n"] == 2
    shown = served.client("viewer").get("targets/ty-le").json()
    assert shown | {"kind": "number", "below_baseline": True, "course": "behind"} == shown
    assert [(one["n"], one["value"]) for one in shown["measurements"]] == [(2, 72.0)]
    every = owner.get("targets/ty-le/measurements").json()
    assert [(one["n"], one["note"]) for one in every["items"]] == [(2, "sửa"), (1, None)]
    assert every["items"][1]["by"].startswith("token:")


def test_the_same_key_measures_once(served: Served) -> None:
    owner, key = served.client("department", "so-y-te"), served.key()
    answers = [owner.post("targets/ty-le/measurements", json=FIGURE, headers=key) for _ in "ab"]
    assert [one.json()["n"] for one in answers] == [1, 1]
    assert len(owner.get("targets/ty-le/measurements").json()["items"]) == 1


@pytest.mark.parametrize(
    ("role", "department", "status"),
    [
        ("department", "so-y-te", 201),
        ("department", "van-phong", 201),
        ("department", "so-tai-chinh", 403),
        ("coordinator", None, 403),
        ("admin", None, 403),
        ("viewer", None, 403),
    ],
)
def test_only_the_owner_and_its_superior_measure(
    served: Served, role: str, department: str | None, status: int
) -> None:
    answer = served.client(role, department).post("targets/ty-le/measurements", json=FIGURE)
    assert answer.status_code == status, answer.text
    kept = served.client("viewer").get("targets/ty-le/measurements").json()["items"]
    assert len(kept) == (status == 201)


def test_an_undecided_owner_is_a_matter_for_a_person(served: Served) -> None:
    answer = served.client("department", "so-y-te").post(
        "targets/khong-ai/measurements", json=FIGURE
    )
    assert problem(answer) == (409, "/problems/conflict", [])
    assert "a person must decide" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"value": -1}, 422, "value"),
        ({"value": "70"}, 422, "value"),
        ({"value": 10**400}, 422, "value"),
        ({"value": None}, 422, "value"),
        ({"value": None, "part": -3, "whole": 2}, 422, "part"),
        ({"value": None, "part": 0, "whole": 0}, 422, "whole"),
        ({"value": None, "part": 1.5, "whole": 2}, 422, "part"),
        ({"source": ""}, 422, "source"),
        ({"source": "a\u0000b"}, 422, "source"),
        ({"note": "\ud83d"}, 422, "note"),
        ({"period": "2025-H1"}, 422, "period"),
        ({"period": "2026-Q1"}, 422, "period"),
        ({"period": "1066"}, 422, "period"),
        ({"department": "so-y-te"}, 422, "department"),
    ],
)
def test_bad_figures_name_the_field_and_leave_nothing(
    served: Served, change: dict[str, Any], status: int, field: str
) -> None:
    owner = served.client("department", "so-y-te")
    body = json.dumps(FIGURE | change)  # httpx itself would refuse half a pair of surrogates
    headers = {"Content-Type": "application/json"}
    answer = owner.post("targets/ty-le/measurements", content=body, headers=headers)
    assert problem(answer) == (status, "/problems/invalid-input", [field])
    assert owner.get("targets/ty-le/measurements").json()["items"] == []


def test_a_persons_number_has_to_be_confirmed(served: Served) -> None:
    owner, given = served.client("department", "so-y-te"), FIGURE | {"note": "ĐT 0912345678"}
    answer = owner.post("targets/ty-le/measurements", json=given)
    assert problem(answer) == (422, "/problems/personal-data", ["note"])
    confirmed = given | {"confirm_personal_data": True}
    kept = owner.post("targets/ty-le/measurements", json=confirmed)
    assert (kept.status_code, kept.json()["flagged"]) == (201, True)


def test_small_counts_are_suppressed_for_viewers_wherever_they_look(served: Served) -> None:
    owner = served.client("department", "so-y-te")
    given = {"period": "2025-Q1", "value": 3, "source": "12/BC-SYT", "note": "ba em"}
    assert owner.post("targets/so-vu/measurements", json=given).json()["value"] == 3
    for role, department, sees in (
        ("viewer", None, None),
        ("department", "so-tai-chinh", None),
        ("coordinator", None, 3),
        ("admin", None, 3),
        ("department", "so-y-te", 3),
    ):
        client = served.client(role, department)
        listed = client.get("targets", params={"plan": "mau", "history": "true"}).json()["items"]
        looks = [
            next(one for one in listed if one["id"] == "so-vu")["measurements"],
            client.get("targets/so-vu").json()["measurements"],
            client.get("targets/so-vu/measurements").json()["items"],
        ]
        assert [one[0]["value"] for one in looks] == [sees] * 3, role
        assert [one[0]["suppressed"] for one in looks] == [sees is None] * 3, role
        assert "ba em" not in client.get("targets").text or sees, role
    other = served.client("coordinator", plans=["mau"])
    assert other.get("targets/so-vu").json()["course"] == "reached"
    assert served.client("viewer").get("targets/so-vu").json()["course"] is None


def test_targets_come_in_pages_and_by_owner(served: Served) -> None:
    client = served.client("viewer")
    found, params = [], {"limit": "3"}
    for _ in range(2):
        page = client.get("targets", params=params).json()
        found += [one["id"] for one in page["items"]]
        params["cursor"] = page["next"]
    assert (found, page["next"]) == ([one.id for one in TARGETS], None)
    mine = client.get("targets", params={"department": "so-tai-chinh"}).json()["items"]
    assert [one["id"] for one in mine] == ["tai-chinh"]
    assert client.get("targets", params={"cursor": "x"}).status_code == 422
    assert client.get("targets", params={"colour": "red"}).status_code == 422


def test_measurements_come_in_pages(served: Served) -> None:
    owner = served.client("department", "so-y-te")
    for _ in range(3):
        owner.post("targets/ty-le/measurements", json=FIGURE)
    first = owner.get("targets/ty-le/measurements", params={"limit": 2}).json()
    rest = {"limit": 2, "cursor": first["next"]}
    last = owner.get("targets/ty-le/measurements", params=rest).json()
    assert [one["n"] for one in first["items"] + last["items"]] == [3, 2, 1]
    assert last["next"] is None


@pytest.mark.parametrize("path", ["nothing", "nothing/measurements", "%00", "mau%2Fty-le"])
def test_an_unknown_target_is_not_found(served: Served, path: str) -> None:
    assert served.client("viewer").get(f"targets/{path}").status_code == 404


def test_an_unknown_plan_or_department_is_not_found(served: Served) -> None:
    client = served.client("viewer")
    assert client.get("targets", params={"plan": "nothing"}).status_code == 404
    assert client.get("targets", params={"department": "nothing"}).status_code == 404
    assert client.get("targets", params={"plan": "a\x00"}).status_code == 422
    posted = served.client("department", "so-y-te").post("targets/x/measurements", json=FIGURE)
    assert posted.status_code == 404


def test_owners_who_measure_at_once_are_both_kept(served: Served) -> None:
    tokens = [served.token("department", code) for code in ("so-y-te", "van-phong")]
    clients = [served.with_token(token) for token in tokens * 4]

    def go(client: Any) -> int:
        answer = client.post("targets/ty-le/measurements", json=FIGURE)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["n"])

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sorted(pool.map(go, clients)) == list(range(1, len(clients) + 1))
