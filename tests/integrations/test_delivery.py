"""Delivery: claimed once, sent, recorded; failures told apart; a kill anywhere loses nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, delete, select, update

from integrations.delivery import GIVE_UP_AFTER, LEASE, Delivered, deliver
from integrations.mail import DeliveryError, MaildirTransport, MailSettings
from plans.reminding import owed_on, remind
from plans.settings import Settings
from plans.store import catalogue, open_engine, reading, writing
from plans.store.notices import claim
from plans.store.schema import contacts, deliveries, notices
from plans.terms import NoticeKind
from tests.builders import at
from tests.killing import Victims
from tests.offices import furnish

DAY = date(2025, 4, 8)
NOW = at(DAY)


class Line:
    """A list of what was sent; refuses whom it is told to refuse."""

    def __init__(self, refused: dict[str, DeliveryError] | None = None) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.refused = refused or {}

    def send(self, envelope_from: str, to: str, message: bytes) -> None:  # noqa: ARG002
        if to in self.refused:
            raise self.refused[to]
        self.sent.append((to, message))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def owe(engine: Engine) -> None:
    """The sample's reminders of the day; every body has a mailbox."""
    furnish(engine, now=at(date(2025, 3, 28)))
    with writing(engine) as connection:
        for code in ("van-phong", "so-tai-chinh"):
            catalogue.add_contact(connection, code, f"{code}@x.vn")
        assert len(remind(connection, DAY, NOW, domain="x.vn")) == 4


def send(engine: Engine, line: Line, now: datetime = NOW) -> Delivered:
    return deliver(engine, Settings(), MailSettings(), now, transport=line)


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
        moment += timedelta(hours=6)
    with reading(engine) as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.state == "failed")).one()
    assert row.attempts == GIVE_UP_AFTER
    assert row.error == "451 busy"
    assert timedelta(days=2) < moment - NOW < timedelta(days=4)


def test_a_dead_mailbox_is_flagged_and_not_written_to_again(engine: Engine) -> None:
    owe(engine)
    gone = DeliveryError("550 no such mailbox", permanent=True, recipient=True)
    assert send(engine, Line({"syt@x.vn": gone})).failed == [("so-y-te", "550 no such mailbox")]
    with reading(engine) as connection:
        row = connection.execute(select(contacts).where(contacts.c.email == "syt@x.vn")).one()
    assert row.bounced_at == NOW
    assert row.bounce_reason == "550 no such mailbox"
    with writing(engine) as connection:
        later = date(2025, 5, 20)
        connection.execute(update(deliveries).values(state="sent"))
        remind(connection, later, at(later), domain="x.vn")
    line = Line()
    done = send(engine, line, at(date(2025, 5, 20)))
    assert "syt@x.vn" not in {to for to, _ in line.sent}
    assert all("bounced" in why for _, why in done.failed)


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


def test_one_recipients_failure_does_not_keep_back_the_others(engine: Engine) -> None:
    owe(engine)
    line = Line({"so-tai-chinh@x.vn": DeliveryError("421 closing", permanent=False)})
    assert send(engine, line).sent == 3


def test_killed_at_any_step_every_owed_notice_is_delivered_once(
    database_url: str, tmp_path: Path
) -> None:
    """The one repeat that cannot be avoided bears the same Message-ID."""
    engine, folder = open_engine(database_url), tmp_path / "mail"
    folder.mkdir()
    furnish(engine, now=at(date(2025, 3, 28)))
    with writing(engine) as connection:
        for code in ("van-phong", "so-tai-chinh"):
            catalogue.add_contact(connection, code, f"{code}@x.vn")
    with reading(engine) as connection:
        expected = {(one.recipient, one.kind) for one in owed_on(connection, DAY)}
    runs = 0
    with Victims("tests.integrations.remind_victim", database_url, str(folder)) as victims:
        for _ in victims.until_unharmed():
            runs += 1
            _start_again(engine, folder)
            _check(engine, folder, expected)
            _forget(engine, folder)
    assert runs > 20
    engine.dispose()


def _start_again(engine: Engine, folder: Path) -> None:
    later = NOW + LEASE
    with writing(engine, alone="remind") as connection:
        remind(connection, DAY, later, domain="x.vn")
    deliver(engine, Settings(), MailSettings(), later, transport=MaildirTransport(folder))


def _check(engine: Engine, folder: Path, expected: set[tuple[str, NoticeKind]]) -> None:
    with reading(engine) as connection:
        owed = connection.execute(select(notices.c.recipient, notices.c.kind)).all()
    assert sorted(map(tuple, owed)) == sorted((who, str(kind)) for who, kind in expected)
    assert states(engine) == {"sent": len(expected)}
    assert len(list(folder.glob("*.eml"))) == len(expected)


def _forget(engine: Engine, folder: Path) -> None:
    """Back to before the run, without furnishing anew."""
    from plans.store.schema import rungs_sent

    with writing(engine) as connection:
        for table in (rungs_sent, deliveries, notices):
            connection.execute(delete(table))
    for file in folder.iterdir():
        file.unlink()
