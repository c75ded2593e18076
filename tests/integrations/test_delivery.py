"""Delivery: claimed once, sent, recorded; failures told apart; a kill anywhere loses nothing."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Barrier
from types import TracebackType
from typing import Any, Self

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, Row, delete, select, update
from sqlalchemy.exc import OperationalError

from integrations.delivery import Delivered, deliver, link_for
from integrations.delivery_run import AHEAD, CONTESTED, LEASE, UNREACHED_AT_MOST
from integrations.mail import DeliveryError, MaildirTransport, MailSettings, SmtpTransport
from integrations.outcomes import (
    FIRST_WAIT,
    GIVE_UP_AFTER,
    LONGEST_WAIT,
    SPREAD,
    record,
    wait_after,
)
from plans.holding import hold as withhold
from plans.identity.links import open_link
from plans.reminding import owed_on, remind
from plans.settings import Settings
from plans.store import catalogue, open_engine, reading, writing
from plans.store.claims import (
    FEW_TRIES,
    FURTHEST_AFTER_FEW,
    FURTHEST_LEASE,
    FURTHEST_TRY,
    Claimed,
    claim,
    finish,
    release,
    try_later,
)
from plans.store.notices import NewNotice
from plans.store.notices import owe as write_owed
from plans.store.schema import contacts, deliveries, notices, rungs_sent
from plans.terms import Delivery, NoticeKind
from tests.builders import at
from tests.integrations.remind_victim import CONNECTIONS
from tests.killing import Victims
from tests.offices import furnish

DAY = date(2025, 4, 8)
NOW = at(DAY)
SETTINGS = Settings(secret_key=SecretStr("a secret of forty signs, as in the tests"))
RECIPIENTS = ("so-tai-chinh", "so-y-te", "van-phong", "van-phong")


class Line:
    """A list of what was sent; refuses whom it is told to refuse."""

    def __init__(self, refused: dict[str, Exception] | None = None) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.refused = refused or {}

    def send(self, envelope_from: str, to: str, message: bytes) -> None:  # noqa: ARG002
        if to in self.refused:
            raise self.refused[to]
        self.sent.append((to, message))

    @property
    def identities(self) -> list[str]:
        """The Message-IDs of what was sent."""
        return [str(message_from_bytes(message)["Message-ID"]) for _, message in self.sent]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class Slow(Line):
    """Takes its time over each message; waits for the other run before the first."""

    def __init__(self, together: Barrier) -> None:
        super().__init__()
        self.together = together

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        if not self.sent:
            self.together.wait(timeout=20)
        time.sleep(0.01)
        super().send(envelope_from, to, message)


class Unanswered(Line):
    """No server answers, which each attempt notices only after a while."""

    def __init__(self, answers: Sequence[int] = ()) -> None:
        super().__init__()
        self.tries, self.answers = 0, answers

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        self.tries += 1
        if self.tries not in self.answers:
            raise DeliveryError("cannot be used", permanent=False) from TimeoutError()
        super().send(envelope_from, to, message)


def owe(engine: Engine, recipients: Sequence[str] = RECIPIENTS) -> None:
    """Notices, told apart by their place, with a real reminder's content; all have a mailbox."""
    furnish(engine, now=at(date(2025, 3, 28)))
    add_mailboxes(engine)
    with writing(engine) as connection:
        remind(connection, DAY, NOW, domain="x.vn")
        content = connection.execute(select(notices.c.content)).scalars().first()
    forget(engine)
    owe_more(engine, recipients, content)


def owe_more(engine: Engine, recipients: Sequence[str], content: Any, now: datetime = NOW) -> None:
    new = [
        NewNotice(f"{now}/{place}", NoticeKind.REMINDER, who, DAY, content, "x")
        for place, who in enumerate(recipients)
    ]
    with writing(engine) as connection:
        assert len(write_owed(connection, new, now)) == len(new)


def add_mailboxes(engine: Engine) -> None:
    with writing(engine) as connection:
        for code in ("van-phong", "so-tai-chinh"):
            catalogue.add_contact(connection, code, f"{code}@x.vn")


def send(
    engine: Engine,
    line: Line,
    now: datetime = NOW,
    elapsed: Callable[[], float] = lambda: 0,
) -> Delivered:
    return deliver(engine, SETTINGS, MailSettings(), now, transport=line, elapsed=elapsed)


def rows(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(select(deliveries).order_by(deliveries.c.notice)))


def states(engine: Engine) -> Counter[str]:
    with reading(engine) as connection:
        return Counter(connection.execute(select(deliveries.c.state)).scalars())


def test_each_notice_is_sent_once(engine: Engine) -> None:
    owe(engine)
    line = Line()
    assert send(engine, line).sent == 4
    assert send(engine, line).sent == 0
    assert sorted(to for to, _ in line.sent) == [
        "so-tai-chinh@x.vn",
        "syt@x.vn",
        "van-phong@x.vn",
        "van-phong@x.vn",
    ]
    assert states(engine) == {"sent": 4}


def test_each_recipient_gets_a_link_to_its_own_and_nobody_elses(engine: Engine) -> None:
    line = Line()
    owe(engine, ("so-tai-chinh", "so-y-te"))
    send(engine, line)
    opened = {}
    for to, message in line.sent:
        plain = message_from_bytes(message).get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
        tokens = set(re.findall(r"http://127\.0\.0\.1:8000/l/([^/\s]+)/assignments/", plain))
        assert len(tokens) == 1 and "8000/assignments" not in plain
        opened[to] = open_link(SETTINGS.secret, tokens.pop(), NOW)
    assert opened == {"so-tai-chinh@x.vn": "so-tai-chinh", "syt@x.vn": "so-y-te"}


@pytest.mark.parametrize(
    ("kind", "role", "has_link"),
    [
        (NoticeKind.REMINDER, None, True),
        (NoticeKind.ESCALATION, None, False),
        (NoticeKind.DIGEST, "department", True),
        (NoticeKind.DIGEST, "office", False),
        (NoticeKind.WEBHOOK, None, False),
    ],
)
def test_what_is_about_others_asks_to_sign_in(
    kind: NoticeKind, role: str | None, has_link: bool
) -> None:
    content = {"role": role} if role else {}
    one = Claimed(1, "key", kind, "so-y-te", content, "<1@x>", 1)
    assert (link_for(SETTINGS, one, NOW) is not None) is has_link


def test_what_may_pass_is_tried_later_and_longer_apart(engine: Engine) -> None:
    owe(engine)
    line = Line({"syt@x.vn": DeliveryError("451 busy", permanent=False)})
    assert send(engine, line).later == 1
    assert send(engine, line, NOW + timedelta(minutes=4)).later == 0
    assert send(engine, line, NOW + timedelta(minutes=6)).later == 1
    assert send(engine, line, NOW + timedelta(minutes=15)).later == 0
    line.refused.clear()
    assert send(engine, line, NOW + timedelta(minutes=17)).sent == 1
    assert states(engine) == {"sent": 4}


def test_after_two_days_of_trying_it_is_given_up_with_the_reason(engine: Engine) -> None:
    owe(engine)
    line = Line({"syt@x.vn": DeliveryError("451 busy", permanent=False)})
    moment = NOW
    while states(engine)["failed"] == 0:
        send(engine, line, moment)
        moment = max(rows(engine)[1].next_try_at, moment)
    row = rows(engine)[1]
    assert (row.state, row.attempts, row.error) == ("failed", GIVE_UP_AFTER, "451 busy")
    assert timedelta(hours=48) < row.finished_at - NOW < timedelta(hours=60)


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    for tries in range(1, 30):
        plain = min(FIRST_WAIT * 2**tries / 2, LONGEST_WAIT)
        found = [wait_after(f"key {n}", tries) for n in range(50)]
        assert plain <= min(found) < max(found) <= plain * (1 + SPREAD)
        longest = FURTHEST_AFTER_FEW if tries <= FEW_TRIES else FURTHEST_TRY
        assert max(found) < longest


def test_a_dead_mailbox_is_flagged_and_not_written_to_again(engine: Engine) -> None:
    owe(engine)
    gone = DeliveryError("550 no such mailbox", permanent=True, recipient=True)
    assert send(engine, Line({"syt@x.vn": gone})).failed == [("so-y-te", "550 no such mailbox")]
    with reading(engine) as connection:
        row = connection.execute(select(contacts).where(contacts.c.email == "syt@x.vn")).one()
    assert row.bounced_at == NOW
    assert row.bounce_reason == "550 no such mailbox"
    with reading(engine) as connection:
        content = connection.execute(select(notices.c.content)).scalars().first()
    later = NOW + timedelta(days=40)
    owe_more(engine, ["so-y-te", "van-phong"], content, later)
    line = Line()
    done = send(engine, line, later)
    assert [to for to, _ in line.sent] == ["van-phong@x.vn"]
    assert done.failed == [("so-y-te", "its mailbox bounced: 550 no such mailbox")]


def test_a_body_without_a_mailbox_is_told_of_once_it_has_one(engine: Engine) -> None:
    owe(engine)
    with writing(engine) as connection:
        connection.execute(delete(contacts).where(contacts.c.department == "so-tai-chinh"))
    done = send(engine, Line())
    assert (done.sent, done.later) == (3, 1)
    with writing(engine) as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.state == "waiting")).one()
        assert row.error == "no mailbox is registered for this department"
        catalogue.add_contact(connection, "so-tai-chinh", "moi@x.vn")
    assert send(engine, Line(), NOW + timedelta(minutes=6)).sent == 1


def test_a_claimed_notice_is_left_alone_until_its_lease_ends(engine: Engine) -> None:
    owe(engine)
    with writing(engine) as connection:
        claim(connection, NOW, LEASE, 10)
    assert send(engine, Line()).sent == 0
    assert send(engine, Line(), NOW + LEASE).sent == 4


def test_what_is_withheld_waits_and_nothing_else_does(engine: Engine) -> None:
    owe(engine)
    with writing(engine) as connection:
        withhold(connection, "so-y-te", reason="Bão", until=DAY, actor="user:1", now=NOW)
    line = Line()
    assert send(engine, line).sent == 3
    assert "syt@x.vn" not in {to for to, _ in line.sent}
    assert send(engine, line, NOW + timedelta(hours=5)).sent == 0
    assert send(engine, line, NOW + timedelta(days=1)).sent == 1
    assert line.sent[-1][0] == "syt@x.vn"
    assert len(set(line.identities)) == len(line.identities)


def test_one_recipients_failure_does_not_keep_back_the_others(engine: Engine) -> None:
    owe(engine)
    line = Line({"so-tai-chinh@x.vn": DeliveryError("421 closing", permanent=False)})
    assert send(engine, line).sent == 3


def test_two_runs_at_once_send_each_notice_once(engine: Engine) -> None:
    """One of them began an hour ago: its leases count from now all the same."""
    owe(engine, RECIPIENTS * 8)
    together, hour = Barrier(2), timedelta(hours=1)
    old, new = Slow(together), Slow(together)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, engine, old, NOW, hour.total_seconds)
        second = pool.submit(send, engine, new, NOW + hour)
        done = first.result(), second.result()
    sent = old.identities + new.identities
    assert len(sent) == len(set(sent)) == 32
    assert [one.sent for one in done] == [len(old.sent), len(new.sent)]
    assert states(engine) == {"sent": 32}


def test_a_slow_run_leaves_alone_what_another_took_when_its_leases_ended(engine: Engine) -> None:
    """It stood still over one message: whoever records that one's outcome second changes nothing.

    What it had claimed beside it is claimed anew, by then in vain.
    """
    owe(engine)
    slow, quick = Line(), Line()
    clock = {"seconds": 0.0}

    def overtaken(envelope_from: str, to: str, message: bytes) -> None:
        clock["seconds"] += LEASE.total_seconds() + 1
        later = NOW + timedelta(seconds=clock["seconds"])
        assert send(engine, quick, later).sent == len(RECIPIENTS)
        Line.send(slow, envelope_from, to, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slow, "send", overtaken)
        done = send(engine, slow, NOW, lambda: clock["seconds"])
    assert (done.sent, done.later, done.failed) == (0, 0, [])
    assert len(slow.identities) == 1
    assert Counter(slow.identities + quick.identities)[slow.identities[0]] == 2
    assert [row.attempts for row in rows(engine)] == [2] * len(RECIPIENTS)
    assert states(engine) == {"sent": len(RECIPIENTS)}


def test_only_the_latest_claim_may_change_a_delivery(engine: Engine) -> None:
    owe(engine, ["so-y-te"])
    with writing(engine) as connection:
        (old,) = claim(connection, NOW, LEASE, 1)
        (new,) = claim(connection, NOW + LEASE, LEASE, 1)
        before = connection.execute(select(deliveries)).one()
        one, stale = old.notice, old.attempts
        assert not release(connection, one, stale)
        assert not try_later(connection, one, NOW, address=None, error="", attempts=stale)
        assert not finish(connection, one, Delivery.SENT, NOW, address=None, attempts=stale)
        assert connection.execute(select(deliveries)).one() == before
        assert finish(connection, one, Delivery.SENT, NOW, address=None, attempts=new.attempts)
        assert not release(connection, one, new.attempts)


def test_a_bad_notice_fails_with_its_reason_and_the_others_are_sent(engine: Engine) -> None:
    owe(engine)
    bad = [row.notice for row in rows(engine)][1:3]
    with writing(engine) as connection:
        first, second = (deliveries.c.notice == one for one in bad)
        spoilt = {"kind": "reminder", "lines": "none"}
        connection.execute(update(notices).where(notices.c.id == bad[0]).values(content=spoilt))
        connection.execute(update(deliveries).where(second).values(message_id="<a\nb@x>"))
    done = send(engine, Line())
    assert (done.sent, done.later) == (2, 0)
    assert [who for who, _ in done.failed] == ["so-y-te", "van-phong"]
    with reading(engine) as connection:
        errors = [
            connection.execute(select(deliveries.c.error).where(which)).scalar_one()
            for which in (first, second)
        ]
    assert errors == [why for _, why in done.failed]
    assert errors[0].startswith("ValidationError: ")
    assert errors[1].startswith("InvalidInput: ")
    assert not any("\n" in one for one in errors)
    assert states(engine) == {"sent": 2, "failed": 2}


def test_a_transport_that_breaks_over_one_message_does_not_end_the_run(engine: Engine) -> None:
    owe(engine)
    done = send(engine, Line({"syt@x.vn": RuntimeError("odd\nand odder")}))
    assert done.sent == 3
    assert done.failed == [("so-y-te", "RuntimeError: odd")]


def test_an_outage_ends_the_run_early_and_all_is_sent_later(engine: Engine) -> None:
    owe(engine, RECIPIENTS * 4)
    line = Unanswered()
    done = send(engine, line)
    assert line.tries == UNREACHED_AT_MOST
    assert (done.sent, done.later, done.failed) == (0, 2 * AHEAD, [])
    tried = [row.attempts for row in rows(engine)]
    assert tried == [1] * UNREACHED_AT_MOST + [0] * (16 - UNREACHED_AT_MOST)
    assert not any(row.lease_until for row in rows(engine))
    assert send(engine, Line(), NOW + timedelta(minutes=1)).sent == 16 - UNREACHED_AT_MOST
    assert send(engine, Line(), NOW + timedelta(minutes=6)).sent == UNREACHED_AT_MOST
    assert states(engine) == {"sent": 16}


def test_single_failures_to_reach_the_server_do_not_end_the_run(engine: Engine) -> None:
    owe(engine, RECIPIENTS * 4)
    done = send(engine, Unanswered(answers=(5, 10, 15)))
    assert (done.sent, done.later) == (3, 13)


def test_recipients_put_off_by_the_server_are_no_outage(engine: Engine) -> None:
    owe(engine, ["so-y-te"] * 12 + ["van-phong"])
    done = send(engine, Line({"syt@x.vn": DeliveryError("450 greylisted", permanent=False)}))
    assert (done.sent, done.later) == (1, 12)


def test_a_server_that_is_not_there_is_an_outage(sqlite_engine: Engine) -> None:
    owe(sqlite_engine, RECIPIENTS * 4)
    line = SmtpTransport("smtp://127.0.0.1:1", timeout=1)
    done = deliver(sqlite_engine, SETTINGS, MailSettings(), NOW, transport=line)
    assert done.later == 2 * AHEAD
    assert sum(row.attempts for row in rows(sqlite_engine)) == UNREACHED_AT_MOST


def test_a_database_that_is_away_is_asked_again_before_anything_is_repeated(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent gets into the record once it is back: nothing is sent a second time."""
    owe(sqlite_engine)
    line, failures, waited = Line(), [3], list[float]()

    def flaky(*given: Any) -> Any:
        if failures[0] and line.sent:
            failures[0] -= 1
            raise OperationalError("", {}, Exception("the server closed the connection"))
        return record(*given)

    monkeypatch.setattr("integrations.turns.record", flaky)
    done = deliver(
        sqlite_engine, SETTINGS, MailSettings(), NOW, transport=line, sleep=waited.append
    )
    assert (done.sent, len(line.sent), waited) == (4, 4, [1, 1, 1])


def test_a_database_that_stays_away_ends_the_run(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(sqlite_engine)

    def broken(*_: Any) -> Any:
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr("integrations.turns.record", broken)
    with pytest.raises(OperationalError):
        deliver(
            sqlite_engine, SETTINGS, MailSettings(), NOW, transport=Line(), sleep=lambda _: None
        )
    assert states(sqlite_engine) == {"waiting": 4}
    monkeypatch.undo()
    assert send(sqlite_engine, Line(), NOW + 2 * LEASE).sent == 4


def test_a_new_message_goes_before_what_failed_before(engine: Engine) -> None:
    owe(engine, ["so-y-te"] * 3)
    send(engine, Line({"syt@x.vn": DeliveryError("451 busy", permanent=False)}))
    with reading(engine) as connection:
        content = connection.execute(select(notices.c.content)).scalars().first()
    later = NOW + timedelta(hours=1)
    owe_more(engine, ["van-phong"], content, later)
    line = Line()
    assert send(engine, line, later).sent == 4
    assert next(to for to, _ in line.sent) == "van-phong@x.vn"


def test_what_a_run_puts_off_is_the_next_runs(engine: Engine) -> None:
    owe(engine, ["so-y-te"])
    line = Line({"syt@x.vn": DeliveryError("451 busy", permanent=False)})
    done = send(engine, line)
    assert (done.sent, done.later) == (0, 1)
    assert [row.attempts for row in rows(engine)] == [1]


@pytest.mark.parametrize("timeout", [20, 600])
def test_the_lease_outlasts_all_that_a_message_may_take(engine: Engine, timeout: int) -> None:
    owe(engine, ["so-y-te"])
    mail = MailSettings(smtp_timeout_seconds=timeout)
    leases: list[datetime] = []

    class Looking(Line):
        def send(self, envelope_from: str, to: str, message: bytes) -> None:
            leases.extend(row.lease_until for row in rows(engine))
            super().send(envelope_from, to, message)

    deliver(engine, SETTINGS, mail, NOW, transport=Looking(), elapsed=lambda: 60)
    longest = timedelta(seconds=3 * timeout)
    assert [longest < one - NOW <= FURTHEST_LEASE + timedelta(minutes=1) for one in leases] == [
        True
    ]


def test_killed_at_any_step_every_owed_notice_is_delivered_once(
    database_url: str, tmp_path: Path
) -> None:
    """The one repeat that cannot be avoided bears the same Message-ID: of what was on its way."""
    engine, folder = open_engine(database_url), tmp_path / "mail"
    folder.mkdir()
    furnish(engine, now=at(date(2025, 3, 28)))
    add_mailboxes(engine)
    with reading(engine) as connection:
        expected = {(one.recipient, one.kind) for one in owed_on(connection, DAY)}
    runs = 0
    with Victims("tests.integrations.remind_victim", database_url, str(folder)) as victims:
        for _ in victims.until_unharmed():
            runs += 1
            _start_again(engine, folder)
            _check(engine, folder, expected)
            forget(engine)
            for file in folder.iterdir():
                file.unlink()
    assert runs > 12
    engine.dispose()


def _start_again(engine: Engine, folder: Path) -> None:
    later = NOW + 2 * LEASE  # The victim's clock went on from NOW.
    with writing(engine, alone="remind") as connection:
        remind(connection, DAY, later, domain="x.vn")
    before = _posted(folder)
    with reading(engine) as connection:
        query = select(deliveries.c.message_id).where(deliveries.c.state == "sent")
        recorded = set(connection.execute(query).scalars())
    assert len(before) == len(set(before)) and recorded <= set(before)
    assert len(set(before) - recorded) <= CONNECTIONS
    deliver(engine, SETTINGS, MailSettings(), later, transport=MaildirTransport(folder))


def _posted(folder: Path) -> list[str]:
    """The Message-IDs that the victim sent, in order."""
    log = folder / "log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [line.split()[-1] for line in lines]


def _check(engine: Engine, folder: Path, expected: set[tuple[str, NoticeKind]]) -> None:
    with reading(engine) as connection:
        owed = connection.execute(select(notices.c.recipient, notices.c.kind)).all()
    assert sorted(map(tuple, owed)) == sorted((who, str(kind)) for who, kind in expected)
    assert states(engine) == {"sent": len(expected)}
    assert len(list(folder.glob("*.eml"))) == len(expected)


def forget(engine: Engine) -> None:
    """Back to before anything was owed, without furnishing anew."""
    with writing(engine) as connection:
        for table in (rungs_sent, deliveries, notices):
            connection.execute(delete(table))


def test_two_runs_whose_clocks_are_a_day_apart_do_not_send_in_turns(engine: Engine) -> None:
    """Each holds the other's leases for over; what may have arrived passes between them no more."""
    owe(engine)
    behind = NOW - timedelta(days=1)
    held: list[list[str]] = []
    for now in (NOW, behind, NOW, behind, behind):
        with writing(engine) as connection:
            held.append([one.key for one in claim(connection, now, LEASE, 10)])
    assert [len(one) for one in held] == [4, 4, 4, 0, 0]

    line = Line()
    done = send(engine, line, behind)
    assert line.sent == []
    assert {why for _, why in done.failed} == {CONTESTED}
    assert sorted(recipient for recipient, _ in done.failed) == sorted(RECIPIENTS)
    assert states(engine) == {"failed": 4}
