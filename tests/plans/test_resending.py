"""A message that was given up is sent again under its Message-ID; one that was sent is not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans.errors import Conflict, NotFound
from plans.reminding import remind
from plans.resending import try_again
from plans.store import audit, claims, notices, outbox, reading, writing
from plans.store.schema import deliveries
from plans.terms import Delivery
from tests.builders import at
from tests.offices import furnish

DAY = date(2025, 4, 1)
NOW, LATER = at(DAY), at(DAY, 15)
LEASE = timedelta(minutes=10)


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, now=at(date(2025, 3, 28)))
    with writing(engine) as connection:
        remind(connection, DAY, NOW, domain="x.vn")
    return engine


def end(engine: Engine, state: Delivery) -> int:
    """Claim everything, and let one department's notice end in a state."""
    with writing(engine) as connection:
        claimed = claims.claim(connection, NOW, LEASE, 100)
        (mine,) = [one for one in claimed if one.recipient == "so-y-te"]
        known: dict[str, Any] = {"address": "syt@x.vn", "error": "554 refused"}
        assert claims.finish(connection, mine.notice, state, NOW, **known)
    return mine.notice


def delivery(engine: Engine, notice: int) -> Any:
    with reading(engine) as connection:
        query = select(deliveries).where(deliveries.c.notice == notice)
        return connection.execute(query).one()


def again(engine: Engine, notice: int) -> None:
    with writing(engine) as connection:
        try_again(connection, notice, actor="user:1", now=LATER)


def test_a_failed_one_waits_anew_under_its_message_id(office: Engine) -> None:
    notice = end(office, Delivery.FAILED)
    before = delivery(office, notice)
    again(office, notice)
    row = delivery(office, notice)
    assert (row.state, row.attempts, row.error, row.finished_at) == ("waiting", 0, None, None)
    assert row.message_id == before.message_id
    with writing(office) as connection:
        taken = {one.notice: one for one in claims.claim(connection, LATER, LEASE, 100)}
        line = audit.lines(connection)[0]
    assert (taken[notice].message_id, taken[notice].attempts) == (before.message_id, 1)
    assert (line.act, line.actor, line.subject) == ("message-resent", "user:1", f"notice:{notice}")
    assert line.detail == {"recipient": "so-y-te", "attempts": 1}


@pytest.mark.parametrize(
    ("state", "said"),
    [(Delivery.SENT, "was sent already"), (Delivery.DROPPED, "was dropped")],
)
def test_only_a_failed_one_is_sent_again(office: Engine, state: Delivery, said: str) -> None:
    notice = end(office, state)
    with pytest.raises(Conflict, match=said):
        again(office, notice)
    assert delivery(office, notice).state == state


def test_one_that_waits_or_is_not_there_is_refused(office: Engine) -> None:
    with reading(office) as connection:
        waiting = outbox.listing(connection, state="waiting")[0].id
    with pytest.raises(Conflict, match="waits already"):
        again(office, waiting)
    with pytest.raises(NotFound, match="no message 999"):
        again(office, 999)


def test_a_bounced_mailbox_is_put_right_first(office: Engine) -> None:
    notice = end(office, Delivery.FAILED)
    with writing(office) as connection:
        notices.flag_bounced(connection, "syt@x.vn", NOW, "550")
    with pytest.raises(Conflict, match="clear that, or register another"):
        again(office, notice)
