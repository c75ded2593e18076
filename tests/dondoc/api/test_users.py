"""Users through the API: an administrator's acts on them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from plans.identity import totp
from plans.store import writing
from tests.dondoc.api.conftest import Served
from tests.dondoc.api.people import EMAIL, browser, signed_in
from tests.plans.identity.world import PASSWORD, acts, add_user

NEW: dict[str, Any] = {"email": "Binh@So.vn", "name": "Bình", "grants": [{"role": "viewer"}]}


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return served.client("admin")


def test_a_user_from_beginning_to_end(served: Served, admin: httpx.Client) -> None:
    made = admin.post("users", json=NEW)
    assert made.status_code == 201
    user = made.json()
    assert (user["email"], user["language"], user["has_password"]) == ("binh@so.vn", "vi", False)
    path = f"users/{user['id']}"
    wanted = {"grants": [{"role": "department", "department": "so-y-te"}], "language": "en"}
    changed = admin.patch(path, json=wanted)
    assert changed.status_code == 200
    assert changed.json()["grants"] == [
        {"role": "department", "department": "so-y-te", "plans": None}
    ]
    assert changed.json()["name"] == "Bình"
    assert admin.patch(path, json={"disabled": True}).json()["disabled_at"] is not None
    assert admin.get(path).json()["disabled_at"] is not None
    assert admin.patch(path, json={"disabled": False}).json()["disabled_at"] is None
    lines = acts(served.engine, "user-created", "user-changed", "user-disabled", "user-enabled")
    assert [line.act for line in lines] == [
        "user-created",
        "user-changed",
        "user-disabled",
        "user-enabled",
    ]
    assert {line.subject for line in lines} == {f"user:{user['id']}"}


def test_nothing_secret_is_shown(served: Served, admin: httpx.Client) -> None:
    user = add_user(served.engine, password=PASSWORD)
    with writing(served.engine) as connection:
        seed = totp.begin(connection, user, secret=served.settings.secret)
    text = admin.get(f"users/{user}").text + admin.get("users").text
    assert "argon2" not in text and seed.secret not in text and "hash" not in text
    assert admin.get(f"users/{user}").json()["has_password"] is True


def test_users_come_in_pages(served: Served, admin: httpx.Client) -> None:
    for n in range(5):
        add_user(served.engine, f"u{n}@so.vn")
    seen, cursor = [], None
    while True:
        page = admin.get("users", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [one["email"] for one in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert seen == [f"u{n}@so.vn" for n in range(5)]
    assert admin.get("users", params={"cursor": "nonsense"}).status_code == 422


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "x"}, "email"),
        ({"email": "a@b.vn\x00"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"language": "fr"}, "language"),
        ({"grants": []}, "grants"),
        ({"grants": [{"role": "king"}]}, "grants.0.role"),
        ({"grants": [{"role": "department"}]}, "department"),
        ({"more": 1}, "more"),
    ],
)
def test_bad_users_name_the_field(
    served: Served, admin: httpx.Client, given: dict[str, Any], field: str
) -> None:
    answer = admin.post("users", json=NEW | given)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["errors"]}
    assert admin.get("users").json()["items"] == []


def test_what_the_record_forbids(served: Served, admin: httpx.Client) -> None:
    assert admin.post("users", json=NEW).status_code == 201
    assert admin.post("users", json=NEW).status_code == 409
    assert admin.patch("users/99", json={"disabled": True}).status_code == 404
    assert admin.get(f"users/{2**40}").status_code == 422
    boss = admin.post("users", json=NEW | {"email": EMAIL, "grants": [{"role": "admin"}]}).json()
    assert admin.patch(f"users/{boss['id']}", json={"disabled": True}).status_code == 409


def test_disabling_ends_a_session_and_a_lost_factor_is_reset(
    served: Served, admin: httpx.Client
) -> None:
    client = signed_in(served)
    assert admin.patch("users/1", json={"disabled": True}).status_code == 200
    assert client.get("me").status_code == 401
    body = {"email": EMAIL, "password": PASSWORD}
    assert browser(served).post("session", json=body).status_code == 401
    admin.patch("users/1", json={"disabled": False})
    assert admin.delete("users/1/totp").status_code == 204
    assert browser(served).post("session", json=body).status_code == 200
    assert [line.subject for line in acts(served.engine, "second-factor-removed")] == ["user:1"]


@pytest.mark.parametrize("role", ["coordinator", "viewer"])
def test_users_are_the_administrators_matter(served: Served, role: str) -> None:
    client = served.client(role)
    assert client.get("users").status_code == 403
    assert client.post("users", json=NEW).status_code == 403
