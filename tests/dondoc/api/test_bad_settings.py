"""Bad bodies for tokens, users, webhooks, sign-ins and plans; see ``test_bad_input.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.dondoc.api.conftest import Served
from tests.dondoc.api.hostile import (
    NO_CATALOGUE,
    NOBODY,
    NOT_FOUND,
    OTHER_TYPE,
    Bad,
    each,
    furnished,
    refuse,
)

LONG = "x" * 10_001


@pytest.fixture
def served(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """On each database: PostgreSQL refuses signs that SQLite takes."""
    yield from furnished(engine, tmp_path)


TOKEN = {"name": "x", "role": "viewer"}
TOKENS = [
    *each("name", "", "x" * 121, "a\x00", "\ud800", 1, None, " ", "a\nb", base=TOKEN),
    *each("role", "root", "", 1, None, base=TOKEN),
    *each("days", 0, 1099, -1, 1.5, "365", True, 10**400, None, base=TOKEN),
    *each("scopes", [], "read", base=TOKEN),
    Bad({**TOKEN, "scopes": ["everything"]}, "scopes.0"),
    Bad({**TOKEN, "scopes": [1]}, "scopes.0"),
    *each("plans", [], "mau", ["x"] * 101, base=TOKEN),
    *each("department", "", "x" * 81, 1, [], base={**TOKEN, "role": "department"}),
    *each("x", 1, base=TOKEN),
    Bad({**TOKEN, "role": "department"}, "department"),
    Bad({**TOKEN, "role": "department", "department": "a\x00"}, "department"),
    Bad({**TOKEN, "plans": ["a\x00"]}, "plans.0"),
    Bad({**TOKEN, "plans": ["mau", "\ud800"]}, "plans.1"),
    Bad({**TOKEN, "role": "coordinator", "plans": ["khong-co"]}, None, NOT_FOUND),
    Bad({**TOKEN, "role": "department", "department": "khong-co"}, None, NOT_FOUND),
]
USER = {"email": "an@so.example.vn", "name": "An", "grants": [{"role": "coordinator"}]}
USERS = [
    *each(
        "email",
        "",
        "an",
        "an@",
        "@x.vn",
        "a b@x.vn",
        "a\x00@x.vn",
        "\ud800@x.vn",
        1,
        None,
        base=USER,
    ),
    *each("email", "x" * 255 + "@x.vn", "an@x.vn\nBcc: a@b.vn", "an@x.vn\r\n", base=USER),
    *each("name", "", "  ", "a\x00", "\ud800", 1, None, LONG, base=USER),
    *each("language", "fr", "", 1, base=USER),
    *each("grants", "admin", 1, None, base=USER),
    *each("x", 1, base=USER),
    Bad({**USER, "grants": [{"role": "root"}]}, "grants.0.role"),
    Bad({**USER, "grants": [{}]}, "grants.0.role"),
    Bad({**USER, "grants": [{"role": "department", "department": "khong-co"}]}, None, NOT_FOUND),
    Bad({**USER, "grants": [{"role": "department", "department": "a\x00"}]}),
    Bad({**USER, "grants": [{"role": "coordinator", "plans": ["a\x00"]}]}),
    Bad({**USER, "grants": [{"role": "coordinator", "plans": ["\ud800"]}]}),
    Bad({**USER, "grants": [{"role": "coordinator"}] * 1000}),
]
CHANGES_OF_USERS = [
    *each("name", "", "a\x00", 1, LONG),
    *each("disabled", "true", 1, "x"),
    *each("grants", "x", 1, [1]),
    *each("x", 1),
]
HOOK = {"name": "x", "department": "so-y-te", "url": "https://93.184.216.34/x"}
HOOKS = [
    *each(
        "url",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://a.vn",
        "",
        "x",
        1,
        None,
        base=HOOK,
    ),
    *each("url", "http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", base=HOOK),
    *each("url", "https://169.254.169.254/", "https://0x7f.1/", "https://2130706433/", base=HOOK),
    *each("url", "https://a.vn/\x00", "https://a.vn/\ud800", "https://a.vn/a b", base=HOOK),
    *each("url", "https://user:secret@93.184.216.34/", "https://" + "x" * 1001, base=HOOK),
    *each("url", "https://93.184.216.34:99999/", "https://[x/", "https://a.vn\r\nX: 1", base=HOOK),
    *each("name", "", " ", "a\x00", "\ud800", "x" * 81, 1, base=HOOK),
    *each("department", "", "a\x00", 1, None, "x" * 81, base=HOOK),
    *each("kinds", [], "updated", 1, base=HOOK),
    *each("x", 1, base=HOOK),
    Bad({**HOOK, "kinds": ["exploded"]}, "kinds.0"),
    Bad({**HOOK, "department": "khong-co"}, "department"),
    Bad({**HOOK, "department": "\ud800"}, "department"),
]


def test_bad_tokens_users_and_webhooks(served: Served) -> None:
    admin = served.client("admin")
    assert admin.post("users", json=USER | {"email": "binh@so.example.vn"}).status_code == 201
    for url, cases in (("tokens", TOKENS), ("users", USERS), ("webhooks", HOOKS)):
        refuse(served, admin, url, cases)
    refuse(served, admin, "users/1", CHANGES_OF_USERS, "PATCH")


SIGN_IN = {"email": "an@so.example.vn", "password": "x"}
SESSIONS = [
    *each("email", "", "a b", "a\x00", "\ud800", 1, None, "x" * 255, base=SIGN_IN),
    *each("password", "", "x" * 201, 1, None, [], base=SIGN_IN),
    *each("totp", "12345", "1234567", "١٢٣٤٥٦", "12345a", 123456, "123456\n", base=SIGN_IN),
    *each("x", 1, base=SIGN_IN),
    Bad({"email": "an@so.example.vn"}, "password"),
    Bad({**SIGN_IN, "password": "\x00"}, None, NOBODY),
    Bad({**SIGN_IN, "password": "\ud800"}),
]
LINKS = [
    *each("email", "", "a\x00", 1, "\ud800"),
    *each("department", "", "a\x00", 1, "\ud800", "../x"),
    Bad({}),
    Bad({"email": "a@x.vn", "department": "so-y-te"}),
]
SECRETS = [
    *each("token", "", "x" * 201, 1, None),
    Bad({"token": "a\x00"}, None, NOBODY),
    Bad({"token": "\ud800"}),
    Bad({"token": "../.."}, None, NOBODY),
]


def test_bad_sign_ins(served: Served) -> None:
    anybody = served.with_token(None)
    refuse(served, anybody, "session", SESSIONS)
    refuse(served, anybody, "session/link", LINKS)
    refuse(served, anybody, "session/link/redeem", SECRETS)


YAML = {"Content-Type": "application/yaml"}
LAUGHS = b"a: &a [%s]\n" % b",".join([b"x"] * 9) + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
)
"""A billion of them, as aliases of aliases."""
DECLARATIONS = [
    Bad(b"", None, NO_CATALOGUE, YAML),
    Bad(b"\x00", None, NO_CATALOGUE, YAML),
    Bad(b"\xff\xfe\xff", None, NO_CATALOGUE, YAML),
    Bad(b"a: [", None, NO_CATALOGUE, YAML),
    Bad(b"- 1\n", None, NO_CATALOGUE, YAML),
    Bad(b"id: mau\nid: mau\n", None, NO_CATALOGUE, YAML),
    Bad(b"!!python/object/apply:os.system ['true']", None, NO_CATALOGUE, YAML),
    Bad(b"[" * 50_000, None, NO_CATALOGUE, YAML),
    Bad(LAUGHS, None, NO_CATALOGUE, YAML),
    Bad(b"id: mau\nissued: 1066-10-14\n", None, NO_CATALOGUE, YAML),
    Bad({"declaration": 1}, "declaration"),
    Bad({"declaration": "x", "x": 1}, "declaration"),
    Bad({}, "declaration"),
    Bad(b"{", "declaration"),
    Bad({"declaration": "\ud800"}, None),
    Bad({"declaration": "\x00"}, None, NO_CATALOGUE),
    Bad(b"id: mau", None, OTHER_TYPE, {"Content-Type": "application/xml"}),
    Bad(b"id: mau", None, OTHER_TYPE, {}),
]


def test_bad_declarations(served: Served) -> None:
    admin = served.client("admin")
    refuse(served, admin, "plans/preview", DECLARATIONS)
    refuse(served, admin, "plans", DECLARATIONS)
