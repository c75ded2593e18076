"""The first two pages: using a sign-in link, and who one is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.routing import Visit, public
from dondoc.api.signing import begin_session
from dondoc.web.showing import show, style
from integrations.oidc import Provider
from plans.errors import SecondFactor, Unauthenticated
from plans.identity import one_time
from plans.store import identity as store

pages = APIRouter(include_in_schema=False)


def _page(status: int = 200, **facts: Any) -> HTMLResponse:
    given = {"what": "home", "name": None, "wants_code": False, "refused": None}
    given |= {"provider": None} | facts
    return show("sign_in.html", status, **given)


@pages.get("/pages.css", **public())
def show_style() -> Response:
    """The looks of the pages."""
    return Response(style(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@pages.get("/", **public())
def home(here: Visit) -> Response:
    """Who is signed in, and where the API is described."""
    session = cookies.session_of(here.request, here.engine, here.now)
    if session is None:
        provider: Provider | None = here.running.extras.get("oidc")
        return _page(provider=provider.name if provider else None)
    with here.reading() as connection:
        return _page(name=store.by_id(connection, session.user).name)


@pages.get("/sign-in/{token}", **public(strict=True))
def show_sign_in(token: str, here: Visit) -> Response:
    """The button that uses a link: mail scanners open links, and press no buttons."""
    with here.reading() as connection:
        good = one_time.is_good(connection, token, here.now)
    return _page(what="link") if good else _page(401, what="gone")


@pages.post("/sign-in/{token}", **public(strict=True, writes=True))
def use_sign_in(
    token: str, here: Visit, totp: Annotated[str | None, Form(max_length=10)] = None
) -> Response:
    """Use a link: sign in and go on to the beginning."""
    cookies.refuse_foreign(here.request.headers, here.settings)
    code = (totp or "").strip() or None
    try:
        begin_session(here, lambda c, at: one_time.redeem(c, token, code, at))
    except SecondFactor:
        return _page(401, what="link", wants_code=True)
    except Unauthenticated as error:
        with here.reading() as connection:
            good = one_time.is_good(connection, token, here.now)
        return _page(401, what="link" if good else "gone", wants_code=good, refused=str(error))
    return RedirectResponse("/", 303)
