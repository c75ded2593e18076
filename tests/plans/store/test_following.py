"""Positions: dense, in order, given once, and never behind what a follower has read."""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event as Signal

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from plans.access import Caller, Grant
from plans.following import Change, changes
from plans.rules import Event
from plans.store import following, reading, writing
from plans.store.chains import verify
from plans.store.counters import Deltas
from plans.store.ledger import append, open_assignments
from plans.store.schema import ledger
from plans.terms import EventKind, Role
from tests.builders import build_event, build_new

ADMIN = Caller("token:test", "token", (Grant(Role.ADMIN),))
KEYS = tuple(f"a{n}" for n in range(8))


def updated(percent: int) -> Event:
    return build_event(EventKind.UPDATED, date(2025, 2, 3), percent=percent)


@pytest.fixture
def opened(engine: Engine) -> Engine:
    with writing(engine) as connection:
        open_assignments(connection, [build_new(key) for key in KEYS])
    return engine


def positions(engine: Engine) -> list[int | None]:
    """Of all entries, in the order in which they were inserted."""
    with reading(engine) as connection:
        query = select(ledger.c.position).order_by(ledger.c.seq)
        return list(connection.execute(query).scalars())


def test_positions_are_dense_and_in_order(opened: Engine) -> None:
    assert positions(opened) == [None] * 8
    assert not following.catch_up(opened)
    assert positions(opened) == list(range(1, 9))
    with writing(opened) as connection:
        append(connection, {"a3": [updated(10), updated(20)], "a1": [updated(5)]})
    assert not following.catch_up(opened)
    assert positions(opened) == list(range(1, 12))
    with reading(opened) as connection:
        assert following.end(connection) == 11
        assert verify(connection) == []  # The chains know nothing of positions.


def test_what_has_a_position_keeps_it(opened: Engine) -> None:
    following.catch_up(opened)
    before = positions(opened)
    with writing(opened, alone=following.JOB) as connection:
        assert following.number(connection) == 0
    assert positions(opened) == before


def test_a_turn_numbers_so_many_and_says_that_more_wait(
    opened: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(opened, alone=following.JOB) as connection:
        assert following.number(connection, 3) == 3
    assert positions(opened) == [1, 2, 3, None, None, None, None, None]
    monkeypatch.setattr(following, "AT_ONCE", 0)
    assert following.catch_up(opened)


def test_a_position_is_given_once(opened: Engine) -> None:
    following.catch_up(opened)
    with pytest.raises(IntegrityError), writing(opened) as connection:
        connection.execute(update(ledger).where(ledger.c.assignment == "a2").values(position=1))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_becomes_visible_late_is_not_missed(opened: Engine) -> None:
    """An entry with a lower ``seq`` is committed after one with a higher ``seq`` was followed."""
    following.catch_up(opened)
    sums = Deltas()  # Handed in at the end: both transactions would change the same counters.
    with writing(opened) as slow:
        append(slow, {"a1": [updated(10)]}, sums)
        with writing(opened) as quick:
            append(quick, {"a2": [updated(20)]})
        assert follow(opened, 8) == [("a2", 2, 9)]
        sums.hand_in(slow, None)
    assert positions(opened)[-2:] == [None, 9]
    assert follow(opened, 9) == [("a1", 2, 10)]


def follow(engine: Engine, after: int) -> list[tuple[str, int, int]]:
    return [(one.assignment, one.n, one.position) for one in poll(engine, after)[0]]


def poll(engine: Engine, after: int, limit: int = 100) -> tuple[list[Change], int, bool]:
    """What a follower does: number what waits, read on."""
    following.catch_up(engine)
    with reading(engine) as connection:
        found = changes(connection, ADMIN, after, limit)
    return found.items, found.next, found.more


class Undone(Exception):
    """A transaction that shall not be."""


def write(engine: Engine, seed: int) -> int:
    """Transactions of several events, some slow, some rolled back; gives how many events stay."""
    chance, kept = random.Random(seed), 0
    for _ in range(20):
        some = {key: [updated(1)] * chance.randint(1, 3) for key in chance.sample(KEYS, 3)}
        undone = chance.random() < 0.3
        try:
            with writing(engine) as connection:
                append(connection, some)
                Signal().wait(chance.random() / 100)
                if undone:
                    raise Undone
        except Undone:
            continue
        kept += sum(map(len, some.values()))
    return kept


def read_on(engine: Engine, written: Signal) -> list[Change]:
    """Poll until nobody writes any more and nothing is left."""
    seen: list[Change] = []
    after = 0
    while True:
        ended = written.is_set()
        items, following_one, more = poll(engine, after, limit=7)
        assert following_one >= after
        seen += items
        after = following_one
        if ended and not more:
            return seen


def test_followers_of_concurrent_writers_see_each_event_once_and_in_order(opened: Engine) -> None:
    written = Signal()
    with ThreadPoolExecutor(7) as pool:
        readers = [pool.submit(read_on, opened, written) for _ in range(2)]
        writers = [pool.submit(write, opened, seed) for seed in range(5)]
        try:
            number = sum(one.result() for one in writers)
        finally:
            written.set()
        seen = [one.result() for one in readers]
    assert number > 200
    for items in seen:
        assert [one.position for one in items] == list(range(1, len(KEYS) + number + 1))
        by_assignment = defaultdict(list)
        for one in items:
            by_assignment[one.assignment].append(one.n)
        for found in by_assignment.values():
            assert found == list(range(1, len(found) + 1))
    assert seen[0] == seen[1]
