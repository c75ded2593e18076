"""Search over everything that the visitor may see: "tre em" finds "trẻ em"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.web.routing import Seen, see
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import finding
from plans.access import Action
from plans.finding import Kind, Named
from plans.rules import outside, timeliness
from plans.store.ledger import state_of
from plans.store.sight import sights_of

searching = APIRouter(include_in_schema=False)

FEW, MOST = 6, 100
TITLES: Mapping[Kind, str] = {
    "plan": marked("Plans"),
    "group": marked("Solution groups"),
    "target": marked("Targets"),
    "document": marked("Documents that plans rest on"),
    "department": marked("Departments"),
}


@searching.get("/search", **see(Action.SEE_FIGURES))
def search(
    page: Seen,
    q: Annotated[str, Query(max_length=1000)] = "",
    of: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What some words find, by kind; ``of``: one kind alone, and more of it."""
    said = q.strip()[: finding.MOST_SIGNS]
    with page.reading() as connection:
        sights = sights_of(page.caller)
        found = finding.find(connection, said, page.here.day, sights, FEW)
    shown = [kind for kind in finding.KINDS if of in ("", kind)]
    groups = [one for kind in shown if (one := _group(page, kind, found.named, said, of))]
    rows = [] if of in finding.KINDS else [_said(page, row) for row in found.assignments]
    return page.show(
        "search.html",
        said=said,
        words=found.words,
        pieces=finding.pieces,
        assignments=rows[:FEW],
        every=f"/assignments?{urlencode({'q': said})}" if len(rows) > FEW else None,
        groups=groups,
    )


def _said(page: Page, row: Any) -> dict[str, Any]:
    state = state_of(row)
    return {"row": row, "kind": outside(state) or timeliness(state, page.here.day)}


def _group(
    page: Page, kind: Kind, named: Sequence[Named], said: str, of: str
) -> dict[str, Any] | None:
    """The best few of a kind, and where all of them are."""
    every = [one for one in named if one.kind == kind]
    if not every:
        return None
    items = every[: MOST if of else FEW]
    more = f"/search?{urlencode({'q': said, 'of': kind})}" if len(every) > len(items) else None
    return {
        "title": TITLES[kind],
        "total": len(every),
        "items": [_item(page, one) for one in items],
        "more": more if not of else None,
    }


def _item(page: Page, one: Named) -> dict[str, str]:
    return {
        "title": page.words.pick(one.vi, one.en),
        "short": one.short,
        "within": page.words.pick(*one.within),
        "path": _path(one),
    }


def _path(one: Named) -> str:
    plan, key = quote(one.plan, safe=""), quote(one.key, safe="")
    if one.kind == "group":
        return f"/assignments?{urlencode({'plan': one.plan, 'group': one.key})}"
    if one.kind == "target":
        return f"/targets/{key}"
    return f"/departments/{key}" if one.kind == "department" else f"/plans/{plan}"
