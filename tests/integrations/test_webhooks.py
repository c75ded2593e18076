"""Webhooks over a real connection: signed, in order, tried again, given up, and never inwards."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, delete, select, update
from standardwebhooks import Webhook

from integrations import webhook_requests, webhooks
from integrations.webhook_requests import Message, Sender, signed
from integrations.webhooks import LEASE, Pushed, check_address, ping, push
from plans import webhook_sending
from plans.errors import InvalidInput
from plans.settings import Settings
from plans.store import following, open_engine, reading, writing
from plans.store.schema import notices
from plans.store.schema_access import webhooks as table
from plans.terms import EventKind
from tests.certificates import make_certificate
from tests.hook_server import Answer, Got, HookServer
from tests.hooks import SECRET_KEY, hook, hooked, report, row_of
from tests.killing import Victims
from tests.offices import NOW, furnish

DAY = timedelta(hours=24)


def settings(*, allow: bool = True, secret: str = SECRET_KEY) -> Settings:
    return Settings(secret_key=SecretStr(secret), webhook_allow_private=allow)


def run(engine: Engine, now: datetime = NOW, **given: Any) -> Pushed:
    facts: dict[str, Any] = {"elapsed": lambda: 0} | given
    return push(engine, facts.pop("settings", settings()), "x.vn", now, **facts)


def percents(some: Sequence[Got]) -> list[int]:
    return [one.json["data"]["payload"]["percent"] for one in some]


@pytest.fixture
def furnished(engine: Engine) -> Engine:
    furnish(engine)
    following.catch_up(engine)
    return engine


def test_events_come_in_order_each_once_and_signed(furnished: Engine) -> None:
    with HookServer() as server:
        key, secret = hook(furnished, server.url)
        report(furnished, 10, 20, 30)
        assert run(furnished) == Pushed(sent=3)
        assert run(furnished) == Pushed()
        report(furnished, 40)
        assert run(furnished) == Pushed(sent=1)
    assert percents(server.got) == [10, 20, 30, 40]
    start = row_of(furnished, key).position - 4
    assert server.ids == [f"msg_{key}_{start + n}" for n in (1, 2, 3, 4)]
    for one in server.got:
        assert Webhook(secret).verify(one.body, one.headers) == one.json
        assert one.headers["content-type"] == "application/json"
    body = server.got[0].json
    assert body["type"] == "assignment.updated"
    assert datetime.fromisoformat(body["timestamp"]) == NOW
    assert body["data"]["ref"] == "mau/mot/so-y-te"
    assert body["data"]["position"] == start + 1


def test_another_secret_does_not_verify(furnished: Engine) -> None:
    with HookServer() as server:
        _, secret = hook(furnished, server.url)
        _, another = hook(furnished, "http://127.0.0.1:1/")
        report(furnished, 10)
        run(furnished)
    [got] = server.got
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(another).verify(got.body, got.headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(secret).verify(got.body.replace("10", "99"), got.headers)


def test_a_time_of_any_zone_is_signed_as_the_moment_it_is() -> None:
    message, at = Message("msg_1", "{}"), datetime.now(UTC)
    secret = "whsec_" + "QUJD" * 8
    assert signed(secret, message, at.astimezone(settings().zone)) == signed(secret, message, at)
    assert Webhook(secret).verify("{}", signed(secret, message, at)) == {}


def test_only_the_kinds_asked_for_are_sent_and_the_rest_passed_over(furnished: Engine) -> None:
    with HookServer() as server:
        key, _ = hook(furnished, server.url, kinds=[EventKind.SUBMITTED])
        before = row_of(furnished, key).position
        report(furnished, 10, 20)
        assert run(furnished) == Pushed()
    assert server.got == []
    assert row_of(furnished, key).position == before + 2


def test_many_pages_are_sent_in_one_run(furnished: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sending, "PAGE", 2)
    with HookServer() as server:
        hook(furnished, server.url)
        report(furnished, *range(1, 8))
        assert run(furnished).sent == 7
    assert percents(server.got) == list(range(1, 8))


def test_a_run_ends_in_time_and_the_next_one_goes_on(furnished: Engine) -> None:
    with HookServer() as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10, 20, 30)
        late = webhooks.RUN_SECONDS
        done = run(furnished, elapsed=lambda: late if len(server.got) >= 2 else 0)
        assert done == Pushed(sent=2)
        assert row_of(furnished, key).lease_until is None
        assert run(furnished) == Pushed(sent=1)
    assert percents(server.got) == [10, 20, 30]


# --- failures ----------------------------------------------------------------------------------


def test_what_fails_is_tried_again_and_keeps_back_what_follows(furnished: Engine) -> None:
    answers = [Answer(500, [b"oh\nno"]), Answer(503), Answer(), Answer()]
    with HookServer(lambda _: answers.pop(0)) as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10, 20)
        assert run(furnished) == Pushed(later=1)
        row = row_of(furnished, key)
        assert (row.attempts, row.last_answer) == (1, "HTTP 500: oh no")
        assert timedelta(seconds=2.5) <= row.next_try_at - NOW <= timedelta(seconds=5)
        assert run(furnished) == Pushed()
        assert run(furnished, NOW + timedelta(seconds=6)) == Pushed(later=1)
        assert run(furnished, NOW + timedelta(minutes=1)) == Pushed(sent=2)
    assert percents(server.got) == [10, 10, 10, 20]
    assert len(set(server.ids)) == 2
    row = row_of(furnished, key)
    assert (row.attempts, row.failing_since, row.last_answer) == (0, None, "HTTP 204")


def test_it_is_disabled_after_a_day_with_a_notice_and_not_before(furnished: Engine) -> None:
    with HookServer(lambda _: Answer(500, [b"http://evil.example"])) as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10)
        moments = [NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY + timedelta(hours=2)]
        assert run(furnished, moments[0]) == run(furnished, moments[1]) == Pushed(later=1)
        assert run(furnished, moments[2]) == Pushed(disabled=[(key, "HTTP 500")])
        assert run(furnished, moments[2] + DAY) == Pushed()
    assert len(server.got) == 3
    with reading(furnished) as connection:
        [notice] = connection.execute(select(notices)).all()
    assert (notice.kind, notice.recipient) == ("webhook", "so-y-te")
    assert notice.content["since"] == NOW.date().isoformat()
    assert "evil" not in str(notice.content)


def test_a_receiver_that_is_gone_is_believed_at_once(furnished: Engine) -> None:
    with HookServer(lambda _: Answer(410)) as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10, 20)
        assert run(furnished) == Pushed(disabled=[(key, "HTTP 410")])
        assert run(furnished, NOW + DAY) == Pushed()
    assert len(server.got) == 1
    assert row_of(furnished, key).state == "disabled"


def test_one_that_fails_keeps_back_no_other(furnished: Engine) -> None:
    with HookServer() as server:
        bad, _ = hook(furnished, "http://127.0.0.1:1/")
        hook(furnished, server.url)
        report(furnished, 10)
        assert run(furnished) == Pushed(sent=1, later=1)
    assert row_of(furnished, bad).last_answer.startswith("no connection")


def test_a_secret_that_does_not_open_is_that_webhooks_trouble(furnished: Engine) -> None:
    with HookServer() as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10)
        assert run(furnished, settings=settings(secret="other" * 10)) == Pushed(later=1)
        assert "DONDOC_SECRET_KEY" in row_of(furnished, key).last_answer
    assert server.got == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(furnished: Engine, status: int) -> None:
    with HookServer() as other:
        elsewhere = {"Location": other.url}
        with HookServer(lambda _: Answer(status, headers=elsewhere)) as server:
            key, _ = hook(furnished, server.url)
            report(furnished, 10)
            assert run(furnished) == Pushed(later=1)
    assert (len(server.got), other.got) == (1, [])
    assert "not followed" in row_of(furnished, key).last_answer


def test_an_answer_without_end_is_not_read_to_it(furnished: Engine) -> None:
    parts = [b"x" * 32_000] * 400
    with HookServer(lambda _: Answer(500, parts)) as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10)
        assert run(furnished) == Pushed(later=1)
    said = row_of(furnished, key).last_answer
    assert said == "HTTP 500: " + "x" * webhook_requests.SHOWN


def test_a_drip_is_not_waited_for(furnished: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_requests, "SECONDS", 0.3)
    enough = Event()

    def drip() -> None:
        enough.wait(0.05)

    parts: list[bytes | Callable[[], Any]] = [b"x", drip] * 600
    with HookServer(lambda _: Answer(200, parts)) as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10)
        try:
            assert run(furnished) == Pushed(later=1)
        finally:
            enough.set()
    assert row_of(furnished, key).last_answer.startswith("no whole answer in")


# --- leases, and kills -------------------------------------------------------------------------


def test_two_runs_at_once_send_each_message_once(furnished: Engine) -> None:
    together = Barrier(2)
    with HookServer() as first, HookServer() as second:
        hook(furnished, first.url)
        hook(furnished, second.url)
        report(furnished, *range(1, 21))

        def start() -> Pushed:
            together.wait(20)
            return run(furnished)

        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(start) for _ in range(2)]
            assert sum(one.result().sent for one in runs) == 40
    assert percents(first.got) == percents(second.got) == list(range(1, 21))


def test_a_run_whose_lease_was_taken_stops(furnished: Engine) -> None:
    """While it waits for an answer, another run takes the webhook and sends on."""
    answered: list[Pushed] = []

    def answer(got: Got) -> Answer:
        if not answered and got.json["data"]["payload"]["percent"] == 20:
            answered.append(Pushed())
            answered.append(run(furnished, NOW + LEASE))
        return Answer()

    with HookServer(answer) as server:
        key, _ = hook(furnished, server.url)
        report(furnished, 10, 20, 30)
        assert run(furnished) == Pushed(sent=1)
    assert answered[1] == Pushed(sent=2)
    assert percents(server.got) == [10, 20, 20, 30]
    assert len(set(server.ids)) == 3
    assert row_of(furnished, key).lease_until is None


def test_a_slow_run_renews_its_lease_before_it_sends(furnished: Engine) -> None:
    leases: list[timedelta] = []
    hours = [0.0]

    def answer(_: Got) -> Answer:
        [until] = select_leases(furnished)
        leases.append(until - NOW - timedelta(seconds=hours[0]))
        hours[0] += 60
        return Answer()

    with HookServer(answer) as server:
        hook(furnished, server.url)
        report(furnished, 10, 20, 30)
        assert run(furnished, elapsed=lambda: hours[0]).sent == 3
    assert min(leases) >= timedelta(seconds=2 * webhook_requests.SECONDS)


def select_leases(engine: Engine) -> list[datetime]:
    with reading(engine) as connection:
        found = connection.execute(select(table.c.lease_until)).scalars()
        return [one for one in found if one]


def test_a_webhook_removed_while_its_message_is_under_way(furnished: Engine) -> None:
    def answer(_: Got) -> Answer:
        with writing(furnished) as connection:
            connection.execute(delete(table))
        return Answer()

    with HookServer(answer) as server:
        hook(furnished, server.url)
        report(furnished, 10, 20)
        assert run(furnished) == Pushed()
    assert percents(server.got) == [10]


def test_killed_at_any_step_no_message_is_lost_and_at_most_one_repeated(
    database_url: str,
) -> None:
    engine = open_engine(database_url)
    runs = 0
    with HookServer() as server:
        key, _ = hooked(engine, server.url, kinds=[EventKind.UPDATED])
        start = row_of(engine, key).position
        # Positions are given by the victim: it can be killed while it does so.
        report(engine, 10, 20, 30)
        with Victims("tests.integrations.webhook_victim", database_url) as victims:
            for _ in victims.until_unharmed():
                runs += 1
                run(engine, NOW + LEASE)
                check(server, engine, key)
                server.got.clear()
                with writing(engine) as connection:
                    connection.execute(update(table).values(position=start, lease_until=None))
    assert runs > 8
    engine.dispose()


def check(server: HookServer, engine: Engine, key: str) -> None:
    assert list(dict.fromkeys(percents(server.got))) == [10, 20, 30]
    assert len(server.ids) - len(set(server.ids)) <= 1
    with reading(engine) as connection:
        assert row_of(engine, key).position == following.end(connection)


# --- where it may lead -------------------------------------------------------------------------


def test_our_own_network_is_refused_at_creation_and_at_each_sending(furnished: Engine) -> None:
    with HookServer() as server:
        with pytest.raises(InvalidInput):
            check_address(server.url.replace("http", "https"), allow_private=False)
        check_address(server.url, allow_private=True)
        key, _ = hook(furnished, server.url.replace("http:", "https:"))
        report(furnished, 10)
        assert run(furnished, settings=settings(allow=False)) == Pushed(later=1)
    assert server.got == []
    assert "not on the public internet" in row_of(furnished, key).last_answer


def test_a_name_that_changes_its_address_leads_only_where_it_was_judged(
    furnished: Engine,
) -> None:
    """What a name resolves to is asked once for each message, and that is where it goes."""
    with HookServer(host="127.0.0.2") as judged, HookServer() as inside:
        answers = [["127.0.0.2"], ["127.0.0.1"], ["10.0.0.1"]]
        asked: list[str] = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return answers[len(asked) - 1]

        hook(furnished, f"http://hook.test:{judged.port}/hook?x=1")
        report(furnished, 10)
        assert run(furnished, resolver=rebinding) == Pushed(sent=1)
    [got] = judged.got
    assert (asked, inside.got) == (["hook.test"], [])
    assert got.headers["host"] == f"hook.test:{judged.port}"
    assert got.path == "/hook?x=1"


def test_a_name_that_was_public_at_creation_and_leads_inwards_later(furnished: Engine) -> None:
    check_address("https://hook.test/", allow_private=False, resolver=lambda *_: ["8.8.8.8"])
    with HookServer() as server:
        key, _ = hook(furnished, f"https://hook.test:{server.port}/")
        report(furnished, 10)
        inwards: dict[str, Any] = {
            "settings": settings(allow=False),
            "resolver": lambda *_: ["127.0.0.1"],
        }
        assert run(furnished, **inwards) == Pushed(later=1)
    assert server.got == []
    assert "not on the public internet" in row_of(furnished, key).last_answer


def test_a_host_is_reached_at_its_next_address(furnished: Engine) -> None:
    with HookServer() as server:
        hook(furnished, f"http://hook.test:{server.port}/")
        report(furnished, 10)
        both: dict[str, Any] = {"resolver": lambda *_: ["127.0.0.3", "127.0.0.1"]}
        assert run(furnished, **both) == Pushed(sent=1)
    assert len(server.got) == 1


def test_certificate_and_name_are_the_hosts_not_the_addresses(
    furnished: Engine, tmp_path: Path
) -> None:
    made = make_certificate("hook.test", tmp_path)
    named: list[str | None] = []
    made.server.sni_callback = lambda _socket, name, _context: named.append(name)
    context = ssl.create_default_context(cafile=made.authority)
    given: dict[str, Any] = {"resolver": lambda *_: ["127.0.0.1"], "verify": context}
    with HookServer(tls=made.server) as server:
        hook(furnished, f"https://hook.test:{server.port}/")
        wrong, _ = hook(furnished, f"https://other.test:{server.port}/")
        report(furnished, 10)
        assert run(furnished, **given) == Pushed(sent=1, later=1)
    assert sorted(str(name) for name in named) == ["hook.test", "other.test"]
    assert [one.headers["host"] for one in server.got] == [f"hook.test:{server.port}"]
    assert "certificate" in row_of(furnished, wrong).last_answer


def test_a_proxy_of_the_environment_is_not_used(
    furnished: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HookServer() as proxy, HookServer() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        hook(furnished, server.url)
        report(furnished, 10)
        assert run(furnished).sent == 1
    assert (len(server.got), proxy.got) == (1, [])


def test_a_ping_is_signed_and_says_what_was_answered(furnished: Engine) -> None:
    with HookServer(lambda _: Answer(401, [b"who are you?"])) as server:
        key, secret = hook(furnished, server.url)
        reply = ping(key, server.url, secret, NOW, sender=lambda: Sender(allow_private=True))
    assert (reply.taken, reply.status, reply.said) == (False, 401, "HTTP 401: who are you?")
    [got] = server.got
    assert Webhook(secret).verify(got.body, got.headers)["type"] == "ping"
    assert got.id.startswith(f"msg_{key}_ping_")
