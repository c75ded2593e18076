"""What Apprise reaches: its real plugins against servers on loopback; what they say of failures.

Mattermost, JSON and an office's own SMS gateway are asked where their addresses say. Teams'
workflows, which are always asked by TLS, have a certificate of the test's own. The plugins of
Telegram and of an SMS provider know one server: its address is set to ours (``notify_url``), the
rest is the plugin's own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.vonage import NotifyVonage
from sqlalchemy import Engine

from integrations.apprise_channel import REFUSED, Sender, _without
from integrations.channels import ChannelError, lane_of, read_address
from integrations.doubts import ENOUGH
from integrations.lanes import ALIKE
from integrations.mail import SmtpTransport
from integrations.short_messages import LONGEST, Short, trial
from plans.errors import InvalidInput
from plans.settings import Settings
from tests.certificates import make_certificate
from tests.channel_server import DROP, Anywhere, ZaloServer
from tests.integrations.channelling import (
    flags,
    give_access,
    owe_by,
    send,
    settings_of,
    setup_of,
    troubles,
)
from tests.integrations.delivering import SETTINGS, rows
from tests.post_office import PostOffice, serving

INSIDE = SETTINGS.model_copy(update={"webhook_allow_private": True})
TOKEN = "3ccdd113474722377935511fc85d3dd4"
BOT = "123456789:abcdefg_hijklmnop_abcdefghijklmnopq"
LATER = timedelta(minutes=10)


def mattermost(server: Anywhere, token: str = TOKEN) -> str:
    return f"mmost://127.0.0.1:{server.port}/{token}"


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Anywhere]:
    with Anywhere() as server:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"{server.url}/bot")
        yield server


def say(address: str, message: Short | None = None, *, seconds: float = 2) -> None:
    setup = setup_of(None, settings=INSIDE, channel_timeout_seconds=seconds)  # type: ignore[arg-type]
    words = message or trial("vi", "http://x.vn", "Sở Y tế", "08/04/2025")
    Sender(setup).send(address, words, "key")


def test_a_contact_is_reached_by_mattermost_before_mail(engine: Engine) -> None:
    with Anywhere() as server:
        owe_by(engine, [mattermost(server), None], "apprise")
        done, line = send(engine, settings_of(), settings=INSIDE)
    assert done.sent == 2
    assert [to for _, to in line.sent] == ["a1@so.vn"]
    (post,) = server.posts
    assert post.path == f"/hooks/{TOKEN}"
    assert "Rà soát quy trình" in post.body["text"]
    assert "/l/d0." in post.body["text"]
    first, second = rows(engine)
    assert (first.channel, first.address, first.receipt) == ("apprise", "mmost://…", None)
    assert (second.channel, second.address) == (None, "a1@so.vn")


def test_telegram_gets_the_words_with_nothing_read_as_marks(telegram: Anywhere) -> None:
    say(f"tgram://{BOT}/12345678", Short("<b>", "a & b < c *d* _e_", {}, "reminder", "vi", ""))
    post = telegram.posts[-1]
    assert post.path == f"/bot{BOT}/sendMessage"
    assert post.body["chat_id"] == 12345678
    assert "a &amp; b &lt; c *d* _e_" in post.body["text"]


def test_teams_is_reached_by_tls_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate("localhost", tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.authority))
    with Anywhere(tls=certificate.server) as server:
        where = f"workflows://localhost:{server.port}/643a03bdfa5b4b2dbb4d4b2b2b2b2b2b/UFYUHGYfJHF"
        say(where)
        (post,) = server.posts
        assert "Sở Y tế" in str(post.body)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        with pytest.raises(ChannelError, match="cannot be reached") as caught:
            say(where)
    assert caught.value.fault == "later"


def test_an_offices_own_gateway_of_short_messages_is_reached() -> None:
    where = "smseagle://a1b2c3d4e5f6a7b8@127.0.0.1:{port}/84912345678"
    taken = {"result": {"message_id": 7, "status": "ok"}}
    with Anywhere(200, 401, said=taken) as server:
        address = where.format(port=server.port)
        assert read_address(address, INSIDE).shown == f"smseagle://127.0.0.1:{server.port}/…"
        say(address)
        with pytest.raises(ChannelError, match="401") as caught:
            say(address)
    asked = server.posts[0]
    assert (asked.path, asked.body["params"]["to"]) == ("/jsonrpc/sms", "84912345678")
    assert "Sở Y tế" in asked.body["params"]["message"]
    assert caught.value.fault == "recipient"
    assert "a1b2c3d4" not in str(caught.value)


def test_a_provider_of_short_messages_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plugin knows one server, as Telegram's does."""
    with Anywhere() as server:
        monkeypatch.setattr(NotifyVonage, "notify_url", f"{server.url}/sms/json")
        say("vonage://abcdef01:0123456789abcdef@84912345678/84912345679")
    (post,) = server.posts
    assert (post.body["to"], post.body["api_key"]) == ("84912345679", "abcdef01")
    assert "Sở Y tế" in post.body["text"]


@pytest.mark.parametrize(
    ("status", "fault"),
    [(401, "recipient"), (404, "recipient"), (410, "recipient"), (413, "message"), (429, "later")],
)
def test_what_a_service_answers_decides(status: int, fault: str) -> None:
    with Anywhere(status) as server, pytest.raises(ChannelError) as caught:
        say(mattermost(server))
    assert caught.value.fault == fault
    assert str(status) in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_chat_that_is_gone_is_the_recipients(telegram: Anywhere) -> None:
    telegram.statuses = iter([400])
    telegram.said = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
    with pytest.raises(ChannelError) as caught:
        say(f"tgram://{BOT}/12345678")
    assert caught.value.fault == "recipient"
    assert BOT not in str(caught.value)


def test_a_lost_answer_is_told_from_a_server_that_is_away() -> None:
    with Anywhere(DROP) as server, pytest.raises(ChannelError, match="may have it"):
        say(mattermost(server))
    with pytest.raises(ChannelError, match="cannot be reached") as caught:
        say(mattermost(server))
    assert "may have it" not in str(caught.value)


def test_one_webhook_that_is_gone_is_flagged_once_another_was_taken(engine: Engine) -> None:
    with Anywhere(404) as gone, Anywhere() as other:
        owe_by(engine, [mattermost(gone), mattermost(other)], "apprise")
        done, line = send(engine, settings_of(), settings=INSIDE)
    assert (done.sent, [to for _, to in line.sent]) == (2, ["a0@so.vn"])
    first, second = flags(engine)
    assert first is not None
    assert "404" in first
    assert second is None
    assert "404" in rows(engine)[0].fallback


def test_a_service_that_refuses_everybody_flags_nobody(engine: Engine) -> None:
    number = ENOUGH + 1
    with Anywhere(*[401] * number) as server:
        owe_by(engine, [mattermost(server)] * number, "apprise")
        done, line = send(engine, settings_of(), settings=INSIDE)
    assert (done.sent, len(line.sent)) == (number, number)
    assert flags(engine) == [None] * number
    assert troubles(engine)["apprise:mmost"].startswith(ALIKE)


def test_few_refusals_are_believed_at_the_end(sqlite_engine: Engine) -> None:
    with Anywhere(404, 404) as server:
        owe_by(sqlite_engine, [mattermost(server)] * 2, "apprise")
        done, line = send(sqlite_engine, settings_of(), settings=INSIDE)
    assert (done.sent, len(line.sent)) == (2, 2)
    assert all(flags(sqlite_engine))


def test_channels_and_a_real_mail_server_in_one_run(engine: Engine) -> None:
    with ZaloServer() as zalo, serving(office := PostOffice()) as port:
        give_access(engine, zalo)
        owe_by(engine, ["84900000000", "84900000001", None, None])
        zalo.codes["84900000001"] = iter([-118])
        done, _ = send(
            engine, settings_of(zalo), line=SmtpTransport(f"smtp://127.0.0.1:{port}", 5), lines=1
        )
    assert done.sent == 4
    assert sorted(one.to for one in office.taken) == ["a1@so.vn", "a2@so.vn", "a3@so.vn"]
    assert [row.channel for row in rows(engine)] == ["zalo", None, None, None]
    assert len(set(office.identities)) == 3


def test_a_mail_server_that_is_away_does_not_keep_channels(sqlite_engine: Engine) -> None:
    with ZaloServer() as zalo:
        give_access(sqlite_engine, zalo)
        owe_by(sqlite_engine, ["84900000000", None, "84900000002"])
        nowhere = SmtpTransport("smtp://127.0.0.1:9", 1)
        done, _ = send(sqlite_engine, settings_of(zalo), line=nowhere, lines=1)
    assert (done.sent, done.later) == (2, 1)


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "shown", "lane"),
    [
        (f"tgram://{BOT}/12345678", "tgram://…", "apprise:tgram"),
        (
            f"mmost://127.0.0.1:8065/{TOKEN}",
            "mmost://127.0.0.1:8065/…",
            "apprise:mmost://127.0.0.1:8065",
        ),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops", "slack://…", "apprise:slack"),
        (f"https://discord.com/api/webhooks/1/{TOKEN}", "discord://…", "apprise:discord"),
    ],
)
def test_nothing_secret_is_shown(said: str, shown: str, lane: str) -> None:
    found = read_address(said, INSIDE)
    assert (found.shown, lane_of("apprise", found.shown)) == (shown, lane)
    assert len(lane) <= 40


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (f"mmosts://127.0.0.1/{TOKEN}", "public internet"),
        (f"mmosts://[::ffff:10.0.0.8]/{TOKEN}", "public internet"),
        (f"mmost://8.8.8.8/{TOKEN}", "TLS"),
        ("jsons://no.such.host.invalid", "cannot be found"),
        (f"mmosts://8.8.8.8/{TOKEN}?verify=no", "certificate"),
        (f"tgram://{BOT}/1234567/7654321", "one recipient"),
        (f"tgram://{BOT}/12345678?template=/etc/hostname", "names a file"),
        (f"fcm://project@{TOKEN}/dev?keyfile=http://10.0.0.8/", "names a file"),
        ("nothing://x", "Apprise cannot use"),
        ("tgram://x", "Apprise cannot use"),
        ("someone@x.vn", "not an address"),
        ("tgram://" + "x" * 3000, "not an address"),
    ],
)
def test_what_leads_where_none_may_is_refused(said: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        read_address(said, SETTINGS)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("logged", ["mật%20khẩu", "m%E1%BA%ADt%20kh%E1%BA%A9u", "mật khẩu"])
def test_no_secret_is_logged_however_it_is_quoted(logged: str) -> None:
    assert _without(f"at url: /{logged} (", "jsons://x/mật%20khẩu") == "at url: /••• ("


@pytest.mark.parametrize("scheme", sorted(REFUSED))
def test_this_machines_own_services_are_no_channels(scheme: str) -> None:
    with pytest.raises(InvalidInput, match="is not a channel here"):
        read_address(f"{scheme}://localhost/x", INSIDE)


def test_a_host_is_judged_again_before_each_message() -> None:
    with Anywhere() as server:
        setup = setup_of(None, settings=Settings())  # type: ignore[arg-type]
        words = trial("vi", "http://x.vn", "Sở Y tế", "08/04/2025")
        with pytest.raises(ChannelError, match="TLS"):
            Sender(setup).send(mattermost(server), words, "key")
    assert server.posts == []


def test_a_redirect_is_not_followed() -> None:
    with Anywhere(307) as server, pytest.raises(ChannelError):
        say(mattermost(server))
    assert len(server.posts) == 1


def test_a_service_of_short_messages_gets_a_short_one() -> None:
    sender = Sender(setup_of(None, settings=INSIDE))  # type: ignore[arg-type]
    where: Any = "vonage://abcdef01:0123456789abcdef@84912345678/84912345678"
    assert sender.longest(where) < LONGEST


def test_what_apprise_logs_reaches_nobody_elses_handler() -> None:
    """pytest's own handlers sit on the very logger; a service's sit at the root."""
    heard: list[logging.LogRecord] = []
    handler, root = logging.Handler(1), logging.getLogger()
    handler.emit = heard.append  # type: ignore[assignment,method-assign]
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    try:
        with Anywhere(401) as server, pytest.raises(ChannelError) as caught:
            say(mattermost(server))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert [one.getMessage() for one in heard if TOKEN in one.getMessage()] == []
    assert [one for one in heard if one.name == "apprise"] == []
    assert "Sở Y tế" not in str(caught.value), "nor do the words stand in the reason"
