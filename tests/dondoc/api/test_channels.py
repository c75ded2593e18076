"""Channels by API: set, shown without what is secret, tried, taken away; Zalo's access."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from integrations.channel_settings import ChannelSettings
from plans.store import channels as store
from plans.store import writing
from plans.store.schema_paper import contact_channels
from tests.channel_server import ZaloServer
from tests.dondoc.api.channelled import serve_with
from tests.dondoc.api.conftest import Served
from tests.offices import NOW
from tests.plans.identity.world import acts

CHANNEL = "departments/so-y-te/contacts/syt@x.vn/channel"
NUMBER = "842438253531"


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path, zalo: ZaloServer) -> Iterator[Served]:
    yield from serve_with(sqlite_engine, tmp_path, zalo)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return served.client("admin")


def contact(client: httpx.Client) -> Any:
    return client.get("departments/so-y-te").json()["contacts"][0]


def test_a_channel_is_set_tried_and_taken_away(
    served: Served, admin: httpx.Client, zalo: ZaloServer
) -> None:
    made = admin.post("channels/zalo/access", json={"code": "a code"})
    assert made.status_code == 200, made.text
    answer = admin.put(CHANNEL, json={"address": "zalo:024 3825 3531"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["shown"] == "84•••••••531"
    assert "never a person's own" in answer.json()["advice"]
    assert contact(admin)["channel"]["kind"] == "zalo"
    tried = admin.post(f"{CHANNEL}/test").json()
    assert tried == {"works": True, "shown": "84•••••••531", "receipt": "zalo-1", "said": None}
    assert zalo.messages[0].body["template_data"]["noi_dung"].startswith("Tin nhắn thử")
    zalo.codes[NUMBER] = iter([-118])
    assert "-118" in admin.post(f"{CHANNEL}/test").json()["said"]
    assert admin.delete(CHANNEL).status_code == 204
    assert contact(admin)["channel"] is None
    assert admin.delete(CHANNEL).status_code == 409
    told = {"channel-authorised", "channel-set", "channel-tested", "channel-removed"}
    assert {one.act for one in acts(served.engine, *told)} == told


def test_what_is_missing_is_told_as_it_is_set(served: Served, admin: httpx.Client) -> None:
    told = admin.put(CHANNEL, json={"address": f"zalo:{NUMBER}"}).json()["missing"]
    assert [one.partition(":")[0] for one in told] == ["no access to Zalo yet"]
    assert contact(admin)["channel"]["missing"] == told
    served.app.state.running.extras["channels"] = ChannelSettings()
    told = admin.put(CHANNEL, json={"address": f"zalo:{NUMBER}"}).json()["missing"]
    assert [one for one in told if one.startswith("setting DONDOC_ZALO_APP_ID")]
    assert [one for one in told if one.startswith("setting DONDOC_ZALO_TEMPLATES")]
    assert admin.get("channels").json()["contacts"][0]["missing"] == told


def test_what_acts_outside_acts_once_for_each_key(
    served: Served, admin: httpx.Client, zalo: ZaloServer
) -> None:
    once, again = served.key(), served.key()
    access = {"refresh_token": "refresh-0"}  # which Zalo takes once
    told = [admin.post("channels/zalo/access", json=access, headers=once) for _ in range(2)]
    assert [one.status_code for one in told] == [200, 200], told[1].text
    assert told[0].json() == told[1].json()
    admin.put(CHANNEL, json={"address": f"zalo:{NUMBER}"})
    tried = [admin.post(f"{CHANNEL}/test", headers=again).json() for _ in range(2)]
    assert tried[0] == tried[1]
    assert len(zalo.messages) == 1


def test_a_trial_that_works_ends_a_failure(
    served: Served, admin: httpx.Client, zalo: ZaloServer
) -> None:
    admin.post("channels/zalo/access", json={"refresh_token": "refresh-0"})
    admin.put(CHANNEL, json={"address": f"zalo:{NUMBER}"})
    with writing(served.engine) as connection:
        row = connection.execute(select(contact_channels)).one()
        store.flag(connection, row.contact, row.address, NOW, "Zalo answered -118")
    (failed,) = admin.get("channels").json()["contacts"]
    assert failed["failure"] == "Zalo answered -118"
    assert admin.post(f"{CHANNEL}/test").json()["works"] is True
    assert admin.get("channels").json()["contacts"][0]["failed_at"] is None


def test_nothing_secret_is_ever_answered(admin: httpx.Client, zalo: ZaloServer) -> None:
    admin.post("channels/zalo/access", json={"code": "a code"})
    admin.put(CHANNEL, json={"address": f"zalo:{NUMBER}"})
    said = admin.get("channels").text + admin.get("departments/so-y-te").text
    assert NUMBER not in said
    assert "access-1" not in said
    assert "refresh-1" not in said
    (state,) = admin.get("channels").json()["channels"]
    assert (state["name"], state["has_access"]) == ("zalo", True)


@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        (CHANNEL, "PUT", {"address": "zalo:12"}, 422),
        (CHANNEL, "PUT", {"address": "mmosts://127.0.0.1/3ccdd113474722377935511fc85d3dd4"}, 422),
        (CHANNEL, "PUT", {"address": ""}, 422),
        (CHANNEL.replace("syt@", "khong@"), "PUT", {"address": "zalo:02438253531"}, 404),
        (CHANNEL.replace("so-y-te", "khong"), "PUT", {"address": "zalo:02438253531"}, 404),
        (f"{CHANNEL}/test", "POST", {}, 409),
        ("channels/zalo/access", "POST", {}, 422),
        ("channels/zalo/access", "POST", {"code": "a", "refresh_token": "b"}, 422),
        ("channels/zalo/access", "POST", {"code": "wrong"}, 422),
    ],
)
def test_what_cannot_be_is_refused(
    admin: httpx.Client, path: str, method: str, body: Any, status: int
) -> None:
    answer = admin.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_same_key_is_done_once(admin: httpx.Client, zalo: ZaloServer) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"address": "zalo:02438253531"}
    first = admin.put(CHANNEL, json=body, headers=headers)
    admin.delete(CHANNEL)
    again = admin.put(CHANNEL, json=body, headers=headers)
    assert first.json() == again.json()
    assert contact(admin)["channel"] is None
