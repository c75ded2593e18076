"""Group commit: what many callers ask for at once becomes one transaction.

A transaction costs about the same for one item as for thirty: the wait for the disk and a dozen
statements. So one thread takes all that waits, does it in one transaction, and answers each caller
after the commit: nothing is acknowledged before it is durable. While it works, the next group
gathers; there is no timer, and a lone item does not wait.

An item that is refused is an answer (an exception in the list of results) and harms nobody. Where
the transaction itself fails, every item is tried alone, so that one which breaks it fails alone;
so is a lone one that another process was quicker with, since what that wrote is there now. Only
where the database is away, or busy for too long, are all of them told to try again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from plans.errors import DondocError, OutsideError

Item = TypeVar("Item")
Result = TypeVar("Result")

LARGEST = 128
"""Items in one transaction: more would make the last of them wait for little gain."""


@dataclass(slots=True)
class _Asked(Generic[Item, Result]):
    """An item that waits, since when, and where its result goes."""

    item: Item
    future: Future[Result]
    since: float


class GroupCommit(Generic[Item, Result]):
    """One thread that does ``work`` on groups of items, each group in one ``transaction``."""

    def __init__(
        self,
        engine: Engine,
        transaction: Callable[[Engine], AbstractContextManager[Connection]],
        work: Callable[[Connection, Sequence[Item]], Sequence[Result | DondocError]],
        name: str,
        observe: Callable[[int, float], None] = lambda _items, _waited: None,
    ) -> None:
        """``observe`` hears of each group: its items, and the seconds that its first one waited."""
        self._engine, self._transaction, self._work = engine, transaction, work
        self._observe = observe
        self._waiting: queue.SimpleQueue[_Asked[Item, Result] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._closing = threading.Lock()
        self._closed = False
        self._thread.start()

    def submit(self, item: Item) -> Future[Result]:
        """The item's result, once it is durable; a ``DondocError`` where it was refused."""
        future: Future[Result] = Future()
        with self._closing:
            if self._closed:
                raise OutsideError("the service is stopping; try again", permanent=False)
            self._waiting.put(_Asked(item, future, time.monotonic()))
        return future

    def close(self) -> None:
        """Do what waits, take nothing more, and end the thread."""
        with self._closing:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, ends = [first], False
            while len(group) < LARGEST and not ends:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                ends = more is None
                group += [more] if more else []
            self._do(group)
            self._observe(len(group), time.monotonic() - first.since)
            if ends:
                return

    def _do(self, group: list[_Asked[Item, Result]]) -> None:
        group = [one for one in group if one.future.set_running_or_notify_cancel()]
        try:
            results = self._together([one.item for one in group])
        except Exception as error:
            # A database that is away fails each of them alike, and each would wait for it in turn.
            away = isinstance(error, OperationalError)
            again = len(group) > 1 or isinstance(error, IntegrityError)
            for one in group:
                if away or not again:
                    one.future.set_exception(error)
                else:
                    self._alone(one)
            return
        for one, result in zip(group, results, strict=True):
            _settle(one.future, result)

    def _alone(self, one: _Asked[Item, Result]) -> None:
        try:
            [result] = self._again([one.item])
        except Exception as error:
            one.future.set_exception(error)
        else:
            _settle(one.future, result)

    def _again(self, items: Sequence[Item]) -> Sequence[Result | DondocError]:
        """Once more where another process was quicker: it has committed, or we would wait still."""
        try:
            return self._together(items)
        except IntegrityError:
            return self._together(items)

    def _together(self, items: Sequence[Item]) -> Sequence[Result | DondocError]:
        if not items:
            return []
        with self._transaction(self._engine) as connection:
            return self._work(connection, items)


def _settle(future: Future[Result], result: Result | DondocError) -> None:
    if isinstance(result, DondocError):
        future.set_exception(result)
    else:
        future.set_result(result)
