"""What all pages have in common: their layout, and the headers that keep them to themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from integrations.rendering import quoted
from integrations.wording import wording

FOLDER = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # With none at all, browsers would not say that the form came from our own page.
    "Referrer-Policy": "same-origin",
}


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(FOLDER / "templates")
    found = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    found.filters |= {"path": quoted, "day": wording("vi").day}
    return found


def show(template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page by its template."""
    return HTMLResponse(_templates().get_template(template).render(facts), status, HEADERS)


@cache
def style() -> bytes:
    """The looks of all pages."""
    return (FOLDER / "static" / "pages.css").read_bytes()
