"""Following the record: windows, cursors, filters, sight, and what an event shows."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, select

from plans import following as rules
from plans.access import Action, Caller, Grant, may
from plans.errors import InvalidInput
from plans.following import Change, Followed, changes, read_cursor
from plans.rules import Event
from plans.store import following, reading, sight, writing
from plans.store.ledger import append, put_text
from plans.store.schema import assignments, texts
from plans.terms import EventKind, Role, Scope
from tests.builders import at
from tests.offices import DAY, NOW, assignment, furnish

ADMIN = Caller("token:test", "token", (Grant(Role.ADMIN),))


@pytest.fixture
def told(engine: Engine) -> Engine:
    """The sample plan, opened and numbered, with a report that was returned."""
    furnish(engine)
    key = assignment(engine, "mau/mot/so-y-te").id
    with writing(engine) as connection:
        text = put_text(connection, {"result": "Đã làm"})
        said = {"percent": 40, "text": text}
        submitted = {"submitted_on": DAY.isoformat()}
        note = put_text(connection, {"note": "Thiếu số liệu"})
        events = [
            Event(EventKind.UPDATED, "token:1a2b", NOW, NOW, said),
            Event(EventKind.SUBMITTED, "token:1a2b", NOW, NOW, submitted),
            Event(EventKind.RETURNED, "user:7", NOW, NOW, {"note": note}),
        ]
        append(connection, {key: events})
    following.catch_up(engine)
    return engine


def follow(
    engine: Engine, after: int = 0, limit: int = 100, caller: Caller = ADMIN, **given: object
) -> Followed:
    with reading(engine) as connection:
        return changes(connection, caller, after, limit, **given)  # type: ignore[arg-type]


def last(engine: Engine) -> int:
    with reading(engine) as connection:
        return following.end(connection)


def test_an_event_shows_what_happened_and_what_was_said(told: Engine) -> None:
    updated, submitted, returned = follow(told).items[-3:]
    assert (updated.kind, updated.n, updated.actor) == ("updated", 2, "token:1a2b")
    assert (updated.ref, updated.plan) == ("mau/mot/so-y-te", "mau")
    assert updated.payload["percent"] == 40
    assert (updated.words, submitted.words) == ({"result": "Đã làm"}, None)
    assert (returned.actor, returned.words) == ("user:7", {"note": "Thiếu số liệu"})
    assert updated.recorded_at == at(DAY)


def test_words_that_were_removed_are_gone(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(delete(texts))
    assert all(one.words is None for one in follow(told).items)


def test_pages_join_without_a_gap(told: Engine) -> None:
    whole = follow(told, limit=500)
    assert (whole.next, whole.more) == (last(told), False)
    items: list[Change] = []
    after, more = 0, True
    while more:
        page = follow(told, after, limit=2)
        assert len(page.items) <= 2
        items += page.items
        after, more = page.next, page.more
    assert items == whole.items
    assert after == whole.next == len(items)
    assert follow(told, after) == Followed([], after, False)


def test_kinds_and_plans_narrow_it_and_the_cursor_moves_on(told: Engine) -> None:
    some = follow(told, kinds=[EventKind.UPDATED, EventKind.RETURNED])
    assert [one.kind for one in some.items] == ["updated", "returned"]
    assert some.next == last(told)
    assert follow(told, plan="khac") == Followed([], last(told), False)
    assert follow(told, plan="mau").items == follow(told).items


def test_a_call_looks_at_a_bounded_window(told: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WINDOW", 3)
    page = follow(told, kinds=[EventKind.RETURNED])
    assert page == Followed([], 3, True)
    seen: list[Change] = []
    while page.more:
        page = follow(told, page.next, kinds=[EventKind.RETURNED])
        seen += page.items
    assert [one.kind for one in seen] == ["returned"]
    assert page.next == last(told)


def test_what_waits_for_its_position_is_more(told: Engine) -> None:
    key = assignment(told, "mau/mot/so-y-te").id
    with writing(told) as connection:
        append(connection, {key: [Event(EventKind.SUSPENDED, "user:7", NOW, NOW, {})]})
    before = follow(told, last(told))
    assert (before.items, before.more) == ([], True)
    following.catch_up(told)
    assert [one.kind for one in follow(told, before.next).items] == ["suspended"]


GRANTS = [
    (Grant(Role.ADMIN),),
    (Grant(Role.VIEWER),),
    (Grant(Role.COORDINATOR),),
    (Grant(Role.COORDINATOR, plans=frozenset({"khac"})),),
    (Grant(Role.DEPARTMENT, "so-y-te", frozenset({"so-y-te"})),),
    (Grant(Role.DEPARTMENT, "so-tai-chinh", frozenset({"so-tai-chinh"})),),
    (Grant(Role.DEPARTMENT, "x", frozenset({"x"})), Grant(Role.COORDINATOR, None)),
    (),
]


@pytest.mark.parametrize("grants", GRANTS)
@pytest.mark.parametrize("scopes", [{Scope.READ}, {Scope.MANAGE}])
def test_only_what_a_caller_may_see_is_shown(
    told: Engine, grants: tuple[Grant, ...], scopes: set[Scope]
) -> None:
    caller = Caller("token:x", "token", grants, frozenset(scopes))
    with reading(told) as connection:
        seen = {
            row.id
            for row in connection.execute(select(assignments))
            if may(caller, Action.SEE_ASSIGNMENT, sight.subject_of(connection, row))
        }
    page = follow(told, caller=caller)
    assert {one.assignment for one in page.items} == seen
    assert page.next == last(told)
    assert [one for one in follow(told).items if one.assignment in seen] == page.items


def test_cursors(told: Engine) -> None:
    with reading(told) as connection:
        assert read_cursor(connection, None) == 0
        assert read_cursor(connection, "12") == 12
        assert read_cursor(connection, "now") == following.end(connection)


@pytest.mark.parametrize("cursor", ["", "-1", "x", "1.0", "٣", "²", "9" * 19])
def test_what_is_no_cursor_is_refused(told: Engine, cursor: str) -> None:
    with reading(told) as connection, pytest.raises(InvalidInput) as error:
        read_cursor(connection, cursor)
    assert list(error.value.fields) == ["after"]


def test_a_cursor_beyond_the_end_is_refused_rather_than_missing_events(told: Engine) -> None:
    with pytest.raises(InvalidInput, match="restored from a backup"):
        follow(told, last(told) + 1)
