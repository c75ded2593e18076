"""A draft's open questions as a form: answered in words, put into the draft, then previewed.

Nothing is kept: the draft travels in the form's folded field, and what was typed comes back with
the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from dondoc.api.drafting import held
from dondoc.web.admin.common import refused, telling
from dondoc.web.admin.loading import preview_page
from dondoc.web.draft_words import FIELDS, KINDS, STATES
from dondoc.web.routing import see
from dondoc.web.visiting import Page, open_form
from plans.access import Action
from plans.declaration import Departments, Plan
from plans.drafting.answering import Answer, Answered, answer, open_questions, read_draft
from plans.drafting.asking import Choice, Open
from plans.drafting.findings import Kind
from plans.drafts import missing
from plans.errors import Conflict, InvalidCatalogue, InvalidInput, NotFound
from plans.loading import read_directory
from plans.source import MAX_BYTES, Problem
from plans.store import catalogue

answering = APIRouter(include_in_schema=False)

ROWS = 300
"""Questions that one page asks; what is behind them comes once these are answered."""
PREFIXES = ("choice:", "value:", "alike:")


async def open_answers(request: Request) -> AsyncIterator[Page]:
    """A form of ours with a draft's text and up to three fields for each of its questions."""
    most = ROWS * len(PREFIXES) * 2
    form = await request.form(max_files=0, max_fields=most, max_part_size=MAX_BYTES + 1)
    try:
        yield await open_form(request)
    finally:
        await form.close()


Answering = Annotated[Page, Depends(open_answers)]


@dataclass(frozen=True, slots=True)
class Row:
    """One question as the page asks it: what was chosen or typed, and what is wrong with that;
    ``like``: how many questions ask the same of the same words."""

    one: Open
    n: int
    like: int = 1
    given: Answer = field(default_factory=Answer)
    error: str = ""

    @property
    def read(self) -> str:
        """What the field holds that is asked about: codes, a deadline's or a text's words."""
        return held(self.one)


@dataclass(frozen=True, slots=True)
class Section:
    """The questions about one kind of cell; ``sure``: those that can be accepted together."""

    kind: Kind
    rows: Sequence[Row]
    doubtful: Sequence[Row]


@answering.post("/admin/plans/drafts/answers", **see(Action.LOAD_PLANS))
def answer_draft(page: Answering) -> Response:
    """The draft with the answers in it, and what is open; or what loading it would change."""
    text = page.fields.get("pasted", "").replace("\r\n", "\n").replace("\r", "\n")
    wanted, _, kind = page.fields.get("then", "").partition(":")
    given = _given(page.fields)
    try:
        departments = departments_of(page)
        if wanted == "show":
            shown = read_draft(text).declared
            return draft_page(page, text, shown, departments, given, proposed=kind)
        if wanted == "accept":
            given = _accepting(read_draft(text).declared, departments, kind, given)
        found = answer(text, departments, given)
    except InvalidCatalogue as error:
        return _unread(page, text, given, error.problems)
    except (InvalidInput, Conflict) as error:
        return _unread(page, text, given, errors=refused(page, error))
    return _answered(page, found, departments, given, to_preview=wanted == "preview")


def _answered(
    page: Page,
    found: Answered,
    departments: Departments,
    given: Mapping[str, Answer],
    *,
    to_preview: bool,
) -> Response:
    problems: Sequence[Problem] = ()
    if to_preview and not found.errors and not missing(found.plan):
        try:
            return preview_page(page, [(_name(page, found.plan), found.text.encode())])
        except InvalidCatalogue as error:
            problems = error.problems
    return draft_page(
        page,
        found.text,
        found.plan,
        departments,
        {key: one for key, one in given.items() if key in found.errors},
        422 if found.errors or problems or to_preview else 200,
        row_errors=found.errors,
        problems=problems,
        settled=found.settled,
        is_answered=True,
        refused_preview=to_preview,
    )


def _name(page: Page, plan: Plan) -> str:
    return page.fields.get("file", "") or f"{plan.id}.yaml"


def departments_of(page: Page) -> Departments:
    """The bodies of the record."""
    try:
        with page.reading() as connection:
            return read_directory(connection).declared
    except NotFound:
        raise Conflict("no catalogue is loaded yet") from None


def _given(fields: Mapping[str, str]) -> dict[str, Answer]:
    """What was chosen and typed, by the questions' keys."""
    keys = {name.partition(":")[2] for name in fields if name.startswith(PREFIXES)}
    found = {
        key: Answer(
            accept=fields.get(f"choice:{key}") == Choice.ACCEPT,
            leave_out=fields.get(f"choice:{key}") == Choice.LEAVE_OUT,
            value=fields.get(f"value:{key}", ""),
            alike=f"alike:{key}" in fields,
        )
        for key in keys
    }
    return {key: one for key, one in found.items() if one.choices}


def _accepting(
    plan: Plan, departments: Departments, kind: str, given: Mapping[str, Answer]
) -> dict[str, Answer]:
    """The answers with all that is doubtful of a kind accepted, as far as nothing else is said."""
    shown = open_questions(plan, departments)
    some = {one.key: Answer(accept=True) for one in shown if one.kind == kind and _may(one)}
    return some | dict(given)


def _may(one: Open) -> bool:
    return one.is_doubtful and Choice.ACCEPT in one.choices


# --- the page -------------------------------------------------------------------------------------


def draft_page(
    page: Page,
    text: str,
    plan: Plan,
    departments: Departments,
    given: Mapping[str, Answer] | None = None,
    status: int = 200,
    *,
    row_errors: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """The draft with a row for each open question."""
    asked = open_questions(plan, departments)
    sections = list(_sections(asked, given or {}, row_errors or {}))
    shown = {
        "plan": plan,
        "sections": sections,
        "left": len(asked),
        "more": len(asked) - sum(len(one.rows) for one in sections),
        "blocking": missing(plan),
    }
    facts |= {"row_errors": row_errors or {}}
    return page.show("admin/plans_draft.html", status, **_frame(page, text) | shown | facts)


def _unread(
    page: Page,
    text: str,
    given: Mapping[str, Answer],
    problems: Sequence[Problem] = (),
    errors: Mapping[str, str] | None = None,
) -> Response:
    """The text cannot be read as it was edited: what was typed waits for it in hidden fields."""
    facts = _frame(page, text) | {"problems": problems, "errors": errors or {}, "kept": given}
    return page.show("admin/plans_draft.html", 422, **facts)


def _frame(page: Page, text: str) -> dict[str, Any]:
    """What the template is told in any case."""
    with page.reading() as connection:
        rows = catalogue.department_rows(connection)
    names = {code: page.words.pick(row.name_vi, row.name_en) for code, row in rows.items()}
    empty: dict[str, Any] = {
        "problems": (),
        "sections": (),
        "noted": (),
        "sure": (),
        "row_errors": (),
    }
    empty |= {"errors": {}, "kept": {}, "counts": {}, "plan": None, "proposed": ""}
    empty |= dict.fromkeys(("settled", "removed", "left", "more", "blocking"), 0)
    empty |= dict.fromkeys(("is_answered", "refused_preview"), False)
    words = {"kinds": KINDS, "states": STATES, "fields": FIELDS, "names": names}
    file = page.fields.get("file", "")
    return empty | {"text": text, "file": file} | words | telling(page)


def _sections(
    asked: Sequence[Open], given: Mapping[str, Answer], errors: Mapping[str, str]
) -> Iterable[Section]:
    likes = Counter(one.likeness for one in asked)
    by_kind = sorted(asked, key=lambda one: list(_ORDER).index(one.kind))
    rows = [
        Row(one, n, likes[one.likeness], given.get(one.key, Answer()), errors.get(one.key, ""))
        for n, one in enumerate(by_kind, 1)
    ]
    for kind in _ORDER:
        mine = [row for row in rows if row.one.kind == kind]
        shown = [row for row in mine if row.n <= ROWS]
        if shown:
            doubtful = [row for row in mine if _may(row.one) and not row.given.choices]
            yield Section(kind, shown, doubtful)


_ORDER = (Kind.DOCUMENT, Kind.LEAD, Kind.DEADLINE, Kind.SUPPORT, Kind.TASK, Kind.OTHER)
"""What blocks loading comes first."""
