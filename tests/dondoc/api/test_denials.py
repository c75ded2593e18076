"""What is denied is in the audit log: calls, items of batches, and secrets that are not good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans.store import audit, reading
from tests.builders import build_plan, build_task
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish

WRONG = "dondoc_" + "a" * 8 + "_" + "b" * 43


def denied(served: Served) -> list[Any]:
    """The denied lines, the oldest first."""
    with reading(served.engine) as connection:
        found = audit.lines(connection, wanted=audit.Wanted(outcome=audit.DENIED))
    return found[::-1]


def test_a_denied_call_is_named_as_it_was_called(served: Served) -> None:
    answer = served.client("viewer").get("audit")
    (line,) = denied(served)
    assert (line.act, line.subject) == ("GET /api/v1/audit", None)
    assert line.request_id == answer.json()["request_id"]


def test_denied_items_of_a_batch_of_reports_are_noted(served: Served) -> None:
    key, other = served.id_of("mau/mot/so-y-te"), served.id_of("mau/chung/so-tai-chinh")
    client = served.client("department", "so-tai-chinh")
    items = [
        {"assignment": key, "percent": 1},
        {"assignment": "mau/mot/so-y-te", "percent": 2},
        {"assignment": "mau/khong-co/so-y-te", "percent": 3},
        {"assignment": other, "percent": 101},
        {"assignment": other, "percent": 4},
    ]
    answer = client.post("updates/batch", json={"items": items}).json()
    assert [one["status"] for one in answer["items"]] == [404, 404, 404, 422, 201]
    lines = denied(served)
    assert [(one.act, one.subject) for one in lines] == [("POST /api/v1/updates/batch", key)] * 2
    assert {one.actor for one in lines} == {client.get("me").json()["actor"]}
    assert {one.detail["code"] for one in lines} == {"not-found"}


@pytest.fixture
def supported(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """A plan with a task that a second department supports."""
    plan = build_plan()
    first, *rest = plan.groups
    task = build_task("chia", supporting=("so-tai-chinh",))
    group = first.model_copy(update={"tasks": (*first.tasks, task)})
    furnish(engine, plan=plan.model_copy(update={"groups": (group, *rest)}))
    yield from serve(engine, tmp_path)


def test_an_item_that_is_seen_but_not_led_is_noted_as_denied(supported: Served) -> None:
    key = supported.id_of("mau/chia/so-y-te")
    client = supported.client("department", "so-tai-chinh")
    body = {"items": [{"assignment": key, "percent": 1}]}
    (answer,) = client.post("updates/batch", json=body).json()["items"]
    (line,) = denied(supported)
    assert (answer["status"], line.subject, line.detail) == (403, key, {"code": "denied"})


@pytest.mark.parametrize(
    ("headers", "cookies", "by"),
    [
        ({"Authorization": f"Bearer {WRONG}"}, {}, "token"),
        ({"Authorization": "Bearer link.made.up"}, {}, "link"),
        ({"Authorization": "Basic YTpi"}, {}, "token"),
        ({}, {"dondoc_session": "made.up"}, "cookie"),
    ],
)
def test_a_secret_that_is_not_good_is_noted_without_it(
    served: Served, headers: dict[str, str], cookies: dict[str, str], by: str
) -> None:
    with httpx.Client(base_url=f"{served.url}/api/v1/", headers=headers, cookies=cookies) as client:
        assert client.get("assignments/made-up").status_code == 401
    (line,) = denied(served)
    assert (line.actor, line.subject) == ("anonymous", None)
    assert line.act == "GET /api/v1/assignments/{assignment}"
    assert line.detail == {"code": "unauthenticated", "by": by}


def test_who_says_nothing_is_not_noted(served: Served) -> None:
    assert served.with_token(None).get("me").status_code == 401
    assert denied(served) == []


def test_a_wrong_cookie_does_not_note_a_refused_sign_in_twice(served: Served) -> None:
    with served.with_token(None) as client:
        client.cookies.set("dondoc_session", "made.up")
        body = {"email": "nobody@so.vn", "password": "mưa rơi ngoài hiên"}
        assert client.post("session", json=body).status_code == 401
        assert client.get("session").status_code == 401
    assert [one.act for one in denied(served)][1:] == ["GET /api/v1/session"]


@pytest.fixture
def strict(furnished: Engine, tmp_path: Path) -> Iterator[Served]:
    """The application where three wrong secrets a minute are an address's most."""
    yield from serve(furnished, tmp_path, rate_limit_guessing="3/minute")


def test_so_many_wrong_secrets_are_noted_and_no_more(strict: Served) -> None:
    stale = strict.with_token(None)
    stale.cookies.set("dondoc_session", "made.up")
    assert {stale.get("me").status_code for _ in range(5)} == {401}
    assert len(denied(strict)) == 3
    wrong = strict.with_token(WRONG)
    assert [wrong.get("me").status_code for _ in range(5)] == [401] * 3 + [429] * 2
    assert len(denied(strict)) == 3


def test_a_name_with_a_nul_in_it_is_denied_and_noted(served: Served) -> None:
    assert served.client("viewer").delete("tokens/a%00b").status_code == 403
    (line,) = denied(served)
    assert line.subject == "a\ufffdb"
