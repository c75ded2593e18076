"""Webhooks through the API: made, shown without their secret, tried, enabled, removed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from integrations import webhooks as outgoing
from integrations.webhooks import push
from plans.store import audit, reading
from tests.dondoc.api.conftest import Served
from tests.hook_server import Answer, HookServer
from tests.hooks import report


@pytest.fixture
def indoors(served: Served) -> Served:
    """The application where webhooks may lead to this machine."""
    running = served.app.state.running
    running.settings = running.settings.model_copy(update={"webhook_allow_private": True})
    return served


def make(client: httpx.Client, url: str, **given: Any) -> Any:
    body = {"name": "Hệ thống", "department": "so-y-te", "url": url} | given
    answer = client.post("webhooks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_it_is_told_what_happens_with_the_secret_that_was_shown(indoors: Served) -> None:
    client = indoors.client("department", "so-y-te")
    with HookServer() as server:
        made = make(client, server.url, kinds=["updated"])
        report(indoors.engine, 10)
        settings = indoors.app.state.running.settings
        assert push(indoors.engine, settings, "x.vn", indoors.now).sent == 1
    [got] = server.got
    body = Webhook(made["secret"]).verify(got.body, got.headers)
    [change] = client.get("changes?kinds=updated").json()["items"]
    assert body["data"] == change


def test_a_secret_is_shown_once(indoors: Served) -> None:
    client = indoors.client("admin")
    made = make(client, "http://127.0.0.1:1/x", name="  Hệ thống  ")
    secret = made.pop("secret")
    assert made["name"] == "Hệ thống"
    assert client.get(f"webhooks/{made['id']}").json() == made
    assert client.get("webhooks").json() == {"items": [made], "next": None}
    assert secret.startswith("whsec_")


def test_a_repeated_request_makes_no_second_one_and_shows_no_secret(indoors: Served) -> None:
    client, key = indoors.client("admin"), indoors.key()
    body = {"name": "x", "department": "so-y-te", "url": "http://127.0.0.1:1/x"}
    first = client.post("webhooks", json=body, headers=key)
    again = client.post("webhooks", json=body, headers=key)
    assert first.status_code == 201
    assert again.status_code == 409
    assert "whsec_" not in again.text
    assert len(client.get("webhooks").json()["items"]) == 1


def test_a_test_message_says_what_was_answered(indoors: Served) -> None:
    client = indoors.client("admin")
    with HookServer(lambda _: Answer(503, [b"later"])) as server:
        made = make(client, server.url)
        answer = client.post(f"webhooks/{made['id']}/test")
    assert answer.json() == {"taken": False, "status": 503, "said": "HTTP 503: later"}
    [got] = server.got
    assert Webhook(made["secret"]).verify(got.body, got.headers)["type"] == "ping"
    gone = client.post(f"webhooks/{made['id']}/test").json()
    assert (gone["taken"], gone["status"]) == (False, None)
    assert client.get(f"webhooks/{made['id']}").json()["attempts"] == 0


def test_a_disabled_one_goes_on_where_it_stopped(indoors: Served) -> None:
    client = indoors.client("department", "so-y-te")
    answers = [Answer(410), Answer(), Answer()]
    with HookServer(lambda _: answers.pop(0)) as server:
        made = make(client, server.url)
        report(indoors.engine, 10, 20)
        settings = indoors.app.state.running.settings
        push(indoors.engine, settings, "x.vn", indoors.now)
        stopped = client.get(f"webhooks/{made['id']}").json()
        assert (stopped["state"], stopped["last_answer"]) == ("disabled", "HTTP 410")
        enabled = client.post(f"webhooks/{made['id']}/enable").json()
        assert (enabled["state"], enabled["position"]) == ("active", made["position"])
        assert push(indoors.engine, settings, "x.vn", indoors.now).sent == 2
    assert [one.json["data"]["payload"]["percent"] for one in server.got] == [10, 10, 20]


def test_a_removed_one_is_gone(indoors: Served) -> None:
    client = indoors.client("admin")
    key = make(client, "http://127.0.0.1:1/x")["id"]
    assert client.delete(f"webhooks/{key}").status_code == 204
    for answer in (
        client.get(f"webhooks/{key}"),
        client.delete(f"webhooks/{key}"),
        client.post(f"webhooks/{key}/enable"),
        client.post(f"webhooks/{key}/test"),
    ):
        assert answer.status_code == 404
    with reading(indoors.engine) as connection:
        acts = [line.act for line in audit.lines(connection) if line.act.startswith("webhook")]
    assert acts == ["webhook-removed", "webhook-created"]


def test_our_own_network_is_refused(served: Served) -> None:
    client = served.client("admin")
    for url in (
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://localhost/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data",
        "http://8.8.8.8/",
        "https://user:word@8.8.8.8/",
        "x",
    ):
        body = {"name": "x", "department": "so-y-te", "url": url}
        answer = client.post("webhooks", json=body)
        assert answer.status_code == 422, url
        assert answer.json()["errors"][0]["field"] == "url"
    assert client.get("webhooks").json()["items"] == []


def test_who_may_have_none_makes_us_look_no_host_up(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    monkeypatch.setattr(outgoing, "check_address", lambda url, **_: looked_up.append(url))
    body = {"name": "x", "department": "so-y-te", "url": "https://khong-co.invalid/"}
    foreign = served.client("department", "so-tai-chinh")
    assert foreign.post("webhooks", json=body).status_code == 403
    assert served.client("viewer").post("webhooks", json=body).status_code == 403
    assert looked_up == []
    assert served.client("department", "so-y-te").post("webhooks", json=body).status_code == 201
    assert looked_up == [body["url"]]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"name": "a" * 81}, "name"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["odd"]}, "kinds"),
        ({"department": "khong-co"}, "department"),
        ({"department": "\x00"}, "department"),
        ({"url": 7}, "url"),
        ({"url": "https://x.vn/" + "a" * 1000}, "url"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_bad_input_names_the_field(indoors: Served, given: dict[str, Any], field: str) -> None:
    client = indoors.client("admin")
    body = {"name": "x", "department": "so-y-te", "url": "http://127.0.0.1:1/"} | given
    answer = client.post("webhooks", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert client.get("webhooks").json()["items"] == []


def test_whose_it_is(indoors: Served) -> None:
    key = make(indoors.client("admin"), "http://127.0.0.1:1/")["id"]
    own, other = (indoors.client("department", code) for code in ("so-y-te", "so-tai-chinh"))
    above = indoors.client("department", "van-phong")
    assert own.get(f"webhooks/{key}").status_code == 200
    assert above.get(f"webhooks/{key}").status_code == 200
    for path in ("", "/enable", "/test"):
        method = other.post if path else other.get
        assert method(f"webhooks/{key}{path}").status_code == 404
    assert other.delete(f"webhooks/{key}").status_code == 404
    assert other.get("webhooks").json()["items"] == []
    body = {"name": "x", "department": "so-y-te", "url": "http://127.0.0.1:1/"}
    assert other.post("webhooks", json=body).status_code == 403
    assert indoors.client("viewer").post("webhooks", json=body).status_code == 403
    assert indoors.client("viewer").get("webhooks").status_code == 403


def test_times_are_whole(indoors: Served) -> None:
    made = make(indoors.client("admin"), "http://127.0.0.1:1/")
    assert datetime.fromisoformat(made["created_at"]) == indoors.now.astimezone(UTC)
