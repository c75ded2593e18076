"""Group commit: what many callers ask for at once becomes one transaction.

A transaction costs about the same for one item as for thirty: the wait for the disk and a dozen
statements. So one thread takes all that waits, does it in one transaction, and answers each caller
after the commit: nothing is acknowledged before it is durable. While it works, the next group
gathers; there is no timer, and a lone item does not wait.

An item that is refused is an answer (an exception in the list of results) and harms nobody. Where
the transaction itself fails, every item is tried alone, so that one which breaks it fails alone.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from plans.errors import DondocError, OutsideError

Item = TypeVar("Item")
Result = TypeVar("Result")

LARGEST = 128
"""Items in one transaction: more would make the last of them wait for little gain."""


class GroupCommit(Generic[Item, Result]):
    """One thread that does ``work`` on groups of items, each group in one ``transaction``."""

    def __init__(
        self,
        engine: Engine,
        transaction: Callable[[Engine], AbstractContextManager[Connection]],
        work: Callable[[Connection, Sequence[Item]], Sequence[Result | DondocError]],
        name: str,
    ) -> None:
        self._engine, self._transaction, self._work = engine, transaction, work
        self._waiting: queue.SimpleQueue[tuple[Item, Future[Result]] | None] = queue.SimpleQueue()
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
            self._waiting.put((item, future))
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
            if ends:
                return

    def _do(self, group: list[tuple[Item, Future[Result]]]) -> None:
        group = [one for one in group if one[1].set_running_or_notify_cancel()]
        try:
            results = self._together([item for item, _ in group])
        except Exception as error:
            if len(group) == 1:
                group[0][1].set_exception(error)
                return
            for one in group:
                self._alone(one)
            return
        for (_, future), result in zip(group, results, strict=True):
            _settle(future, result)

    def _alone(self, one: tuple[Item, Future[Result]]) -> None:
        item, future = one
        try:
            [result] = self._together([item])
        except Exception as error:
            future.set_exception(error)
        else:
            _settle(future, result)

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
