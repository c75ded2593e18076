"""Plans by API: read in every version, previewed, loaded by an administrator alone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from plans.declaration import BasisDocument, Plan
from plans.showing import shown_plan
from plans.store import audit, reading
from plans.store.schema_base import metadata
from tests.builders import build_plan
from tests.dondoc.api.conftest import Served
from tests.offices import faults
from tests.plans.store.test_amending import amended

YAML = {"Content-Type": "application/yaml"}
LATER = timedelta(minutes=5)


def text_of(plan: Plan) -> str:
    """A plan's file: JSON is YAML too."""
    return json.dumps(plan.model_dump(mode="json"), ensure_ascii=False, indent=1)


def new_version() -> Plan:
    decree = BasisDocument(title="Kế hoạch sửa đổi", number="12/KH-UBND")
    return amended(build_plan(amendments=(decree,)), "mot", lead="so-tai-chinh")


def sizes(served: Served) -> dict[str, int]:
    with reading(served.engine) as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
            if name not in ("audit", "tokens")
        }


def test_plans_are_listed_and_shown(served: Served) -> None:
    client = served.client("viewer")
    [row] = client.get("plans").json()["items"]
    assert (row["id"], row["title"]["vi"], row["version"]) == ("mau", "Kế hoạch mẫu", 1)
    shown = client.get("plans/mau").json()
    assert shown | shown_plan(build_plan()) == shown
    assert [len(group["tasks"]) for group in shown["groups"]] == [4, 2]
    assert client.get("plans/la").status_code == 404
    assert client.get("plans/mau", params={"version": 2}).status_code == 404
    assert client.get("plans/mau", params={"versoin": 1}).status_code == 422


def test_what_a_client_has_already_is_not_sent_again(served: Served) -> None:
    client = served.client("viewer")
    first = client.get("plans/mau")
    again = client.get("plans/mau", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-cache"
    other = client.get("plans/mau", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_preview_says_what_loading_then_does(served: Served) -> None:
    client, raw = served.client("admin"), text_of(new_version())
    before = sizes(served)
    preview = client.post("plans/preview", content=raw.encode(), headers=YAML)
    assert preview.status_code == 200, preview.text
    assert sizes(served) == before
    assert preview.json()["assignments"]["reassigned"] == 1
    assert preview.json()["basis"] == "12/KH-UBND"
    [effect] = preview.json()["effects"]
    assert (effect["kind"], effect["ref"]) == ("reassigned", "mau/mot/so-y-te")
    assert (effect["from"], effect["to"]) == ("so-y-te", "so-tai-chinh")
    served.now += LATER
    loaded = client.post("plans", json={"declaration": raw}, headers=served.key())
    assert loaded.status_code == 201
    assert loaded.json() == preview.json()
    assert client.get("assignments/" + effect["assignment"]).json()["department"] == "so-tai-chinh"
    assert faults(served.engine) == []


def test_every_version_stays_readable(served: Served) -> None:
    client, earlier = served.client("admin"), served.now
    first = client.get("plans/mau", params={"version": 1})
    served.now += LATER
    client.post("plans", content=text_of(new_version()).encode(), headers=YAML)
    again = client.get("plans/mau", params={"version": 1})
    assert again.content == first.content
    newest, oldest = client.get("plans/mau/versions").json()["items"]
    assert (newest["version"], newest["changed"], newest["basis"]) == (2, ["mot"], "12/KH-UBND")
    assert oldest["version"] == 1
    page = client.get("plans/mau/versions", params={"limit": 1}).json()
    rest = client.get("plans/mau/versions", params={"cursor": page["next"]}).json()
    assert [one["version"] for one in page["items"] + rest["items"]] == [2, 1]
    assert earlier < served.now


def test_loading_is_audited_and_repeats_change_nothing(served: Served) -> None:
    client, raw = served.client("admin"), text_of(new_version()).encode()
    served.now += LATER
    headers = YAML | served.key()
    first = client.post("plans", content=raw, headers=headers)
    again = client.post("plans", content=raw, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = client.post("plans", content=text_of(build_plan()).encode(), headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    same = client.post("plans", content=raw, headers=YAML)
    assert (same.json()["version"], same.json()["effects"]) == (None, [])
    with reading(served.engine) as connection:
        lines = [one for one in audit.lines(connection) if one.act == "plan-loaded"]
    assert [(one.subject, one.detail["version"]) for one in lines] == [("mau", 2)]


@pytest.mark.parametrize("role", ["viewer", "coordinator", "department"])
def test_nobody_else_loads(served: Served, role: str) -> None:
    client = served.client(role, "so-y-te" if role == "department" else None)
    for path in ("plans", "plans/preview"):
        answer = client.post(path, content=text_of(new_version()).encode(), headers=YAML)
        assert answer.status_code == 403


def test_every_mistake_is_told_with_its_place_and_a_remedy(served: Served) -> None:
    raw = text_of(new_version()).replace('"lead": "so-tai-chinh"', '"lead": "so-tai-chnh"', 1)
    for path in ("plans", "plans/preview"):
        answer = served.client("admin").post(path, content=raw.encode(), headers=YAML)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-catalogue")
        [wrong] = [one for one in answer.json()["errors"] if one["severity"] == "error"]
        line = raw.splitlines()[wrong["line"] - 1]
        assert line[wrong["column"] - 1 :].startswith('"so-tai-chnh"')
        assert "did you mean 'so-tai-chinh'" in wrong["remedy"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/yaml", 422),
        (b"a: [", "application/yaml", 422),
        (b"\xff\xfe", "text/yaml", 422),
        (b"{}", "application/json", 422),
        (b"[", "application/json", 422),
        (b'{"declaration": "\\ud800"}', "application/json", 422),
        (b'{"declaration": "x", "more": 1}', "application/json", 422),
        (b"id: mau", "application/xml", 415),
        (b"&a [*a]", "application/yaml", 422),
    ],
)
def test_what_is_no_declaration_is_refused(
    served: Served, content: bytes, kind: str, status: int
) -> None:
    before = sizes(served)
    answer = served.client("admin").post("plans", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert sizes(served) == before
