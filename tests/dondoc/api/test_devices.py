"""A message's link as a caller, and the device that may report through it."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from dondoc.api.sessions import DEVICE_HEADER
from integrations.mail import MailSettings
from plans.identity import links
from tests.dondoc.api.conftest import Served
from tests.dondoc.api.people import CODE, letters, mailed
from tests.plans.identity.world import acts


def link(served: Served, department: str = "so-y-te") -> httpx.Client:
    token = links.sign_link(served.settings.secret, department, served.now)
    return served.with_token(f"{links.PREFIX}{token}")


def own(served: Served) -> str:
    return served.id_of("mau/mot/so-y-te")


def report(client: httpx.Client, assignment: str) -> int:
    return client.post(f"assignments/{assignment}/updates", json={"percent": 40}).status_code


def confirmed(served: Served, client: httpx.Client) -> str:
    """The device's secret, confirmed by the code that was mailed."""
    assert client.post("link/code").status_code == 202
    answer = client.post("link/confirm", json={"code": mailed(served, CODE)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["secret"])


def test_a_link_reads_its_recipients_assignments_and_nothing_else(served: Served) -> None:
    client = link(served)
    me = client.get("me").json()
    assert (me["actor"], me["kind"], me["scopes"]) == ("link:so-y-te", "link", ["assignments"])
    items = client.get("assignments").json()["items"]
    assert items and {one["department"] for one in items} == {"so-y-te"}
    assert client.get(f"assignments/{own(served)}").status_code == 200
    foreign = link(served, "so-tai-chinh")
    assert foreign.get(f"assignments/{own(served)}").status_code == 404
    for path in ("users", "tokens", "changes", "audit"):
        assert client.get(path).status_code == 403, path


def test_a_link_expires(served: Served) -> None:
    client = link(served)
    served.now += timedelta(days=30, seconds=1)
    answer = client.get("me")
    assert answer.status_code == 401
    assert "expired" in answer.json()["detail"]


@pytest.mark.parametrize("token", ["link.", "link.so-y-te", "link.so-y-te.aa.bb", "link.é"])
def test_a_forged_link_is_nobody(served: Served, token: str) -> None:
    header = {b"authorization": f"Bearer {token}".encode("latin-1")}
    assert served.with_token(None).get("me", headers=header).status_code == 401


def test_a_forwarded_link_does_not_report(served: Served) -> None:
    client = link(served)
    assert report(client, own(served)) == 403
    confirmed(served, client)
    assert report(client, own(served)) == 201
    assert report(link(served), own(served)) == 403  # the same link elsewhere


def test_the_code_goes_to_the_registered_mailbox_and_the_cookie_confirms(served: Served) -> None:
    client = link(served)
    secret = confirmed(served, client)
    ((to, text),) = letters(served)
    assert to == "syt@x.vn" and "Mã có hiệu lực trong 10 phút." in text
    assert client.cookies["dondoc_device"] == secret
    later = link(served)
    later.headers[DEVICE_HEADER] = secret
    served.now += timedelta(days=29)
    assert report(later, own(served)) == 201
    stranger = link(served, "so-tai-chinh")
    stranger.headers[DEVICE_HEADER] = secret
    assert stranger.get("me").json()["scopes"] == ["assignments"]


def test_wrong_codes_count(served: Served) -> None:
    client = link(served)
    client.post("link/code")
    code = mailed(served, CODE)
    wrong = {"code": f"{(int(code) + 1) % 1_000_000:06}"}
    for _ in range(5):
        answer = client.post("link/confirm", json=wrong)
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == ["code"]
    assert client.post("link/confirm", json={"code": code}).status_code == 422
    assert "dondoc_device" not in client.cookies
    assert len(acts(served.engine, "code-refused")) == 6


def test_codes_an_hour(served: Served) -> None:
    client = link(served)
    assert [client.post("link/code").status_code for _ in range(4)] == [202, 202, 202, 429]
    wait = int(client.post("link/code").headers["retry-after"])
    assert 3590 <= wait <= 3601
    client.headers["authorization"] += "!!!!"  # the same link, spelt otherwise
    assert client.get("me").status_code == 200
    assert client.post("link/code").status_code == 429


def test_a_forwarded_link_blocks_no_other(served: Served) -> None:
    forwarded = link(served)
    served.now += timedelta(minutes=1)
    newer = link(served)
    assert newer.post("link/code").status_code == 202
    code = mailed(served, CODE)
    for _ in range(3):
        assert forwarded.post("link/code").status_code == 202
    for _ in range(6):
        assert forwarded.post("link/confirm", json={"code": "not it"}).status_code == 422
    assert newer.post("link/confirm", json={"code": code}).status_code == 200
    assert newer.post("link/code").status_code == 202


def test_a_code_that_cannot_be_mailed_is_said_so(served: Served) -> None:
    unreachable = MailSettings.read(smtp_url="smtp://127.0.0.1:9", smtp_timeout_seconds=1)
    served.app.state.running.extras["mail"] = unreachable
    answer = link(served).post("link/code")
    assert answer.status_code == 503
    assert "syt@x.vn" not in answer.text and "127.0.0.1" not in answer.text
    assert [line.outcome for line in acts(served.engine, "code-mailed")] == ["failed"]
    assert link(served, "so-tai-chinh").post("link/code").status_code == 409  # no mailbox


def test_only_a_link_confirms_a_device(served: Served) -> None:
    for client in (served.client("department", "so-y-te"), served.client("admin")):
        assert client.post("link/code").status_code == 403
        assert client.post("link/confirm", json={"code": "000000"}).status_code == 403
