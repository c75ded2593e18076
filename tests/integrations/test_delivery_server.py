"""Delivery to a real server: several kept connections, limits, silence, encryption."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from integrations.delivery import Delivered, Progress, deliver
from integrations.delivery_run import LONGEST_SEND, UNREACHED_AT_MOST
from integrations.mail import MailSettings
from plans.store import reading
from plans.store.schema import contacts
from tests.certificates import make_certificate
from tests.integrations.delivering import (
    NOW,
    SETTINGS,
    Clock,
    Noting,
    attempts,
    numbered,
    owe_to,
    rows,
    states,
)
from tests.post_office import PostOffice, serving

PATIENCE = 60


def mail(url: str, connections: int = 3, **given: object) -> MailSettings:
    facts = {"smtp_url": SecretStr(url), "smtp_connections": connections, **given}
    return MailSettings.model_validate(facts)


def post(
    engine: Engine, office: PostOffice, clock: Clock | None = None, **given: object
) -> Delivered:
    clock = clock or Clock()
    with serving(office) as port:
        settings = mail(f"smtp://127.0.0.1:{port}", **given)  # type: ignore[arg-type]
        return deliver(engine, SETTINGS, settings, NOW, elapsed=clock, sleep=clock.sleep)


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_connections_are_kept_from_message_to_message(engine: Engine) -> None:
    owe_to(engine, numbered("x.vn", 40))
    office = PostOffice()
    assert post(engine, office, connections=3).sent == 40
    assert len(set(office.identities)) == len(office.identities) == 40
    assert office.connections <= 3
    assert states(engine) == {"sent": 40}


def test_connections_work_side_by_side(sqlite_engine: Engine) -> None:
    """Nothing is answered before three ask at once, each about another message."""
    owe_to(sqlite_engine, numbered("x.vn", 3))
    office = PostOffice(answers={"x.vn": [""]})
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(post, sqlite_engine, office, connections=3)
        eventually(lambda: len(set(office.asked)) == 3)
        office.answers.clear()
        office.go_on.set()
        assert done.result().sent == 3
    assert office.most_at_once >= 3


def test_a_server_that_closes_now_and_then_is_called_again(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 30))
    office = PostOffice(per_connection=4)
    assert post(sqlite_engine, office, connections=2).sent == 30
    assert len(set(office.identities)) == len(office.identities) == 30
    assert office.connections >= 8
    assert attempts(sqlite_engine) == {1}


def test_a_server_that_bears_fewer_connections_is_used_with_those(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 30))
    office, clock = PostOffice(most=2), Clock()
    assert post(sqlite_engine, office, clock, connections=6).sent == 30
    assert len(office.identities) == 30
    assert attempts(sqlite_engine) == {1}
    assert clock.seconds == 0


def test_no_server_at_all_is_noticed_by_every_connection(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 20))
    clock = Clock()
    settings = mail("smtp://127.0.0.1:1", 4)
    done = deliver(sqlite_engine, SETTINGS, settings, NOW, elapsed=clock, sleep=clock.sleep)
    assert done.sent == 0 and done.later >= UNREACHED_AT_MOST
    assert sum(row.attempts for row in rows(sqlite_engine)) == UNREACHED_AT_MOST
    assert not any(row.lease_until for row in rows(sqlite_engine))


def test_a_stalled_recipient_keeps_up_nobody_else(engine: Engine) -> None:
    """All others are there before it is answered; it alone is put off."""
    owe_to(engine, numbered("x.vn", 30))
    office = PostOffice(answers={"a3@x.vn": [""]})
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(post, engine, office, connections=2)
        eventually(lambda: len(office.taken) == 29)
        eventually(lambda: states(engine)["sent"] == 29)
        office.go_on.set()
        assert (done.result().sent, done.result().later) == (29, 1)
    assert len(set(office.identities)) == 29


def test_a_silent_domain_does_not_take_every_connection(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("silent.vn", 12) + numbered("x.vn", 6))
    office = PostOffice(answers={"silent.vn": [""]})
    done = post(sqlite_engine, office, connections=2, smtp_timeout_seconds=0.2)
    assert (done.sent, done.later) == (6, 12)
    silent = [row for row in rows(sqlite_engine) if row.state == "waiting"]
    assert sum(row.attempts for row in silent) <= UNREACHED_AT_MOST + 2
    assert not any(row.lease_until for row in silent)


def test_what_never_ends_is_torn_and_the_run_ends(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 5))
    office, clock = PostOffice(answers={"a0@x.vn": [""]}), Clock()
    with ThreadPoolExecutor(1) as pool:
        settings = {"connections": 2, "smtp_timeout_seconds": 30}
        done = pool.submit(post, sqlite_engine, office, clock, **settings)
        eventually(lambda: states(sqlite_engine)["sent"] == 4)
        clock.seconds += LONGEST_SEND.total_seconds() + 1
        assert (done.result(PATIENCE).sent, done.result().later) == (4, 1)
    assert not office.go_on.is_set() or len(office.taken) == 4
    assert [row.lease_until for row in rows(sqlite_engine)] == [None] * 5


def test_what_cannot_even_be_torn_is_left_to_its_lease(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.senders.GOODBYES", 0.1)
    owe_to(sqlite_engine, numbered("x.vn", 2))
    clock, hung, free = Clock(), Event(), Event()

    class Stuck(Noting):
        def send(self, envelope_from: str, to: str, message: bytes) -> None:  # noqa: ARG002
            hung.set()
            assert free.wait(PATIENCE)

    def elapsed() -> float:
        return 3600.0 if hung.is_set() else 0.0

    done = deliver(
        sqlite_engine, SETTINGS, MailSettings(), NOW, transport=Stuck(clock), elapsed=elapsed
    )
    free.set()
    assert (done.sent, done.later) == (0, 2)
    assert sorted(row.attempts for row in rows(sqlite_engine)) == [0, 1]


def test_a_dead_mailbox_is_asked_for_once(engine: Engine) -> None:
    owe_to(engine, ["gone@x.vn", "here@x.vn"], each=5)
    office = PostOffice(answers={"gone@x.vn": ["550 5.1.1 no such mailbox"]})
    done = post(engine, office, connections=1)
    assert (done.sent, len(done.failed)) == (5, 5)
    assert office.asked.count("gone@x.vn") == 1
    with reading(engine) as connection:
        row = connection.execute(select(contacts).where(contacts.c.email == "gone@x.vn")).one()
    assert row.bounced_at == NOW and "no such mailbox" in row.bounce_reason


def test_what_a_provider_says_of_its_limit_slows_down_that_provider(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("shy.vn", 8) + numbered("x.vn", 8))
    answers = {"shy.vn": ["450 4.7.28 too many messages from you", "250 OK"]}
    office, clock = PostOffice(answers=answers), Clock()
    done = post(sqlite_engine, office, clock, connections=1)
    assert (done.sent, done.later) == (15, 1)
    domains = [address.partition("@")[2] for address in office.asked]
    assert domains == ["shy.vn"] + ["x.vn"] * 8 + ["shy.vn"] * 7
    assert clock.seconds >= 15
    assert attempts(sqlite_engine) == {1}


def test_a_greylisted_message_is_its_own_matter(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 6))
    office, clock = PostOffice(answers={"a0@x.vn": ["450 4.7.1 greylisted, come back"]}), Clock()
    assert post(sqlite_engine, office, clock, connections=1).sent == 5
    assert clock.seconds == 0


def test_how_far_it_is_is_told(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 10))
    clock, told = Clock(), list[Progress]()

    class Slow(Noting):
        def send(self, envelope_from: str, to: str, message: bytes) -> None:
            super().send(envelope_from, to, message)
            clock.sleep(6)

    deliver(
        sqlite_engine,
        SETTINGS,
        MailSettings(),
        NOW,
        transport=Slow(clock),
        elapsed=clock,
        observe=told.append,
    )
    assert [(one.done, one.total) for one in told] == [(n, 10) for n in (2, 4, 6, 8, 10)]
    assert str(told[0]) == "2 of 10 messages, 0 a second"


# --- encryption -------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "starttls"), [("smtps", False), ("smtp+starttls", True)])
def test_encrypted_connections_are_kept_as_well(
    sqlite_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    starttls: bool,
) -> None:
    certificate = make_certificate("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    owe_to(sqlite_engine, numbered("x.vn", 20))
    office = PostOffice(tls=certificate.server, starttls=starttls)
    with serving(office) as port:
        settings = mail(f"{scheme}://localhost:{port}", 2)
        assert deliver(sqlite_engine, SETTINGS, settings, NOW).sent == 20
    assert 1 <= office.connections <= 2


@pytest.mark.parametrize(("scheme", "starttls"), [("smtps", False), ("smtp+starttls", True)])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_nobody_or_of_another_gets_no_message(
    sqlite_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    starttls: bool,
    trusted: bool,
) -> None:
    certificate = make_certificate("another.vn" if trusted else "localhost", tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    owe_to(sqlite_engine, ["a@x.vn"])
    office = PostOffice(tls=certificate.server, starttls=starttls)
    with serving(office) as port:
        settings = mail(f"{scheme}://localhost:{port}", 1)
        assert deliver(sqlite_engine, SETTINGS, settings, NOW).later == 1
    assert not office.taken
    assert "certificate" in rows(sqlite_engine)[0].error


def test_two_processes_worth_of_runs_share_the_work(engine: Engine) -> None:
    owe_to(engine, numbered("x.vn", 60))
    office = PostOffice()
    with serving(office) as port, ThreadPoolExecutor(2) as pool:
        settings = mail(f"smtp://127.0.0.1:{port}", 2)
        runs = [pool.submit(deliver, engine, SETTINGS, settings, NOW) for _ in range(2)]
        assert sum(one.result().sent for one in runs) == 60
    assert len(set(office.identities)) == len(office.identities) == 60
    assert attempts(engine) == {1}
    assert {row.finished_at - NOW < timedelta(minutes=5) for row in rows(engine)} == {True}
