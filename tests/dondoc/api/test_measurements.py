"""Figures by API: many from a file, those of which there is a doubt, the registers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans.declaration.registers import Registers
from plans.store import registers, writing
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.offices import NOW, furnish

TARGETS = (
    build_target("ty-le"),
    build_target("so-vu", comparator="at_most", value=20, unit="count", sensitive=True),
    build_target("tai-chinh", owner="so-tai-chinh"),
)
FILE = (
    "Target;Period;Value;Source\nty-le;Q1 2025;120;1/BC\nty-le;2024-Q4;70.5;\ntai-chinh;2025;5;x\n"
)


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(engine, plan=build_plan(targets=TARGETS))
    yield from serve(engine, tmp_path)


def send(client: httpx.Client, raw: str, key: str = "", **query: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    files = {"file": ("so-lieu.csv", raw.encode(), "text/csv")}
    return client.post("measurements/import", files=files, params=query, headers=headers)


def test_a_file_is_tried_then_taken_and_again_adds_nothing(served: Served) -> None:
    owner = served.client("department", "so-y-te")
    tried = send(owner, FILE, dry_run=True, source="9/BC").json()
    assert (tried["new"], tried["refused"], tried["doubtful"]) == (2, 1, 1)
    taken = send(owner, FILE, key="a", source="9/BC")
    assert taken.status_code == 200, taken.text
    assert taken.json() == tried | {"dry_run": False}
    assert send(owner, FILE, key="a", source="9/BC").headers["idempotency-replayed"] == "true"
    assert send(owner, FILE + "so-vu;2025;1;x", key="a", source="9/BC").status_code == 422
    assert send(owner, FILE, source="9/BC").json()["same"] == 2
    first, second, third = tried["rows"]
    assert (first["state"], first["before"], first["value"]) == ("new", None, 120.0)
    assert [one["kind"] for one in first["doubts"]] == ["over_whole"]
    assert (third["state"], third["field"]) == ("refused", "target")
    assert second["place"] == "row 3"
    shown = owner.get("targets/ty-le").json()["measurements"]
    assert [(one["period"], one["source"], one["doubtful"]) for one in shown] == [
        ("2025-Q1", "1/BC", True),
        ("2024-Q4", "9/BC", False),
    ]
    assert (shown[0]["register"], shown[0]["measured_at"]) == (None, None)


def test_what_is_no_file_of_figures_is_refused(served: Served) -> None:
    owner = served.client("department", "so-y-te")
    answer = send(owner, "a;b\n1;2\n")
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "file"
    assert send(owner, "a;b\n" * 30_000).status_code == 413
    assert owner.post("measurements/import", json={}).status_code == 415
    assert send(served.client("viewer"), FILE).status_code == 403


def test_doubtful_figures_are_listed_and_confirmed_by_the_office_alone(served: Served) -> None:
    owner, office = served.client("department", "so-y-te"), served.client("coordinator")
    send(owner, FILE, source="9/BC")
    [one] = office.get("measurements/doubtful").json()["items"]
    assert (one["target"], one["period"], one["plan"]) == ("ty-le", "2025-Q1", "mau")
    path = f"measurements/{one['id']}/confirmation"
    assert owner.post(path).status_code == 403
    assert office.post("measurements/999999/confirmation").status_code == 404
    confirmed = office.post(path, headers={"Idempotency-Key": "b"}).json()
    assert confirmed["doubts"] == one["doubts"] and not confirmed["doubtful"]
    assert confirmed["confirmed_at"] and confirmed["confirmed_by"].startswith("token:")
    assert office.get("measurements/doubtful").json()["items"] == []
    assert office.post(path).status_code == 409


def test_of_small_counts_others_learn_only_the_kind_of_doubt(served: Served) -> None:
    owner = served.client("department", "so-y-te")
    for period, value in (("2024-Q4", 3), ("2025-Q1", 300)):
        given = {"period": period, "value": value, "source": "1/BC"}
        assert owner.post("targets/so-vu/measurements", json=given).status_code == 201
    [mine] = owner.get("measurements/doubtful").json()["items"]
    [theirs] = served.client("viewer").get("measurements/doubtful").json()["items"]
    assert mine["doubts"][0]["against"] == 3
    told = theirs["doubts"][0]
    assert told == {
        "kind": "unit",
        "text": "unit",
        "against": None,
        "period": None,
        "factor": None,
    }


def test_registers_are_shown_without_secrets(served: Served) -> None:
    declared = {
        "id": "dhis2",
        "type": "json",
        "name": {"vi": "DHIS2", "en": "DHIS2"},
        "url": "https://dhis2.example.vn/dhis?token=bimat",
        "owner": "so-y-te",
        "items": "rows",
        "targets": [{"id": "ty-le", "period": "ky", "value": "so"}],
    }
    problem = {"place": "item 3", "target": "ty-le", "reason": "this is no number"}
    with writing(served.engine) as connection:
        model = Registers.model_validate_json(json.dumps({"registers": [declared]}))
        registers.save(connection, model)
        registers.keep(connection, "dhis2", registers.Answered(problems=[problem]), NOW)
    [one] = served.client("coordinator").get("registers").json()["items"]
    assert one["url"] == "https://dhis2.example.vn/dhis"
    [target] = one["targets"]
    assert target["id"] == "ty-le" and target["title"]["vi"]
    assert one["problems"][0]["reason"] == "this is no number" and one["silence"] is None
    assert served.client("viewer").get("registers").status_code == 403
