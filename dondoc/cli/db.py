"""``dondoc db``: upgrade, check, recount, backup, restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from dondoc.cli.output import say
from dondoc.cli.record import OFFICE, read, record, write

if TYPE_CHECKING:
    from plans.store import Engine

app = App(name="db", help="The database: upgrade, check, recount, back up, restore.")


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

    with read() as (connection, here):
        found = verifying.check(connection, here.settings.data_dir)
    for problem in found.problems:
        print(problem)
    say(f"{found.assignments} assignments checked: {len(found.problems)} problems")
    return 1 if found.problems else 0


@app.command
def recount() -> None:
    """Recompute the counters from the ledger, and say where they differed."""
    from plans.store import audit, counters, ledger

    with write() as (connection, here):
        states = ledger.states_as_of(connection).values()
        differences = counters.recount(connection, states, repair=True)
        detail = {"mended": len(differences)}
        audit.note(connection, here.now, OFFICE, "counters-recounted", detail=detail)
    for difference in differences:
        print(difference)
    say(f"{len(differences)} counters were wrong and are mended" if differences else "they agree")


@app.command
def backup(file: Path) -> None:
    """Write a copy of the database to a new file, also while others write."""
    from plans.store import backups

    with record() as here:
        backups.back_up(here.engine, file)
        _note(here.engine, "backup-made", here.now, {"bytes": file.stat().st_size})
    print(f"{file}: {file.stat().st_size} bytes")


@app.command
def restore(file: Path) -> None:
    """Bring a backup into an empty database; one that holds data is never overwritten."""
    from flows.common import database
    from plans.store import backups
    from plans.store import upgrade as migrations

    with database() as (engine, settings):
        backups.restore(engine, file)
        found = migrations.current(engine)
        if found == migrations.head():
            detail = {"bytes": file.stat().st_size}
            _note(engine, "backup-restored", datetime.now(settings.zone), detail)
    if found == migrations.head():
        say("restored; 'dondoc db check' verifies it")
    else:
        say(f"restored, at version {found}; run 'dondoc db upgrade' next")


def _note(engine: Engine, act: str, now: datetime, detail: dict[str, Any]) -> None:
    """What was done to the database as a whole, in a transaction after it."""
    from plans.store import audit, writing

    with writing(engine) as connection:
        audit.note(connection, now, OFFICE, act, detail=detail)
