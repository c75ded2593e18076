"""The audit log by API: what was denied and what was administered, for administrators."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plans.store import audit, writing
from tests.dondoc.api.conftest import Served
from tests.offices import NOW


def fill(served: Served) -> None:
    """Six lines, one a minute: by two actors, two acts, the last one denied."""
    with writing(served.engine) as connection:
        for n in range(6):
            outcome = audit.DENIED if n == 5 else audit.DONE
            actor, act = f"user:{n % 2}", ("sign-in", "plan-loaded")[n // 3]
            moment = NOW + timedelta(minutes=n)
            audit.note(connection, moment, actor, act, subject=f"s{n}", outcome=outcome)


def subjects(served: Served, **params: str) -> list[str]:
    answer = served.client("admin").get("audit", params={"actor": "user:1"} | params)
    assert answer.status_code == 200, answer.text
    return [one["subject"] for one in answer.json()["items"]]


def test_lines_come_newest_first_in_pages(served: Served) -> None:
    fill(served)
    client = served.client("admin")
    first = client.get("audit", params={"limit": 2, "actor": "user:1"}).json()
    assert [one["subject"] for one in first["items"]] == ["s5", "s3"]
    assert first["items"][0] | {"act": "plan-loaded", "outcome": "denied"} == first["items"][0]
    assert subjects(served, cursor=first["next"]) == ["s1"]
    assert subjects(served, before=str(first["items"][0]["id"])) == ["s3", "s1"]


def test_lines_are_filtered(served: Served) -> None:
    fill(served)
    assert subjects(served, act="sign-in") == ["s1"]
    assert subjects(served, outcome="denied") == ["s5"]
    assert subjects(served, since=(NOW + timedelta(minutes=3)).isoformat()) == ["s5", "s3"]
    assert subjects(served, actor="nobody") == []


def test_a_denied_look_at_the_log_is_in_it(served: Served) -> None:
    for role, department in (("viewer", None), ("coordinator", None), ("department", "so-y-te")):
        assert served.client(role, department).get("audit").status_code == 403
    lines = served.client("admin").get("audit", params={"outcome": "denied"}).json()["items"]
    assert len(lines) == 3
    assert all(one["act"].endswith("/audit") and one["request_id"] for one in lines)


@pytest.mark.parametrize(
    "params",
    [
        {"since": "2025-04-16"},
        {"since": "9999-12-31T23:59:59-12:00"},
        {"before": "0"},
        {"before": str(2**63)},
        {"limit": "501"},
        {"outcome": "perhaps"},
        {"actor": "a\x00b"},
        {"cursor": "nonsense"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_asked_is_refused(served: Served, params: dict[str, str]) -> None:
    assert served.client("admin").get("audit", params=params).status_code == 422
