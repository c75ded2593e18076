"""What came back: which reports are believed, what follows from one, and that it follows once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from plans.bouncing import Outcome, Report, take
from plans.contacting import replace as replace_mailbox
from plans.resending import try_again
from plans.store import Connection, bounces, notices
from plans.store.schema import contacts, deliveries
from plans.terms import Delivery
from tests.builders import at, undone
from tests.catching import end, mine, owe
from tests.offices import furnish

DAY = date(2025, 4, 1)
NOW = at(DAY, 12)
TO = "syt@x.vn"


@pytest.fixture
def office(engine: Engine) -> Iterator[Connection]:
    furnish(engine, now=at(date(2025, 3, 28)))
    with undone(engine) as connection:
        owe(connection, DAY)
        end(connection, mine(connection)[0].id, Delivery.SENT, at(DAY))
        yield connection


def report(connection: Connection, **given: Any) -> Report:
    """That the department's reminder came back for good."""
    fields: dict[str, Any] = {
        "source": "a1/0",
        "message_ids": (mine(connection)[0].message_id,),
        "addresses": (TO,),
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 User unknown",
    }
    return Report(**(fields | given))


def notice(connection: Connection) -> Any:
    return mine(connection)[0]


def contact(connection: Connection) -> Any:
    return connection.execute(select(contacts).where(contacts.c.email == TO)).first()


def kept(connection: Connection) -> list[Any]:
    rows = bounces.of_notice(connection, notice(connection).id)
    return [(row.address, row.status, row.permanent, row.diagnostic) for row in rows]


def test_a_message_that_came_back_has_failed_and_its_mailbox_is_flagged(
    office: Connection,
) -> None:
    assert take(office, report(office), NOW) is Outcome.BOUNCED
    row, flagged = notice(office), contact(office)
    assert (row.state, row.finished_at) == ("failed", NOW)
    assert row.error == flagged.bounce_reason == "bounced: 5.1.1 550 5.1.1 User unknown"
    assert flagged.bounced_at == NOW
    assert kept(office) == [(TO, "5.1.1", True, "550 5.1.1 User unknown")]
    assert [one.email for one in notices.bounced(office)] == [TO]


def test_a_repeated_report_changes_nothing(office: Connection) -> None:
    take(office, report(office), NOW)
    replace_mailbox(office, "so-y-te", TO, actor="user:1", now=NOW)
    try_again(office, notice(office).id, actor="user:1", now=NOW)
    assert take(office, report(office), at(DAY, 15)) is Outcome.KNOWN
    assert (notice(office).state, contact(office).bounced_at) == ("waiting", None)
    assert len(kept(office)) == 1


def test_it_is_sent_again_to_another_mailbox(office: Connection) -> None:
    take(office, report(office), NOW)
    replace_mailbox(office, "so-y-te", "moi@x.vn", actor="user:1", now=NOW)
    try_again(office, notice(office).id, actor="user:1", now=NOW)
    moved = {"state": Delivery.SENT, "address": "moi@x.vn"}
    mine_alone = deliveries.c.notice == notice(office).id
    office.execute(update(deliveries).where(mine_alone).values(**moved))
    # A late report about the first address says nothing of the second.
    assert take(office, report(office, source="b2/0"), NOW) is Outcome.UNKNOWN
    assert notice(office).state == "sent"


@pytest.mark.parametrize(
    "given",
    [
        {"message_ids": ("<ffffffffffffffffffffffffffffffff@x.vn>",)},
        {"message_ids": ()},
        {"addresses": ("giam.doc@x.vn",)},
        {"addresses": ()},
    ],
)
def test_a_forged_report_is_not_believed(office: Connection, given: dict[str, Any]) -> None:
    assert take(office, report(office, **given), NOW) is Outcome.UNKNOWN
    assert (notice(office).state, contact(office).bounced_at, kept(office)) == ("sent", None, [])


def test_of_several_ids_the_one_that_went_to_the_address_is_believed(office: Connection) -> None:
    others = [row.message_id for row in mine(office, "so-tai-chinh")]
    ids = (*others, "<x@y>", notice(office).message_id)
    assert others
    assert take(office, report(office, message_ids=ids, addresses=("SYT@X.VN",)), NOW) == "bounced"
    assert notice(office).state == "failed"


def test_a_delay_is_recorded_and_nothing_else(office: Connection) -> None:
    delayed = report(office, action="delayed", status="4.4.1", said="timed out")
    assert take(office, delayed, NOW) is Outcome.DELAYED
    assert (notice(office).state, contact(office).bounced_at) == ("sent", None)
    assert kept(office) == [(TO, "4.4.1", False, "timed out")]
    assert take(office, report(office, source="b/0", action="delivered"), NOW) is Outcome.NOTED
    assert notice(office).state == "sent"


@pytest.mark.parametrize(
    ("status", "flagged"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.2", True),
        ("5.4.4", True),
        ("5.0.0", True),
        (None, True),
        ("5.1.8", False),
        ("5.3.4", False),
        ("5.7.1", False),
        ("4.4.7", False),
    ],
)
def test_only_a_mailbox_at_fault_is_not_written_to_any_more(
    office: Connection, status: str | None, flagged: bool
) -> None:
    assert take(office, report(office, status=status), NOW) is Outcome.BOUNCED
    assert notice(office).state == "failed"
    assert (contact(office).bounced_at is not None) is flagged


def test_a_mailbox_that_is_none_any_more_is_not_flagged(office: Connection) -> None:
    replace_mailbox(office, "so-y-te", "moi@x.vn", actor="user:1", now=NOW)
    assert take(office, report(office), NOW) is Outcome.BOUNCED
    assert notices.bounced(office) == []
    assert notice(office).state == "failed"


def test_a_waiting_message_that_a_server_had_after_all_waits_on(office: Connection) -> None:
    end(office, notice(office).id, Delivery.WAITING, NOW)
    assert take(office, report(office), NOW) is Outcome.BOUNCED
    assert notice(office).state == "waiting"
    assert contact(office).bounced_at == NOW


def test_long_words_are_cut(office: Connection) -> None:
    found = report(office, said="x" * 900)
    assert len(replace(found).why) == 500
    assert take(office, found, NOW) is Outcome.BOUNCED
