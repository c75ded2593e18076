"""An annex sent by API comes back as a draft; nothing of it is written."""

from __future__ import annotations

from typing import Any

import pytest

from plans.store import catalogue, reading
from tests.dondoc.api.conftest import Served
from tests.dondoc.web.test_admin_drafting import annex


def test_an_annex_becomes_a_draft_that_can_be_previewed_once_it_is_settled(served: Served) -> None:
    client = served.client("admin")
    sent = client.post("plans/drafts?id=nam-nay", files={"file": ("Phụ lục.xlsx", annex())})
    assert sent.status_code == 200, sent.text
    found = sent.json()
    assert found["plan"] == "nam-nay"
    assert found["counts"]["tasks"] == {"recognised": 2, "doubtful": 0, "not_understood": 0}
    assert found["counts"]["leads"]["not_understood"] == 1
    lead = next(one for one in found["items"] if one["said"] == "Sở Không Có")
    assert (lead["kind"], lead["at"], lead["state"]) == ("leads", "Sheet!C5", "not_understood")

    headers = {"Content-Type": "application/yaml"}
    draft = found["yaml"]
    refused = client.post("plans/preview", content=draft.encode(), headers=headers)
    assert refused.status_code == 422
    assert "nobody knows yet who leads" in refused.text
    settled = draft.replace("lead:\n", "lead: so-tai-chinh\n")
    shown = client.post("plans/preview", content=settled.encode(), headers=headers)
    assert shown.status_code == 200, shown.text
    assert any("is a question still" in one["message"] for one in shown.json()["warnings"])
    with reading(served.engine) as connection:
        assert "nam-nay" not in {row.id for row in catalogue.plan_rows(connection)}


@pytest.mark.parametrize(
    ("raw", "query", "status", "said"),
    [
        (b"x", "", 415, "no Excel"),
        (annex([["a", "b"]]), "", 422, "no table of tasks was found"),
        (annex(), "?coordinator=nobody", 422, "unknown department"),
        (annex(), "?issued=1026-01-01", 422, "give a day from 2000-01-01"),
        (annex(), "?id=X", 422, "id"),
    ],
)
def test_what_cannot_be_drafted_is_refused(
    served: Served, raw: bytes, query: str, status: int, said: str
) -> None:
    answer = served.client("admin").post(f"plans/drafts{query}", files={"file": ("x.xlsx", raw)})
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_only_who_loads_plans_drafts_them(served: Served) -> None:
    for role in ("coordinator", "viewer"):
        answer = served.client(role).post("plans/drafts", files={"file": ("x.xlsx", annex())})
        assert answer.status_code == 403


def test_a_drafts_questions_are_answered_by_call(served: Served) -> None:
    client = served.client("admin")
    draft = client.post("plans/drafts", files={"file": ("x.xlsx", annex())}).json()["yaml"]
    asked = client.post("plans/drafts/answers", json={"yaml": draft})
    assert asked.status_code == 200, asked.text
    assert (asked.json()["yaml"], asked.json()["missing"]) == (draft, 1)
    lead = next(one for one in asked.json()["left"] if one["field"] == "lead")
    assert (lead["said"], lead["blocks"], lead["effect"]) == ("Sở Không Có", True, "fills")
    assert lead["choices"] == ["write"]

    key = lead["question"]
    sent: dict[str, Any] = {
        "yaml": draft,
        "answers": {key: {"value": "Sở Không Đâu"}, "no": {"accept": True}},
    }
    refused = client.post("plans/drafts/answers", json=sent).json()
    assert refused["errors"][key].startswith("no body is called 'Sở Không Đâu'")
    assert "no such question" in refused["errors"]["no"]
    assert refused["yaml"] == draft
    sent["answers"] = {key: {"value": "Sở Tài chính"}}
    done = client.post("plans/drafts/answers", json=sent).json()
    assert (done["errors"], done["settled"], done["missing"]) == ({}, 1, 0)
    assert key not in {one["question"] for one in done["left"]}
    headers = {"Content-Type": "application/yaml"}
    shown = client.post("plans/preview", content=done["yaml"].encode(), headers=headers)
    assert shown.status_code == 200


def test_answers_that_cannot_be_are_refused(served: Served) -> None:
    client = served.client("admin")
    both = {"a": {"accept": True, "value": "b"}}
    wrong: list[dict[str, Any]] = [
        {"yaml": "id: x"}, {"yaml": "x", "answers": both}, {"answers": {}}
    ]  # fmt: skip
    for sent in wrong:
        assert client.post("plans/drafts/answers", json=sent).status_code == 422
    for role in ("coordinator", "viewer"):
        other = served.client(role).post("plans/drafts/answers", json={"yaml": "id: x"})
        assert other.status_code == 403
