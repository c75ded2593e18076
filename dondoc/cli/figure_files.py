"""``dondoc targets import`` and ``template``; figures of which there is a doubt."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dondoc.cli.output import as_json, put_file, say, table
from dondoc.cli.record import OFFICE, read, write


def import_figures(
    file: Path,
    *,
    source: str = "",
    confirm_personal_data: bool = False,
    dry_run: bool = False,
    at: date | None = None,
    json: bool = False,
) -> int:
    """Take targets' figures from a CSV or Excel file: good rows at once, bad ones with reasons.

    Parameters
    ----------
    source
        The number of the document, for rows that name none.
    confirm_personal_data
        What looks like a person's number in sources or notes is none.
    dry_run
        Show what would become of each row, and write nothing.
    """
    from dondoc.cli.registers import show_outcomes, summary, told
    from integrations.measurement_files import read_figures
    from plans import figure_rows

    raw = _content(file)
    with read(at) as (connection, here):
        units, zone = figure_rows.units_of(connection, here.day), here.settings.zone
    rows = read_figures(raw, units, zone)
    with write(at) as (connection, here):
        giver = figure_rows.Giver(
            OFFICE,
            here.now,
            min(here.day, here.now.date()),
            source=source,
            confirmed=confirm_personal_data,
        )
        found = figure_rows.take(connection, rows, giver, dry_run=dry_run)
    numbers = figure_rows.counts(found)
    if json:
        as_json({"dry_run": dry_run, **numbers, "rows": [told(one) for one in found]})
    else:
        show_outcomes(found)
        say(summary(numbers) + ("; nothing was written" if dry_run else ""))
    return 1 if numbers["refused"] else 0


def _content(file: Path) -> bytes:
    """A file's content, of one that is too large only as much as tells so."""
    from integrations.office_files import MOST_BYTES
    from plans.errors import InvalidInput

    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror}") from None


def template(
    *,
    out: Annotated[Path, Parameter(help="Where to; .xlsx or .csv.")],
    plan: str | None = None,
    department: str | None = None,
    language: str = "vi",
    force: Annotated[bool, Parameter(help="Write over a file that is there.")] = False,
    at: date | None = None,
) -> None:
    """Write a file to be filled with figures: a row a target, with its last period that is over."""
    from integrations.measurement_template import write_csv, write_workbook
    from plans import measuring
    from plans.errors import InvalidInput

    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise InvalidInput(f"'{out.name}' is neither .xlsx nor .csv")
    if out.exists() and not force:
        raise InvalidInput(f"{out} is there already, perhaps filled in; --force writes over it")
    if language not in ("vi", "en"):
        raise InvalidInput(f"no language '{language}'; there are vi and en")
    with read(at) as (connection, here):
        some = measuring.listing(connection, here.day, plan=plan, department=department)
        some = [one for one in some if not one.goal.dropped]
    if not some:
        raise InvalidInput("no target fits; 'dondoc targets list' shows them")
    make = write_csv if out.suffix.lower() == ".csv" else write_workbook
    put_file(out, make(some, here.day, "en" if language == "en" else "vi"))
    print(f"{out}: {len(some)} targets")


def doubts(*, at: date | None = None, json: bool = False) -> None:
    """Figures that may be wrong, and why, until they are corrected or confirmed."""
    from plans import doubted

    with read(at) as (connection, here):
        found = doubted.doubtful(connection, None, here.day)
    if json:
        as_json(found)
        return
    columns = ("figure", "target", "period", "value", "by", "why")
    rows = [
        (
            one["id"],
            one["target"],
            one["period"],
            f"{one['value']:g}",
            one["by"],
            "; ".join(why["text"] for why in one["doubts"]),
        )
        for one in found
    ]
    table(columns, rows, numbers="figure value", spare="by")


def confirm(figure: int, *, json: bool = False) -> None:
    """Say that a doubtful figure is right; who said so, and when, is kept.

    Parameters
    ----------
    figure
        Its number, as 'dondoc targets doubts' shows it.
    """
    from plans import doubted, measuring
    from plans.store import measurements

    with write() as (connection, here):
        row = measurements.figure(connection, figure)
        one = measuring.find(connection, row.target, here.day)
        row = doubted.confirm(connection, one, figure, actor=OFFICE, now=here.now)
    if json:
        as_json({"figure": figure, "target": row.target, "confirmed_at": row.confirmed_at})
        return
    print(f"{row.target}: {row.value:g} in {row.period} is confirmed")
