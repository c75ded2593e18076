"""The command ``dondoc``: parse, call one use case, render.

Prefect, SQLAlchemy and the like are imported only where a command needs them, so that ``--help``
answers at once. Errors go to standard error: exit 2 for wrong input, 1 for what failed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cyclopts

from dondoc.cli import (
    answering,
    assignments,
    audit,
    calendar,
    calendar_feed,
    channels,
    db,
    departments,
    drafting,
    extensions,
    figure_files,
    governance,
    messages,
    plans,
    progress,
    registers,
    report,
    retention,
    runs,
    service,
    targets,
    tokens,
    users,
    workbooks,
)

if TYPE_CHECKING:
    from plans.settings import Settings

app = cyclopts.App(
    name="dondoc",
    help="Declare plans, remind departments, gather their updates, roll up, mail digests.",
    version_flags=["--version"],
    version="0.1.0",
    result_action="return_value",
)
for part in (
    plans,
    assignments,
    progress,
    departments,
    messages,
    channels,
    calendar,
    calendar_feed,
    db,
    targets,
    registers,
    audit,
    retention,
    tokens,
    users,
):
    app.command(part.app)
for command in (
    assignments.update,
    report.report,
    workbooks.workbook,
    workbooks.workbook_return,
    workbooks.workbook_again,
    runs.open_periods,
    runs.gather,
    runs.measure,
    runs.remind,
    runs.roll_up,
    runs.digest,
    runs.deliver,
    runs.bounces,
    runs.webhooks,
    service.up,
    service.serve,
    service.prepare,
    service.deploy,
    service.demo,
):
    app.command(command)
plans.app.command(drafting.draft)
plans.app.command(answering.answer)
for order in (
    governance.review,
    governance.suspend,
    governance.resume,
    governance.cancel,
    governance.reassign,
    governance.correct,
    extensions.extend,
    extensions.decide_extension,
):
    assignments.app.command(order)
targets.app.command(figure_files.import_figures, name="import")
for given in (figure_files.template, figure_files.doubts, figure_files.confirm):
    targets.app.command(given)
assignments.app.command(extensions.list_extensions, name="extensions")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its status."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command; gives the exit status."""
    try:
        result = app(arguments, exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        return _refuse(str(error), 2)
    except KeyboardInterrupt:
        return _refuse("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say, nor anywhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _explain(error)
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> int:
    from plans import full_disk
    from plans.errors import DondocError

    if isinstance(error, DondocError):
        return _refuse(str(error), error.exit_code)
    settings = _settings()
    if settings and settings.debug:
        raise error
    if full_disk.is_full(error):
        return _refuse("the disk is full; make room, then run this again", 1)
    if isinstance(error, OSError) and _lies_in(error, settings):
        remedy = "set DONDOC_DATA_DIR to a directory that can be made and written"
        return _refuse(f"cannot write {error.filename}: {error.strerror}; {remedy}", 2)
    # SQLAlchemy keeps the driver's own words, of which the first line says what is the matter.
    driver = getattr(error, "orig", None)
    if driver is not None:
        return _refuse(f"the database does not answer as it should: {_first_line(driver)}", 1)
    return _refuse(f"{type(error).__name__}: {_first_line(error)}", 1)


def _settings() -> Settings | None:
    from plans.errors import DondocError
    from plans.settings import Settings

    try:
        return Settings.read()
    except DondocError:
        return None


def _lies_in(error: OSError, settings: Settings | None) -> bool:
    """Whether the system refused a file or directory of the data directory."""
    name = error.filename
    if not settings or not isinstance(name, str):
        return False
    return Path(name).absolute().is_relative_to(settings.data_dir.absolute())


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["no reason was given"])[0]


def _refuse(message: str, status: int) -> int:
    print(f"dondoc: {message}", file=sys.stderr)
    return status
