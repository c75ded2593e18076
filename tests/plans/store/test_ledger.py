"""The ledger: what is written together, what a tampered record shows, and writers at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from plans.errors import Conflict, NotFound
from plans.rules import Event, State
from plans.store import counters, reading, schema, writing
from plans.store.assignments import state
from plans.store.chains import verify
from plans.store.ledger import (
    append,
    events_of,
    get_texts,
    history,
    open_assignments,
    put_text,
    states_as_of,
)
from plans.store.schema import assignments, ledger, settings, texts
from plans.terms import EventKind, Work
from tests.builders import at, build_event, build_new

KEYS = ("a", "b", "c")
DAY = date(2025, 2, 3)


def updated(percent: int, when: date = DAY) -> Event:
    return build_event(EventKind.UPDATED, when, percent=percent)


def submitted(day: date) -> Event:
    return build_event(EventKind.SUBMITTED, day, submitted_on=day.isoformat())


def everything(connection: Connection) -> dict[str, list[Any]]:
    tables = (assignments, ledger, schema.counters)
    return {
        table.name: sorted(tuple(row) for row in connection.execute(select(table)))
        for table in tables
    }


def problems(engine: Engine) -> list[str]:
    """All that the verifying commands would say."""
    with reading(engine) as connection:
        states = states_as_of(connection).values()
        return verify(connection) + counters.recount(connection, states, repair=False)


@pytest.fixture
def opened(engine: Engine) -> Engine:
    """Three assignments; the first was updated twice and submitted."""
    with writing(engine) as connection:
        open_assignments(connection, [build_new(key) for key in KEYS])
        append(connection, {"a": [updated(10), updated(60)], "b": [updated(5)]})
        append(connection, {"a": [submitted(DAY)]})
    return engine


def test_a_sound_record_verifies(opened: Engine) -> None:
    assert problems(opened) == []


def test_events_come_back_as_they_were_written(opened: Engine) -> None:
    with reading(opened) as connection:
        events = events_of(connection, "a")
        assert history(connection, ["a", "c"])["a"] == events
    assert [event.kind for event in events] == ["assigned", "updated", "updated", "submitted"]
    assert events[1] == updated(10)


Tamper = Callable[[Connection], object]


def entry(n: int) -> ColumnElement[bool]:
    return (ledger.c.assignment == "a") & (ledger.c.n == n)


def changed(n: int, **values: Any) -> Tamper:
    return lambda connection: connection.execute(update(ledger).where(entry(n)).values(values))


def removed(n: int) -> Tamper:
    return lambda connection: connection.execute(delete(ledger).where(entry(n)))


def projected(**values: Any) -> Tamper:
    return lambda connection: connection.execute(
        update(assignments).where(assignments.c.id == "a").values(values)
    )


def swapped(connection: Connection) -> None:
    payloads = {n: connection.scalar(select(ledger.c.payload).where(entry(n))) for n in (2, 3)}
    changed(2, payload=payloads[3])(connection)
    changed(3, payload=payloads[2])(connection)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (changed(2, payload='{"percent":99}'), "breaks at entry 2 (updated)"),
        (changed(2, payload="no json"), "breaks at entry 2 (updated)"),
        (changed(2, kind="polished"), "breaks at entry 2 (polished)"),
        (changed(3, actor="somebody"), "breaks at entry 3"),
        (changed(1, recorded_at=at(DAY) + timedelta(microseconds=1)), "breaks at entry 1"),
        (changed(1, occurred_at=at(DAY)), "breaks at entry 1"),
        (changed(3, previous="0" * 64), "breaks at entry 3"),
        (removed(1), "breaks at entry 2"),
        (removed(2), "breaks at entry 3"),
        (removed(4), "missing at the end"),
        (swapped, "breaks at entry 2"),
        (projected(percent=61), "differs from what its ledger adds up to"),
        (projected(department="so-tai-chinh"), "differs from what its ledger adds up to"),
        (projected(due=date(2025, 12, 31)), "differs from what its ledger adds up to"),
        (projected(head="f" * 64), "missing at the end"),
    ],
)
def test_tampering_shows(opened: Engine, tamper: Tamper, message: str) -> None:
    with writing(opened) as connection:
        tamper(connection)
    with reading(opened) as connection:
        found = verify(connection)
    assert len(found) == 1
    assert found[0].startswith("a: ")
    assert message in found[0]


def test_a_record_without_entries_shows(opened: Engine) -> None:
    with writing(opened) as connection:
        connection.execute(delete(ledger).where(ledger.c.assignment == "c"))
    assert "c: an assignment without any ledger entry" in problems(opened)


def test_drifted_counters_show_and_are_repaired(opened: Engine) -> None:
    with writing(opened) as connection:
        connection.execute(update(schema.counters).values(n=schema.counters.c.n + 1))
        states = list(states_as_of(connection).values())
        assert counters.recount(connection, states, repair=True) != []
    assert problems(opened) == []


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ({"a": [updated(70)], "b": [build_event(EventKind.ACCEPTED)]}, Conflict),
        ({"a": [updated(70), build_event(EventKind.RESUMED)]}, Conflict),
        ({"a": [updated(70)], "nobody": [updated(1)]}, NotFound),
    ],
)
def test_appending_is_all_or_nothing(
    opened: Engine, events: dict[str, list[Event]], error: type[Exception]
) -> None:
    with reading(opened) as connection:
        before = everything(connection)
    with pytest.raises(error), writing(opened) as connection:
        append(connection, events)
    with reading(opened) as connection:
        assert everything(connection) == before


def test_a_refused_append_wrote_nothing_yet(opened: Engine) -> None:
    """So that one refused item need not undo the others of a shared transaction."""
    with writing(opened) as connection:
        before = everything(connection)
        with pytest.raises(Conflict):
            append(connection, {"a": [updated(70)], "b": [build_event(EventKind.ACCEPTED)]})
        assert everything(connection) == before


def test_a_refused_append_leaves_the_deltas_of_others_alone(opened: Engine) -> None:
    with writing(opened) as connection:
        deltas = counters.Deltas()
        append(connection, {"b": [updated(50)]}, deltas)
        with pytest.raises(Conflict):
            append(connection, {"a": [build_event(EventKind.CANCELLED), updated(1)]}, deltas)
        deltas.write(connection)
    assert problems(opened) == []


def test_a_slot_is_opened_once(opened: Engine) -> None:
    with pytest.raises(IntegrityError), writing(opened) as connection:
        open_assignments(connection, [build_new("d"), build_new("a")])
    assert problems(opened) == []


def test_entries_stand_in_order_of_time(opened: Engine) -> None:
    """Another process's clock may be behind: its entry counts as recorded after the last one."""
    with writing(opened) as connection:
        append(connection, {"b": [updated(20, date(2025, 6, 1))]})
        append(connection, {"b": [updated(30, date(2025, 5, 1)), updated(40, date(2025, 7, 1))]})
    with reading(opened) as connection:
        events = events_of(connection, "b")
        then = states_as_of(connection, as_of=at(date(2025, 5, 15)))["b"]
    assert [event.recorded_at for event in events[2:]] == [
        at(date(2025, 6, 1)),
        at(date(2025, 6, 1)),
        at(date(2025, 7, 1)),
    ]
    assert events[3].occurred_at == at(date(2025, 5, 1))
    assert then.percent == 5
    assert problems(opened) == []


# --- many at once ------------------------------------------------------------------------------

WRITERS, EACH = 6, 8


def at_once(engine: Engine, work: Callable[[int, Connection], object]) -> None:
    def run(writer: int) -> None:
        for _ in range(EACH):
            with writing(engine) as connection:
                work(writer, connection)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(run, range(WRITERS)))


def number_of_events(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(ledger)) or 0


def test_many_writers_of_one_assignment_lose_nothing(opened: Engine) -> None:
    before = number_of_events(opened)
    at_once(opened, lambda writer, connection: append(connection, {"c": [updated(writer)]}))
    assert number_of_events(opened) == before + WRITERS * EACH
    assert problems(opened) == []


def test_many_writers_of_many_assignments_lose_nothing(opened: Engine) -> None:
    """Each writes several at once, in another order: they may neither wait for each other."""
    before = number_of_events(opened)

    def work(writer: int, connection: Connection) -> None:
        keys = KEYS[writer % 3 :] + KEYS[: writer % 3]
        append(connection, {key: [updated(writer), updated(writer + 1)] for key in keys})

    at_once(opened, work)
    assert number_of_events(opened) == before + WRITERS * EACH * len(KEYS) * 2
    assert problems(opened) == []


def test_several_appends_in_one_transaction_write_their_counters_last(opened: Engine) -> None:
    """With counters written at each append, these would wait for each other for ever."""

    numbers = iter(range(1000))

    def work(writer: int, connection: Connection) -> None:
        if writer % 2:
            append(connection, {"c": [updated(writer)]})
            return
        deltas = counters.Deltas()
        open_assignments(connection, [build_new(f"{writer}-{next(numbers)}")], deltas)
        append(connection, {"c": [updated(writer)]}, deltas)
        deltas.write(connection)

    at_once(opened, work)
    assert problems(opened) == []


def test_one_of_two_reviews_at_once_is_refused(opened: Engine) -> None:
    def run(kind: EventKind) -> State | None:
        try:
            with writing(opened) as connection:
                return append(connection, {"a": [build_event(kind)]})["a"]
        except Conflict:
            return None

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run, (EventKind.ACCEPTED, EventKind.RETURNED)))
    assert found.count(None) == 1
    assert problems(opened) == []


def test_reading_sees_no_half_transaction(opened: Engine) -> None:
    """Not even between two queries: what is read is one picture."""
    with reading(opened) as connection:
        before = state(connection, "a")
        with writing(opened) as writer:
            append(writer, {"a": [build_event(EventKind.ACCEPTED)], "b": [updated(80)]})
            assert state(connection, "a") == before
        assert state(connection, "a") == before
        assert state(connection, "b").percent == 5
        assert counters.recount(connection, states_as_of(connection).values(), repair=False) == []
    with reading(opened) as connection:
        assert state(connection, "a").work is Work.DONE


# --- what is kept beside -----------------------------------------------------------------------


def test_texts_can_be_removed_without_breaking_a_chain(opened: Engine) -> None:
    with writing(opened) as connection:
        keys = [put_text(connection, {"result": "Đã làm"}) for _ in range(2)]
        event = build_event(EventKind.UPDATED, percent=70, text=keys[0])
        append(connection, {"a": [event]})
        assert get_texts(connection, keys) == {key: {"result": "Đã làm"} for key in keys}
        connection.execute(update(texts).where(texts.c.hash == keys[0]).values(body=None, salt=""))
        assert list(get_texts(connection, keys)) == keys[1:]
    assert len(set(keys)) == 2, "the salt hides that two texts are the same"
    assert problems(opened) == []


def test_naive_times_are_refused(engine: Engine) -> None:
    naive = datetime(2025, 1, 1, 9)  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a time zone"), writing(engine) as connection:
        connection.execute(select(ledger).where(ledger.c.recorded_at <= naive))


def test_times_come_back_in_utc(opened: Engine) -> None:
    with reading(opened) as connection:
        found = connection.scalar(select(assignments.c.opened_at).where(assignments.c.id == "a"))
    assert found == at(date(2025, 1, 2))
    assert found.tzinfo is UTC


def test_an_error_rolls_back(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as connection:
        connection.execute(insert(settings).values(name="x", value=1))
        raise RuntimeError
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(settings)) == 0
