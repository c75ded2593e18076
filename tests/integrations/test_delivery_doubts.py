"""A run's first refusals blame nobody before it is known whose fault they are; odd answers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from integrations.delivery import Delivered, deliver
from integrations.doubts import ALIKE, ENOUGH
from integrations.mail import MailSettings
from integrations.outcomes import TWICE, Outcome, record
from integrations.smtp_answers import DeliveryError, Step, refusal
from plans.store import notices, reading
from plans.store.claims import MAY_HAVE_IT
from plans.store.schema import deliveries
from tests.integrations.delivering import NOW, SETTINGS, Clock, Noting, owe_to, rows, states
from tests.post_office import PostOffice, serving


class Refusing(Noting):
    """Refuses by address, else by domain, else everybody; takes whom it has no answer for."""

    def __init__(self, clock: Clock, answers: dict[str, bytes], step: Step = "recipient") -> None:
        super().__init__(clock)
        self.answers, self.step = answers, step

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        super().send(envelope_from, to, message)
        domain = to.partition("@")[2]
        for name in (to, domain, "*"):
            if answer := self.answers.get(name):
                raise refusal(int(answer[:3]), answer[4:].replace(b"TO", to.encode()), self.step)


def run(engine: Engine, line: Noting, now: Any = NOW, lines: int = 1) -> Delivered:
    clock = line.clock
    return deliver(
        engine, SETTINGS, MailSettings(), now, lines=[line] * lines, elapsed=clock,
        sleep=clock.sleep, observe=lambda _: None,
    )  # fmt: skip


def flagged(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {row.email for row in notices.bounced(connection)}


def everywhere(number: int) -> list[str]:
    return [f"a{n}@d{n}.vn" for n in range(number)]


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize(
    ("answer", "step"),
    [
        (b"554 5.7.1 <TO>: Relay access denied", "recipient"),
        (b"550 blocked: your IP is on a list", "recipient"),
        (b"554 Transaction failed", "recipient"),
        (b"550 5.1.1 <TO> user unknown (q8f3a2)", "recipient"),
        (b"554 5.7.1 looks like spam", "message"),
        (b"550 5.7.1 sender not allowed", "sender"),
        (b"501 5.1.7 bad sender", "sender"),
    ],
)
def test_what_refuses_everybody_blames_nobody(
    sqlite_engine: Engine, answer: bytes, step: Step, lines: int
) -> None:
    owe_to(sqlite_engine, everywhere(30))
    line = Refusing(Clock(), {"*": answer}, step)
    done = run(sqlite_engine, line, lines=lines)
    assert (done.sent, done.failed, states(sqlite_engine)) == (0, [], {"waiting": 30})
    assert flagged(sqlite_engine) == set()
    assert ENOUGH <= len(line.sent) < ENOUGH + lines
    tried = [row for row in rows(sqlite_engine) if row.attempts]
    assert all(row.error.startswith(ALIKE) for row in tried) and len(tried) == len(line.sent)
    assert not any(row.lease_until for row in rows(sqlite_engine))
    line.answers.clear()
    for wait in (0, 11):
        run(sqlite_engine, line, NOW + timedelta(minutes=20 + wait))
    assert states(sqlite_engine) == {"sent": 30}


def test_what_others_take_makes_the_first_refusals_believed(engine: Engine) -> None:
    addresses = ["gone@x.vn", "lost@x.vn", *everywhere(6)]
    owe_to(engine, addresses, each=2)
    line = Refusing(Clock(), {"x.vn": b"550 5.1.1 no such user"})
    done = run(engine, line)
    assert (done.sent, len(done.failed)) == (12, 4)
    assert flagged(engine) == {"gone@x.vn", "lost@x.vn"}
    assert Counter(to for _, to in line.sent)["gone@x.vn"] == 1


def test_refusals_that_differ_are_believed(engine: Engine) -> None:
    owe_to(engine, everywhere(8))
    line = Refusing(Clock(), {"*": b"550 5.1.1 no such user", "d1.vn": b"552 5.2.2 full"})
    done = run(engine, line)
    assert (len(done.failed), len(flagged(engine))) == (8, 8)


def test_fewer_than_enough_are_believed_at_the_runs_end(engine: Engine) -> None:
    owe_to(engine, everywhere(ENOUGH - 1))
    done = run(engine, Refusing(Clock(), {"*": b"550 5.1.1 no such user"}))
    assert len(done.failed) == len(flagged(engine)) == ENOUGH - 1


def test_a_greylisting_server_is_asked_about_everybody(sqlite_engine: Engine) -> None:
    owe_to(sqlite_engine, everywhere(12))
    line = Refusing(Clock(), {"*": b"450 4.2.0 greylisted"})
    assert (run(sqlite_engine, line).later, len(line.sent)) == (12, 12)


def test_odd_signs_in_an_answer_stop_nobody(engine: Engine) -> None:
    owe_to(engine, ["bad@y.vn", *everywhere(8)])
    office = PostOffice(answers={"bad@y.vn": ["450 4.2.1 no\0pe \x1b[31m" + "x" * 400]})
    with serving(office) as port:
        mail = MailSettings.model_validate({"smtp_url": f"smtp://127.0.0.1:{port}"})
        done = deliver(engine, SETTINGS, mail, NOW, observe=lambda _: None)
    assert (done.sent, done.later) == (8, 1)
    assert len(set(office.identities)) == len(office.identities) == 8
    assert "4.2.1 no pe [31m" in next(row.error for row in rows(engine) if row.error)


def test_an_outcome_that_the_record_does_not_take_is_one_notices_matter(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe_to(engine, everywhere(6))

    def picky(connection: Any, outcome: Outcome, now: Any) -> Any:
        if outcome.address == "a2@d2.vn":
            connection.execute(
                deliveries.update().values(message_id=None)
            )  # refused, and rolled back
        return record(connection, outcome, now)

    monkeypatch.setattr("integrations.turns.record", picky)
    line = Noting(Clock())
    done = run(engine, line, lines=2)
    assert (done.sent, len(done.failed), len(line.sent)) == (5, 1, 6)
    (row,) = [one for one in rows(engine) if one.state == "failed"]
    assert row.error.startswith("it was sent, and that could not be recorded (IntegrityError)")


# --- whether it was taken ------------------------------------------------------------------------


def unsure() -> DeliveryError:
    return DeliveryError(f"x went away and {MAY_HAVE_IT}: x", permanent=False)


def test_what_may_have_arrived_twice_is_not_sent_a_third_time(engine: Engine) -> None:
    owe_to(engine, ["a@x.vn"])
    line, now = Noting(Clock()), NOW
    for error in (unsure(), DeliveryError("451 busy", permanent=False), unsure(), None, None):
        line.refused = {"a@x.vn": error} if error else {}
        run(engine, line, now)
        now += timedelta(hours=1)
    (row,) = rows(engine)
    assert len(line.sent) == 3
    assert (row.state, row.attempts, row.maybe_taken) == ("failed", 3, True)
    assert row.error.startswith(TWICE)


def test_a_filter_that_takes_its_time_over_a_message_gets_it_once(engine: Engine) -> None:
    """Much longer than any other answer may take."""
    owe_to(engine, ["a@x.vn"])
    office = PostOffice(looks=0.6)
    with serving(office) as port:
        facts = {"smtp_url": f"smtp://127.0.0.1:{port}", "smtp_timeout_seconds": 0.2}
        mail = MailSettings.model_validate(facts)
        assert deliver(engine, SETTINGS, mail, NOW, observe=lambda _: None).sent == 1
        assert len(office.taken) == 1
