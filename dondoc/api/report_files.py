"""A plan's report as calls and pages ask for it, and as it is sent."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.caching import FRESH
from dondoc.api.context import Context
from dondoc.api.moments import Day, Moment
from integrations.reports import File, Format
from plans import rolling
from plans.report_issuers import named
from plans.report_spans import read_span
from plans.reports import Asked, Report, compile_report
from plans.store import settle

Line = Annotated[str, Field(max_length=200)]


class ReportQuery(BaseModel):
    """Which report: its time, the day that decides what is overdue, the record's moment."""

    model_config = ConfigDict(extra="forbid")

    period: Annotated[
        str,
        Field(
            min_length=1,
            max_length=60,
            description="A reporting period by its key (2026-Q3, 2026-H1, 2026-9M, 2026, 2026-05) "
            "or in words (Quý III/2026, tháng 5/2026, 6 tháng đầu năm 2026), or two days "
            "(2026-01-01..2026-02-15).",
        ),
    ]
    as_of: Annotated[Moment | None, Field(description="By what was recorded until then.")] = None
    at: Annotated[Day | None, Field(description="Due dates are judged on it (as_of's, today).")] = (
        None
    )
    format: Annotated[
        Format, Field(description="Word; PDF, made of it by LibreOffice; all tables.")
    ] = "docx"
    language: Literal["vi", "en"] = "vi"
    issuer: Annotated[Line | None, Field(description='"Superior / name", or the name alone.')] = (
        None
    )
    place: Annotated[Line | None, Field(description="Where it is dated.")] = None


def compiled(here: Context, plan: str, query: ReportQuery) -> Report:
    """The report that a query asks for, as its caller may see it."""
    on = _day(here, query)
    asked = Asked(plan, read_span(query.period, on), on, here.now, here.zone, query.as_of)
    with here.reading() as connection:
        found = compile_report(connection, asked, here.caller)
    return found.by(named(found.issuer, query.issuer, query.place))


def _day(here: Context, query: ReportQuery) -> date:
    if query.as_of is None:
        return query.at or here.day
    rolling.require_past(query.as_of, here.now, "as_of")
    settle(here.engine, query.as_of, here.now)
    return query.at or query.as_of.astimezone(here.zone).date()


def sent(file: File) -> Response:
    """A file as a download that stays its reader's own."""
    headers: dict[str, Any] = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": FRESH,
        "Vary": "Authorization, Cookie",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, 200, headers, file.media_type)
