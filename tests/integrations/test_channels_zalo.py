"""Zalo beside mail: by number and by user id; what follows from each class of refusal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from integrations.channels import read_address
from integrations.outcomes import CHANNEL_TRIES
from integrations.zalo_answers import FAULTS, fault_of, morning_after, refusal
from plans import contacting, resending
from plans.channels import overview
from plans.errors import InvalidInput
from plans.store import channels as store
from plans.store import notices, reading, writing
from plans.store.schema_paper import contact_channels
from plans.terms import NoticeKind
from tests.channel_server import BROKEN, DROP, SLOW, ZaloServer
from tests.integrations.channelling import (
    doubt,
    flags,
    give_access,
    numbers,
    owe_by,
    send,
    settings_of,
    troubles,
)
from tests.integrations.delivering import NOW, SETTINGS, rows

LATER = timedelta(minutes=10)


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


def test_a_contact_with_a_number_gets_a_template_message_and_no_mail(
    engine: Engine, zalo: ZaloServer
) -> None:
    give_access(engine, zalo)
    owe_by(engine, ["842438253531", "user:7279905758396907775", None])
    done, line = send(engine, settings_of(zalo))
    assert (done.sent, done.failed) == (3, [])
    assert [to for _, to in line.sent] == ["a2@so.vn"]
    by_number, by_user = sorted(zalo.messages, key=lambda one: one.path)
    assert (by_number.path, by_number.body["template_id"]) == ("/message/template", "101")
    data = by_number.body["template_data"]
    assert data["so_nhiem_vu"] == "01"
    assert data["ngay"] == "08/04/2025"
    assert data["lien_ket"].startswith("l/d0.")
    assert by_user.path == "/v3.0/oa/message/transaction"
    assert by_user.body["recipient"] == {"user_id": "7279905758396907775"}
    first, second, third = rows(engine)
    assert first.message_id.startswith(f"<{by_number.body['tracking_id']}@")
    assert {first.receipt, second.receipt} == {"zalo-1", "zalo-2"}
    assert [one.channel for one in (first, second, third)] == ["zalo", "zalo", None]
    assert (first.address, first.error, first.fallback) == ("84…531", None, None)
    assert zalo.renewals == 1
    with reading(engine) as connection:
        found = overview(connection, NOW + timedelta(days=1))
    assert set(found.sent) == {(None, 1, 0), ("zalo", 2, 0)}
    assert [(one.name, one.has_access) for one in found.states] == [("zalo", True)]


@pytest.mark.parametrize(
    ("code", "is_flagged"), [(-118, True), (-213, True), (-131, False), (-1122, False)]
)
def test_what_cannot_go_by_zalo_goes_by_mail_in_the_same_run(
    sqlite_engine: Engine, zalo: ZaloServer, code: int, is_flagged: bool
) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(2))
    zalo.codes["84900000000"] = iter([code])
    done, line = send(sqlite_engine, settings_of(zalo))
    assert done.sent == 2
    assert [to for _, to in line.sent] == ["a0@so.vn"]
    row = rows(sqlite_engine)[0]
    assert (row.state, row.channel, row.error) == ("sent", None, None)
    assert f"Zalo answered {code}" in row.fallback
    assert bool(flags(sqlite_engine)[0]) is is_flagged
    assert flags(sqlite_engine)[1] is None
    assert troubles(sqlite_engine) == {}


def test_a_flagged_contact_is_written_to_by_mail_until_its_channel_is_set_anew(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(1))
    with writing(sqlite_engine) as connection:
        row = connection.execute(select(contact_channels)).one()
        store.flag(connection, row.contact, row.address, NOW, "Zalo answered -118")
    _, line = send(sqlite_engine, settings_of(zalo))
    assert len(line.sent) == 1
    assert zalo.messages == []
    assert "failed before" in rows(sqlite_engine)[0].fallback


def test_a_channel_reaches_whom_mail_does_not(sqlite_engine: Engine, zalo: ZaloServer) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(2))
    zalo.codes["84900000001"] = iter([-118])
    with writing(sqlite_engine) as connection:
        for email in ("a0@so.vn", "a1@so.vn"):
            notices.flag_bounced(connection, email, NOW, "550 no such user")
    done, line = send(sqlite_engine, settings_of(zalo))
    assert (done.sent, line.sent, [code for code, _ in done.failed]) == (1, [], ["d1"])
    failed = rows(sqlite_engine)[1]
    assert "bounced" in failed.error
    assert "-118" in failed.fallback


def test_a_message_that_failed_begins_with_its_channel_anew(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    (email,) = owe_by(sqlite_engine, numbers(1))
    zalo.codes["84900000000"] = iter([-131])
    with writing(sqlite_engine) as connection:
        notices.flag_bounced(connection, email, NOW, "550 no such user")
    send(sqlite_engine, settings_of(zalo))
    (row,) = rows(sqlite_engine)
    assert row.state == "failed"
    with writing(sqlite_engine) as connection:
        contacting.clear_bounce(connection, "d0", email, actor="test", now=NOW)
        resending.try_again(connection, row.notice, actor="test", now=NOW)
    done, line = send(sqlite_engine, settings_of(zalo))
    (row,) = rows(sqlite_engine)
    assert (done.sent, line.sent, row.channel, row.fallback) == (1, [], "zalo", None)


def test_with_its_mailbox_a_channel_goes(engine: Engine) -> None:
    (email,) = owe_by(engine, numbers(1))
    with writing(engine) as connection:
        store.note_failed(connection, "zalo:zns", NOW, "no money")
        contacting.remove(connection, "d0", email, actor="test", now=NOW)
    assert flags(engine) == []
    assert troubles(engine) == {}, "nobody is reached by it any more"


@pytest.mark.parametrize("code", [-115, -126, -144])
def test_a_trouble_of_all_blames_nobody_and_turns_to_mail(
    engine: Engine, zalo: ZaloServer, code: int
) -> None:
    give_access(engine, zalo)
    owe_by(engine, numbers(6))
    for number in numbers(6):
        assert number
        zalo.codes[number] = iter([code] * 3)
    done, line = send(engine, settings_of(zalo))
    assert done.sent == 6
    assert len(line.sent) == 6
    assert set(flags(engine)) == {None}
    assert f"Zalo answered {code}" in troubles(engine)["zalo:zns"]
    assert all(row.fallback for row in rows(engine))
    assert len(zalo.messages) < 6, "who is known to be out of order is not asked again"


def test_a_way_that_works_again_is_in_trouble_no_more(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(1))
    with writing(sqlite_engine) as connection:
        store.note_failed(connection, "zalo:zns", NOW, "out of money")
    send(sqlite_engine, settings_of(zalo))
    assert troubles(sqlite_engine) == {}


def test_what_may_pass_is_tried_once_more_and_then_goes_by_mail(
    engine: Engine, zalo: ZaloServer
) -> None:
    give_access(engine, zalo)
    owe_by(engine, numbers(1))
    zalo.codes["84900000000"] = iter([-100, -100, -100])
    done, line = send(engine, settings_of(zalo))
    assert (done.sent, done.later, line.sent) == (0, 1, [])
    done, line = send(engine, settings_of(zalo), after=LATER)
    assert (done.sent, len(line.sent), len(zalo.messages)) == (1, 1, CHANNEL_TRIES)
    assert flags(engine) == [None]


def test_what_zalo_may_have_goes_by_mail_and_never_a_third_time(
    engine: Engine, zalo: ZaloServer
) -> None:
    give_access(engine, zalo)
    owe_by(engine, numbers(3))
    for number, what in zip(numbers(3), (DROP, BROKEN, SLOW), strict=True):
        assert number
        zalo.codes[number] = iter([what, what])
    done, line = send(engine, settings_of(zalo, channel_timeout_seconds=0.4), lines=4)
    assert done.sent == 3
    assert sorted(to for _, to in line.sent) == ["a0@so.vn", "a1@so.vn", "a2@so.vn"]
    assert len(zalo.numbers) <= 3, "none of them a second time"
    assert all("may have it" in row.fallback for row in rows(engine))
    assert all(row.maybe_taken for row in rows(engine))


def test_a_killed_runs_message_is_repeated_the_same_way_as_the_same(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(1))
    doubt(sqlite_engine)
    zalo.codes["84900000000"] = iter([DROP])
    done, line = send(sqlite_engine, settings_of(zalo))
    assert line.sent == []
    (row,) = rows(sqlite_engine)
    assert row.state == "failed"
    assert "handed over twice" in row.error
    assert [one for one, _ in done.failed] == ["d0"]


def test_at_night_it_waits_for_the_morning(sqlite_engine: Engine, zalo: ZaloServer) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(3))
    for number in numbers(3):
        assert number
        zalo.codes[number] = iter([-133])
    done, line = send(sqlite_engine, settings_of(zalo), lines=1)
    assert (done.sent, line.sent) == (0, [])
    assert len(zalo.messages) == 1
    assert {(row.state, row.attempts) for row in rows(sqlite_engine)} == {("waiting", 0)}
    done, line = send(sqlite_engine, settings_of(zalo), after=timedelta(hours=1), lines=1)
    assert done.sent == 1, "the others are told that it is night, once more"


def test_the_morning_is_the_next_six_o_clock() -> None:
    night = NOW.replace(hour=23)
    assert morning_after(night) - night == timedelta(hours=7)
    assert morning_after(night.replace(hour=3)).hour == 6
    error = refusal(-133, "Not allowed", night)
    assert (error.fault, error.until) == ("night", morning_after(night))


def test_every_code_has_a_class_and_an_unknown_one_may_pass() -> None:
    assert set(FAULTS.values()) == {"recipient", "message", "channel", "later", "night"}
    error = refusal(-987654, "new", NOW)
    assert (error.fault, error.permanent) == ("later", False)


@pytest.mark.parametrize(
    ("code", "fault"),
    [(-1124, "message"), (-1131, "message"), (-1351, "channel"), (-1471, "message"), (-1491, None)],
)
def test_a_code_that_zalo_told_apart_later_is_of_its_family(code: int, fault: str | None) -> None:
    assert fault_of(code) == (fault or "later")


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_of_message_can_have_its_template(kind: NoticeKind) -> None:
    found = settings_of(zalo_templates=f"{kind}=7")
    assert found.zalo_template(kind, "vi") == "7"
    assert kind not in found.without_template()


def test_without_its_settings_zalo_says_which_is_missing(sqlite_engine: Engine) -> None:
    owe_by(sqlite_engine, numbers(1))
    done, line = send(sqlite_engine, settings_of())
    assert (done.sent, len(line.sent)) == (1, 1)
    assert "DONDOC_ZALO_APP_ID" in troubles(sqlite_engine)["zalo:zns"]


def test_a_kind_without_a_template_goes_by_mail(sqlite_engine: Engine, zalo: ZaloServer) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(1))
    _, line = send(sqlite_engine, settings_of(zalo, zalo_templates="digest=1"))
    assert len(line.sent) == 1
    assert "DONDOC_ZALO_TEMPLATES" in rows(sqlite_engine)[0].fallback


def test_who_shows_up_nowhere_waits_and_the_mail_goes_on(sqlite_engine: Engine) -> None:
    """Zalo's servers cannot be reached."""
    server = ZaloServer()
    server._http.server_close()
    give_access(sqlite_engine, server, lasts=timedelta(hours=2))
    owe_by(sqlite_engine, [*numbers(7), None, None])
    _, line = send(sqlite_engine, settings_of(server))
    assert [to for _, to in line.sent] == ["a7@so.vn", "a8@so.vn"]
    _, line = send(sqlite_engine, settings_of(server), after=timedelta(minutes=20))
    assert len(line.sent) == 7
    assert flags(sqlite_engine) == [None] * 7


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept", "shown"),
    [
        ("zalo:024 3825 3531", "842438253531", "84•••••••531"),
        ("zalo:+84 912-345-678", "84912345678", "84••••••678"),
        ("ZALO:user:7279905758396907775", "user:7279905758396907775", "user:72••••••••••••••775"),
    ],
)
def test_numbers_are_read_as_people_write_them(said: str, kept: str, shown: str) -> None:
    found = read_address(said, SETTINGS)
    assert (found.kind, found.text, found.shown) == ("zalo", kept, shown)
    assert found.advice is not None


@pytest.mark.parametrize("said", ["", "zalo:", "zalo:12", "zalo:user:abc", "zalo:84012345678"])
def test_what_is_no_number_is_refused(said: str) -> None:
    with pytest.raises(InvalidInput, match="channel:"):
        read_address(said, SETTINGS)


@pytest.mark.parametrize("said", ["reminder=abc", "lunch=1", "reminder=1, reminder=2", "vi=1"])
def test_templates_that_are_none_are_refused(said: str) -> None:
    with pytest.raises(ValueError, match="zalo_templates"):
        settings_of(zalo_templates=said)


def test_the_nearest_template_is_taken() -> None:
    found = settings_of(zalo_templates="*=1, reminder=2, reminder.en=3")
    asked = [("reminder", "en"), ("reminder", "vi"), ("digest", "vi")]
    assert [found.zalo_template(*one) for one in asked] == ["3", "2", "1"]
