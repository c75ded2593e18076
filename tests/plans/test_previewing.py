"""What a run would send is seen before it does, to the word, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from plans.digests import owe_digests
from plans.holding import hold
from plans.previewing import Mailbox, Preview, preview_digests, preview_reminders
from plans.reminding import remind
from plans.store import catalogue, reading, writing
from plans.store.schema import contacts, notices
from plans.store.schema_base import metadata
from plans.terms import NoticeKind
from tests.builders import at
from tests.offices import furnish

DAY = date(2025, 4, 1)
MONDAY = date(2025, 4, 7)


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, now=at(date(2025, 3, 28)))
    return engine


def counted(engine: Engine) -> Mapping[str, Any]:
    """How many rows each table has."""
    with reading(engine) as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
        }


def reminders(engine: Engine, on: date = DAY) -> dict[str, Preview]:
    with reading(engine) as connection:
        return {one.recipient: one for one in preview_reminders(connection, on)}


def digests(engine: Engine) -> dict[tuple[str, str], Preview]:
    with reading(engine) as connection:
        found = preview_digests(connection, MONDAY, at(MONDAY))
    return {(one.recipient, getattr(one.content, "role", "")): one for one in found}


def owed(engine: Engine, kind: NoticeKind | None = None) -> dict[tuple[str, str], Any]:
    with reading(engine) as connection:
        rows = connection.execute(select(notices))
        return {
            (row.recipient, row.content.get("role", row.kind)): row.content
            for row in rows
            if kind in (None, row.kind)
        }


def test_reminders_are_previewed_as_they_will_be_sent(office: Engine) -> None:
    before = counted(office)
    found = reminders(office)
    assert counted(office) == before
    with writing(office) as connection:
        remind(connection, DAY, at(DAY), domain="x.vn")
    sent = {code: content for (code, _), content in owed(office).items()}
    assert {code: one.content.model_dump(mode="json") for code, one in found.items()} == sent
    assert reminders(office) == {}


def test_a_preview_says_to_whom_how_much_and_why(office: Engine) -> None:
    mine = reminders(office)["so-y-te"]
    lines = mine.content.model_dump()["lines"]
    assert (mine.name_vi, mine.name_en) == ("so-y-te", "so-y-te (en)")
    assert mine.kind is NoticeKind.REMINDER
    assert mine.mailbox == Mailbox("syt@x.vn", "vi", bounced=False)
    assert (mine.lines, mine.late) == (len(lines), sum(line["days"] < 0 for line in lines))
    assert mine.late
    assert "1 working days after the due date" in mine.why
    assert len(mine.why) == len(set(mine.why))
    assert mine.is_sent


def test_a_preview_names_holds_and_missing_and_bounced_mailboxes(office: Engine) -> None:
    with writing(office) as connection:
        bounced = update(contacts).where(contacts.c.email == "syt@x.vn")
        connection.execute(bounced.values(bounced_at=at(DAY), bounce_reason="550"))
    found = reminders(office)
    assert found["so-tai-chinh"].mailbox is None
    assert found["so-y-te"].mailbox == Mailbox("syt@x.vn", "vi", bounced=True)
    assert not found["so-tai-chinh"].is_sent and not found["so-y-te"].is_sent
    with writing(office) as connection:
        catalogue.add_contact(connection, "so-y-te", "moi@x.vn", "en")
        hold(connection, "so-y-te", reason="Bão", until=None, actor="user:1", now=at(DAY))
    again = reminders(office)["so-y-te"]
    assert again.mailboxes == (Mailbox("moi@x.vn", "en", False), Mailbox("syt@x.vn", "vi", True))
    assert again.hold is not None and again.hold.reason == "Bão"
    assert not again.is_sent


def test_digests_are_previewed_as_they_will_be_sent(office: Engine) -> None:
    before = counted(office)
    found = digests(office)
    assert counted(office) == before
    with writing(office) as connection:
        owe_digests(connection, MONDAY, at(MONDAY), domain="x.vn")
    assert {key: one.content.model_dump(mode="json") for key, one in found.items()} == owed(office)
    everything = found["van-phong", "office"]
    assert everything.why == ("it coordinates plans",)
    assert everything.late <= everything.lines
    assert not everything.known
    assert all(one.known and not one.is_sent for one in digests(office).values())
