"""What many callers do at once, done for all of them together."""

from __future__ import annotations

from collections.abc import Sequence

from dondoc.api.context import Running
from dondoc.api.metrics import Metrics
from plans.errors import DondocError
from plans.store import Connection, tokens, writing
from plans.store.group_commit import GroupCommit
from plans.submitting import Receipt, Submission, take

Updates = GroupCommit[Submission, Receipt]
Uses = GroupCommit[str, None]


def open_updates(running: Running, metrics: Metrics) -> Updates:
    """Start the thread that takes reports into the record."""

    def file(
        connection: Connection, given: Sequence[Submission]
    ) -> Sequence[Receipt | DondocError]:
        return take(connection, given, running.now(), running.settings.zone)

    return Updates(running.engine, writing, file, "dondoc-updates", metrics.observer("updates"))


def open_uses(running: Running) -> Uses:
    """Start the thread that writes down when tokens were used, for which no caller waits."""

    def note(connection: Connection, keys: Sequence[str]) -> Sequence[None]:
        tokens.used(connection, keys, running.now())
        return [None] * len(keys)

    return Uses(running.engine, writing, note, "dondoc-token-uses")
