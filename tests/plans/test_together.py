"""Two people at the same moment: one is refused or both stand in order, and the record is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from plans.acting import Officer
from plans.errors import Conflict, DondocError, Stale
from plans.extensions import ask, decide
from plans.governing import Document, cancel, reassign, suspend
from plans.reviewing import review
from plans.rules import State
from plans.store import Connection, extensions, reading, writing
from plans.store.assignments import state
from plans.store.ledger import append, events_of
from plans.terms import Review, Work
from tests.acts import TODAY, act, key_of, open_office, submission, submit, together
from tests.builders import at
from tests.offices import faults

NOW = at(TODAY)
REFS = (
    "mau/mot/so-y-te",
    "mau/chung/van-phong",
    "mau/chung/so-y-te",
    "mau/chung/so-tai-chinh",
)
Job = Callable[[Connection], State]


@pytest.fixture
def office(engine: Engine) -> Iterator[Engine]:
    open_office(engine)
    yield engine
    assert faults(engine) == []


def kinds(engine: Engine, key: str) -> list[str]:
    with reading(engine) as connection:
        return [str(event.kind) for event in events_of(connection, key)]


def present(engine: Engine, key: str) -> State:
    with reading(engine) as connection:
        return state(connection, key)


def reviews(key: str, decision: Any, actor: str, seen: int | None = None) -> Job:
    versions = None if seen is None else frozenset({str(seen)})

    def job(connection: Connection) -> State:
        officer = Officer(actor)
        given = {"actor": officer, "now": NOW, "note": "Lý do", "seen": versions}
        return review(connection, key, decision, **given)  # type: ignore[arg-type]

    return job


def submits(key: str, percent: int = 100) -> Job:
    def job(connection: Connection) -> State:
        return append(connection, {key: submission("token:so-y-te", percent=percent)})[key]

    return job


def split(found: list[Any]) -> tuple[list[Any], list[DondocError]]:
    """Results and refusals."""
    refused = [one for one in found if isinstance(one, DondocError)]
    return [one for one in found if not isinstance(one, DondocError)], refused


@pytest.mark.parametrize("decisions", [("accept", "accept"), ("accept", "return")])
def test_two_reviewers(office: Engine, decisions: tuple[str, str]) -> None:
    for ref in REFS:
        key = key_of(office, ref)
        submit(office, key)
        first, second = decisions
        found = together(office, reviews(key, first, "user:1"), reviews(key, second, "user:2"))
        won, lost = split(found)
        assert (len(won), [type(one) for one in lost]) == (1, [Conflict])
        assert present(office, key).review is won[0].review
        assert len(kinds(office, key)) == 4


def test_a_review_and_a_new_submission(office: Engine) -> None:
    """A reviewer who read the first report never accepts the second one unread."""
    for ref in REFS:
        key = key_of(office, ref)
        seen = submit(office, key, percent=40).events
        accepted, again = together(
            office, reviews(key, "accept", "user:1", seen), submits(key, percent=90)
        )
        after = present(office, key)
        if isinstance(accepted, Stale):
            assert (after.review, after.percent) == (Review.SUBMITTED, 90)
        else:
            assert isinstance(again, Conflict), "accepted first, so nothing is left to report"
            assert (after.work, after.percent) == (Work.DONE, 40)


def test_an_own_report_is_not_reviewed_however_fast(office: Engine) -> None:
    """Who submits and reviews at once cannot slip in before the submission is seen."""
    for ref in REFS:
        key = key_of(office, ref)
        found = together(office, submits(key), reviews(key, "accept", "token:so-y-te"))
        assert isinstance(found[1], DondocError)
        assert present(office, key).review is Review.SUBMITTED


@pytest.mark.parametrize("second", ["grant", "refuse"])
def test_two_who_decide_on_an_extension(office: Engine, second: Any) -> None:
    for ref in REFS:
        key = key_of(office, ref)
        with writing(office) as connection:
            extension = ask(connection, key, date(2025, 4, 30), "Chờ", act("token:x"))

        def decides(decision: Any, actor: str, extension: str = extension) -> Job:
            return lambda connection: decide(
                connection, extension, decision, act(actor), note="Lý do"
            )

        found = together(office, decides("grant", "user:1"), decides(second, "user:2"))
        won, lost = split(found)
        assert (len(won), [type(one) for one in lost]) == (1, [Conflict])
        with reading(office) as connection:
            row = extensions.row_of(connection, extension)
        assert present(office, key).extended == (row.state == "granted")
        assert row.decided_by == f"user:{found.index(won[0]) + 1}"


def test_two_who_ask_for_an_extension(office: Engine) -> None:
    for ref in REFS:
        key = key_of(office, ref)

        def asks(actor: str, key: str = key) -> Any:
            return lambda connection: ask(connection, key, date(2025, 4, 30), "Chờ", act(actor))

        won, lost = split(together(office, asks("token:1"), asks("token:2")))
        assert (len(won), [type(one) for one in lost]) == (1, [Conflict])
        with reading(office) as connection:
            assert [one.id for one in extensions.of_assignment(connection, key)] == won


def test_given_to_another_while_an_update_comes(office: Engine) -> None:
    for ref in REFS:
        key = key_of(office, ref)
        to = "so-tai-chinh" if present(office, key).department != "so-tai-chinh" else "so-y-te"

        def gives(connection: Connection, key: str = key, to: str = to) -> State:
            document = Document(number="15/QĐ-UBND")
            return reassign(connection, key, act(), department=to, document=document)

        assert split(together(office, gives, submits(key, 70)))[1] == []
        after = present(office, key)
        assert (after.department, after.percent, after.events) == (to, 70, 4)


def test_suspended_and_cancelled_at_once(office: Engine) -> None:
    """Cancelling wins in either order; suspending stands only before it."""
    for ref in REFS:
        key = key_of(office, ref)

        def suspends(connection: Connection, key: str = key) -> State:
            return suspend(connection, key, act(), reason="Chờ")

        def cancels(connection: Connection, key: str = key) -> State:
            return cancel(connection, key, act(), reason="Trùng")

        suspended, cancelled = together(office, suspends, cancels)
        assert isinstance(cancelled, State)
        assert present(office, key).work is Work.CANCELLED
        whole = ["assigned", "suspended", "cancelled"]
        assert kinds(office, key) == (whole if isinstance(suspended, State) else whole[::2])
