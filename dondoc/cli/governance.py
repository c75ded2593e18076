"""``dondoc assignments``: review, and what the office orders by a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from dondoc.cli.output import say
from dondoc.cli.record import OFFICE, Record, said_at, write

if TYPE_CHECKING:
    from plans.acting import Act
    from plans.governing import Document
    from plans.rules import State
    from plans.store import Connection

REVIEWER = "office:cli-review"
"""Who reviews is not who takes reports by telephone."""
TOLD = ("department", "due", "work", "review", "percent", "extended", "pending_extension")


def review(
    *words: str,
    note: str = "",
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> int:
    """Accept what was submitted, or return it with a reason (--note).

    Parameters
    ----------
    words
        Ids or refs, and then "accept" or "return". What is refused does not keep others out.
    dry_run
        Show what would change, and change nothing.
    """
    from plans.acting import Officer
    from plans.errors import DondocError
    from plans.reviewing import Verdict, open_desk
    from plans.store.assignments import row_of

    keys, decision = _decision(words)
    refused = 0
    with _trying(at, dry_run) as (connection, here):
        rows = [row_of(connection, key) for key in keys]
        desk = open_desk(connection, [row.id for row in rows], here.now)
        for row in rows:
            before = desk.states[row.id]
            verdict = Verdict(row.id, decision, note, confirmed=confirm_personal_data)
            try:
                _tell(row.ref, before, desk.decide(verdict, Officer(REVIEWER)))
            except DondocError as error:
                say(f"{row.ref}: {error}")
                refused += 1
        desk.write(connection)
    return 1 if refused else 0


def _decision(words: Sequence[str]) -> tuple[Sequence[str], Literal["accept", "return"]]:
    from plans.errors import InvalidInput

    *keys, last = words or ("",)
    if not keys or last not in ("accept", "return"):
        raise InvalidInput("give ids or refs, and then 'accept' or 'return'")
    return keys, "accept" if last == "accept" else "return"


@contextmanager
def _trying(at: date | None, dry_run: bool) -> Iterator[tuple[Connection, Record]]:
    """The record in one writing transaction, which a trial run undoes at its end."""
    with write(at) as (connection, here):
        yield connection, here
        transaction = connection.get_transaction()
        if dry_run and transaction:
            transaction.rollback()
            say("nothing was changed (--dry-run)")


def _tell(ref: str, before: State, after: State) -> None:
    """What of an assignment changed."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in TOLD]
    changed = [f"{name} {_shown(old)} → {_shown(new)}" for name, old, new in pairs if old != new]
    print(f"{ref}: {', '.join(changed) or f'{after.work}, {after.review}'}")


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def ordered(
    keys: Sequence[str],
    do: Callable[[Connection, str, Act], State],
    *,
    at: date | None,
    dry_run: bool,
    confirmed: bool,
    actor: str = OFFICE,
) -> None:
    """Do something to some assignments, all of them or none, and say what changed."""
    from plans.acting import Act, Officer
    from plans.errors import InvalidInput
    from plans.store.assignments import row_of, state

    if not keys:
        raise InvalidInput("give ids or refs; 'dondoc assignments list' shows them")
    with _trying(at, dry_run) as (connection, here):
        said_at(here)  # refuses a day to come
        act = Act(Officer(actor), here.now, here.day, confirmed=confirmed)
        for key in keys:
            row = row_of(connection, key)
            before = state(connection, row.id)
            _tell(row.ref, before, do(connection, row.id, act))


def _document(number: str, day: date | None) -> Document | None:
    from plans.errors import InvalidInput
    from plans.governing import read_document

    if day and not number:
        raise InvalidInput("--document-date needs --document, the document's number")
    return read_document(number, day) if number else None


def suspend(
    *assignments: str,
    reason: str,
    document: str = "",
    document_date: date | None = None,
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Suspend work: until it is resumed it stands beside the four classes.

    Parameters
    ----------
    document
        The number of the document that orders it.
    dry_run
        Show what would change, and change nothing.
    """
    from plans import governing

    basis = _document(document, document_date)

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.suspend(connection, key, act, reason=reason, document=basis)

    ordered(assignments, do, at=at, dry_run=dry_run, confirmed=confirm_personal_data)


def resume(
    *assignments: str,
    reason: str = "",
    document: str = "",
    document_date: date | None = None,
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Resume what was suspended, where it was."""
    from plans import governing

    basis = _document(document, document_date)

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.resume(connection, key, act, reason=reason, document=basis)

    ordered(assignments, do, at=at, dry_run=dry_run, confirmed=confirm_personal_data)


def cancel(
    *assignments: str,
    reason: str,
    document: str = "",
    document_date: date | None = None,
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Cancel assignments; their record stays."""
    from plans import governing

    basis = _document(document, document_date)

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.cancel(connection, key, act, reason=reason, document=basis)

    ordered(assignments, do, at=at, dry_run=dry_run, confirmed=confirm_personal_data)


def reassign(
    *assignments: str,
    department: str,
    document: str,
    document_date: date | None = None,
    reason: str = "",
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Give assignments, and their tasks' later periods, to another department by a decision."""
    from plans import governing

    basis = governing.read_document(document, document_date)

    def do(connection: Connection, key: str, act: Act) -> State:
        said = {"department": department, "reason": reason}
        return governing.reassign(connection, key, act, document=basis, **said)

    ordered(assignments, do, at=at, dry_run=dry_run, confirmed=confirm_personal_data)


def correct(
    assignment: str,
    *,
    percent: int,
    reason: str,
    reopen: bool = False,
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
) -> None:
    """Put right an accepted report that was wrong.

    Parameters
    ----------
    percent
        What it should have said, 0 to 100.
    reopen
        The department is to report anew.
    """
    from plans import governing

    def do(connection: Connection, key: str, act: Act) -> State:
        said: dict[str, Any] = {"percent": percent, "reopen": reopen, "reason": reason}
        return governing.correct(connection, key, act, **said)

    ordered([assignment], do, at=at, dry_run=dry_run, confirmed=confirm_personal_data)
