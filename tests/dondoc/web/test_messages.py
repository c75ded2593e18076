"""The pages of messages: what was sent, trying again, what goes out next, and withholding it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, update

from dondoc.web import message_words
from dondoc.web.explaining import Untranslated
from dondoc.web.words import page_words
from integrations.delivery_run import CONTESTED
from integrations.doubts import ALIKE
from integrations.outcomes import TWICE
from plans.digests import owe_digests
from plans.identity.people import GrantIn
from plans.previewing import ROLES
from plans.reminding import remind
from plans.store import claims, notices, reading, sent, writing
from plans.store.schema import assignments, contacts
from plans.store.schema import notices as notice_table
from plans.store.schema_office import holds
from plans.terms import Delivery, NoticeKind, Role
from tests.builders import at
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, enter, visitor
from tests.dondoc.web.forms import Form, form_of, forms_of
from tests.offices import NOW, furnish
from tests.plans.identity.world import acts, add_user

TUESDAY = date(2025, 4, 1)
PREVIEW = "/messages/preview?run=reminders&on=2025-04-16&show=1"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def office(served: Served) -> httpx.Client:
    return visitor(served, "coordinator")


@pytest.fixture
def partial(served: Served) -> httpx.Client:
    """A coordinator of named plans."""
    grant = GrantIn(role=Role.COORDINATOR, plans=("mau",))
    return enter(served, add_user(served.engine, "mot@so.example.vn", grants=(grant,)))


@pytest.fixture
def owed(served: Served) -> dict[str, int]:
    """The day's reminders and the week's digests in the outbox: ids by kind (role), recipient."""
    with writing(served.engine) as connection:
        remind(connection, TUESDAY, at(TUESDAY), domain="x.vn")
        owe_digests(connection, date(2025, 4, 7), at(date(2025, 4, 7)), domain="x.vn")
        rows = connection.execute(select(notice_table)).all()
    return {f"{row.content.get('role', row.kind)} {row.recipient}": row.id for row in rows}


def fail(served: Served, notice: int, error: str = "recipient refused: 550 no such user") -> None:
    with writing(served.engine) as connection:
        claims.finish(connection, notice, Delivery.FAILED, NOW, address="syt@x.vn", error=error)


def delivery(served: Served, notice: int) -> Any:
    with reading(served.engine) as connection:
        return sent.one(connection, notice)


def listed(page: httpx.Response) -> set[int]:
    return {int(key) for key in re.findall(r'href="/messages/(\d+)"', page.text)}


# --- what was sent ------------------------------------------------------------------------------


def test_everything_that_was_sent_is_listed_and_filtered(
    served: Served, office: httpx.Client, owed: dict[str, int]
) -> None:
    reminder, digest = owed["reminder so-y-te"], owed["department so-y-te"]
    fail(served, reminder)
    page = office.get("/messages")
    check_page(page)
    assert listed(page) == set(owed.values())
    assert "Không gửi được" in page.text and "Máy chủ nhận từ chối địa chỉ" in page.text
    asked = {
        "state=failed": {reminder},
        "kind=digest&department=so-y-te": {digest},
        "department=Y+t%E1%BA%BF": {reminder, digest},  # "Y tế", wherever it stands
        "department=so-y-te": {reminder, digest},
        "until=2025-04-01": {key for name, key in owed.items() if name.startswith("reminder")},
        "since=2025-04-02&kind=reminder": set(),
    }
    for query, wanted in asked.items():
        assert listed(office.get(f"/messages?{query}")) == wanted, query
    assert "Không có thư nào phù hợp" in office.get("/messages?state=dropped").text
    assert office.get("/messages?kind=khac").status_code == 422


def test_a_filter_that_cannot_be_is_marked_and_the_others_kept(
    office: httpx.Client, owed: dict[str, int]
) -> None:
    page = office.get("/messages?since=zz&until=2025-04-30&kind=reminder&state=khac")
    assert page.status_code == 422 and listed(page) == set()
    check_page(page)
    assert 'id="error-since"' in page.text and 'id="error-state"' in page.text
    fields = form_of(page, "/messages").fields
    assert (fields["since"], fields["until"], fields["kind"]) == ("zz", "2025-04-30", "reminder")


def test_a_number_that_no_message_has_is_not_found(office: httpx.Client) -> None:
    page = office.get("/messages/99999999999999999999999")
    assert page.status_code == 404
    check_page(page)
    form = Form(
        "/messages/99999999999999999999999/again", "post", form_of(page, "/sign-out").fields
    )
    assert form.send(office).status_code == 404


def test_the_list_goes_on_by_page(
    served: Served, office: httpx.Client, owed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dondoc.web.messages.AT_ONCE", 2)
    found: list[set[int]] = []
    address = "/messages"
    while address:
        page = office.get(address)
        found.append(listed(page))
        links = re.findall(r'rel="next" href="([^"]+)"', page.text)
        address = links[0].replace("&amp;", "&") if links else ""
    assert len(found) > 1 and all(len(one) <= 2 for one in found)
    assert set().union(*found) == set(owed.values()) and sum(map(len, found)) == len(owed)


def test_a_message_is_shown_in_its_own_words(
    served: Served, office: httpx.Client, owed: dict[str, int]
) -> None:
    page = office.get(f"/messages/{owed['reminder so-y-te']}")
    check_page(page)
    assert "Kính gửi: so-y-te" in page.text and "Nhiệm vụ mot" in page.text
    with reading(served.engine) as connection:
        ref = select(assignments.c.id).where(assignments.c.ref == "mau/mot/so-y-te")
        key = connection.scalar(ref)
    assert f'href="/assignments/{key}"' in page.text
    assert "Đang chờ gửi" in page.text and "/l/" not in page.text
    english = office.get(f"/messages/{owed['department so-y-te']}?lang=en").text
    assert "Weekly digest" in english and "The tasks that it names" in english
    assert office.get("/messages/999").status_code == 404


def test_what_people_wrote_is_text(
    served: Served, office: httpx.Client, owed: dict[str, int]
) -> None:
    key = owed["reminder so-y-te"]
    with writing(served.engine) as connection:
        row = connection.execute(select(notice_table).where(notice_table.c.id == key)).one()
        content = {**row.content, "recipient_name": "<script>alert(1)</script>"}
        where = notice_table.c.id == key
        connection.execute(update(notice_table).where(where).values(content=content))
    page = office.get(f"/messages/{key}").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_a_failed_message_is_tried_again_once(
    served: Served, office: httpx.Client, owed: dict[str, int]
) -> None:
    key = owed["reminder so-y-te"]
    assert not [one for one in forms_of(office.get(f"/messages/{key}")) if "again" in one.action]
    fail(served, key)
    form = form_of(office.get(f"/messages/{key}"), "/again")
    assert form.send(office, csrf="x").status_code == 403
    answers = [form.send(office) for _ in "ab"]
    assert [one.status_code for one in answers] == [303, 303]
    assert (delivery(served, key).state, delivery(served, key).attempts) == ("waiting", 0)
    assert len(acts(served.engine, "message-resent")) == 1
    assert "chờ lượt gửi kế tiếp" in office.get(answers[0].headers["location"]).text
    late = form_of(office.get("/messages"), "/sign-out").fields["csrf"]
    again = Form(form.action, "post", {"csrf": late}).send(office)
    assert again.status_code == 409 and 'id="problems"' in again.text


def test_a_bounced_mailbox_is_shown_and_written_to_again(
    served: Served, office: httpx.Client, owed: dict[str, int]
) -> None:
    assert "Hộp thư không còn nhận được thư" not in office.get("/messages").text
    with writing(served.engine) as connection:
        notices.flag_bounced(connection, "syt@x.vn", NOW, "recipient refused: 550 5.1.1 unknown")
    page = office.get("/messages")
    assert "Hộp thư không còn nhận được thư" in page.text and "syt@x.vn" in page.text
    key = owed["reminder so-y-te"]
    fail(served, key)
    refused = form_of(office.get(f"/messages/{key}"), "/again").send(office)
    assert refused.status_code == 409 and "hộp thư" in refused.text.lower()
    form = next(one for one in forms_of(page) if one.fields.get("email"))
    assert form.send(office).status_code == 303
    with reading(served.engine) as connection:
        assert connection.scalar(select(contacts.c.bounced_at)) is None
    assert form.send(office, once="z").status_code == 409  # it is clear already


# --- what goes out next -------------------------------------------------------------------------


def test_who_gets_what_and_why_is_seen_before(served: Served, office: httpx.Client) -> None:
    shell = office.get("/messages/preview?run=reminders&on=2025-04-16")
    check_page(shell)
    assert 'hx-trigger="load"' in shell.text and "Xem danh sách" in shell.text
    page = office.get(PREVIEW)
    check_page(page)
    table = page.text.split('id="recipients"')[1]
    assert "syt@x.vn" in table and "chưa có hộp thư" in table
    assert "ngày làm việc sau thời hạn" in table
    # Once known, the whole page needs no second step.
    assert (
        'hx-trigger="load"' not in office.get("/messages/preview?run=reminders&on=2025-04-16").text
    )
    with reading(served.engine) as connection:
        assert connection.execute(select(notice_table)).all() == []
    words = office.get("/messages/preview/reminders/so-y-te?on=2025-04-16")
    check_page(words)
    assert "Kính gửi: so-y-te" in words.text and "Nhiệm vụ mot" in words.text
    digests = office.get("/messages/preview?run=digests&on=2025-04-21&show=1&lang=en").text
    assert "it has work late, due or changed" in digests and "it coordinates plans" in digests
    assert office.get("/messages/preview?run=khac").status_code == 404
    assert office.get("/messages/preview?on=x").status_code == 422
    assert office.get("/messages/preview/reminders/khong-co").status_code == 404


@pytest.mark.parametrize("run", ["reminders", "digests"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2024-04-15", "2026-04-17", "x"])
def test_a_run_of_a_day_too_far_is_not_worked_out(office: httpx.Client, run: str, day: str) -> None:
    page = office.get(f"/messages/preview?run={run}&on={day}&show=1")
    assert page.status_code == 422 and 'id="error-on"' in page.text
    check_page(page)
    form = form_of(page, "/messages/preview")
    assert (form.fields["on"], form.fields["run"]) == (day, run)
    if day != "x":
        assert "từ 16/04/2024 đến 16/04/2026" in page.text
    one = office.get(f"/messages/preview/{run}/so-y-te?on={day}")
    assert one.status_code == 303
    assert one.headers["location"] == f"/messages/preview?run={run}&on={day}"
    assert form.send(office, on="2026-04-16").status_code == 200


def test_what_changes_meanwhile_is_seen(served: Served, office: httpx.Client) -> None:
    first = office.get(PREVIEW).text.split('id="recipients"')[1]
    assert "Kính gửi" not in first and "so-y-te" in first
    with writing(served.engine) as connection:
        remind(connection, NOW.date(), NOW, domain="x.vn")
    assert "không gửi thư nào" in office.get(PREVIEW).text


def test_one_recipient_is_withheld_and_sent_to_again(served: Served, office: httpx.Client) -> None:
    where = "/messages/preview/reminders/so-y-te"
    form = form_of(office.get(PREVIEW), where)
    assert form.send(office, csrf="x", reason="sáp nhập").status_code == 403
    answers = [form.send(office, reason="Đang sáp nhập", until="2025-04-30") for _ in "ab"]
    assert [one.status_code for one in answers] == [303, 303]
    with reading(served.engine) as connection:
        (row,) = connection.execute(select(holds)).all()
    assert (row.department, row.reason, row.until) == (
        "so-y-te",
        "Đang sáp nhập",
        date(2025, 4, 30),
    )
    page = office.get(answers[0].headers["location"])
    assert "Đã tạm dừng gửi" in page.text and "Nguyễn Văn An" in page.text
    assert page.text.count("Đang sáp nhập") >= 2  # in the list of holds, and in its row
    lift = next(one for one in forms_of(page) if one.fields.get("step") == "lift")
    lifted = lift.send(office)
    assert "Đã gửi thư trở lại" in office.get(lifted.headers["location"]).text
    assert lift.send(office, once="z").status_code == 409
    assert len(acts(served.engine, "messages-held", "messages-lifted")) == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [({"reason": " "}, "reason"), ({"reason": "nghỉ", "until": "2025-01-01"}, "until")],
)
def test_a_hold_that_is_not_right_keeps_what_was_typed(
    served: Served, office: httpx.Client, given: dict[str, str], field: str
) -> None:
    form = form_of(office.get(PREVIEW), "/messages/preview/reminders/so-y-te")
    answer = form.send(office, **given)
    assert answer.status_code == 422 and f'id="{field}-error-one"' in answer.text
    again = next(one for one in forms_of(answer) if one.fields.get("step") == "hold")
    assert again.fields["reason"] == given["reason"]
    with reading(served.engine) as connection:
        assert connection.execute(select(holds)).all() == []


def test_every_role_of_a_digest_is_said_in_words() -> None:
    from dondoc.web.message_words import ROLES as SAID

    assert set(SAID) == set(ROLES.values())


# --- who may ------------------------------------------------------------------------------------


def test_messages_are_for_the_office(
    served: Served, office: httpx.Client, partial: httpx.Client, owed: dict[str, int]
) -> None:
    key = owed["reminder so-y-te"]
    fail(served, key)
    for client in (visitor(served, "viewer"), visitor(served, "department", "so-y-te")):
        for path in ("/messages", f"/messages/{key}", PREVIEW):
            assert client.get(path).status_code == 403
    assert visitor(served, "admin").get("/messages").status_code == 200
    again = form_of(office.get(f"/messages/{key}"), "/again")
    held = form_of(office.get(PREVIEW), "/messages/preview/reminders/so-tai-chinh")
    # A coordinator of named plans sees what was sent, but neither others' words nor acts on them.
    page = partial.get(f"/messages/{key}")
    assert page.status_code == 200 and "Kính gửi" not in page.text
    assert "Nhiệm vụ mot" not in page.text and "Thử lại" not in page.text
    assert "Kính gửi" not in partial.get("/messages/preview/reminders/so-y-te?on=2025-04-16").text
    csrf = form_of(page, "/sign-out").fields["csrf"]
    secret = "Lý do chỉ văn phòng biết"
    held.send(office, reason=secret)
    shown = partial.get(PREVIEW)
    assert "tạm dừng gửi từ 16/04/2025" in shown.text  # when, but neither why nor by whom
    assert secret not in shown.text and "Nguyễn Văn An" not in shown.text.split("<main")[1]
    assert secret in office.get(PREVIEW).text
    assert again.send(partial, csrf=csrf).status_code == 404
    assert held.send(partial, csrf=csrf, reason="x").status_code == 404
    assert delivery(served, key).state == "failed"


# --- words --------------------------------------------------------------------------------------


def test_a_kind_and_a_state_are_said_in_words() -> None:
    assert set(message_words.KINDS) == set(message_words.WHY) == set(NoticeKind)
    assert set(message_words.STATES) == set(message_words.ICONS) == set(Delivery)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("no mailbox is registered for this department", "chưa đăng ký hộp thư"),
        (f"{TWICE}mail server x:25 went away while it took it and may have it", "hỏi lại"),
        (CONTESTED, "hỏi lại"),
        (f"{TWICE}Zalo gave no whole answer, and the server may have it: ReadTimeout", "hỏi lại"),
        ("mail server x:25 went away while it took the message and may have it: x", "xác nhận"),
        ("mail server x:25 went away before it took the message: x", "không dùng được máy chủ thư"),
        ("mail server x:25 cannot be used: timed out", "không dùng được máy chủ thư"),
        (f"{ALIKE}recipient refused: 550 x", "từ chối mọi tin như nhau"),
        ("it was sent, and that could not be recorded (DataError); …", "không ghi nhận được"),
        ("UnicodeError: label too long", "lỗi ngoài dự kiến"),
        ("Zalo answered -100: Unknown error", "Zalo chưa nhận"),
        ("Zalo answered -108: Phone number invalid", "không gửi được tới người nhận"),
        ("Zalo answered -1124: Wrong format", "mẫu tin"),
        ("Zalo answered -1351: Blocked", "Official Account"),
        ("Zalo cannot be reached: ConnectError", "không kết nối được"),
        ("HTTP 429: too many", "ít tin"),
    ],
)
def test_why_a_message_did_not_go_is_said_in_vietnamese(error: str, said: str) -> None:
    found = message_words.MessageWords(page_words("vi")).fault(error)
    assert said in found
    assert not isinstance(found, Untranslated)
