"""The two things that many callers do at once, each done for all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dondoc.api.context import Running
from plans.errors import DondocError
from plans.identity.tokens import Known, recognise
from plans.store import Connection, reading, writing
from plans.store.group_commit import GroupCommit
from plans.submitting import Receipt, Submission, take


@dataclass(frozen=True, slots=True)
class Doors:
    """``tokens`` looks up who calls; ``updates`` takes reports into the record."""

    tokens: GroupCommit[str, Known]
    updates: GroupCommit[Submission, Receipt]

    def close(self) -> None:
        """Finish what waits."""
        self.updates.close()
        self.tokens.close()


def open_doors(running: Running) -> Doors:
    """Start the two threads."""

    def look_up(connection: Connection, secrets: Sequence[str]) -> Sequence[Known | DondocError]:
        return recognise(connection, secrets, running.now())

    def file(
        connection: Connection, given: Sequence[Submission]
    ) -> Sequence[Receipt | DondocError]:
        return take(connection, given, running.now(), running.settings.zone)

    return Doors(
        tokens=GroupCommit(running.engine, reading, look_up, "dondoc-tokens"),
        updates=GroupCommit(running.engine, writing, file, "dondoc-updates"),
    )
