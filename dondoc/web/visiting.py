"""Who looks at a page, in which language, and what the page can do: show, go on, write once.

A page is opened by a session's cookie, or by a message's link, whose secret stands in the path
(``/l/{token}/…``). What may be seen and done is decided by ``plans.access``, as for the API.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.callers import RULE
from dondoc.api.context import MOST_KEY, Context, Running
from dondoc.web.onward import came_from
from dondoc.web.showing import render
from dondoc.web.words import PageWords, language_of, page_words
from integrations.wording import Language
from plans import access
from plans.access import Action, Caller, Subject
from plans.acting import Act, Officer
from plans.errors import InvalidInput, NotFound, Unauthenticated
from plans.identity import links, sessions
from plans.identity.sessions import Session
from plans.sealing import mark
from plans.store import Connection, catalogue, idempotency, reading, writing
from plans.store import identity as store
from plans.terms import Scope

LANGUAGE = "dondoc_language"
MOST_FIELDS, MOST_FIELD = 400, 64 * 1024
LINKED = "/l/{token}"
NOBODY = Caller("anonymous", "link", (), frozenset())


class Elsewhere(Exception):
    """The visitor is sent to another page: mostly to sign in first."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Who visits: a person by a session, a department by a message's link, or nobody yet."""

    caller: Caller = NOBODY
    user: Any = None
    session: Session | None = None
    link: str | None = None


@dataclass(kw_only=True)
class Page:
    """One visit of a page. ``base`` stands before every path of ours; ``fields`` are a form's;
    ``failed``: an error is shown, maybe the database's, which is asked nothing then."""

    here: Context
    visitor: Visitor
    words: PageWords
    base: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    form: FormData | None = None
    failed: bool = False

    # --- who ---

    @property
    def caller(self) -> Caller:
        """Who visits, as the access rules know it."""
        return self.visitor.caller

    @property
    def by_link(self) -> bool:
        """Whether a message's link opened the page, and nobody signed in."""
        return self.visitor.link is not None

    @property
    def confirmed(self) -> bool:
        """Whether the visitor may report: a link's has to confirm the device by a mailed code."""
        return Scope.REPORT in self.caller.scopes

    def may(self, action: str, subject: Subject | None = None) -> bool:
        """Whether the visitor may do it: decides what a page offers."""
        return access.may(self.caller, Action(action), subject)

    def act(self, *, seen: str | None = None, confirmed: bool = False) -> Act:
        """The visit as an act. ``seen``: the version that the visitor saw."""
        version = frozenset({seen}) if seen else None
        return Act(Officer.of(self.caller), self.here.now, self.here.day, version, confirmed)

    # --- what it shows ---

    @property
    def language(self) -> Language:
        """The language in which the page speaks."""
        return self.words.language

    @property
    def path(self) -> str:
        """This page's own path with its query, to come back to."""
        url = self.here.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def simulated(self) -> bool:
        """Whether the record is a demo's, whose bodies are made up."""
        known = self.here.running.extras
        if "simulated" not in known and self.caller is not NOBODY and not self.failed:
            with self.reading() as connection:
                known["simulated"] = catalogue.is_simulated(connection)
        return bool(known.get("simulated"))

    @property
    def done(self) -> str:
        """What was just done, as the redirect to this page says: a word, never shown itself."""
        return self.here.request.query_params.get("done", "")

    @cached_property
    def csrf(self) -> str:
        """What every form bears as ``csrf``."""
        if self.visitor.session is None:
            return ""
        family = self.visitor.session.family
        return sessions.masked(sessions.csrf_token(self.here.settings.secret, family))

    @cached_property
    def once(self) -> str:
        """What every form bears as ``once``: sent twice, it is done once."""
        return secrets.token_urlsafe(9)

    def show(self, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """The page by its template, which knows this visit as ``page``."""
        return render(self.language, template, status, page=self, **facts)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with self.here.reading() as connection:
            yield connection

    # --- what it does ---

    def go(self, path: str, done: str = "") -> str:
        """A path of ours as an address to go on to; ``done`` says there what was done."""
        if done:
            path += f"{'&' if '?' in path else '?'}done={quote(done)}"
        return self.base + path

    def write(self, act: Callable[[Connection], str]) -> Response:
        """Do something in one transaction, then go on to the address that ``act`` gives.

        A form that is sent twice is done once; the second time leads to the same address.
        """
        try:
            address = self._write(act)
        except IntegrityError:
            # Two presses at once: the other one's address is kept now.
            address = self._write(act)
        return RedirectResponse(address, 303)

    def _write(self, act: Callable[[Connection], str]) -> str:
        form = self.mark()
        with writing(self.here.engine) as connection:
            if form and (kept := idempotency.find(connection, form)):
                return kept.headers["Location"]
            address = act(connection)
            if form:
                kept = idempotency.Kept(form, 303, {"Location": address}, None)
                idempotency.keep(connection, [kept], self.here.now)
        return address

    def mark(self) -> idempotency.Mark | None:
        """The form as it was filled in: corrected and sent again, it is another one."""
        if not (once := self.fields.get("once")):
            return None
        said = [(k, v) for k, v in sorted(self.fields.items()) if k != "csrf"]
        # Keyed, since a password may be among what was filled in.
        digest = mark(self.here.settings.secret, "form", f"{self.here.request.url.path} {said}")
        return idempotency.Mark(self.caller.actor, f"page {once} {digest}"[:MOST_KEY], digest)


# --- dependencies -------------------------------------------------------------------------------


async def open_page(request: Request) -> Page:
    """A visit by whom we know and who may see this page; others are asked to sign in."""
    return await _opened(request, None)


async def open_form(request: Request) -> Page:
    """The same with what a form of ours said, once it is known to be ours."""
    form = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD)
    return await _opened(request, form)


async def _opened(request: Request, form: FormData | None) -> Page:
    running: Running = request.app.state.running
    refuse_unspeakable(request)
    token = fields_of(form).get("csrf")
    visitor = await run_in_threadpool(identify, request, running, token)
    if visitor is None:
        raise Elsewhere(to_sign_in(request))
    request.state.caller, request.state.visitor = visitor.caller, visitor
    running.limiter.count(visitor.caller.actor)
    access.check(visitor.caller, Action(request.scope["route"].openapi_extra[RULE]))
    return create_page(request, running, visitor, form)


async def open_any(request: Request) -> Page:
    """A visit of anybody: known where there is a session, nobody else."""
    running: Running = request.app.state.running
    refuse_unspeakable(request)
    visitor = await run_in_threadpool(identify, request, running, None) or Visitor()
    request.state.visitor = visitor
    return create_page(request, running, visitor, None)


async def open_any_form(request: Request) -> Page:
    """A form of anybody, sent from a page of ours: signing in, asking for a link."""
    running: Running = request.app.state.running
    refuse_unspeakable(request)
    form = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD)
    cookies.refuse_foreign(request.headers, running.settings)
    return create_page(request, running, Visitor(), form)


def create_page(
    request: Request,
    running: Running,
    visitor: Visitor,
    form: FormData | None,
    *,
    failed: bool = False,
) -> Page:
    """A visit as pages take it."""
    own = visitor.user.language if visitor.user else None
    chosen = request.query_params.get("lang")
    language = language_of(chosen, request.cookies.get(LANGUAGE), own)
    return Page(
        here=Context(running, request, visitor.caller, running.now()),
        visitor=visitor,
        words=page_words(language),
        base=f"/l/{quote(visitor.link, safe='')}" if visitor.link else "",
        fields=fields_of(form),
        form=form,
        failed=failed,
    )


def fields_of(form: FormData | None) -> dict[str, str]:
    """A form's texts, without the files; of several of one name, the last."""
    found = {k: v for k, v in form.multi_items() if isinstance(v, str)} if form else {}
    if any("\x00" in text for text in found.values()):
        raise InvalidInput("a text may not hold U+0000")
    return found


def refuse_unspeakable(request: Request) -> None:
    """``NotFound`` for what PostgreSQL refuses to look for."""
    given = [*map(str, request.path_params.values()), *request.query_params.values()]
    if any("\x00" in text for text in given):
        raise NotFound("nothing has a name with U+0000 in it")


def identify(request: Request, running: Running, token: str | None) -> Visitor | None:
    """Who visits: by the link in the path where there is one, else by the session's cookie."""
    route = request.scope.get("route")  # none: there is no page of this address
    if route is not None and route.path.startswith(LINKED):
        return _by_link(request, running)
    found = cookies.caller_of(
        running.engine,
        request.cookies,
        request.method,
        request.headers,
        running.settings,
        running.now(),
        token=token,
    )
    if found is None:
        return None
    if found.cookie:
        cookies.leave_cookie(request, found.cookie)
    with reading(running.engine) as connection:
        user = store.by_id(connection, found.session.user)
    return Visitor(caller=found.caller, user=user, session=found.session)


def _by_link(request: Request, running: Running) -> Visitor:
    """A link's holder. Only wrong links are counted against an address: offices sit behind one.

    The link's secret in the path is what no other site's form could know.
    """
    token, device = request.path_params["token"], request.cookies.get(cookies.DEVICE)
    settings = running.settings
    if request.method not in cookies.SAFE:
        cookies.refuse_foreign(request.headers, settings)
    try:
        with reading(running.engine) as connection:
            caller = links.caller_of_link(connection, settings.secret, token, device, running.now())
    except Unauthenticated:
        running.limiter.guard(request)
        raise
    return Visitor(caller=caller, link=token)


def to_sign_in(request: Request) -> str:
    """The sign-in page, from which a person comes back to the page that was asked for.

    A form that came too late is not sent again: its sender comes back to the form's page.
    """
    url = request.url
    asked = f"{url.path}?{url.query}" if url.query else url.path
    wanted = asked if request.method in cookies.SAFE else came_from(request)
    if wanted == "/" or wanted.startswith("/sign-in"):
        return "/sign-in"
    return f"/sign-in?next={quote(wanted, safe='')}"
