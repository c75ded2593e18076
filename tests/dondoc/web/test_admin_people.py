"""People and tokens by page: made, changed, let in or out; a secret is shown once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from plans.identity import totp
from plans.store import identity as store
from plans.store import reading, tokens, writing
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import LINK, letters, mailed
from tests.dondoc.web.browsers import browser, check_page, visitor, with_factor
from tests.dondoc.web.forms import Form, form_of, forms_of
from tests.offices import furnish
from tests.plans.identity.world import acts, add_user, user_row

BINH = "binh@so.example.vn"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def admin(served: Served) -> httpx.Client:
    return visitor(served, "admin")


def new_person(client: httpx.Client) -> Form:
    return form_of(client.get("/admin/people/new"), "/admin/people/new")


def by_email(served: Served, email: str = BINH) -> Any:
    with reading(served.engine) as connection:
        return store.by_email(connection, email)


def roles(row: Any) -> list[tuple[str, str | None, list[str] | None]]:
    return [(one["role"], one["department"], one["plans"]) for one in row.grants]


# --- people ---------------------------------------------------------------------------------------


def test_a_person_is_added_and_mailed_a_link(served: Served, admin: httpx.Client) -> None:
    given = {"name": "Trần Thị Bình", "email": "Binh@so.example.vn", "coordinator": "1"}
    form = new_person(admin)
    answer = form.send(admin, **given, which="some", **{"plan-mau": "1"}, departments="SO-Y-TE")
    row = by_email(served)
    assert answer.headers["location"] == f"/admin/people/{row.id}?done=created-link"
    assert roles(row) == [("coordinator", None, ["mau"]), ("department", "so-y-te", None)]
    shown = admin.get(answer.headers["location"])
    check_page(shown)
    assert "Đã thêm người dùng và gửi liên kết" in shown.text and "01/KH" in shown.text
    link = mailed(served, LINK)
    assert link not in shown.text and link not in answer.text
    assert browser(served).post(f"/sign-in/{link}").status_code == 303
    # The same form again makes nobody and mails nothing.
    again = form.send(admin, **given, which="some", **{"plan-mau": "1"}, departments="SO-Y-TE")
    assert again.headers["location"] == answer.headers["location"]
    assert len(list(letters(served))) == 1 and len(acts(served.engine, "link-ordered")) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "không phải"}, "Nội dung chưa đúng"),
        ({"name": " "}, "Đề nghị"),
        ({"admin": ""}, "Đề nghị chọn ít nhất một vai trò"),
        ({"departments": "Sở Không Có"}, "đề nghị nhập mã đơn vị"),
        ({"coordinator": "1", "which": "some"}, "Đề nghị chọn ít nhất một kế hoạch"),
        ({"email": "admin.x@so.example.vn"}, "thư điện tử"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    served: Served, admin: httpx.Client, given: dict[str, str], said: str
) -> None:
    form = new_person(admin)
    fields = {"name": "Trần Thị Bình", "email": BINH, "admin": "1"} | given
    if not fields["admin"]:
        del fields["admin"]
    page = form.send(admin, **fields)
    assert page.status_code in (409, 422), page.text
    assert by_email(served) is None
    kept = form_of(page, "/admin/people/new").fields
    assert kept["name"] == fields["name"].strip() or kept["name"] == fields["name"]
    assert kept["email"] == fields["email"]
    assert kept.get("departments", "") == fields.get("departments", "")
    assert "invalid-feedback" in page.text and said in page.text


def test_all_that_is_wrong_is_told_at_once(served: Served, admin: httpx.Client) -> None:
    page = new_person(admin).send(admin, name=" ", email="x")
    named = re.findall(r'href="#field-(\w+)"', page.text)
    assert page.status_code == 422 and sorted(named) == ["email", "name", "roles"]


def test_roles_and_name_are_changed(served: Served, admin: httpx.Client) -> None:
    user = add_user(served.engine, BINH)
    form = form_of(admin.get(f"/admin/people/{user}"), f"/admin/people/{user}")
    assert "coordinator" in form.fields and form.fields["which"] == "all"
    del form.fields["coordinator"]
    answer = form.send(admin, name="Bình Mới", language="en", viewer="1")
    assert answer.headers["location"].endswith("?done=changed"), answer.text
    row = user_row(served.engine, user)
    assert (row.name, row.language, roles(row)) == ("Bình Mới", "en", [("viewer", None, None)])


def test_the_last_administrator_stays(served: Served, admin: httpx.Client) -> None:
    user = by_email(served, "admin.x@so.example.vn").id
    path = f"/admin/people/{user}"
    out = form_of(admin.get(path), f"{path}/door").send(admin)
    assert out.status_code == 409 and "quản trị" in out.text.lower()
    form = form_of(admin.get(path), path)
    del form.fields["admin"]
    lost = form.send(admin, viewer="1")
    assert lost.status_code == 409 and "alert-danger" in lost.text
    row = user_row(served.engine, user)
    assert row.disabled_at is None and roles(row) == [("admin", None, None)]


def test_somebody_is_let_out_and_in_again(served: Served, admin: httpx.Client) -> None:
    user = add_user(served.engine, BINH)
    path = f"/admin/people/{user}"
    assert form_of(admin.get(path), f"{path}/door").send(admin).status_code == 303
    assert user_row(served.engine, user).disabled_at is not None
    page = admin.get(path)
    assert "đã ngừng cho đăng nhập" in page.text
    assert not [one for one in forms_of(page) if one.action.endswith("/link")]
    assert form_of(page, f"{path}/door").send(admin).status_code == 303
    assert user_row(served.engine, user).disabled_at is None
    assert [one.act for one in acts(served.engine, "user-disabled", "user-enabled")] == [
        "user-disabled",
        "user-enabled",
    ]


def test_a_lost_second_factor_is_taken_away(served: Served, admin: httpx.Client) -> None:
    user = add_user(served.engine, BINH)
    with_factor(served, user)
    path = f"/admin/people/{user}"
    assert form_of(admin.get(path), f"{path}/factor").send(admin).status_code == 303
    assert not totp.is_confirmed(user_row(served.engine, user))


def test_links_are_mailed_only_so_often(served: Served, admin: httpx.Client) -> None:
    user = add_user(served.engine, BINH)
    path = f"/admin/people/{user}"
    answers = [form_of(admin.get(path), f"{path}/link").send(admin) for _ in range(6)]
    assert [one.status_code for one in answers] == [303] * 5 + [409]
    assert "đề nghị chờ" in answers[-1].text and len(list(letters(served))) == 5


def test_a_locked_account_is_shown(served: Served, admin: httpx.Client) -> None:
    user = add_user(served.engine, BINH)
    with writing(served.engine) as connection:
        store.failed(connection, user, 5, served.now + timedelta(minutes=4))
    assert "bị khóa đến" in admin.get("/admin/people").text
    assert "bị khóa đến" in admin.get(f"/admin/people/{user}").text
    assert "tài khoản đang bị khóa" in admin.get("/admin").text


def test_people_are_found_without_accents_and_in_pages(served: Served, admin: httpx.Client) -> None:
    for n in range(60):
        add_user(served.engine, f"nguoi.{n}@so.example.vn", name=f"Đỗ Thị Số {n}")
    first = admin.get("/admin/people").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following and "Số 10" in first and "Số 59" not in first
    assert "Số 59" in admin.get(following[1].replace("&amp;", "&")).text
    found = admin.get("/admin/people?q=do+thi+so+59").text
    assert "Số 59" in found and "Số 10" not in found
    assert "Không có người dùng phù hợp" in admin.get("/admin/people?q=zzz").text


# --- tokens ---------------------------------------------------------------------------------------


def new_token(client: httpx.Client, **given: str) -> httpx.Response:
    form = form_of(client.get("/admin/tokens/new?department=so-y-te"), "/admin/tokens/new")
    return form.send(client, **{"name": "Phần mềm Sở Y tế", **given})


def kept(served: Served) -> list[Any]:
    with reading(served.engine) as connection:
        return tokens.listed(connection)


def secret_in(page: httpx.Response) -> str:
    found = re.search(r'value="(dondoc_[^"]+)"', page.text)
    assert found, page.text
    return found[1]


def test_a_token_is_shown_once(served: Served, admin: httpx.Client) -> None:
    form = form_of(admin.get("/admin/tokens/new?department=so-y-te"), "/admin/tokens/new")
    page = form.send(admin, name="Phần mềm Sở Y tế", days="30")
    assert page.status_code == 201
    check_page(page)
    secret = secret_in(page)
    (row,) = kept(served)
    assert (row.role, row.department) == ("department", "so-y-te")
    assert row.expires_at == served.now + timedelta(days=30)
    me = served.with_token(secret).get("me")
    assert me.status_code == 200
    again = form.send(admin, name="Phần mềm Sở Y tế", days="30")
    assert again.headers["location"] == "/admin/tokens?done=made-before" and len(kept(served)) == 1
    listed = admin.get(again.headers["location"])
    assert secret not in listed.text and "đã được tạo" in listed.text and row.id in listed.text


def test_a_token_is_revoked(served: Served, admin: httpx.Client) -> None:
    secret = secret_in(new_token(admin))
    (row,) = kept(served)
    form = form_of(admin.get("/admin/tokens"), f"/admin/tokens/{row.id}/revocation")
    assert form.send(admin).headers["location"] == "/admin/tokens?done=revoked"
    assert form.send(admin).status_code == 303
    assert served.with_token(secret).get("me").status_code == 401
    assert row.id in admin.get("/admin/tokens?state=revoked").text
    assert row.id not in admin.get("/admin/tokens?state=live").text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"days": "0"}, "days"),
        ({"days": "99999"}, "days"),
        ({"days": "ba"}, "days"),
        ({"department": "không có"}, "department"),
        ({"role": "king"}, "role"),
        ({"role": "viewer", "scope-manage": "1"}, "scopes"),
    ],
)
def test_a_wrong_token_is_not_made(
    served: Served, admin: httpx.Client, given: dict[str, str], field: str
) -> None:
    page = new_token(admin, **given)
    assert page.status_code == 422 and kept(served) == []
    assert f'href="#field-{field}"' in page.text
    again = form_of(page, "/admin/tokens/new").fields
    assert all(again[name] == value for name, value in given.items() if name != "role")


def test_tokens_that_need_care_are_told_apart(served: Served, admin: httpx.Client) -> None:
    new_token(admin, days="20", name="Sắp hết")
    new_token(admin, role="coordinator", name="Của cơ quan", **{"plan-mau": "1"})
    assert [one.plans for one in kept(served) if one.role == "coordinator"] == [["mau"]]
    soon = admin.get("/admin/tokens?state=expiring").text
    assert "Sắp hết" in soon and "Của cơ quan" not in soon
    home = admin.get("/admin").text
    assert "mã truy cập hết hạn trong 30 ngày tới" in home and "chưa từng được dùng" in home
