"""Plans: as declared, in every version, and loading a new one."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field
from starlette.responses import Response

from dondoc.api.caching import FRESH, SETTLED, cacheable, kept
from dondoc.api.models import Titles
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Answer, Here, allow
from plans import declaration as declared
from plans.access import Action
from plans.errors import InvalidInput, WrongType
from plans.loading import Change, load_catalogue, versions_of
from plans.opening import open_periods
from plans.proposing import read_proposal
from plans.showing import shown_plan
from plans.source import Problem
from plans.store import Connection, audit, catalogue

api = APIRouter(tags=["plans"])


class PlanRowOut(BaseModel):
    """A plan's header."""

    id: str
    number: str | None
    title: Titles
    issued: date
    ends: date | None
    coordinator: str
    version: int
    loaded_at: datetime


class DeclaredPartOut(declared.Part):
    """A part; ``lead`` is the one that it has in effect."""

    lead: str
    own_lead: bool


class DeclaredTaskOut(declared.Task):
    """A task with its parts."""

    parts: tuple[DeclaredPartOut, ...]


class DeclaredGroupOut(declared.SolutionGroup):
    """A solution group with its tasks."""

    tasks: tuple[DeclaredTaskOut, ...]


class DeclaredTargetOut(declared.Target):
    """A target as declared; ``directional``: a direction without a number."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def directional(self) -> bool:
        """Only a direction is stated, no number."""
        return self.value is None


class PlanOut(declared.Plan):
    """A plan as one of its versions declares it."""

    version: int
    loaded_at: datetime
    groups: tuple[DeclaredGroupOut, ...]
    targets: tuple[DeclaredTargetOut, ...]


class VersionOut(BaseModel):
    """One version: what it rests on, and how it differs from the one before."""

    version: int
    loaded_at: datetime
    digest: str
    basis: str
    added: list[str]
    dropped: list[str]
    changed: list[str]


class VersionQuery(BaseModel):
    """Which version; without it, the newest."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


@api.get("/plans", **allow(Action.SEE_FIGURES))
def list_plans(query: Annotated[PageQuery, Query()], here: Here) -> Page[PlanRowOut]:
    """All plans, the oldest first."""
    after = place_of(query.cursor, date.fromisoformat, str)
    with here.reading() as connection:
        rows = catalogue.plan_rows(connection)
    rest = [row for row in rows if after is None or (row.issued, row.id) > after]
    page, following = cut(rest, query.limit, lambda row: (row.issued.isoformat(), row.id))
    return Page(items=[_row(one) for one in page], next=following)


def _row(row: Any) -> PlanRowOut:
    names = ("id", "number", "issued", "ends", "coordinator", "version", "loaded_at")
    title = Titles(vi=row.title_vi, en=row.title_en)
    return PlanRowOut(title=title, **{name: getattr(row, name) for name in names})


@api.get(
    "/plans/{plan}",
    response_model=PlanOut,
    **cacheable(allow(Action.SEE_FIGURES, missing=True)),
)
def show_plan(plan: str, query: Annotated[VersionQuery, Query()], here: Here) -> Response:
    """A plan with its groups, tasks, parts and targets; also as an earlier version had it."""
    with here.reading() as connection:
        row = catalogue.version_row(connection, plan, query.version)
        found = catalogue.read_plan(connection, plan, row.version)
    shown = shown_plan(found) | {"version": row.version, "loaded_at": row.loaded_at.isoformat()}
    for target in shown["targets"]:
        del target["directional"]  # the model says it itself
    body = PlanOut.model_validate_json(orjson.dumps(shown))
    return kept(here, body, FRESH if query.version is None else SETTLED)


@api.get("/plans/{plan}/versions", **allow(Action.SEE_FIGURES, missing=True))
def list_versions(plan: str, query: Annotated[PageQuery, Query()], here: Here) -> Page[VersionOut]:
    """Every version of a plan, the newest first."""
    after = place_of(query.cursor, int)
    with here.reading() as connection:
        found = versions_of(connection, plan)
    rest = [one for one in found if after is None or one.version < after[0]]
    page, following = cut(rest, query.limit, lambda one: (one.version,))
    names = VersionOut.model_fields
    items = [VersionOut(**{name: _plain(getattr(one, name)) for name in names}) for one in page]
    return Page(items=items, next=following)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# --- loading -----------------------------------------------------------------------------------


class DeclarationIn(BaseModel):
    """A plan's file as text, as ``dondoc plans check`` reads it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    declaration: str


class EffectOut(BaseModel):
    """What happens to one assignment; ``assignment`` null: it is opened, and has no id yet."""

    kind: str
    ref: str
    assignment: str | None
    before: str | None = Field(alias="from")
    after: str | None = Field(alias="to")


class WarningOut(BaseModel):
    """What a person should compare with the document."""

    line: int
    column: int
    message: str
    remedy: str


class ChangeOut(BaseModel):
    """What a version changes. ``version`` null: the record has this very declaration already."""

    plan: str
    version: int | None
    basis: str | None
    added: list[str]
    dropped: list[str]
    changed: list[str]
    assignments: dict[str, int]
    effects: list[EffectOut]
    warnings: list[WarningOut]


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]
YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
_RULE = allow(Action.LOAD_PLANS, missing=True, writes=True)
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"declaration": {"type": "string"}},
                "required": ["declaration"],
                "additionalProperties": False,
            }
        },
        "application/yaml": {"schema": {"type": "string"}},
    },
}
_RULE["openapi_extra"] = {**_RULE["openapi_extra"], "requestBody": _BODY}


@api.post("/plans/preview", response_model=ChangeOut, **_RULE)
def preview_plan(raw: Raw, here: Here) -> ChangeOut:
    """What loading a declaration would change; nothing is written."""
    text = _declaration(here.request, raw)
    with here.reading() as connection:
        found, warnings = read_proposal(connection, text)
        changes = load_catalogue(connection, found, here.now, dry_run=True)
    return _change(found.plans[0].id, changes, warnings)


@api.post("/plans", status_code=201, response_model=ChangeOut, **_RULE)
def load_plan(raw: Raw, here: Here) -> Response:
    """Load a plan or its new version, and open what it opens: exactly what a preview lists."""
    text = _declaration(here.request, raw)

    def act(connection: Connection) -> Answer:
        found, warnings = read_proposal(connection, text)
        changes = load_catalogue(connection, found, here.now)
        shown = _change(found.plans[0].id, changes, warnings)
        if shown.version is not None:
            open_periods(connection, here.day, here.now)
            _note(connection, here, shown)
        return Answer(shown, status=201)

    return here.write(act, digest=hashlib.sha256(raw).hexdigest())


def _note(connection: Connection, here: Here, shown: ChangeOut) -> None:
    detail = {"version": shown.version, "basis": shown.basis, "assignments": shown.assignments}
    audit.note(
        connection,
        here.now,
        here.caller.actor,
        "plan-loaded",
        subject=shown.plan,
        detail=detail,
        request_id=here.request_id,
    )


def _declaration(request: Request, raw: bytes) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in YAML:
        return raw
    if kind != "application/json":
        raise WrongType("send application/yaml, or application/json with a 'declaration'")
    try:
        return DeclarationIn.model_validate_json(raw).declaration.encode("utf-8", "surrogatepass")
    except ValidationError:
        message = 'send {"declaration": "the plan\'s file as text"} and nothing else'
        raise InvalidInput(message, fields={"declaration": message}) from None


def _change(plan: str, changes: list[Change], warnings: list[Problem]) -> ChangeOut:
    found = next((one for one in changes if one.plan == plan and one.version), None)
    found = found or Change(plan, None, (), (), ())
    effects = [
        EffectOut.model_validate(
            {
                "kind": one.kind,
                "ref": one.ref,
                "assignment": one.assignment,
                "from": one.before,
                "to": one.after,
            }
        )
        for one in found.effects
    ]
    return ChangeOut(
        plan=plan,
        version=found.version,
        basis=found.basis,
        added=list(found.added),
        dropped=list(found.dropped),
        changed=list(found.changed),
        assignments=found.assignments,
        effects=effects,
        warnings=[
            WarningOut(line=one.line, column=one.column, message=one.message, remedy=one.remedy)
            for one in warnings
        ],
    )
