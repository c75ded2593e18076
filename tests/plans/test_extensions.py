"""Extensions: asked for in time with a reason, decided once, and every date stays visible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update

from plans.acting import Act
from plans.errors import Conflict, Denied, InvalidInput, NotFound, Stale
from plans.extensions import ask, decide
from plans.governing import Document, cancel, reassign
from plans.history import dates_of
from plans.rolling import plan_progress
from plans.rules import State
from plans.store import extensions, reading, writing
from plans.store.assignments import state
from plans.store.ledger import get_texts
from plans.store.schema import extensions as table
from plans.terms import EventKind, ExtensionState, Timeliness
from tests.acts import DUE, TODAY, act, key_of, open_office, submit
from tests.builders import at
from tests.offices import faults

APRIL, MAY = date(2025, 4, 30), date(2025, 5, 31)
ASKER = "token:so-y-te"


@pytest.fixture
def office(engine: Engine) -> Iterator[Engine]:
    open_office(engine)
    yield engine
    assert faults(engine) == []


def asks(
    engine: Engine, key: str, due: date = APRIL, *, reason: str = "Chờ hướng dẫn", **given: Any
) -> str:
    with writing(engine) as connection:
        return ask(connection, key, due, reason, act(ASKER, **given))


def answers(
    engine: Engine, extension: str, decision: Any, by: Act | None = None, **given: Any
) -> State:
    with writing(engine) as connection:
        return decide(connection, extension, decision, by or act(), **given)


def present(engine: Engine, key: str) -> State:
    with reading(engine) as connection:
        return state(connection, key)


def kept(engine: Engine, extension: str) -> Any:
    with reading(engine) as connection:
        return extensions.row_of(connection, extension)


def test_a_request_and_how_it_is_granted(office: Engine) -> None:
    key = key_of(office)
    extension = asks(office, key)
    assert present(office, key).pending_extension == extension
    row = kept(office, extension)
    assert (row.state, row.due, row.requested_due) == ("requested", DUE, APRIL)
    found = answers(office, extension, "grant", note="Đồng ý")
    assert (found.due, found.original_due, found.extended) == (APRIL, DUE, 1)
    row = kept(office, extension)
    assert (row.state, row.granted_due, row.decided_by) == ("granted", APRIL, "user:1")
    with reading(office) as connection:
        words = get_texts(connection, [row.reason, row.note])
    assert (words[row.reason], words[row.note]) == (
        {"reason": "Chờ hướng dẫn"},
        {"note": "Đồng ý"},
    )


def test_another_day_than_was_asked_for_may_be_granted(office: Engine) -> None:
    extension = asks(office, key_of(office), MAY)
    assert answers(office, extension, "grant", due=APRIL).due == APRIL
    row = kept(office, extension)
    assert (row.requested_due, row.granted_due) == (MAY, APRIL)


def test_a_refusal_has_a_reason_and_changes_no_date(office: Engine) -> None:
    key = key_of(office)
    extension = asks(office, key)
    with pytest.raises(InvalidInput) as caught:
        answers(office, extension, "refuse", note="  ")
    assert list(caught.value.fields) == ["note"]
    found = answers(office, extension, "refuse", note="Không có lý do chính đáng")
    assert (found.due, found.extended, found.pending_extension) == (DUE, 0, None)
    assert kept(office, extension).state == ExtensionState.REFUSED


@pytest.mark.parametrize(
    ("decision", "given"),
    [
        ("refuse", {"due": APRIL, "note": "Không"}),
        ("grant", {"due": DUE}),
        ("grant", {"due": date(1066, 10, 14)}),
        ("grant", {"due": date(2199, 1, 1)}),
    ],
)
def test_decisions_that_are_none(office: Engine, decision: str, given: dict[str, Any]) -> None:
    extension = asks(office, key_of(office))
    with pytest.raises(InvalidInput) as caught:
        answers(office, extension, decision, **given)
    assert list(caught.value.fields) == ["due"]
    assert kept(office, extension).state == ExtensionState.REQUESTED


@pytest.mark.parametrize("due", [TODAY, DUE, date(1066, 10, 14), DUE + timedelta(days=3661)])
def test_a_request_is_for_a_later_day(office: Engine, due: date) -> None:
    key = key_of(office)
    with pytest.raises(InvalidInput) as caught:
        asks(office, key, due)
    assert list(caught.value.fields) == ["due"]
    assert present(office, key).events == 1


@pytest.mark.parametrize("reason", ["", "  ", "a\x00b", "a" * 2001, "Gọi 0912 345 678"])
def test_a_request_has_a_readable_reason(office: Engine, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        asks(office, key_of(office), reason=reason)
    assert list(caught.value.fields) == ["reason"]


def test_a_request_comes_before_the_date_passes(office: Engine) -> None:
    key = key_of(office)
    with pytest.raises(Conflict, match="before the date passes"):
        asks(office, key, day=DUE + timedelta(days=1))
    assert asks(office, key, day=DUE)


def test_it_may_be_granted_after_the_date_has_passed(office: Engine) -> None:
    """Who asked in time does not bear the office's delay."""
    extension = asks(office, key_of(office))
    assert answers(office, extension, "grant", act(day=date(2025, 4, 10))).due == APRIL


def test_one_request_waits_at_a_time_and_is_decided_once(office: Engine) -> None:
    key = key_of(office)
    extension = asks(office, key)
    with pytest.raises(Conflict, match="asked for already"):
        asks(office, key, MAY)
    answers(office, extension, "refuse", note="Không")
    with pytest.raises(Conflict, match="decided already"):
        answers(office, extension, "grant")
    assert asks(office, key, MAY)


@pytest.mark.parametrize("by", [act(ASKER), act("user:7", "so-y-te")])
def test_who_asked_does_not_decide(office: Engine, by: Act) -> None:
    extension = asks(office, key_of(office))
    with pytest.raises(Denied, match="another officer"):
        answers(office, extension, "grant", by)
    assert kept(office, extension).state == ExtensionState.REQUESTED


@pytest.mark.parametrize("department", ["van-phong", "so-y-te", "so-tai-chinh"])
def test_nor_who_asked_in_whose_name_or_led_then_or_leads_now(
    office: Engine, department: str
) -> None:
    key = key_of(office)
    with writing(office) as connection:
        extension = ask(connection, key, APRIL, "Chờ", act(ASKER), "van-phong")
        document = Document(number="15/QĐ-UBND")
        reassign(connection, key, act(), department="so-tai-chinh", document=document)
    with pytest.raises(Denied, match="another officer"):
        answers(office, extension, "grant", act("user:7", department))
    assert answers(office, extension, "grant", act("user:7", "cac-so")).due == APRIL


def test_an_earlier_request_keeps_nobody_from_deciding(office: Engine) -> None:
    key = key_of(office)
    with writing(office) as connection:
        first = ask(connection, key, APRIL, "Chờ", act("user:7"), "van-phong")
    answers(office, first, "refuse", note="Không")
    by = act("user:7", "van-phong")
    assert answers(office, asks(office, key, MAY), "grant", by).due == MAY


def test_what_changed_since_it_was_read_is_not_decided(office: Engine) -> None:
    key = key_of(office)
    extension = asks(office, key)
    seen = frozenset({str(present(office, key).events)})
    submit(office, key, percent=50)
    with pytest.raises(Stale):
        answers(office, extension, "grant", act(seen=seen))
    with pytest.raises(Stale):
        asks(office, key, MAY, seen=seen)


def test_of_a_cancelled_one_only_a_refusal_is_left(office: Engine) -> None:
    key = key_of(office)
    extension = asks(office, key)
    with writing(office) as connection:
        cancel(connection, key, act(), reason="Trùng nhiệm vụ")
    with pytest.raises(Conflict, match="cancelled"):
        answers(office, extension, "grant")
    answers(office, extension, "refuse", note="Nhiệm vụ đã hủy")


def test_unknown_ones(office: Engine) -> None:
    with pytest.raises(NotFound):
        asks(office, "none")
    with pytest.raises(NotFound):
        answers(office, "none", "grant")


# --- what stays visible ------------------------------------------------------------------------


def test_every_date_stays_with_who_granted_it(office: Engine) -> None:
    key = key_of(office)
    first = asks(office, key)
    answers(office, first, "grant", act("user:1"))
    answers(office, asks(office, key, MAY), "refuse", note="Không")
    third = asks(office, key, MAY)
    answers(office, third, "grant", act("user:2", day=date(2025, 4, 1)))
    with reading(office) as connection:
        dates = dates_of(connection, key)
        requests = extensions.of_assignment(connection, key)
    assert [(one.due, one.kind, one.actor, one.extension) for one in dates] == [
        (DUE, EventKind.ASSIGNED, "system:open-periods", None),
        (APRIL, EventKind.EXTENSION_GRANTED, "user:1", first),
        (MAY, EventKind.EXTENSION_GRANTED, "user:2", third),
    ]
    assert dates[2].at == at(date(2025, 4, 1))
    assert present(office, key).extended == 2
    assert sorted(one.state for one in requests) == ["granted", "granted", "refused"]


@pytest.mark.parametrize("day", [TODAY, date(2025, 4, 10)])
@pytest.mark.parametrize("handed_in", [None, date(2025, 3, 20), date(2025, 4, 8)])
def test_an_extension_changes_no_figure_against_the_original_dates(
    office: Engine, day: date, handed_in: date | None
) -> None:
    key = key_of(office)
    if handed_in:
        submit(office, key, day=handed_in)

    def figures() -> tuple[Any, Any, Any]:
        with reading(office) as connection:
            total = plan_progress(connection, "mau", day).total
        assert total.original is not None
        return total.classes, total.original.classes, total.original.on_time_rate

    before = figures()
    answers(office, asks(office, key), "grant")
    after = figures()
    assert after[1:] == before[1:]
    was_late = (day > DUE and handed_in != date(2025, 3, 20)) or handed_in == date(2025, 4, 8)
    moved = before[0][Timeliness.OPEN_OVERDUE] - after[0][Timeliness.OPEN_OVERDUE]
    assert moved == int(was_late), "against the current date it is on time"


def test_lists_of_requests(office: Engine) -> None:
    mot, chung = key_of(office), key_of(office, "mau/chung/van-phong")
    first, second = asks(office, mot), asks(office, chung, day=date(2025, 3, 4))
    answers(office, first, "grant")
    wanted = extensions.Wanted
    with reading(office) as connection:

        def found(which: extensions.Wanted, **given: Any) -> list[str]:
            return [row.id for row in extensions.listing(connection, which, **given)]

        assert found(wanted()) == [first, second]
        assert found(wanted(state=ExtensionState.REQUESTED)) == [second]
        assert found(wanted(plan="mau", department="so-y-te")) == [first]
        assert found(wanted(plan="khac")) == []
        assert found(wanted(), limit=1) == [first]
        row = extensions.row_of(connection, first)
        assert found(wanted(), after=(row.requested_at, row.id)) == [second]


def test_rows_that_differ_from_the_ledger_are_found(engine: Engine) -> None:
    open_office(engine)
    first, second = (
        asks(engine, key_of(engine)),
        asks(engine, key_of(engine, "mau/chung/van-phong")),
    )
    with writing(engine) as connection:
        late = {"state": ExtensionState.GRANTED, "granted_due": MAY}
        connection.execute(update(table).where(table.c.id == first).values(late))
        connection.execute(delete(table).where(table.c.id == second))
    found = faults(engine)
    assert len(found) == 2
    assert all("differs from what the ledger says" in one for one in found)
