"""What is kept how long, applied: ``docs/retention.md`` is the rule that this carries out.

People's words and files leave the record; the ledger that names them by their hashes does not
change, so chains, assignments and counters stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Self

from plans.errors import Conflict, InvalidInput, NotFound
from plans.files import folder_of, sweep
from plans.history import names_of
from plans.privacy import findings
from plans.reporting import clean_words
from plans.settings import RetentionSettings, Settings
from plans.store import Connection, Engine, audit, writing
from plans.store import files as file_store
from plans.store import retention as store
from plans.store.catalogue import read_setting, save_setting

_PLACE = "retention"
_TEXT, _FILE = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{32}")
MOST = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept how long: texts and files since their assignment closed, the rest since then."""

    texts: timedelta
    files: timedelta
    notices: timedelta
    quarantine: timedelta
    answers: timedelta
    proofs: timedelta
    last_uses: timedelta
    workbooks: timedelta

    @classmethod
    def of(cls, settings: RetentionSettings) -> Self:
        """The rule of the settings."""
        return cls(
            texts=_years(settings.retention_texts_years),
            files=_years(settings.retention_files_years),
            notices=_years(settings.retention_notices_years),
            quarantine=timedelta(days=settings.retention_quarantine_days),
            answers=timedelta(days=settings.retention_idempotency_days),
            proofs=timedelta(days=settings.retention_sessions_days),
            last_uses=timedelta(days=settings.retention_last_use_days),
            workbooks=timedelta(days=settings.retention_quarantine_days),
        )


def _years(number: int) -> timedelta:
    """Years, rounded up to days: nothing leaves a day too early."""
    return timedelta(days=number * 366)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was removed, or would be. ``unfinished``: there may be more; call again."""

    texts: int = 0
    files: int = 0
    notices: int = 0
    quarantine: int = 0
    answers: int = 0
    proofs: int = 0
    last_uses: int = 0
    workbooks: int = 0
    contents: int = 0
    unfinished: bool = False

    def __add__(self, other: Counts) -> Counts:
        names = [one.name for one in fields(self) if one.name != "unfinished"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Counts(**sums, unfinished=other.unfinished)


def apply_all(
    engine: Engine, settings: Settings, rule: Rule, now: datetime, *, dry_run: bool = False
) -> Counts:
    """Apply a rule to its end, in many small transactions, then sweep the files' contents."""
    found, more = Counts(), True
    while more:
        with writing(engine, alone="retention") as connection:
            step = apply_retention(connection, rule, now, dry_run=dry_run)
        found, more = found + step, step.unfinished
    with writing(engine) as connection:
        swept = sweep(connection, folder_of(settings.data_dir), now, dry_run=dry_run)
    return found + Counts(contents=swept)


def apply_retention(
    connection: Connection, rule: Rule, now: datetime, *, dry_run: bool = False, most: int = MOST
) -> Counts:
    """Remove what has had its time: one bounded step, to be repeated while ``unfinished``.

    With ``dry_run`` nothing changes, and the counts are of all that would go.
    """
    step: dict[str, Any] = {"most": most, "dry_run": dry_run}
    rest: dict[str, Any] = {
        "files": _drop_files(connection, now - rule.files, now, **step),
        "notices": store.drop_notices(connection, (now - rule.notices).date(), **step)
        + store.drop_bounces(connection, now - rule.notices, **step),
        "quarantine": store.drop_quarantine(connection, now - rule.quarantine, **step),
        "answers": store.drop_answers(connection, now - rule.answers, **step),
        "proofs": store.drop_proofs(connection, now - rule.proofs, **step),
        "last_uses": store.drop_last_uses(connection, now - rule.last_uses, **step),
        "workbooks": store.drop_workbooks(connection, now - rule.workbooks, **step),
    }
    if dry_run:
        return Counts(texts=_count_texts(connection, now - rule.texts, most), **rest)
    texts, more = _drop_texts(connection, now - rule.texts, now, most)
    return Counts(texts=texts, **rest, unfinished=more or any(n >= most for n in rest.values()))


def _drop_files(
    connection: Connection, before: datetime, now: datetime, *, most: int, dry_run: bool
) -> int:
    keys = store.old_files(connection, before, None if dry_run else most)
    return len(keys) if dry_run else file_store.remove(connection, keys, now)


def _drop_texts(
    connection: Connection, before: datetime, now: datetime, most: int
) -> tuple[int, bool]:
    """One step through the assignments that closed before; the place is kept for the next one.

    Whatever happens to an assignment later moves it on beyond that place, so it comes again.
    """
    rows = store.closed_before(connection, before, _place(connection), most)
    if not rows:
        return 0, False
    found = store.remove_texts(connection, _texts_of(connection, rows), now)
    last = rows[-1]
    save_setting(connection, _PLACE, {"at": last.changed_at.isoformat(), "assignment": last.id})
    return found, len(rows) == most


def _count_texts(connection: Connection, before: datetime, most: int) -> int:
    found, place = 0, _place(connection)
    while rows := store.closed_before(connection, before, place, most):
        found += len(_texts_of(connection, rows))
        place = (rows[-1].changed_at, rows[-1].id)
    return found


def _texts_of(connection: Connection, rows: list[Any]) -> list[str]:
    payloads = store.payloads_of(connection, [row.id for row in rows])
    return store.living_texts(connection, [name for one in payloads for name in names_of(one)])


def _place(connection: Connection) -> store.Place | None:
    kept: Mapping[str, str] | None = read_setting(connection, _PLACE)
    return (datetime.fromisoformat(kept["at"]), kept["assignment"]) if kept else None


# --- on request ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out on request: a text or a file, and how many sent messages quoted it."""

    kind: str
    messages: int = 0


def remove(connection: Connection, key: str, reason: str, *, actor: str, now: datetime) -> Removal:
    """Take out one text (by its hash in the ledger) or file (by its id), for a reason.

    A file's content goes with the next ``files.sweep``. ``NotFound``, or ``Conflict`` where it was
    removed before.
    """
    reason = _reason(reason)
    if _TEXT.fullmatch(key):
        done = Removal("text", _remove_text(connection, key, now))
    elif _FILE.fullmatch(key):
        done = _remove_file(connection, key, now)
    else:
        raise InvalidInput("name a text by its 64 signs, or a file by its 32, as the ledger does")
    detail = asdict(done) | {"reason": reason}
    audit.note(connection, now, actor, f"{done.kind}-removed", subject=key, detail=detail)
    return done


def _reason(given: str) -> str:
    reason = clean_words(given, "reason", longest=300)
    if not reason:
        raise InvalidInput("something is removed for a reason", fields={"reason": "is empty"})
    if findings(reason):
        message = "the reason is kept for good: leave the number itself out"
        raise InvalidInput(message, fields={"reason": message})
    return reason


def _remove_text(connection: Connection, key: str, now: datetime) -> int:
    row = store.text_of(connection, key)
    if row is None:
        raise NotFound(f"no text {key}")
    if row.removed_at:
        raise Conflict(f"text {key} was removed before")
    store.remove_texts(connection, [key], now)
    said = [one for one in (row.body or {}).values() if isinstance(one, str)]
    return sum(store.messages_that_say(connection, one) for one in said)


def _remove_file(connection: Connection, key: str, now: datetime) -> Removal:
    row = file_store.one(connection, key)
    if row is None:
        raise NotFound(f"no file {key}")
    if row.removed_at:
        raise Conflict(f"file {key} was removed before")
    file_store.remove(connection, [key], now)
    return Removal("file")
