"""One's own account: roles in words, language, password, second factor, sessions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
import segno
from sqlalchemy import Engine, select

from dondoc.web.account import drawn
from plans.identity import passwords
from plans.identity.people import GrantIn
from plans.store import identity, reading, writing
from plans.store.schema_access import idempotency
from plans.terms import Role
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, enter, visitor
from tests.dondoc.web.forms import Form, form_of
from tests.offices import furnish
from tests.plans.identity.world import EMAIL, PASSWORD, acts, add_user, user_row

OTHER = "chó chạy dưới bóng tre"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def is_password(served: Served, user: int, password: str) -> bool:
    return passwords.is_right(user_row(served.engine, user).password_hash, password)


def test_nobody_has_no_account(served: Served) -> None:
    client = browser(served)
    assert client.get("/account").headers["location"] == "/sign-in?next=%2Faccount"
    for path in ("language", "password", "sessions", "second-factor", "second-factor/removal"):
        answer = client.post(f"/account/{path}", data={"once": "x"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize(
    ("grant", "vi", "en"),
    [
        (GrantIn(role=Role.ADMIN), "Quản trị viên: ", "Administrator: "),
        (GrantIn(role=Role.VIEWER), "Người xem: ", "Viewer: "),
        (GrantIn(role=Role.COORDINATOR), "Cơ quan theo dõi, đối với mọi", "for all plans"),
        (
            GrantIn(role=Role.COORDINATOR, plans=("mau",)),
            "Cơ quan theo dõi, đối với: 01/KH",
            "for these plans: 01/KH",
        ),
        (
            GrantIn(role=Role.DEPARTMENT, department="so-y-te"),
            "Báo cáo thay cho so-y-te<",
            "Reports for so-y-te (en)<",
        ),
        (
            GrantIn(role=Role.DEPARTMENT, department="van-phong"),
            "Báo cáo thay cho van-phong và 02 đơn vị trực thuộc",
            "Reports for van-phong (en) and 2 bodies below it",
        ),
    ],
)
def test_roles_are_said_in_words(served: Served, grant: GrantIn, vi: str, en: str) -> None:
    user = add_user(served.engine, name="<b>An</b>", grants=(grant,))
    for language, said in (("vi", vi), ("en", en)):
        page = enter(served, user, language=language).get("/account")
        check_page(page, language)
        assert said in page.text
        assert "&lt;b&gt;An&lt;/b&gt;" in page.text and EMAIL in page.text


def test_the_language_is_kept(served: Served) -> None:
    user = add_user(served.engine)
    client = enter(served, user)
    form = form_of(client.get("/account"), "/account/language")
    assert form.fields["language"] == "vi"
    answer = form.send(client, language="en")
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert "The language is kept" in page.text and '<html lang="en">' in page.text
    assert user_row(served.engine, user).language == "en"
    assert '<html lang="en">' in enter(served, user).get("/account").text  # in any browser
    again = form.send(client, language="en")
    assert again.headers["location"] == answer.headers["location"]
    assert len(acts(served.engine, "user-changed")) == 1


@pytest.mark.parametrize("language", ["fr", "", "VI"])
def test_there_is_no_other_language(served: Served, language: str) -> None:
    user = add_user(served.engine)
    client = enter(served, user)
    form = form_of(client.get("/account"), "/account/language")
    answer = form.send(client, language=language)
    assert answer.status_code == 422 and 'id="error-language"' in answer.text
    assert user_row(served.engine, user).language == "vi"


def test_forms_of_elsewhere_are_refused(served: Served) -> None:
    user = add_user(served.engine)
    client = enter(served, user)
    form = form_of(client.get("/account"), "/account/language")
    for wrong in ("", "x", "ab" * 64):
        assert form.send(client, csrf=wrong, language="en").status_code == 403
    assert user_row(served.engine, user).language == "vi"


# --- password -----------------------------------------------------------------------------------


def password_form(client: httpx.Client) -> Form:
    return form_of(client.get("/account"), "/account/password")


def test_the_password_is_changed_and_other_devices_are_out(served: Served) -> None:
    user = add_user(served.engine, password=PASSWORD)
    client, other = enter(served, user), enter(served, user)
    said = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    answer = password_form(client).send(client, **said)
    assert answer.status_code == 303
    assert "Đã đổi mật khẩu" in client.get(answer.headers["location"]).text
    assert is_password(served, user, OTHER)
    assert other.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"current": "wrong"}, "current", "Mật khẩu hiện tại không đúng"),
        ({"current": ""}, "current", "Mật khẩu hiện tại không đúng"),
        ({"again": "khác"}, "again", "không giống nhau"),
        ({"password": "ngắn", "again": "ngắn"}, "password", "12"),
        ({"password": "", "again": ""}, "password", ""),
        ({"password": "x" * 201, "again": "x" * 201}, "password", "200"),
        ({"password": "aaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaa"}, "password", ""),
        ({"password": "nguyenvanan123", "again": "nguyenvanan123"}, "password", ""),
    ],
)
def test_what_is_wrong_with_a_password_stands_beside_it(
    served: Served, said: dict[str, str], field: str, words: str
) -> None:
    user = add_user(served.engine, password=PASSWORD)
    client = enter(served, user)
    given = {"current": PASSWORD, "password": OTHER, "again": OTHER} | said
    answer = password_form(client).send(client, **given)
    assert answer.status_code == 422
    check_page(answer)
    assert f'id="error-{field}"' in answer.text and words in answer.text
    assert 'lang="en">' not in answer.text.partition("<main")[2]
    for typed in (OTHER, "wrong", "nguyenvanan123"):
        assert typed not in answer.text
    assert is_password(served, user, PASSWORD)


def test_a_wrong_password_counts_once_for_each_form(served: Served) -> None:
    user = add_user(served.engine, password=PASSWORD)
    client = enter(served, user)
    said = {"current": "wrong wrong", "password": OTHER, "again": OTHER}
    form = password_form(client)
    assert form.send(client, **said).status_code == 422
    assert user_row(served.engine, user).failures == 1
    again = form.send(client, **said)
    assert again.status_code == 303
    assert "không được chấp nhận" in client.get(again.headers["location"]).text
    assert user_row(served.engine, user).failures == 1
    # The same form, corrected, is another one.
    assert form.send(client, **said | {"current": PASSWORD}).status_code == 303
    assert is_password(served, user, OTHER)


def test_what_is_kept_of_a_form_tells_no_password(served: Served) -> None:
    user = add_user(served.engine, password=PASSWORD)
    client = enter(served, user)
    form = password_form(client)
    said = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    assert form.send(client, **said).status_code == 303
    fields = sorted((form.fields | said).items())
    guess = [(name, text) for name, text in fields if name != "csrf"]
    digest = hashlib.sha256(f"/account/password {guess}".encode()).hexdigest()
    with reading(served.engine) as connection:
        kept = connection.execute(select(idempotency)).all()
    assert len(kept) == 1 and digest not in (kept[0].digest, kept[0].key)


def test_who_came_by_a_link_sets_a_forgotten_password(served: Served) -> None:
    user = add_user(served.engine, password=PASSWORD)
    client = enter(served, user, "link")
    form = password_form(client)
    assert "current" not in form.fields
    assert form.send(client, password=OTHER, again=OTHER).status_code == 303
    assert is_password(served, user, OTHER)
    served.now += timedelta(minutes=16)
    assert "current" in password_form(client).fields


def test_a_department_has_no_password(served: Served) -> None:
    grants = (GrantIn(role=Role.DEPARTMENT, department="so-y-te"),)
    user = add_user(served.engine, grants=grants)
    with writing(served.engine) as connection:
        identity.change(connection, user, email="so-y-te@department.invalid")
    client = enter(served, user, "department")
    page = client.get("/account")
    assert "/account/password" not in page.text and "department.invalid" not in page.text
    assert "bằng liên kết gửi tới hộp thư đơn vị" in page.text
    csrf = form_of(page, "/sign-out").fields["csrf"]
    said = {"csrf": csrf, "once": "x", "password": OTHER, "again": OTHER}
    answer = client.post("/account/password", data=said)
    assert answer.status_code == 409
    assert user_row(served.engine, user).password_hash is None


# --- the second factor --------------------------------------------------------------------------


def begin(client: httpx.Client) -> httpx.Response:
    answer = form_of(client.get("/account"), "/account/second-factor").send(client)
    assert answer.headers["location"] == "/account/second-factor"
    return client.get("/account/second-factor")


def seed_of(page: httpx.Response) -> pyotp.TOTP:
    shown = re.search(r'<code class="seed">([A-Z2-7 ]+)</code>', page.text)
    assert shown
    return pyotp.TOTP(shown[1].replace(" ", ""))


def test_the_second_factor_is_set_up_and_removed(served: Served) -> None:
    user = add_user(served.engine)
    client, other = enter(served, user), enter(served, user)
    page = begin(client)
    check_page(page)
    seed = seed_of(page)
    assert f"secret={seed.secret}" in page.text  # the address for this very device
    assert seed_of(client.get("/account/second-factor")).secret == seed.secret
    form = form_of(page, "/account/second-factor/confirm")
    for wrong, said in (("000000", "đã được dùng"), ("12", "Nhập đủ 6 chữ số")):
        answer = form.send(client, code=wrong)
        assert answer.status_code == 422 and said in answer.text
        assert seed_of(answer).secret == seed.secret  # the QR code stays
    assert user_row(served.engine, user).totp_confirmed_at is None
    answer = form.send(client, code=seed.at(served.now))
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert "Đã bật" in page.text and user_row(served.engine, user).totp_confirmed_at
    assert client.get("/account/second-factor").headers["location"] == "/account"

    served.now += timedelta(minutes=1)
    form = form_of(page, "/account/second-factor/removal")
    wrong_one = form.send(client, code="000000")
    assert wrong_one.status_code == 422 and 'id="error-code"' in wrong_one.text
    assert user_row(served.engine, user).failures == 1
    form = form_of(wrong_one, "/account/second-factor/removal")
    answer = form.send(client, code=seed.at(served.now))
    assert answer.headers["location"] == "/sign-in?done=second-factor-removed"
    assert user_row(served.engine, user).totp_confirmed_at is None
    assert "dondoc_session" not in client.cookies
    assert "Đã gỡ xác thực hai bước" in client.get(answer.headers["location"]).text
    assert other.get("/account").status_code == 303


def test_the_second_factor_is_for_who_reviews_and_manages(served: Served) -> None:
    for role, department in (("viewer", None), ("department", "so-y-te")):
        client = visitor(served, role, department)
        page = client.get("/account")
        assert "/account/second-factor" not in page.text
        csrf = form_of(page, "/sign-out").fields["csrf"]
        answer = client.post("/account/second-factor", data={"csrf": csrf, "once": "x"})
        assert answer.status_code == 403
        check_page(answer)


def test_one_in_use_is_not_begun_anew(served: Served) -> None:
    client = enter(served, add_user(served.engine))
    ready = form_of(client.get("/account"), "/account/second-factor")
    page = begin(client)
    code = seed_of(page).at(served.now)
    form_of(page, "/account/second-factor/confirm").send(client, code=code)
    answer = ready.send(client)
    assert answer.status_code == 409 and "đang" in answer.text
    late = form_of(page, "/account/second-factor/confirm").send(client, code="123456")
    assert late.headers["location"] == "/account"


def test_the_drawing_is_the_code() -> None:
    uri = pyotp.TOTP("ABCDEFGHIJKLMNOPQRSTUVWX23456723").provisioning_uri(
        name=EMAIL, issuer_name="Dondoc"
    )
    size, path = drawn(uri)
    matrix = segno.make(uri, error="m").matrix
    assert size == len(matrix) + 8
    dark = {(int(x) - 4, int(y) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}
    there = range(len(matrix))
    assert dark == {(x, y) for y in there for x in there if matrix[y][x]}


# --- sessions -----------------------------------------------------------------------------------


def test_one_signs_out_everywhere_else(served: Served) -> None:
    user = add_user(served.engine)
    client = enter(served, user)
    assert "Chỉ đang đăng nhập trên thiết bị này" in client.get("/account").text
    others = [enter(served, user), enter(served, user, "link")]
    stranger = visitor(served, "viewer")
    page = client.get("/account")
    assert "trên 02 thiết bị khác" in page.text and "bằng liên kết gửi qua thư" in page.text
    answer = form_of(page, "/account/sessions").send(client)
    said = client.get(answer.headers["location"])
    assert "Đã đăng xuất khỏi các thiết bị khác" in said.text
    assert [one.get("/account").status_code for one in others] == [303, 303]
    assert stranger.get("/account").status_code == 200
    assert len(acts(served.engine, "other-sessions-ended")) == 1


def test_a_session_that_rests_is_no_other_device(served: Served) -> None:
    user = add_user(served.engine)
    enter(served, user)
    served.now += timedelta(hours=9)
    assert "Chỉ đang đăng nhập" in enter(served, user).get("/account").text
