"""``dondoc db``: upgrade, check, recount, backup, restore, move, reopen."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from dondoc.cli.output import say, table
from dondoc.cli.record import OFFICE, Record, read, record, write

if TYPE_CHECKING:
    from plans.settings import Settings
    from plans.store import Connection, Engine
    from plans.store.backups import Backup
    from plans.store.moving import Outcome
    from plans.store.restoring import Restored

app = App(name="db", help="The database: upgrade, check, recount, back up, restore, move.")

Say = Callable[[str, int], None]
Told = Callable[[int], None]
MADE_BUT = 3
"""A backup was made, of what there is: whoever tries again after a 1 does not after this."""


@app.command
def upgrade() -> None:
    """Bring the database up to date with this version of Dondoc."""
    from flows.common import database
    from plans.store import upgrade as migrations

    with database() as (engine, settings):
        before = migrations.current(engine)
        migrations.upgrade(engine)
        if before != migrations.head():
            detail = {"from": before, "to": migrations.head()}
            _note(engine, "database-upgraded", datetime.now(settings.zone), detail)
    print(f"database: {before or 'empty'} → {migrations.head()}")


@app.command
def check() -> int:
    """Verify chains, projections, counters and uploaded files; exit 1 if anything is wrong."""
    from plans import verifying

    with read() as (connection, here), _shown() as (_, told):
        found = verifying.check(connection, here.settings.data_dir, pulse=_since(told))
    for problem in found.problems:
        print(problem)
    say(f"{found.assignments} assignments checked: {len(found.problems)} problems")
    return 1 if found.problems else 0


@app.command
def recount() -> None:
    """Recompute the counters from the ledger, and say where they differed."""
    from plans.store import audit, chains, counters, reading

    with write() as (connection, here):
        counters.hold(connection)
        # Followed page by page, and so in one picture; what was written before is all in it.
        with reading(here.engine) as picture:
            states = (one.state for one in chains.verified(picture) if one.state)
            differences = counters.recount(connection, states, repair=True)
        detail = {"mended": len(differences)}
        audit.note(connection, here.now, OFFICE, "counters-recounted", detail=detail)
    for difference in differences:
        print(difference)
    say(f"{len(differences)} counters were wrong and are mended" if differences else "they agree")


# --- backup and restore --------------------------------------------------------------------------


@app.command
def backup(
    file: Path, *, keep: Annotated[int, Parameter(name="--keep")] = 0, with_key: bool = False
) -> int:
    """Write database and uploaded files to a new file, also while others write.

    FILE: a new file; or a folder that is there, in which the file is named by its moment.
    --keep: how many of a folder's backups stay, the newest ones (0: all). All stay where uploaded
    files are missing or changed: then the exit status is 3, and a backup was made all the same.
    --with-key: the key of sessions, links and seals as well; keep such a file as you keep keys.
    """
    from plans.errors import InvalidInput
    from plans.store import backups

    if keep < 0 or (keep and not file.is_dir()):
        raise InvalidInput("--keep names how many backups stay in a folder; FILE is none")
    with record() as here, _shown() as (said, told):
        place = backups.named(file, here.now) if file.is_dir() else file
        key = here.settings.secret if with_key else None
        source = backups.Source(here.engine, here.settings.data_dir, key)
        made = backups.back_up(source, place, here.now, said, told)
        unnoted = _unnoted(here, made)
        # What is lost here may be whole in an older one.
        sound = made.is_whole and not unnoted
        removed = backups.thin_out(file, keep) if keep and sound else []
    print(f"{place}: {made.bytes} bytes")
    _tell_backup(made, len(removed), with_key=with_key)
    if unnoted:
        print(f"not noted in the record: {unnoted}")
    return 0 if sound else MADE_BUT


def _unnoted(here: Record, made: Backup) -> str | None:
    """Why the record does not say that there is a backup, such as its own disk being full."""
    from sqlalchemy.exc import DBAPIError

    try:
        _note(here.engine, "backup-made", here.now, {"bytes": made.bytes})
    except DBAPIError as error:
        return str(error.orig).partition("\n")[0]
    return None


def _tell_backup(made: Backup, removed: int, *, with_key: bool) -> None:
    manifest = made.manifest
    say(f"{sum(manifest.tables.values())} rows, {manifest.files} uploaded files")
    if removed:
        say(f"{removed} older backups removed")
    if not with_key:
        say("without the secret key: keep secret.key (or DONDOC_SECRET_KEY) beside it, elsewhere")
    for name in manifest.missing:
        print(f"missing: the uploaded file {name} was not in the data directory")
    for name in manifest.changed:
        print(f"changed: the uploaded file {name} is not what was uploaded")
    if not made.is_whole:
        say("all else is in the backup; older ones stay, which may hold what is lost here")


@app.command
def restore(file: Path, *, check: bool = True) -> int:
    """Bring a backup into an empty place; what holds data is never overwritten.

    --no-check: do not follow the whole ledger afterwards.
    """
    from dondoc.service import alone
    from flows.common import database
    from plans.store import restoring
    from plans.store import upgrade as migrations

    with database() as (engine, settings), alone(settings), _shown() as (said, told):
        given = settings.secret_key.get_secret_value() if settings.secret_key else None
        target = restoring.Target(engine, settings.data_dir, given)
        done = restoring.restore(target, file, said, told)
        found = migrations.current(engine)
        if found == migrations.head():
            detail = {"bytes": file.stat().st_size}
            _note(engine, "backup-restored", datetime.now(settings.zone), detail)
        is_whole = check and found == migrations.head()
        problems = _problems(engine, settings, said, told) if is_whole else []
    _tell_restored(done, found if found != migrations.head() else None, checked=is_whole)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _problems(engine: Engine, settings: Settings, said: Say, told: Told) -> list[str]:
    from plans import verifying
    from plans.store import reading

    said("following the ledger", 0)
    with reading(engine) as connection:
        found = verifying.check(connection, settings.data_dir, pulse=_since(told))
    return list(found.problems)


def _tell_restored(done: Restored, behind: str | None, *, checked: bool) -> None:
    if one := done.manifest:
        said = f"restored what was backed up on {one.made_at:%d/%m/%Y %H:%M}: "
        rows = f"{sum(one.tables.values())} rows of {len(one.tables)} tables"
        say(f"{said}{rows}, {one.files} uploaded files, as its manifest says")
        if done.already:
            say("the database was there already: an earlier restore was killed at its end")
    if not done.key:
        say("the backup holds no secret key: put secret.key back, or all sign in anew")
    if done.waiting:
        say(
            f"{done.waiting} messages wait, and may have gone out since the backup was made: before"
        )
        say("the service starts, look at them ('dondoc messages list --state waiting'), and drop")
        say("('dondoc messages drop ID…') or withhold ('dondoc messages hold') what was sent")
    if behind:
        say(f"restored, at version {behind}; run 'dondoc db upgrade' next, then 'dondoc db check'")
    elif checked:
        say("the ledger was followed from its first entry")
    else:
        say("restored; 'dondoc db check' verifies it")


# --- moving --------------------------------------------------------------------------------------


@app.command
def move(url: str, *, dry_run: bool = False) -> None:
    """Move the record from SQLite into an empty PostgreSQL, and prove that it is all there.

    URL: postgresql+psycopg://USER@HOST/NAME; the password may stand in PGPASSWORD or ~/.pgpass.
    Nobody can write meanwhile; stop the service first. The old file is kept, and refuses writes.
    --dry-run: look whether it could be moved, and how much it is.
    """
    from dondoc.service import alone
    from plans.errors import InvalidInput
    from plans.store import moving, open_engine

    if not url.startswith("postgresql"):
        raise InvalidInput("a record moves into PostgreSQL: postgresql+psycopg://…")
    with record() as here, alone(here.settings):
        target = open_engine(url)
        try:
            if dry_run:
                return _look(here, target)
            begun = time.monotonic()
            with _shown() as (said, told):
                found = moving.move(
                    here.engine, target, here.now, OFFICE, _checker(here, told), said, told
                )
            _tell_moved(found, time.monotonic() - begun, here)
        finally:
            target.dispose()


def _checker(here: Record, told: Told) -> Callable[[Connection], list[str]]:
    from plans import verifying

    def look(connection: Connection) -> list[str]:
        pulse = _since(told)
        return list(verifying.check(connection, here.settings.data_dir, pulse=pulse).problems)

    return look


def _look(here: Record, target: Engine) -> None:
    from plans.store import moving, reading

    with reading(here.engine) as old, reading(target) as new:
        moving.require_source(old)
        moving.require_target(new)
        rows = moving.rows_of(old)
    table(("table", "rows"), rows.items(), numbers="rows")
    say(f"{sum(rows.values())} rows would be moved; nothing was")


def _tell_moved(found: Outcome, seconds: float, here: Record) -> None:
    columns = ("table", "rows", "sha256")
    cells = [(one.table, one.rows, one.sha256) for one in found.tables]
    table(columns, cells, numbers="rows", spare="sha256")
    rows = sum(one.rows for one in found.tables)
    say(f"{rows} rows in {seconds:.1f} s, the same on both sides; the ledger was followed")
    for problem in found.problems:
        say(f"as before: {problem}")
    say("set DONDOC_DATABASE_URL to the new database, and keep DONDOC_DATA_DIR: uploaded files and")
    say(f"secret.key stay there. {here.engine.url.database} is kept, and takes no writes any more")


@app.command
def reopen() -> None:
    """Let a database that was moved take writes again; what was recorded since is not in it."""
    from plans.store import audit, moving

    with write() as (connection, here):
        found = moving.reopen(connection)
        if found:
            audit.note(connection, here.now, OFFICE, "database-reopened")
    say("it takes writes again" if found else "it takes writes, as before")


# --- helpers -------------------------------------------------------------------------------------


@contextmanager
def _shown() -> Iterator[tuple[Say, Told]]:
    """What is being done and how far it is, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield (lambda _text, _total: None), (lambda _done: None)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn

    looks = (SpinnerColumn(), *Progress.get_default_columns())
    with Progress(*looks, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("beginning", total=None)
        yield (
            lambda text, total: shown.reset(task, description=text, total=total or None),
            lambda done: shown.advance(task, done),
        )


def _since(told: Told) -> Told:
    """From how much was done so far to how much more it is."""
    last = 0

    def tell(done: int) -> None:
        nonlocal last
        told(done - last)
        last = done

    return tell


def _note(engine: Engine, act: str, now: datetime, detail: dict[str, Any]) -> None:
    """What was done to the database as a whole, in a transaction after it."""
    from plans.store import audit, writing

    with writing(engine) as connection:
        audit.note(connection, now, OFFICE, act, detail=detail)
