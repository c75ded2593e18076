"""What the next run would send, computed once for who turns its pages and opens its messages.

Computing a run's messages takes as long as the run's own first half, so the result is kept in this
process until anything it rests on has changed. Another process computes its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, Literal

from dondoc.web.visiting import Page
from plans import previewing
from plans.holding import held
from plans.previewing import Preview
from plans.store import Connection, catalogue
from plans.store.freshness import mark_of_messages

Run = Literal["reminders", "digests"]
KEPT = 6
OLDEST = timedelta(minutes=10)


@dataclass(slots=True)
class _Kept:
    mark: tuple[Any, ...]
    at: datetime
    found: list[Preview]


@dataclass(slots=True)
class Previews:
    """Runs' messages by run and day; ``lock``: the same one is not computed twice at a time."""

    kept: dict[tuple[str, date], _Kept] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def ready(
        self, connection: Connection, run: Run, on: date, now: datetime
    ) -> list[Preview] | None:
        """The messages, if they are known and nothing has changed since."""
        kept = self.kept.get((run, on))
        if kept is None or now - kept.at > OLDEST or kept.mark != mark_of_messages(connection):
            return None
        # Whose messages are withheld changes nothing else of them: it is read anew.
        withheld = held(connection, on)
        return [replace(one, hold=withheld.get(one.recipient)) for one in kept.found]

    def compute(self, connection: Connection, run: Run, on: date, now: datetime) -> list[Preview]:
        """The messages, computed where they are not known."""
        with self.lock:
            if (found := self.ready(connection, run, on, now)) is not None:
                return found
            mark = mark_of_messages(connection)
            # Where nothing is loaded yet, there are no bodies either to look up.
            found = _RUNS[run](connection, on, now) if catalogue.has_plans(connection) else []
            self.kept.pop((run, on), None)
            self.kept[run, on] = _Kept(mark, now, found)
            while len(self.kept) > KEPT:
                self.kept.pop(next(iter(self.kept)))
            return found


_RUNS: dict[str, Callable[[Connection, date, datetime], list[Preview]]] = {
    "reminders": lambda connection, on, _: previewing.preview_reminders(connection, on),
    "digests": previewing.preview_digests,
}


def previews_of(page: Page) -> Previews:
    """This process's previews."""
    known = page.here.running.extras
    found: Previews = known.setdefault("previews", Previews())
    return found
