"""``dondoc workbook`` and ``workbook-return``: a department's tasks as an .xlsx file, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dondoc.cli.output import as_json, put_file, say, table
from dondoc.cli.record import OFFICE, read, said_at, write

if TYPE_CHECKING:
    from dondoc.cli.record import Record
    from plans.access import Caller
    from plans.mailed_workbooks import Reading
    from plans.store import Connection
    from plans.workbook_rows import Sheet
    from plans.workbook_settling import Terms
    from plans.workbook_showing import Shown


def workbook(
    department: str,
    *,
    out: Path,
    plan: str | None = None,
    language: Literal["vi", "en"] | None = None,
    at: date | None = None,
    force: bool = False,
    json: bool = False,
) -> None:
    """Write an .xlsx file with a department's open assignments, to be filled in and sent back.

    Parameters
    ----------
    department
        Its code.
    out
        The file to write.
    plan
        Of one plan only.
    language
        In Vietnamese or English; without it, in the language of its mailbox.
    force
        Write over a file that is there.
    """
    from dondoc.cli.progress import require_plan
    from integrations.workbook import write_book
    from plans.workbooks import make

    _free(out, force=force)
    with write(at) as (connection, here):
        require_plan(connection, plan)
        book = make(
            connection,
            department,
            actor=OFFICE,
            now=here.now,
            day=here.day,
            secret=here.settings.secret,
            plan=plan,
            language=language,
        )
    put_file(out, write_book(book, here.settings.zone))
    found = {"workbook": book.key, "department": department, "file": str(out)}
    if json:
        as_json(found | {"assignments": len(book.entries), "language": book.language})
        return
    print(f"{out}: {len(book.entries)} open assignments of {department}, workbook {book.key}")


def workbook_return(
    file: Path,
    *,
    dry_run: bool = False,
    marked: Path | None = None,
    confirm_personal_data: bool = False,
    force: bool = False,
    at: date | None = None,
    json: bool = False,
) -> int:
    """Read a workbook that came back: changed rows become reports, each row told what came of it.

    Parameters
    ----------
    file
        The .xlsx file.
    dry_run
        Only show what would be recorded.
    marked
        Write a copy of the workbook that says in each row what became of it, and why.
    confirm_personal_data
        What looks like a person's number in its words is none, or has to stand.
    force
        Write over a marked copy that is there.
    """
    from integrations.workbook_marking import marked_copy
    from integrations.workbook_reading import read_workbook
    from plans import workbook_returns
    from plans.store import workbooks as store
    from plans.workbook_showing import show

    sheet = read_workbook(_content(file))
    if marked:
        _free(marked, force=force)
    with write(at) as (connection, here):
        terms = _terms(connection, here, sheet, confirmed=confirm_personal_data)
        key = workbook_returns.receive(connection, sheet, terms, dry=dry_run)
    with read(at) as (connection, here):
        returned = store.return_row(connection, key)
        rows = show(connection, returned, here.day)
        copy = marked_copy(connection, returned, here.day, here.settings.zone) if marked else b""
    if marked:
        put_file(marked, copy)
    _tell(returned, rows, marked, dry_run=dry_run, json=json)
    return 1 if any(one.result.outcome in ("conflict", "refused") for one in rows) else 0


def workbook_again(
    returned: str | None = None,
    *,
    dry_run: bool = False,
    confirm_personal_data: bool = False,
    json: bool = False,
) -> int:
    """Judge anew who mailed a workbook that nobody knew, and record it where they are known now.

    Parameters
    ----------
    returned
        Which one; without it, those that wait are listed.
    dry_run
        Only judge, and show what would be recorded once it is confirmed.
    confirm_personal_data
        What looks like a person's number in its words is none, or has to stand.
    """
    from plans import mailed_workbooks, workbook_returns
    from plans.store import workbooks as store
    from plans.workbook_hands import speaker
    from plans.workbook_showing import show

    if returned is None:
        return _waiting(json=json)
    with write() as (connection, here):
        code = mailed_workbooks.try_again(connection, returned, _reading(here), actor=OFFICE)
        if not dry_run:
            terms = _office(here, speaker(OFFICE, [code]), confirmed=confirm_personal_data)
            workbook_returns.confirm(connection, returned, terms)
    with read() as (connection, here):
        row = store.return_row(connection, returned)
        rows = show(connection, row, here.day)
    _tell(row, rows, None, dry_run=dry_run, json=json)
    return 1 if any(one.result.outcome in ("conflict", "refused") for one in rows) else 0


def _waiting(*, json: bool) -> int:
    from plans.store import workbooks as store

    with read() as (connection, here):
        rows = store.waiting_returns(connection)
        found = [
            {
                "id": row.id,
                "sender": row.sender,
                "came": row.received_at.astimezone(here.settings.zone),
            }
            for row in rows
        ]
    if json:
        as_json(found)
        return 0
    table(("id", "sender", "came"), [tuple(one.values()) for one in found])
    say(f"{len(found)} workbooks wait for their senders' mailboxes to be registered")
    return 0


def _reading(here: Record) -> Reading:
    from integrations.mail import MailSettings
    from plans.mailed_workbooks import Reading

    settings = here.settings
    return Reading(here.now, settings.zone, settings.secret, MailSettings.read().domain)


def _terms(connection: Connection, here: Record, sheet: Sheet, *, confirmed: bool) -> Terms:
    """The office hands in what any department filled in."""
    from plans.store import workbooks as store
    from plans.workbook_hands import speaker

    books = store.rows_of(connection, {line.workbook for line in sheet.lines})
    caller = speaker(OFFICE, {book.department for book in books.values()})
    return _office(here, caller, confirmed=confirmed)


def _office(here: Record, caller: Caller, *, confirmed: bool) -> Terms:
    from plans.workbook_settling import Terms

    return Terms(
        caller=caller,
        now=here.now,
        zone=here.settings.zone,
        secret=here.settings.secret,
        way="cli",
        confirmed=confirmed,
        said_at=said_at(here),
    )


def _tell(
    returned: Any, rows: Sequence[Shown], marked: Path | None, *, dry_run: bool, json: bool
) -> None:
    told = [_told(one, dry_run=dry_run) for one in rows if one.result.outcome != "unchanged"]
    counts = returned.outcome["counts"]
    if json:
        found = {"id": returned.id, "workbook": returned.workbook, "dry_run": dry_run}
        as_json(found | {"department": returned.department, "counts": counts, "rows": told})
        return
    columns = ("row", "ref", "outcome", "why")
    table(columns, [tuple(one[name] for name in columns) for one in told], numbers="row")
    numbers = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    say(f"{'would be: ' if dry_run else ''}{numbers or 'no rows'}")
    if marked:
        say(f"marked copy: {marked}")


def _told(one: Shown, *, dry_run: bool) -> dict[str, Any]:
    from integrations.wording import wording
    from integrations.workbook_words import say_problems, say_withdrawal

    result, words = one.result, wording("en")
    why = say_problems(words, result.problems, one.line.cells, "cli") or _disputed(one)
    ahead = dry_run or result.outcome != "taken"
    back = say_withdrawal(words, result.withdraws, ahead=ahead)
    return {
        "row": result.row,
        "assignment": result.assignment,
        "ref": one.entry.ref if one.entry else None,
        "outcome": str(result.outcome),
        "why": "; ".join(text for text in (why, back) if text) or None,
        "withdraws": result.withdraws,
        "version": result.version,
        "changed": {name: one.line.says[name] for name in one.changed},
        "was": {name: one.was[name] for name in one.beside} if one.was else None,
        "record": {name: one.now[name] for name in one.beside} if one.now else None,
    }


def _disputed(one: Shown) -> str | None:
    """Of a conflict, what it was, what the file says, and what the record says by now."""
    if one.was is None or one.now is None:
        return None
    said = [
        f"{name}: was {one.was[name]!r}, the file says {one.line.says[name]!r}, "
        f"the record {one.now[name]!r}"
        for name in one.beside
    ]
    return "; ".join(said)


# --- files ----------------------------------------------------------------------------------------


def _free(out: Path, *, force: bool) -> None:
    from plans.errors import InvalidInput

    if out.is_dir():
        raise InvalidInput(f"{out} is a directory; name a file")
    if out.exists() and not force:
        raise InvalidInput(f"{out} is there already; --force writes over it")


def _content(file: Path) -> bytes:
    from plans.errors import InvalidInput

    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror}") from None
