"""The switch between the languages: kept in the browser, for who is signed in and who is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.routing import Visit, public
from dondoc.web.onward import local
from dondoc.web.visiting import LANGUAGE
from integrations.wording import LANGUAGES
from plans.errors import NotFound
from plans.settings import Settings

languages = APIRouter(include_in_schema=False)

LIFE = timedelta(days=365)


@languages.get("/language/{code}", **public())
def choose_language(
    code: str, here: Visit, onward: Annotated[str, Query(alias="next", max_length=4000)] = "/"
) -> Response:
    """From now on pages speak this language; back to the page that one comes from."""
    if code not in LANGUAGES:
        raise NotFound("there are no pages in this language")
    keep_language(here.request, here.settings, code)
    return RedirectResponse(_unbound(local(onward)), 303)


def keep_language(request: Request, settings: Settings, code: str) -> None:
    """Have the answer set the cookie by which pages know the language."""
    secure = "; Secure" if settings.base_url.startswith("https://") else ""
    seconds = int(LIFE.total_seconds())
    cookie = f"{LANGUAGE}={code}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    cookies.leave_cookie(request, cookie)


def _unbound(path: str) -> str:
    """The path without ``lang=``, which would say otherwise."""
    parts = urlsplit(path)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "lang"]
    return urlunsplit(parts._replace(query=urlencode(kept)))
