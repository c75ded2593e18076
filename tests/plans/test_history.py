"""The ledger as people read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, update

from plans.governing import Document, suspend
from plans.history import Entry, dates_in, entries
from plans.reviewing import review
from plans.store import reading, writing
from plans.store.schema import texts
from plans.terms import EventKind
from tests.acts import TODAY, act, key_of, open_office, submit
from tests.builders import at, build_assigned, build_event


@pytest.fixture
def key(engine: Engine) -> str:
    """One that was submitted, returned with a note, and suspended with a reason."""
    open_office(engine)
    key = key_of(engine)
    submit(engine, key)
    with writing(engine) as connection:
        review(connection, key, "return", actor="user:1", now=at(TODAY), note="Thiếu số")
        document = Document(number="15/QĐ-UBND")
        suspend(connection, key, act("user:2"), reason="Chờ", document=document)
    return key


def read(engine: Engine, key: str, *, words: bool = True) -> list[Entry]:
    with reading(engine) as connection:
        return entries(connection, key, words)


def test_who_did_what_in_whose_words(engine: Engine, key: str) -> None:
    found = read(engine, key)
    assert [(one.n, one.kind, one.actor, one.words) for one in found] == [
        (1, EventKind.ASSIGNED, "system:open-periods", None),
        (2, EventKind.UPDATED, "token:so-y-te", None),
        (3, EventKind.SUBMITTED, "token:so-y-te", None),
        (4, EventKind.RETURNED, "user:1", {"note": "Thiếu số"}),
        (5, EventKind.SUSPENDED, "user:2", {"reason": "Chờ"}),
    ]
    assert found[4].payload["basis"] == "15/QĐ-UBND"
    assert len({one.hash for one in found}) == 5


def test_words_are_for_those_who_may_see_them(engine: Engine, key: str) -> None:
    found = read(engine, key, words=False)
    assert [one.words for one in found] == [None] * 5
    assert [one.hash for one in found] == [one.hash for one in read(engine, key)]


def test_what_was_taken_out_is_said_to_be(engine: Engine, key: str) -> None:
    note = read(engine, key)[3].payload["note"]
    with writing(engine) as connection:
        gone = {"body": None, "removed_at": datetime(2025, 4, 1, tzinfo=UTC)}
        connection.execute(update(texts).where(texts.c.hash == note).values(gone))
    found = read(engine, key)
    assert [one.words for one in found[3:]] == ["removed", {"reason": "Chờ"}]


def test_an_unknown_assignment_has_no_history(engine: Engine) -> None:
    assert read(engine, "none") == []


def test_dates_say_on_what_basis_they_changed() -> None:
    redated = build_event(EventKind.REDATED, due="2025-05-31", basis="version 2 of the plan")
    requested = build_event(EventKind.EXTENSION_REQUESTED, due="2025-06-30")
    found = dates_in([build_assigned(), redated, requested])
    assert [(one.due.isoformat(), one.basis) for one in found] == [
        ("2025-03-31", None),
        ("2025-05-31", "version 2 of the plan"),
    ]
