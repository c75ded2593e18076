"""Many figures at once from a file, looked at before they are taken; figures to look at again; the
registers that figures are pulled from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dondoc.api.attachments import headers_of
from dondoc.api.figure_files import confirmed_by, giver_of, may_give, read_rows
from dondoc.api.middleware import TOO_LARGE
from dondoc.api.uploading import Form, content_of, limit_of, read_form
from dondoc.web.evidence import FORM, Sending, refuse_forged
from dondoc.web.explaining import explain
from dondoc.web.figure_words import FigureWords
from dondoc.web.gathering_words import GatheringWords
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from plans import access, doubted, figure_rows, files, measuring, registers
from plans.access import Action
from plans.errors import Conflict, InvalidInput, TooLarge
from plans.figure_rows import FigureRow, Outcome
from plans.store import Connection, catalogue
from plans.store import measurements as store

figures = APIRouter(include_in_schema=False)

MOST_ROWS = 1_000
"""Shown and carried from the preview to its confirmation; a larger file goes by API or command."""
PIECE = 20_000
"""Signs of the rows in one hidden field."""
MOST_CARRIED = 900_000
"""Bytes of all of them: a form without a file has at most 1 MB."""
UPLOADED = (*FORM, "source")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXTS = ("place", "target", "title", "period", "source", "note")


# --- from a file --------------------------------------------------------------------------------


@figures.get("/figures/import", **see(Action.IMPORT_FIGURES))
def show_import(page: Seen) -> Response:
    """The form that takes a file, and the template."""
    return _import_page(page)


@figures.post("/figures/import", **see(Action.IMPORT_FIGURES))
async def import_figures(page: Sending) -> Response:
    """Show what would become of each row of a file; nothing is taken yet."""
    access.check(page.caller, Action.IMPORT_FIGURES)
    here, most = page.here, limit_of(page.here)
    try:
        if here.request.scope.get(TOO_LARGE):
            raise files.too_large(most)
        with files.receive(files.folder_of(here.settings.data_dir), most) as coming:
            form = await read_form(
                here.request, coming, UPLOADED, lambda form: refuse_forged(page, form)
            )
            raw = await run_in_threadpool(content_of, coming)
        return await run_in_threadpool(_previewed, page, raw, form)
    except InvalidInput as error:
        return await run_in_threadpool(_refused, page, error)


@figures.post("/figures/rows", **see(Action.IMPORT_FIGURES))
def take_figures(page: Sent) -> Response:
    """Take exactly the rows that were shown."""
    try:
        return _taken(page, _carried(page))
    except InvalidInput as error:
        return _refused(page, error)


def _refused(page: Page, error: InvalidInput) -> Response:
    errors = {"file": " ".join(explain(page.words, error).values())}
    return _import_page(page, error.status, errors=errors)


def _previewed(page: Page, raw: bytes, form: Form) -> Response:
    page.fields = {"source": form.fields.get("source", b"").decode("utf-8", "replace").strip()}
    page.fields |= {"confirm_personal_data": "true"} if form.confirmed else {}
    rows = read_rows(raw, page.here)
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"the file has {len(rows)} figures; {MOST_ROWS} are taken at once")
    with page.here.reading() as connection:
        found = figure_rows.take(connection, rows, _giver(page), dry_run=True)
    # With those that change nothing: what the document says is kept beside what it changes.
    wanted = {one.place for one in found if one.state in ("new", "correction", "same")}
    good = [row for row in rows if row.place in wanted]
    return _import_page(page, found=found, pieces=_pieces(good))


def _taken(page: Page, rows: Sequence[FigureRow]) -> Response:
    def act(connection: Connection) -> str:
        found = figure_rows.take(connection, rows, _giver(page))
        n = figure_rows.counts(found)
        figures = "&".join(f"{name}={n[name]}" for name in (*NUMBERS, "doubtful"))
        return page.go(f"/figures/import?{figures}", "imported")

    return page.write(act)


def _giver(page: Page) -> figure_rows.Giver:
    confirmed = "confirm_personal_data" in page.fields
    return giver_of(page.here, source=page.fields.get("source", ""), confirmed=confirmed)


def _pieces(rows: Sequence[FigureRow]) -> list[str]:
    """Rows as the preview carries them: who sends others is asked the same of them."""
    kept = [
        {name: value for name, value in dataclasses.asdict(row).items() if value not in (None, "")}
        for row in rows
    ]
    text = json.dumps(kept, default=datetime.isoformat, ensure_ascii=False)
    if len(text.encode()) > MOST_CARRIED:
        raise TooLarge("the figures' words are more than is taken at once: give fewer rows a file")
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def _carried(page: Page) -> list[FigureRow]:
    names = sorted((n for n in page.fields if n.startswith("rows-")), key=lambda n: (len(n), n))
    try:
        kept = json.loads("".join(page.fields[name] for name in names))
        return [_row(one) for one in kept[:MOST_ROWS]]
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        raise InvalidInput("the form cannot be read: choose the file again") from None


def _row(kept: dict[str, Any]) -> FigureRow:
    texts: dict[str, Any] = {name: str(kept.get(name, "")) for name in TEXTS}
    at = kept.get("measured_at")
    numbers: dict[str, Any] = {name: kept.get(name) for name in ("value", "part", "whole")}
    moment = datetime.fromisoformat(at) if at else None
    if moment and moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return FigureRow(**texts, **numbers, measured_at=moment)


NUMBERS = ("new", "correction", "same", "refused")


def _import_page(
    page: Page,
    status: int = 200,
    *,
    found: Sequence[Outcome] | None = None,
    pieces: Sequence[str] = (),
    errors: dict[str, str] | None = None,
) -> Response:
    given = page.here.request.query_params
    done = {n: given.get(n, "") for n in (*NUMBERS, "doubtful")} if page.done else {}
    return page.show(
        "figures_import.html",
        status,
        told=FigureWords(page.words),
        found=found,
        counts=figure_rows.counts(found) if found is not None else {},
        pieces=pieces,
        errors=errors or {},
        fields={"source": page.fields.get("source", "")},
        confirms="confirm_personal_data" in page.fields,
        done={n: int(v) if v.isdecimal() and len(v) < 6 else 0 for n, v in done.items()},
        most=MOST_ROWS,
        megabytes=limit_of(page.here) // (1024 * 1024),
        for_office=page.may(Action.GOVERN),
    )


@figures.get("/figures/template", **see(Action.IMPORT_FIGURES))
def get_template(page: Seen, kind: str = Query("xlsx", max_length=4)) -> Response:
    """A file to be filled in, with the targets whose figures the visitor gives."""
    from integrations.measurement_template import write_csv, write_workbook

    day = page.here.day
    with page.reading() as connection:
        every = measuring.listing(connection, day)
    mine = [one for one in every if not one.goal.dropped and may_give(page.caller, one)]
    if kind == "csv":
        raw, media, name = write_csv(mine, day, page.language), "text/csv; charset=utf-8", "csv"
    else:
        raw, media, name = write_workbook(mine, day, page.language), XLSX, "xlsx"
    return Response(raw, headers=headers_of(f"so-lieu-{day:%Y%m%d}.{name}"), media_type=media)


# --- doubts -------------------------------------------------------------------------------------


@figures.get("/figures/doubtful", **see(Action.SEE_FIGURES))
def show_doubtful(page: Seen) -> Response:
    """Figures that may be wrong, and why; the office confirms those that are right."""
    return _doubtful_page(page)


def _doubtful_page(page: Page, status: int = 200, **given: Any) -> Response:
    with page.reading() as connection:
        found = doubted.doubtful(connection, page.caller, page.here.day)
        owned = {one.target.id: one for one in measuring.listing(connection, page.here.day)}
        codes = [one["department"] for one in found]
        return page.show(
            "figures_doubtful.html",
            status,
            told=FigureWords(page.words),
            found=found,
            bodies=catalogue.department_rows(connection, codes),
            may_confirm={
                one["id"]: page.may(Action.GOVERN, owned[one["target"]].subject) for one in found
            },
            **{"errors": {}, **given},
        )


@figures.post("/figures/{measurement}/confirmation", **see(Action.GOVERN))
def confirm(page: Sent, measurement: int) -> Response:
    """Say that a doubtful figure is right."""
    with page.reading() as connection:
        one = measuring.find(connection, _target_of(connection, measurement), page.here.day)
        access.check(page.caller, Action.GOVERN, one.subject)

    def act(connection: Connection) -> str:
        confirmed_by(connection, measurement, page.here)
        back = page.fields.get("back", "")
        path = f"/targets/{back}" if back == one.target.id else "/figures/doubtful"
        return page.go(path, "confirmed")

    try:
        return page.write(act)
    except Conflict as error:
        return _doubtful_page(page, error.status, errors=explain(page.words, error))


def _target_of(connection: Connection, number: int) -> str:
    return str(store.figure(connection, number if 0 < number < 2**62 else 0).target)


# --- registers ----------------------------------------------------------------------------------


@figures.get("/registers", **see(Action.SEE_CONTACTS))
def show_registers(page: Seen) -> Response:
    """The registers, how each answered last, and what of its answer could not be taken."""
    with page.reading() as connection:
        found = registers.described(connection, page.here.day)
        codes = [one["owner"] for one in found]
        return page.show(
            "registers.html",
            told=FigureWords(page.words),
            silences=GatheringWords(page.words),
            found=found,
            bodies=catalogue.department_rows(connection, codes),
            titles={target["id"]: target["title"] for one in found for target in one["targets"]},
        )
