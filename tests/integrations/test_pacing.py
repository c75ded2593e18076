"""Limits: how many messages go when, to the server and to each provider; a clock set back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, update

from integrations.backlog import FRESH
from integrations.delivery import Delivered, deliver
from integrations.delivery_run import LEASE, LONGEST_RUN
from integrations.mail import MailSettings
from integrations.pacing import FURTHEST, LONGEST_PAUSE, Pace, Rate, rates_of
from integrations.senders import unforeseen
from integrations.smtp_answers import DeliveryError
from plans.errors import InvalidInput, OutsideError
from plans.holding import hold
from plans.store import reading, writing
from plans.store.claims import FURTHEST_AFTER_FEW, claim, number_waiting, waiting
from plans.store.schema import contacts, deliveries
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


def pace(engine: Engine, line: Noting, **rates: str) -> Delivered:
    clock = line.clock
    mail = MailSettings(smtp_url=SecretStr("smtp://127.0.0.1:9"), **rates)  # type: ignore[arg-type]
    return deliver(engine, SETTINGS, mail, NOW, transport=line, elapsed=clock, sleep=clock.sleep)


def most_in(moments: list[float], seconds: float) -> int:
    return max(sum(at <= other < at + seconds for other in moments) for at in moments)


def test_a_domain_at_its_limit_keeps_up_no_other(engine: Engine) -> None:
    owe_to(engine, numbered("busy.vn", 10) + numbered("x.vn", 8))
    line = Noting(Clock())
    assert pace(engine, line, smtp_domain_rate="busy.vn=3/minute").sent == 18
    assert line.moments("x.vn") == [0.0] * 8
    assert most_in(line.moments("busy.vn"), 60) == 3
    assert line.clock.seconds == pytest.approx(180, abs=1)
    assert attempts(engine) == {1}


def test_what_a_run_has_no_time_for_is_the_next_ones(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("busy.vn", 60))
    first = Noting(Clock())
    done = pace(sqlite_engine, first, smtp_domain_rate="*=4/minute")
    assert done.sent + done.later == 60
    assert len(first.sent) == done.sent == 4 * LONGEST_RUN.total_seconds() / 60
    rest = [row for row in rows(sqlite_engine) if row.state == "waiting"]
    assert {(row.attempts, row.lease_until) for row in rest} == {(0, None)}
    assert all(NOW < row.next_try_at <= NOW + FURTHEST for row in rest)
    assert FURTHEST < FURTHEST_AFTER_FEW
    again = Noting(Clock())
    again.clock.seconds = 3600
    assert pace(sqlite_engine, again, smtp_domain_rate="*=100/minute").sent == done.later
    assert len({to for _, to in first.sent + again.sent}) == 60


def test_the_server_has_a_limit_of_its_own(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("a.vn", 5) + numbered("b.vn", 5))
    line = Noting(Clock())
    assert pace(sqlite_engine, line, smtp_rate="4/minute").sent == 10
    assert most_in([at for at, _ in line.sent], 60) == 4
    assert attempts(sqlite_engine) == {1}


def test_what_the_server_says_of_its_load_slows_down_all(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("a.vn", 3) + numbered("b.vn", 3))
    full = DeliveryError("421 too busy", permanent=False, slows="server")
    line = Noting(Clock(), {"a0@a.vn": full})
    done = pace(sqlite_engine, line)
    assert (done.sent, done.later) == (5, 1)
    assert min(at for at, _ in line.sent[1:]) >= 15


def test_what_waited_is_looked_at_anew_before_it_is_sent(engine: Engine) -> None:
    """While the first message stalls, a mailbox changes and another's messages are withheld."""
    owe_to(engine, ["a@x.vn", "old@x.vn", "held@x.vn", "d@x.vn"])

    class Stalling(Noting):
        def send(self, envelope_from: str, to: str, message: bytes) -> None:
            if not self.sent:
                self.clock.sleep(FRESH.total_seconds() + 1)
                with writing(engine) as connection:
                    mine = update(contacts).where(contacts.c.email == "old@x.vn")
                    connection.execute(mine.values(email="new@x.vn"))
                    hold(connection, "d2", reason="Bão", until=None, actor="user:1", now=NOW)
            super().send(envelope_from, to, message)

    line = Stalling(Clock())
    assert pace(engine, line).sent == 3
    assert [to for _, to in line.sent] == ["a@x.vn", "new@x.vn", "d@x.vn"]
    assert states(engine) == {"sent": 3, "waiting": 1}
    assert {(row.attempts, row.lease_until) for row in rows(engine) if row.state == "waiting"} == {
        (0, None)
    }


def test_a_rate_allows_so_many_at_once_and_then_waits() -> None:
    some = Pace(Rate(3, timedelta(minutes=1)))
    moments = [some.book(NOW) for _ in range(7)]
    seconds = [(at - NOW).total_seconds() if at else None for at in moments]
    assert seconds == [0, 0, 0, 60, 60, 60, 120]
    assert some.next(NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)


def test_pauses_grow_while_it_refuses_and_are_forgotten_once_it_takes() -> None:
    some, now, waits = Pace(), NOW, []
    for _ in range(8):
        some.pause(now)
        some.pause(now)  # what was on its way at the same time
        waits.append((some.next(now) - now).total_seconds())
        now = some.next(now)
    longest = LONGEST_PAUSE.total_seconds()
    assert waits == [15, 30, 60, 120, 240, 480, longest, longest]
    some.took()
    some.pause(now)
    assert (some.next(now) - now).total_seconds() == 15


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("30/minute", {"*": (30, 60)}),
        ("Gmail.com=20/minute, *=1000/hour", {"gmail.com": (20, 60), "*": (1000, 3600)}),
        ("5 per 2 minutes", {"*": (5, 120)}),
    ],
)
def test_rates_by_domain(text: str, found: dict[str, tuple[int, int]]) -> None:
    assert rates_of(text) == {
        name: Rate(number, timedelta(seconds=seconds)) for name, (number, seconds) in found.items()
    }


@pytest.mark.parametrize(
    "text", ["fast", "0/minute", "x.vn=", "x.vn=1/minute,x.vn=2/minute", "-1/s"]
)
def test_what_is_no_rate_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError):
        MailSettings(smtp_domain_rate=text)
    if "," not in text:
        with pytest.raises(ValidationError):
            MailSettings(smtp_rate=text)


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=3), timedelta(days=400)])
def test_a_clock_that_was_set_back_keeps_nothing_waiting(engine: Engine, back: timedelta) -> None:
    """What was owed, leased and put off by the wrong clock is due by the right one."""
    owe_to(engine, numbered("x.vn", 3))
    wrong = NOW + back
    with writing(engine) as connection:
        first, second, third = claim(connection, wrong, LEASE, 3)
        put_off = wrong + timedelta(minutes=5)
        one = update(deliveries).where(deliveries.c.notice == second.notice)
        connection.execute(one.values(lease_until=None, next_try_at=put_off))
        one = update(deliveries).where(deliveries.c.notice == third.notice)
        connection.execute(one.values(lease_until=None, next_try_at=wrong, attempts=0))
    with reading(engine) as connection:
        assert len(waiting(connection, NOW)) == number_waiting(connection, NOW) == 3
    clock = Clock()
    done = deliver(engine, SETTINGS, MailSettings(), NOW, transport=Noting(clock), elapsed=clock)
    assert (done.sent, first.attempts) == (3, 1)
    assert states(engine) == {"sent": 3}


def test_a_clock_that_goes_right_keeps_leases_and_waits(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, numbered("x.vn", 2))
    with writing(sqlite_engine) as connection:
        _, second = claim(connection, NOW, LEASE, 2)
        one = update(deliveries).where(deliveries.c.notice == second.notice)
        wait = timedelta(minutes=44)
        connection.execute(one.values(lease_until=None, next_try_at=NOW + wait, attempts=4))
    with reading(sqlite_engine) as connection:
        assert number_waiting(connection, NOW) == 0
        assert number_waiting(connection, NOW + LEASE) == 1
        assert number_waiting(connection, NOW + wait) == 2


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (ValueError("what cannot be rendered"), True),
        (OSError(28, "No space left on device"), False),
        (OutsideError("the key cannot be read now", permanent=False), False),
        (InvalidInput("a setting is wrong"), True),
    ],
)
def test_what_the_machine_lacks_for_a_while_gives_no_message_up(
    error: Exception, permanent: bool
) -> None:
    assert unforeseen(error).permanent is permanent
