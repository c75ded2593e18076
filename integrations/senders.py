"""Several connections at work, a thread each: they compose and send, and touch no database.

(But for a channel's access, which whoever first needs it renews, once a day.)
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from integrations.mail import Transport
from integrations.smtp import SmtpTransport
from integrations.smtp_answers import DeliveryError
from plans.errors import OutsideError

Task = TypeVar("Task")

log = logging.getLogger(__name__)

GOODBYES = 5.0
"""Seconds that connections have to end; one that is still stuck ends with the process."""


@dataclass(slots=True, eq=False)
class Sender(Generic[Task]):
    """One connection. ``since``: when it began what it does, by its owner's clock."""

    line: Transport
    inbox: queue.SimpleQueue[Task | None] = field(default_factory=queue.SimpleQueue)
    task: Task | None = None
    since: float = 0.0
    aborted: bool = False


class Senders(Generic[Task]):
    """Hands tasks to connections that are free, and gives back what became of them.

    Used by one thread; only ``send`` runs in others, one call a connection at a time.
    """

    def __init__(
        self,
        lines: Sequence[Transport],
        send: Callable[[Transport, Task], None],
        clock: Callable[[], float],
    ) -> None:
        self._send, self._clock = send, clock
        self._done: queue.SimpleQueue[tuple[Sender[Task], DeliveryError | None]] = (
            queue.SimpleQueue()
        )
        self.idle: list[Sender[Task]] = [Sender(line) for line in lines]
        self.busy: list[Sender[Task]] = []
        self.abandoned = 0
        self._threads = [self._begin(one) for one in self.idle]

    def start(self, task: Task) -> None:
        """Let an idle connection begin; the one used last, whose connection is open, first."""
        one = self.idle.pop()
        one.task, one.since, one.aborted = task, self._clock(), False
        self.busy.append(one)
        one.inbox.put(task)

    def wait(self, seconds: float) -> list[tuple[Sender[Task], Task, DeliveryError | None]]:
        """What is done, once anything is; nothing if that takes longer."""
        found = []
        try:
            found.append(self._done.get(timeout=seconds))
            while True:
                found.append(self._done.get_nowait())
        except queue.Empty:
            pass
        return [(one, self._free(one), error) for one, error in found]

    def _free(self, one: Sender[Task]) -> Task:
        task, one.task = one.task, None
        if one in self.busy:
            self.busy.remove(one)
            self.idle.append(one)
        else:
            self.abandoned -= 1
        assert task is not None
        return task

    @property
    def number(self) -> int:
        """How many connections there are."""
        return len(self.idle) + len(self.busy)

    def retire(self, one: Sender[Task]) -> None:
        """Do without a connection that is idle, or left alone already."""
        if one in self.idle:
            self.idle.remove(one)
        one.inbox.put(None)

    def abandon(self, one: Sender[Task]) -> None:
        """Do without a connection that is stuck for good."""
        self.busy.remove(one)
        self.abandoned += 1
        one.inbox.put(None)

    def close(self) -> None:
        """End all connections."""
        for one in [*self.idle, *self.busy]:
            one.inbox.put(None)
        for one in self.busy:
            abort(one.line)
        until = time.monotonic() + GOODBYES
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))

    def _begin(self, one: Sender[Task]) -> threading.Thread:
        thread = threading.Thread(target=self._work, args=(one,), name="sender", daemon=True)
        thread.start()
        return thread

    def _work(self, one: Sender[Task]) -> None:
        with one.line as line:
            while (task := one.inbox.get()) is not None:
                self._done.put((one, self._tried(line, task)))

    def _tried(self, line: Transport, task: Task) -> DeliveryError | None:
        try:
            self._send(line, task)
        except DeliveryError as error:
            return error
        except Exception as error:
            # Whatever is wrong with one notice is that notice's: the others are still owed.
            log.error("a message failed in a way that nobody expected", exc_info=error)
            return unforeseen(error)
        return None


def unforeseen(error: Exception) -> DeliveryError:
    """An error that nobody expected, in one line.

    Trying again would meet it again, unless it is the machine's: a full disk has room again.
    """
    first = next(iter(str(error).splitlines()), "")
    outside = isinstance(error, OutsideError) and not error.permanent
    passing = outside or isinstance(error, OSError)
    return DeliveryError(f"{type(error).__name__}: {first}", permanent=not passing)


def abort(line: Transport) -> None:
    """Tear a connection that takes too long; its thread learns of it as of any lost one."""
    if isinstance(line, SmtpTransport):
        line.abort()
