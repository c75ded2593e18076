"""Readable pages about the API, made from its OpenAPI document; they load nothing from outside."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

import dondoc.web
from dondoc.api.describing import calls, shapes
from dondoc.api.methods import PREFIX
from dondoc.api.routing import Visit, public

api = APIRouter(include_in_schema=False)

FOLDER = Path(dondoc.web.__file__).parent
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


@api.get("/docs", **public())
def show_docs(here: Visit) -> Response:
    """The whole API on one page."""
    app = here.request.app
    page: str | None = getattr(app.state, "docs", None)
    if page is None:
        document = app.openapi()
        page = app.state.docs = (
            _templates()
            .get_template("docs.html")
            .render(
                document=document,
                groups=calls(document, here.settings.base_url),
                shapes=shapes(document),
                prefix=PREFIX,
            )
        )
    return HTMLResponse(page, headers=HEADERS)


@api.get("/docs.css", **public())
def show_style() -> Response:
    """The page's looks."""
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@cache
def _style() -> bytes:
    return (FOLDER / "static" / "docs.css").read_bytes()


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(FOLDER / "templates")
    found = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found.filters["coded"] = _coded
    return found


def _coded(text: str) -> Markup:
    """Text in which words between backticks are code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
