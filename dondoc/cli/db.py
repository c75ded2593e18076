"""``dondoc db``: upgrade, check, recount, backup, restore."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from dondoc.cli.output import say
from dondoc.cli.record import read, record, write

app = App(name="db", help="The database: upgrade, check, recount, back up, restore.")


@app.command
def upgrade() -> None:
    """Bring the database up to date with this version of Dondoc."""
    from flows.common import database
    from plans.store import upgrade as migrations

    with database() as (engine, _):
        before = migrations.current(engine)
        migrations.upgrade(engine)
    print(f"database: {before or 'empty'} → {migrations.head()}")


@app.command
def check() -> int:
    """Verify chains, projections, counters and uploaded files; exit 1 if anything is wrong."""
    from plans import files
    from plans.store import counters, extensions, ledger

    with read() as (connection, here):
        problems = files.missing(connection, files.folder_of(here.settings.data_dir))
        problems += ledger.verify(connection) + extensions.verify(connection)
        states = ledger.states_as_of(connection)
        problems += counters.recount(connection, states.values(), repair=False)
    for problem in problems:
        print(problem)
    say(f"{len(states)} assignments checked: {len(problems)} problems")
    return 1 if problems else 0


@app.command
def recount() -> None:
    """Recompute the counters from the ledger, and say where they differed."""
    from plans.store import counters, ledger

    with write() as (connection, _):
        states = ledger.states_as_of(connection).values()
        differences = counters.recount(connection, states, repair=True)
    for difference in differences:
        print(difference)
    say(f"{len(differences)} counters were wrong and are mended" if differences else "they agree")


@app.command
def backup(file: Path) -> None:
    """Write a copy of the database to a new file, also while others write."""
    from plans.store import backups

    with record() as here:
        backups.back_up(here.engine, file)
    print(f"{file}: {file.stat().st_size} bytes")


@app.command
def restore(file: Path) -> None:
    """Bring a backup into an empty database; one that holds data is never overwritten."""
    from flows.common import database
    from plans.store import backups

    with database() as (engine, _):
        backups.restore(engine, file)
    say("restored; 'dondoc db check' verifies it")
