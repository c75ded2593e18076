"""Signing in and out through the API: cookies, CSRF, links by mail, the second factor."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pyotp
import pytest

from dondoc.api import sessions as cookies
from integrations.mail import MailSettings
from plans.identity.people import GrantIn
from plans.terms import Role
from tests.dondoc.api.conftest import Served
from tests.dondoc.api.people import EMAIL, LINK, ask_link, browser, letters, mailed, signed_in
from tests.plans.identity.world import PASSWORD, acts, add_user, user_row

OWN = "our own"
ADMIN = (GrantIn(role=Role.ADMIN),)


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_the_cookie_is_a_caller(served: Served) -> None:
    client = signed_in(served)
    me = client.get("me").json()
    assert (me["actor"], me["kind"]) == ("user:1", "user")
    assert [grant["role"] for grant in me["grants"]] == ["coordinator"]
    assert client.get("users").status_code == 403
    assert browser(served).get("me").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    add_user(served.engine, password=PASSWORD)
    answer = browser(served).post("session", json={"email": EMAIL, "password": PASSWORD})
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert cookie.key == "dondoc_session"
    assert cookie["httponly"] and not cookie["secure"] and cookie["path"] == "/"
    assert (cookie["samesite"], cookie["max-age"]) == ("Lax", str(7 * 24 * 3600))
    assert cookie.value not in answer.text
    https = served.settings.model_copy(update={"base_url": "https://dondoc.example.vn"})
    assert "; Secure" in cookies.device_cookie(https, "x")


@pytest.mark.parametrize(
    "body",
    [
        {"email": EMAIL, "password": "not the password"},
        {"email": "nobody@so.example.vn", "password": PASSWORD},
    ],
)
def test_a_refused_sign_in_tells_nothing_and_is_kept(served: Served, body: dict[str, str]) -> None:
    add_user(served.engine, password=PASSWORD)
    answer = browser(served).post("session", json=body)
    assert answer.status_code == 401
    assert kind_of(answer) == "unauthenticated"
    assert "set-cookie" not in answer.headers
    assert answer.json()["detail"].startswith("e-mail and password do not go together")
    assert len(acts(served.engine, "sign-in-refused")) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": EMAIL}, "password"),
        ({"email": EMAIL, "password": ""}, "password"),
        ({"email": EMAIL, "password": "x" * 201}, "password"),
        ({"email": "a b", "password": "x"}, "email"),
        ({"email": "a\x00b", "password": "x"}, "email"),
        ({"email": EMAIL, "password": "x", "totp": "12345a"}, "totp"),
        ({"email": EMAIL, "password": "x", "more": 1}, "more"),
        ({"email": EMAIL, "password": 12}, "password"),
    ],
)
def test_a_bad_sign_in_names_the_field(served: Served, body: dict[str, object], field: str) -> None:
    answer = browser(served).post("session", json=body)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["errors"]}


# --- other sites ------------------------------------------------------------------------------


def test_a_write_with_the_cookie_needs_the_token(served: Served) -> None:
    client = signed_in(served, grants=ADMIN)
    token = client.headers.pop(cookies.CSRF_HEADER)
    new = {"email": "binh@so.vn", "name": "Bình", "grants": [{"role": "viewer"}]}
    assert client.post("users", json=new).status_code == 403
    other = signed_in(served, "other@so.example.vn").headers[cookies.CSRF_HEADER]
    for wrong in ("", token[:-1], other):
        answer = client.post("users", json=new, headers={cookies.CSRF_HEADER: wrong})
        assert answer.status_code == 403, wrong
    assert client.get("users").status_code == 200  # reading needs none
    assert client.get("session").json()["csrf_token"] == token
    answer = client.post("users", json=new, headers={cookies.CSRF_HEADER: token})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": OWN}, 403),
        ({"Origin": OWN}, 204),
        ({"Origin": "http://127.0.0.1:8000"}, 204),
        ({"Sec-Fetch-Site": "same-origin", "Origin": OWN}, 204),
        ({"Sec-Fetch-Site": "none"}, 204),
    ],
)
def test_another_sites_page_is_refused(
    served: Served, headers: dict[str, str], status: int
) -> None:
    """Even with the right token; and it cannot sign anybody in either."""
    headers = {name: served.url if value == OWN else value for name, value in headers.items()}
    client = signed_in(served)
    body = {"email": EMAIL, "password": PASSWORD}
    entered = browser(served).post("session", json=body, headers=headers)
    assert entered.status_code == (200 if status == 204 else 403)
    assert client.delete("session", headers=headers).status_code == status


def test_a_token_in_the_header_needs_no_other(served: Served) -> None:
    client = served.client("admin")
    new = {"email": "binh@so.vn", "name": "Bình", "grants": [{"role": "viewer"}]}
    assert client.post("users", json=new, headers={"Origin": "http://x.vn"}).status_code == 201


# --- how a session goes on and ends -------------------------------------------------------------


def test_the_cookie_changes_every_quarter_of_an_hour(served: Served) -> None:
    client = signed_in(served)
    first = client.cookies["dondoc_session"]
    served.now += timedelta(minutes=14)
    assert "set-cookie" not in client.get("me").headers
    served.now += timedelta(minutes=1)
    assert client.get("me").status_code == 200
    second = client.cookies["dondoc_session"]
    assert second != first
    served.now += timedelta(seconds=61)
    assert client.get("me").status_code == 200
    thief = browser(served)
    thief.cookies.set("dondoc_session", first)
    assert thief.get("me").status_code == 401
    # The thief is out, and so is everybody with this session.
    assert client.get("me").status_code == 401
    assert [line.actor for line in acts(served.engine, "session-stolen")] == ["user:1"]


def test_a_write_rotates_too_and_its_kept_answer_holds_no_cookie(served: Served) -> None:
    client = signed_in(served, grants=ADMIN)
    served.now += timedelta(minutes=16)
    new = {"email": "binh@so.vn", "name": "Bình", "grants": [{"role": "viewer"}]}
    key = served.key()
    answer = client.post("users", json=new, headers=key)
    assert answer.status_code == 201 and "set-cookie" in answer.headers
    again = client.post("users", json=new, headers=key)
    assert again.json() == answer.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "set-cookie" not in again.headers


def test_signing_out(served: Served) -> None:
    client = signed_in(served)
    kept = client.cookies["dondoc_session"]
    served.now += timedelta(minutes=16)  # when the cookie is due to be replaced
    answer = client.delete("session")
    assert answer.status_code == 204
    assert len(answer.headers.get_list("set-cookie")) == 1
    assert "dondoc_session" not in client.cookies
    client.cookies.set("dondoc_session", kept)
    assert client.get("me").status_code == 401
    assert client.get("session").status_code == 401


def test_a_token_has_no_session(served: Served) -> None:
    client = served.client("admin")
    assert client.get("session").status_code == 401
    for method, path in [("DELETE", "session"), ("POST", "session/totp"), ("POST", "link/code")]:
        assert client.request(method, path).status_code == 403


@pytest.mark.parametrize("value", ["x", "x.y", "", "x" * 4000, "é"])
def test_a_forged_cookie_is_nobody(served: Served, value: str) -> None:
    client = browser(served)
    answer = client.get("me", headers={b"cookie": f"dondoc_session={value}".encode("latin-1")})
    assert answer.status_code == 401


# --- by a mailed link ---------------------------------------------------------------------------


def test_a_link_is_mailed_and_signs_in_once(served: Served) -> None:
    user = add_user(served.engine, language="en")
    answer = ask_link(served, email=EMAIL)
    assert answer.status_code == 202
    ((to, text),) = letters(served)
    assert to == EMAIL and "It works once, within 15 minutes." in text
    token = mailed(served, LINK)
    client = browser(served)
    entered = client.post("session/link/redeem", json={"token": token})
    assert entered.status_code == 200
    assert (entered.json()["user"], entered.json()["method"]) == (user, "link")
    assert client.get("me").json()["actor"] == f"user:{user}"
    again = browser(served).post("session/link/redeem", json={"token": token})
    assert again.status_code == 401
    assert [line.subject for line in acts(served.engine, "link-mailed")] == [f"user:{user}"]


def test_a_departments_link_goes_to_its_registered_mailbox(served: Served) -> None:
    ask_link(served, department="so-y-te")
    ((to, text),) = letters(served)
    assert to == "syt@x.vn" and "Liên kết dùng được một lần, trong vòng 15 phút." in text
    client = browser(served)
    client.post("session/link/redeem", json={"token": mailed(served, LINK)})
    (grant,) = client.get("me").json()["grants"]
    assert (grant["role"], grant["departments"]) == ("department", ["so-y-te"])


def test_asking_for_a_link_tells_nothing(served: Served) -> None:
    add_user(served.engine)
    asked = [
        {"email": EMAIL},
        {"email": "nobody@so.example.vn"},
        {"department": "so-y-te"},
        {"department": "so-tai-chinh"},
        {"department": "no-such"},
    ]
    answers = [ask_link(served, **body) for body in asked]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert {to for to, _ in letters(served)} == {EMAIL, "syt@x.vn"}
    for body in ({}, {"email": EMAIL, "department": "so-y-te"}, {"department": "SO Y TE"}):
        assert browser(served).post("session/link", json=body).status_code == 422


def test_a_mail_server_that_is_away_is_not_told_but_kept(served: Served) -> None:
    add_user(served.engine)
    unreachable = MailSettings.read(smtp_url="smtp://127.0.0.1:9", smtp_timeout_seconds=1)
    served.app.state.running.extras["mail"] = unreachable
    answer = ask_link(served, email=EMAIL)
    assert answer.status_code == 202
    (line,) = acts(served.engine, "link-mailed")
    assert (line.outcome, line.subject) == ("failed", "user:1")


# --- passwords and the second factor ------------------------------------------------------------


def test_a_forgotten_password_is_replaced_after_a_link(served: Served) -> None:
    signed_in(served)
    new = {"password": "mật khẩu mới tinh"}
    ask_link(served, email=EMAIL)
    client = browser(served)
    entered = client.post("session/link/redeem", json={"token": mailed(served, LINK)})
    client.headers[cookies.CSRF_HEADER] = entered.json()["csrf_token"]
    served.now += timedelta(minutes=14)
    assert client.put("session/password", json=new).status_code == 204
    assert client.get("me").status_code == 200
    body = {"email": EMAIL, "password": new["password"]}
    assert browser(served).post("session", json=body).status_code == 200
    served.now += timedelta(minutes=2)  # the link was used too long ago
    assert client.put("session/password", json={"password": PASSWORD}).status_code == 401


def test_the_current_password_is_asked_for_and_guesses_count(served: Served) -> None:
    client, other = signed_in(served), browser(served)
    other.post("session", json={"email": EMAIL, "password": PASSWORD})
    wrong = {"current": "a guess", "password": "mật khẩu mới tinh"}
    assert client.put("session/password", json=wrong).status_code == 401
    assert user_row(served.engine, 1).failures == 1
    weak = {"current": PASSWORD, "password": "nguyenvanan1"}
    refused = client.put("session/password", json=weak)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["password"]
    right = {"current": PASSWORD, "password": "mật khẩu mới tinh"}
    assert client.put("session/password", json=right).status_code == 204
    assert client.get("me").status_code == 200
    assert other.get("me").status_code == 401  # wherever else one was signed in


def test_the_second_factor_from_seed_to_removal(served: Served) -> None:
    client = signed_in(served)
    seed = client.post("session/totp").json()
    totp = pyotp.TOTP(seed["secret"])
    assert pyotp.parse_uri(seed["uri"]).secret == seed["secret"]
    assert client.post("session/totp/confirm", json={"code": "000000"}).status_code == 422
    code = {"code": totp.at(served.now)}
    assert client.post("session/totp/confirm", json=code).status_code == 204
    assert client.get("session").json()["second_factor"] is True

    served.now += timedelta(minutes=1)
    body = {"email": EMAIL, "password": PASSWORD}
    missing = browser(served).post("session", json=body)
    assert (missing.status_code, kind_of(missing)) == (401, "second-factor")
    full = body | {"totp": totp.at(served.now)}
    assert browser(served).post("session", json=full).status_code == 200
    assert browser(served).post("session", json=full).status_code == 401  # used

    served.now += timedelta(minutes=1)
    assert client.delete("session/totp", params={"code": "000000"}).status_code == 401
    code = {"code": totp.at(served.now)}
    assert client.delete("session/totp", params=code).status_code == 204
    assert client.get("me").status_code == 401  # all sessions ended
    assert browser(served).post("session", json=body).status_code == 200


def test_a_link_waits_for_the_second_factor(served: Served) -> None:
    client = signed_in(served)
    totp = pyotp.TOTP(client.post("session/totp").json()["secret"])
    client.post("session/totp/confirm", json={"code": totp.at(served.now)})
    ask_link(served, email=EMAIL)
    served.now += timedelta(minutes=1)
    body = {"token": mailed(served, LINK)}
    missing = browser(served).post("session/link/redeem", json=body)
    assert kind_of(missing) == "second-factor"
    full = body | {"totp": totp.at(served.now)}
    assert browser(served).post("session/link/redeem", json=full).status_code == 200


def test_mail_settings_are_those_of_the_environment(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_MAIL_FROM", "Office <office@dondoc.example.vn>")
    add_user(served.engine)
    ask_link(served, email=EMAIL)
    (path,) = (served.settings.data_dir / "mail").glob("*.eml")
    assert b"From: Office <office@dondoc.example.vn>" in path.read_bytes()
    assert path.name.endswith("@dondoc.example.vn.eml")
