"""Zalo's access: renewed once, refused, given anew by a person, shared, kept sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from integrations import zalo_tokens
from integrations.channels import ChannelError, shortfalls
from integrations.zalo_tokens import Tokens, adopt, authorise
from plans.errors import InvalidInput
from plans.settings import Settings
from plans.store import open_engine, reading, writing
from plans.store.notices import NewNotice
from plans.store.notices import owe as write_owed
from plans.store.schema_paper import channel_tokens, contact_channels
from plans.terms import NoticeKind
from tests.channel_server import ZaloServer
from tests.integrations.channelling import (
    flags,
    give_access,
    numbers,
    owe_by,
    send,
    settings_of,
    setup_of,
    troubles,
)
from tests.integrations.delivering import CONTENT, DAY, NOW

LATER = timedelta(minutes=10)


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


def test_an_access_that_is_over_meanwhile_is_renewed_once(engine: Engine, zalo: ZaloServer) -> None:
    give_access(engine, zalo, lasts=timedelta(hours=5))
    zalo.access.good.clear()  # taken back before its time
    owe_by(engine, numbers(6))
    done, line = send(engine, settings_of(zalo), lines=4)
    assert (done.sent, line.sent, zalo.renewals) == (6, [], 1)


def test_a_refresh_token_that_is_spent_needs_a_person_and_mail_goes_on(
    engine: Engine, zalo: ZaloServer
) -> None:
    give_access(engine, zalo)
    zalo.access.refresh.clear()
    owe_by(engine, numbers(3))
    done, line = send(engine, settings_of(zalo))
    assert (done.sent, len(line.sent)) == (3, 3)
    assert "-14020" in troubles(engine)["zalo"]
    assert (
        "zalo-authorize" in troubles(engine)["zalo:zns"] or "-14020" in troubles(engine)["zalo:zns"]
    )
    posts = len(zalo.posts)
    owe_more_and_send(engine, zalo)
    assert len(zalo.posts) == posts, "a dead token is not offered again"
    adopt(setup_of(engine, zalo), grant(zalo))
    assert "zalo" not in troubles(engine)


@pytest.mark.parametrize("code", [-124, -216, -220])
def test_an_access_that_is_refused_once_renewed_is_nobodys_fault(
    sqlite_engine: Engine, zalo: ZaloServer, code: int
) -> None:
    give_access(sqlite_engine, zalo)
    owe_by(sqlite_engine, numbers(2))
    for number in numbers(2):
        assert number
        zalo.codes[number] = iter([code] * 3)
    done, line = send(sqlite_engine, settings_of(zalo), lines=1)
    assert (done.sent, len(line.sent), zalo.renewals) == (2, 2, 2)
    assert flags(sqlite_engine) == [None, None]
    assert "authorise Dondoc anew" in troubles(sqlite_engine)["zalo:zns"]
    assert len(zalo.messages) == 2, "with the old access and with the new one, and no more"


@pytest.mark.parametrize("said", ["Refresh token expired.", "Invalid refresh token."])
def test_a_refresh_token_that_is_refused_is_told_on_and_kept_no_longer(
    sqlite_engine: Engine, zalo: ZaloServer, said: str
) -> None:
    """After three months in which nothing was sent, or when it was given to another."""
    give_access(sqlite_engine, zalo)
    zalo.access.refresh.clear()
    zalo.refusal = said
    owe_by(sqlite_engine, numbers(2))
    done, line = send(sqlite_engine, settings_of(zalo))
    assert (done.sent, len(line.sent), zalo.messages) == (2, 2, [])
    assert said in troubles(sqlite_engine)["zalo"]
    with reading(sqlite_engine) as connection:
        lacks = shortfalls(connection, settings_of(zalo))
    assert [one.partition(":")[0] for one in lacks["zalo:oa"]] == ["no access to Zalo yet"]


def owe_more_and_send(engine: Engine, zalo: ZaloServer) -> None:
    with writing(engine) as connection:
        new = NewNotice("again", NoticeKind.REMINDER, "d0", DAY, CONTENT, "x")
        assert write_owed(connection, [new], NOW)
    send(engine, settings_of(zalo), after=LATER)


def grant(zalo: ZaloServer) -> str:
    zalo.access.refresh.add("given by hand")
    return "given by hand"


def test_access_is_kept_before_it_is_used(
    sqlite_engine: Engine, zalo: ZaloServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends between Zalo's answer and its first message leaves what works."""
    give_access(sqlite_engine, zalo)
    setup = setup_of(sqlite_engine, zalo)

    def ends(*_: Any) -> Any:
        raise KeyboardInterrupt

    with httpx.Client() as client, monkeypatch.context() as patched:
        kept = zalo_tokens.keep
        patched.setattr(zalo_tokens, "keep", lambda *given: (kept(*given), ends())[1])
        with pytest.raises(KeyboardInterrupt):
            Tokens(setup, client).access()
    with httpx.Client() as client:
        assert Tokens(setup, client).access() == "access-1"
    assert zalo.renewals == 1


def test_processes_that_need_access_at_once_renew_it_once(
    database_url: str, engine: Engine, zalo: ZaloServer
) -> None:
    give_access(engine, zalo)
    zalo.pause = 0.4
    with get_context("spawn").Pool(3) as pool:
        found = pool.map(get_access, [(database_url, zalo.settings)] * 3)
    assert found == ["access-1"] * 3
    assert zalo.renewals == 1
    assert troubles(engine) == {}


def get_access(given: tuple[str, dict[str, Any]]) -> str:
    url, places = given
    engine = open_engine(url)
    with httpx.Client() as client:
        setup = setup_of(engine, **places)
        found = Tokens(setup, client).access()
    engine.dispose()
    return found


def test_an_access_near_its_end_still_serves_where_it_is_not_renewed(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo, lasts=timedelta(minutes=10))
    zalo.access.refresh.clear()
    with httpx.Client() as client:
        assert Tokens(setup_of(sqlite_engine, zalo), client).access() == "access-0"


def test_a_renewal_that_got_no_answer_may_be_tried_again(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    setup = setup_of(sqlite_engine, zalo, zalo_oauth_url="http://127.0.0.1:9")
    with httpx.Client() as client, pytest.raises(ChannelError, match="not renewed"):
        Tokens(setup, client).access()
    with reading(sqlite_engine) as connection:
        row = connection.execute(select(channel_tokens)).one()
    assert row.refresh is not None
    with httpx.Client() as client:
        assert Tokens(setup_of(sqlite_engine, zalo), client).access() == "access-1"


def test_a_late_refusal_leaves_what_was_given_meanwhile(engine: Engine, zalo: ZaloServer) -> None:
    """A person permitted anew, or another process renewed, while one still waited for Zalo."""
    give_access(engine, zalo)
    setup = setup_of(engine, zalo)

    class Slow(httpx.Client):
        def post(self, *given: Any, **named: Any) -> httpx.Response:
            authorise(setup, "a code")
            zalo.access.refresh.discard("refresh-0")
            return super().post(*given, **named)

    with Slow() as client, pytest.raises(ChannelError, match="-14020"):
        Tokens(setup, client).access()
    with httpx.Client() as other:
        assert Tokens(setup, other).access() == "access-1"
    assert troubles(engine) == {}


def test_a_wrong_key_of_ours_does_not_cost_the_refresh_token(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    wrong = setup_of(sqlite_engine, zalo, zalo_secret_key="mistyped")
    with httpx.Client() as client, pytest.raises(ChannelError, match="secret key"):
        Tokens(wrong, client).access()
    with httpx.Client() as client:
        assert Tokens(setup_of(sqlite_engine, zalo), client).access() == "access-1"


def test_access_that_was_sealed_otherwise_is_the_channels_trouble(
    sqlite_engine: Engine, zalo: ZaloServer
) -> None:
    give_access(sqlite_engine, zalo)
    other = Settings(secret_key=SecretStr("t" * 40))
    setup = setup_of(sqlite_engine, zalo, settings=other)
    with httpx.Client() as client, pytest.raises(ChannelError, match="zalo-authorize") as caught:
        Tokens(setup, client).access()
    assert caught.value.fault == "channel"


def test_nothing_secret_lies_open_in_the_record(engine: Engine, zalo: ZaloServer) -> None:
    authorise(setup_of(engine, zalo), "a code")
    owe_by(engine, ["842438253531"])
    with reading(engine) as connection:
        tokens = str(connection.execute(select(channel_tokens)).all())
        chosen = str(connection.execute(select(contact_channels)).all())
    assert "access-1" not in tokens
    assert "refresh-1" not in tokens
    assert "2438253531" not in chosen
    until = authorise(setup_of(engine, zalo), "a code")
    assert until > datetime.now(UTC) + timedelta(hours=24)


@pytest.mark.parametrize("act", [adopt, authorise])
def test_a_wrong_code_is_refused_with_zalos_reason(
    sqlite_engine: Engine, zalo: ZaloServer, act: Any
) -> None:
    with pytest.raises(InvalidInput, match="Zalo refused"):
        act(setup_of(sqlite_engine, zalo), "wrong")
