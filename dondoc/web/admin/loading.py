"""Loading plans: a declaration is sent, looked at with all that it changes, and then loaded.

Nothing of it is kept before: its text travels in the form, and what is loaded is what was shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from dondoc.web.admin.common import TRIED, at, refused, status_of, telling
from dondoc.web.routing import see
from dondoc.web.visiting import Page, open_form
from integrations.wording import marked
from plans import proposing
from plans.access import Action
from plans.amending import Effect
from plans.declaration import Plan
from plans.drafts import SETTLE
from plans.errors import Conflict, InvalidCatalogue, InvalidInput, NotFound, Stale
from plans.loading import Change
from plans.proposing import Proposal, Text
from plans.source import MAX_BYTES, Problem
from plans.store import Connection, actors, catalogue, office

loading = APIRouter(include_in_schema=False)

MOST_FILES, LISTED = 20, 100
EFFECTS = {
    "opened": marked("to be opened"),
    "moved": marked("moved to another group"),
    "redated": marked("given another date"),
    "reassigned": marked("given to another body"),
    "cancelled": marked("cancelled"),
    "still_cancelled": marked("declared again, but cancelled before: it stays so"),
}


async def open_declarations(request: Request) -> AsyncIterator[Page]:
    """A form of ours that bears plans' texts, as files or as fields: both are larger than usual."""
    most = MOST_FILES * 2 + 10
    form = await request.form(max_files=MOST_FILES, max_fields=most, max_part_size=MAX_BYTES + 1)
    try:
        yield await open_form(request)
    finally:
        await form.close()


Declared = Annotated[Page, Depends(open_declarations)]


@loading.post("/admin/plans/preview", **see(Action.LOAD_PLANS))
def preview_plans(page: Declared) -> Response:
    """What loading the sent texts would change, or everything that is wrong with them."""
    texts = _sent(page)
    try:
        return preview_page(page, texts)
    except TRIED as error:
        return upload_page(page, texts, error)
    except NotFound:
        return upload_page(page, texts, Conflict("no catalogue is loaded yet"))


def _sent(page: Page) -> list[Text]:
    """The texts of a form: its files, what was pasted, and what an earlier step carried on."""
    items = page.form.multi_items() if page.form else []
    found: list[Text] = []
    for name, value in items:
        if isinstance(value, UploadFile):
            if value.filename:
                found.append((_short(value.filename), _lines(value.file.read(MAX_BYTES + 1))))
        elif name == "pasted" and value.strip():
            found.append((page.words.gettext("pasted text"), _lines(value.encode())))
        elif name.startswith("text-"):
            given = page.fields.get(name.replace("text-", "name-"), name)
            found.append((_short(given), _lines(value.encode())))
    return _named_apart(found)


def _short(name: str) -> str:
    kept = "".join(sign for sign in name if sign.isprintable()).replace("\\", "/")
    return kept.rpartition("/")[2][:80] or "?"


def _lines(raw: bytes) -> bytes:
    """As a form brings it back: browsers end every line of a field in their own way."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _named_apart(texts: Sequence[Text]) -> list[Text]:
    """Two files of one name would have their problems told as one's."""
    found: dict[str, bytes] = {}
    for name, raw in texts:
        one, n = name, 2
        while one in found:
            one, n = f"{name} ({n})", n + 1
        found[one] = raw
    return list(found.items())


def preview_page(page: Page, texts: Sequence[Text], status: int = 200, **facts: Any) -> Response:
    """What loading some texts would change; ``InvalidCatalogue`` with all that is wrong."""
    if not texts:
        message = "choose a file, or paste a declaration"
        raise InvalidInput(message, fields={"files": message})
    with page.reading() as connection:
        proposal = proposing.preview(connection, texts, page.here.now)
        names = _names(connection, proposal)
    given = {"errors": {}} | facts
    return page.show(
        "admin/plans_preview.html",
        status,
        proposal=proposal,
        plans=[_told(plan, change) for plan, change in proposal.plans],
        texts=[(name, raw.decode("utf-8-sig", "replace")) for name, raw in texts],
        asking=_asking(texts, proposal.warnings),
        settle=SETTLE,
        effect_words=EFFECTS,
        names=names,
        **telling(page),
        **given,
    )


def _asking(texts: Sequence[Text], problems: Sequence[Problem]) -> Text | None:
    """The text whose questions can be answered on a page of their own: a draft that came alone."""
    settle = any(one.remedy.endswith(SETTLE) for one in problems)
    return texts[0] if len(texts) == 1 and settle else None


def _told(plan: Plan, change: Change | None) -> dict[str, Any]:
    """What a plan's change is, as the page tells it: of what opens with a new plan, a number."""
    effects = list(change.effects) if change else []
    told = [one for one in effects if one.kind != "opened" or (change and change.version != 1)]
    return {
        "plan": plan,
        "change": change,
        "titles": titles_of(plan),
        "numbers": {kind: n for kind, n in change.assignments.items() if n} if change else {},
        "effects": told[:LISTED],
        "more": len(told) - len(told[:LISTED]),
    }


def titles_of(plan: Plan) -> dict[str, Any]:
    """The titles of everything that a plan declares, by id."""
    found: dict[str, Any] = {task.id: task.title for _, task in plan.tasks()}
    found |= {one.id: one.title for one in plan.targets}
    return found | {one.id: one.title for one in plan.statistics}


def _names(connection: Connection, proposal: Proposal) -> Any:
    """The bodies that the effects name."""
    effects: list[Effect] = [e for _, one in proposal.plans if one for e in one.effects[:LISTED]]
    codes = {code for e in effects for code in (e.before, e.after) if code}
    return actors.body_names(connection, codes)


@loading.post("/admin/plans/load", **see(Action.LOAD_PLANS))
def load_plans(page: Declared) -> Response:
    """Load exactly what was shown."""
    texts = _sent(page)

    def act(connection: Connection) -> str:
        found = proposing.load(
            connection,
            texts,
            page.fields.get("seal", ""),
            day=page.here.day,
            actor=page.caller.actor,
            now=page.here.now,
            request_id=page.here.request_id,
        )
        changed = [plan.id for plan, change in found.plans if change]
        path = at("/admin/plans", changed[0]) if len(changed) == 1 else "/admin/plans"
        return page.go(path, "loaded")

    try:
        return page.write(act)
    except Stale as error:
        return preview_page(page, texts, 412, errors=refused(page, error))
    except TRIED as error:
        return upload_page(page, texts, error)


def upload_page(page: Page, texts: Sequence[Text], error: Any) -> Response:
    """The loaded plans and the form, with everything that is wrong with what was sent."""
    problems = error.problems if isinstance(error, InvalidCatalogue) else []
    errors = {} if problems else refused(page, error)
    pasted = texts[0][1].decode("utf-8-sig", "replace") if len(texts) == 1 else ""
    given = {"errors": errors, "problems": problems, "pasted": pasted}
    return plans_page(page, status_of(error), **given, asking=_asking(texts, problems))


def plans_page(page: Page, status: int = 200, **facts: Any) -> Response:
    """All loaded plans, and the form that takes another declaration."""
    with page.reading() as connection:
        rows = catalogue.plan_rows(connection)[::-1]
        doubtful = office.leads_by_plan(connection)
        is_loaded = bool(catalogue.departments_after(connection, "", 1))
    given: dict[str, Any] = {"errors": {}, "problems": [], "pasted": "", "asking": None}
    given |= telling(page) | facts
    most = page.here.request.app.state.web.body_limit_kb
    given |= {"rows": rows, "doubtful": doubtful, "most_kb": most, "is_loaded": is_loaded}
    return page.show("admin/plans.html", status, **given)
