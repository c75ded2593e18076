"""Group commit: many items in one transaction, each with its own result, none harmed by another."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from plans.errors import Conflict, DondocError, OutsideError
from plans.store import reading, writing
from plans.store.group_commit import GroupCommit
from plans.store.schema import settings

Settings = GroupCommit[str, str]


def keep(connection: Connection, items: Sequence[str]) -> Sequence[str | DondocError]:
    """Writes each item; ``no`` is refused, a name that is there already breaks the transaction."""
    rows = [{"name": one, "value": 1} for one in items if one != "no"]
    if rows:
        connection.execute(insert(settings), rows)
    return [Conflict("no") if one == "no" else one for one in items]


@pytest.fixture
def commits() -> list[int]:
    """How many items each group had."""
    return []


@pytest.fixture
def group(engine: Engine, commits: list[int]) -> Iterator[Settings]:
    found = Settings(engine, writing, keep, "test", lambda items, _: commits.append(items))
    yield found
    found.close()


def kept(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.execute(select(settings.c.name)).scalars())


@contextmanager
def busy(engine: Engine, group: Settings) -> Iterator[None]:
    """Keeps the thread at its first item, so that all which comes meanwhile is one group."""
    begun, go_on = threading.Event(), threading.Event()
    work = group._work

    def wait(connection: Connection, items: Sequence[str]) -> Sequence[str | DondocError]:
        begun.set()
        assert go_on.wait(30)
        group._work = work
        return work(connection, items)

    group._work = wait
    first = group.submit("first")
    assert begun.wait(30)
    yield
    go_on.set()
    first.result(30)


def outcome(future: Future[str]) -> str:
    error = future.exception(30)
    return type(error).__name__ if error else future.result()


def test_what_comes_together_is_one_transaction(
    engine: Engine, group: Settings, commits: list[int]
) -> None:
    with busy(engine, group):
        futures = [group.submit(name) for name in ("a", "no", "b")]
    assert [outcome(one) for one in futures] == ["a", "Conflict", "b"]
    group.close()
    assert commits == [1, 3]
    assert {"first", "a", "b"} <= kept(engine)


def test_one_that_breaks_the_transaction_fails_alone(engine: Engine, group: Settings) -> None:
    assert group.submit("there").result(30) == "there"
    with busy(engine, group):
        futures = [group.submit(name) for name in ("a", "there", "no", "b")]
    assert [outcome(one) for one in futures] == ["a", IntegrityError.__name__, "Conflict", "b"]
    assert {"a", "b"} <= kept(engine)


def test_nothing_is_acknowledged_before_it_is_there(engine: Engine, group: Settings) -> None:
    for n in range(20):
        group.submit(f"n{n}").result(30)
        assert f"n{n}" in kept(engine)


def test_a_database_that_is_away_fails_all_at_once(engine: Engine) -> None:
    tries: list[int] = []

    def away(_: Connection, items: Sequence[str]) -> Sequence[str]:
        tries.append(len(items))
        raise OperationalError("BEGIN", {}, Exception("away"))

    group = Settings(engine, writing, away, "test")
    futures = [group.submit(name) for name in "abc"]
    assert {outcome(one) for one in futures} == {"OperationalError"}
    group.close()
    assert sum(tries) == 3


def test_where_another_process_was_quicker_it_is_done_again(engine: Engine) -> None:
    """As by two API processes with one ``Idempotency-Key`` at the same moment."""
    tries: list[int] = []

    def work(_: Connection, items: Sequence[str]) -> Sequence[str]:
        tries.append(len(items))
        if len(tries) < 3:
            raise IntegrityError("INSERT", {}, Exception("it is there already"))
        return items

    group = Settings(engine, writing, work, "test")
    assert outcome(group.submit("alone")) == "alone"
    tries.clear()
    with busy(engine, group):
        some = [group.submit(name) for name in "ab"]
    group.close()
    assert [outcome(one) for one in some] == ["a", "b"]


def test_what_waits_is_done_before_it_closes(engine: Engine, group: Settings) -> None:
    with busy(engine, group):
        futures = [group.submit(name) for name in "xyz"]
    group.close()
    assert [outcome(one) for one in futures] == ["x", "y", "z"]
    with pytest.raises(OutsideError, match="stopping"):
        group.submit("late")
