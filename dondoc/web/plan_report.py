"""The report on a plan: which time, what it would hold and lack, and the file itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from dondoc.api.report_files import ReportQuery, compiled, sent
from dondoc.web.explaining import say
from dondoc.web.plans import NO_DAY, TO_COME, end_of
from dondoc.web.routing import Seen, see
from dondoc.web.visiting import Page
from integrations import libreoffice
from integrations.report_words import report_words
from integrations.reports import file_of
from integrations.wording import marked
from plans import access, periods
from plans.access import Action, Subject
from plans.errors import InvalidInput, OutsideError
from plans.periods import Period
from plans.reports import Report
from plans.store import catalogue
from plans.terms import PeriodKind

plan_report = APIRouter(include_in_schema=False)

OFFERED: Mapping[PeriodKind, int] = {
    PeriodKind.MONTH: 4,
    PeriodKind.QUARTER: 4,
    PeriodKind.HALF_YEAR: 2,
    PeriodKind.NINE_MONTHS: 1,
    PeriodKind.YEAR: 2,
}
"""How many of the last periods of each kind can be chosen."""
FIELDS = ("period", "first", "last", "as_of", "format", "language", "issuer", "place")
BOTH_DAYS = marked("Choose both days, or none.")
NO_PDF = marked("PDF is not offered: LibreOffice is not installed on the server.")


@plan_report.get("/plans/{plan}/report", **see(Action.SEE_REPORT))
def show_report_form(plan: str, page: Seen) -> Response:
    """What to report on; once that is chosen, what the report would hold and lack."""
    given = _given(page)
    row = _row(page, plan)
    found, errors = None, dict[str, str]()
    if given.get("period") or given.get("first") or given.get("last"):
        query, errors = _query(page, given)
        if query:
            found, errors = _compiled(page, plan, query)
    return _form(page, row, given, errors, found)


@plan_report.get("/plans/{plan}/report/file", **see(Action.SEE_REPORT))
def get_report_file(plan: str, page: Seen) -> Response:
    """The report's file; the form again where something is wrong with what is asked for."""
    given = _given(page)
    row = _row(page, plan)
    query, errors = _query(page, given)
    if query:
        found, errors = _compiled(page, plan, query)
        if found:
            try:
                return sent(file_of(found, query.format, query.language))
            except OutsideError:
                return _form(page, row, given, {"format": _why(page)}, found, 503)
    return _form(page, row, given, errors, None)


def _given(page: Page) -> dict[str, str]:
    asked = page.here.request.query_params
    return {name: asked[name].strip() for name in FIELDS if asked.get(name, "").strip()}


def _row(page: Page, plan: str) -> Any:
    with page.reading() as connection:
        row = catalogue.plan_row(connection, plan)
    access.check(page.caller, Action.SEE_REPORT, Subject(f"plan '{plan}'", plan=plan))
    return row


def _why(page: Page) -> str:
    if libreoffice.find() is None:
        return page.words.gettext(NO_PDF)
    return page.words.gettext("The PDF could not be made now; take the Word file, or try again.")


def _query(page: Page, given: Mapping[str, str]) -> tuple[ReportQuery | None, dict[str, str]]:
    """What is asked for, and what is wrong with it by field."""
    say, errors = page.words.gettext, dict[str, str]()
    wanted: dict[str, Any] = {
        name: given[name] for name in ("format", "language", "issuer", "place") if name in given
    }
    if "first" in given or "last" in given:
        wanted["period"] = f"{given.get('first', '')[:20]}..{given.get('last', '')[:20]}"
        if not ("first" in given and "last" in given):
            errors["first"] = say(BOTH_DAYS)
    else:
        wanted["period"] = given.get("period", "")
    if text := given.get("as_of"):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            errors["as_of"] = say(NO_DAY)
        else:
            if day > page.here.day:
                errors["as_of"] = say(TO_COME)
            elif day < page.here.day:
                wanted["as_of"] = end_of(day, page).isoformat()
    wanted.setdefault("language", page.language)
    try:
        query = ReportQuery.model_validate(wanted)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        errors |= {name: say(marked("This field does not know that value.")) for name in wrong}
        return None, errors
    return (None if errors else query), errors


def _compiled(page: Page, plan: str, query: ReportQuery) -> tuple[Report | None, dict[str, str]]:
    try:
        return compiled(page.here, plan, query), {}
    except InvalidInput as error:
        fields = error.fields or {"period": str(error)}
        where = {"as_of": "as_of", "issuer": "issuer", "place": "place"}
        return None, {
            where.get(name, "period"): say(page.words, text) for name, text in fields.items()
        }


def _form(
    page: Page,
    row: Any,
    given: Mapping[str, str],
    errors: Mapping[str, str],
    found: Report | None,
    status: int | None = None,
) -> Response:
    words = report_words(page.language)
    kept = {name: value for name, value in given.items() if name != "format"}
    choices = [(one.key, periods.label(one, page.language)) for one in _offered(page.here.day)]
    chosen = given.get("period", _proposed(page.here.day).key)
    if found and found.asked.span.period and "period" in given:
        # Also a time that was typed in words, or that lies further back than the list goes.
        chosen = found.asked.span.key
        if chosen not in dict(choices):
            choices.insert(0, (chosen, words.span(found.asked.span)))
    return page.show(
        "plan_report.html",
        status or (422 if errors else 200),
        plan=row,
        given=given,
        errors=errors,
        choices=choices,
        chosen=chosen,
        report=found,
        span=words.span(found.asked.span) if found else "",
        moment_said=words.moment(found.asked.moment) if found else "",
        lacking=list(_lacking(page, found)) if found else [],
        has_pdf=libreoffice.find() is not None,
        asked_again=urlencode(kept),
    )


def _offered(day: date) -> list[Period]:
    """The periods that can be chosen: those that have begun, the last of each kind first."""
    found: list[Period] = []
    for kind, n in OFFERED.items():
        first = date(day.year - 2, 1, 1)
        found += [one for one in periods.periods_between(kind, first, day) if one.start <= day][
            : -n - 1 : -1
        ]
    return found


def _proposed(day: date) -> Period:
    """The last quarter that is over."""
    return next(one for one in _offered(day) if one.kind is PeriodKind.QUARTER and one.end < day)


def _lacking(page: Page, found: Report) -> Iterator[str]:
    """What whoever signs should know is missing, in sentences."""
    ngettext, one = page.words.ngettext, found.lacks
    if one.unfinished:
        yield page.words.gettext("The time is not over yet.")
    if one.later_figures:
        yield page.words.gettext(
            "The figures are of today, long after the time; choose a day of record to have those "
            "of its end."
        )
    if one.no_reports:
        yield page.words.gettext("No report was made in this time.")
    if one.no_before:
        yield page.words.gettext("The record holds no figures of the time before.")
    if n := one.unreviewed:
        yield ngettext("%(n)s report waits for review.", "%(n)s reports wait for review.", n)
    if n := one.undecided:
        yield ngettext(
            "%(n)s assignment has no decided lead.", "%(n)s assignments have no decided lead.", n
        )
    if n := one.debtors:
        yield ngettext(
            "%(n)s body has not reported what was due.",
            "%(n)s bodies have not reported what was due.",
            n,
        )
    if n := one.not_measured:
        yield ngettext("%(n)s target has no figure.", "%(n)s targets have no figure.", n)
    if n := one.withheld:
        yield ngettext(
            "%(n)s figure tells of too few children and is withheld.",
            "%(n)s figures tell of too few children and are withheld.",
            n,
        )
    if n := one.flagged:
        yield ngettext(
            "%(n)s assignment bears words that looked like personal data.",
            "%(n)s assignments bear words that looked like personal data.",
            n,
        )
