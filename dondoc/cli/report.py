"""``dondoc report``: what leaders sign, as a Word document, PDF or the workbook of its tables."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from dondoc.cli.output import put_file
from dondoc.cli.progress import in_zone
from dondoc.cli.record import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plans.reports import Lacks, Report


PERIOD = Parameter(
    help="A reporting period (2026-Q3, 2026-H1, 2026-9M, 2026, 2026-05, or in words: "
    '"Quý III/2026", "6 tháng đầu năm 2026"), or two days (2026-01-01..2026-02-15).'
)
AS_OF = Parameter(
    help="Only what was recorded by this moment (in the office's time zone unless it has its own); "
    "without --at, due dates are judged on its day. Without it: by now."
)
FORMAT = Parameter(
    help='"docx" (Word), "pdf" (made of it by LibreOffice) or "xlsx" (all its tables); without '
    "it, as the name of --out ends, else Word."
)
OUT = Parameter(help="The file; without it, one in this folder, named after plan and period.")
ISSUER = Parameter(
    help='The heading\'s "superior / name", or the name alone, instead of what the plan says.'
)
PLACE = Parameter(help="Where it is dated.")
FORCE = Parameter(help="Write over a file that is there.", negative="")
AT = Parameter(help="The day that decides what is overdue.")


def report(
    plan: str,
    *,
    period: Annotated[str, PERIOD],
    as_of: Annotated[datetime | None, AS_OF] = None,
    format: Annotated[Literal["docx", "pdf", "xlsx"] | None, FORMAT] = None,
    out: Annotated[Path | None, OUT] = None,
    language: Literal["vi", "en"] = "vi",
    issuer: Annotated[str | None, ISSUER] = None,
    place: Annotated[str | None, PLACE] = None,
    force: Annotated[bool, FORCE] = False,
    at: Annotated[date | None, AT] = None,
) -> None:
    """Write the report on a plan that leaders sign, laid out by Decree 30/2020/NĐ-CP."""
    from integrations.reports import file_of, name_of
    from plans.report_issuers import named

    kind = _kind(format, out)
    found = _compiled(plan, period, as_of, at)
    found = found.by(named(found.issuer, issuer, place))
    path = out or Path(name_of(found, kind))
    _require_free(path, force=force)
    put_file(path, file_of(found, kind, language).content)
    print(path)
    for text in lacking(found.lacks):
        print(f"  note: {text}")


def _compiled(plan: str, period: str, as_of: datetime | None, at: date | None) -> Report:
    """The report as the record has it; what is in the past is settled first."""
    from plans import rolling
    from plans.report_spans import read_span
    from plans.reports import Asked, compile_report
    from plans.store import settle

    with read(at) as (connection, here):
        zone = here.settings.zone
        as_of = in_zone(as_of, zone)
        if as_of:
            rolling.require_past(as_of, here.now, "--as-of")
            settle(here.engine, as_of, here.now)
        day = as_of.astimezone(zone).date() if as_of and not at else here.day
        asked = Asked(plan, read_span(period, day), day, here.now, zone, as_of)
        return compile_report(connection, asked, None)


def _kind(
    said: Literal["docx", "pdf", "xlsx"] | None, out: Path | None
) -> Literal["docx", "pdf", "xlsx"]:
    from integrations.reports import FORMATS
    from plans.errors import InvalidInput

    if said:
        return said
    if out is None or not out.suffix:
        return "docx"
    known = next((one for one in FORMATS if out.suffix.lower() == f".{one}"), None)
    if known is None:
        raise InvalidInput(f"--out {out}: its name ends on .docx, .pdf or .xlsx; or give --format")
    return known


def _require_free(path: Path, *, force: bool) -> None:
    from plans.errors import InvalidInput

    if path.is_dir() or not path.parent.is_dir():
        raise InvalidInput(f"--out {path}: name a file in a folder that is there")
    if path.exists() and not force:
        raise InvalidInput(f"{path} is there already; give another --out, or --force")


def lacking(one: Lacks) -> Iterator[str]:
    """What whoever signs should know is missing, in sentences."""
    counts = {
        "reports wait for review": one.unreviewed,
        "assignments have no decided lead": one.undecided,
        "bodies have not reported what was due": one.debtors,
        "targets have no figure": one.not_measured,
        "figures are withheld": one.withheld,
        "assignments bear words that looked like personal data": one.flagged,
    }
    yield from (f"{n} {text}" for text, n in counts.items() if n)
    if one.no_reports:
        yield "no report was made in this time"
    if one.no_before:
        yield "the record holds no figures of the time before"
    if one.unfinished:
        yield "the time is not over yet"
    if one.later_figures:
        yield "the figures are of a later day than the period's end; --as-of gives that day's"
