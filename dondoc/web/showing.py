"""What all pages have in common: their templates, and the headers that keep them to themselves."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from dondoc.web.assets import asset
from dondoc.web.explaining import based, recall
from dondoc.web.navigation import entries
from dondoc.web.words import page_words
from integrations.phrases import Phrases
from integrations.rendering import quoted, sentence
from integrations.wording import CHANGES, CLASSES, REASONS, Language, marked
from plans.terms import Outside, Timeliness

FOLDER = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # With none at all, browsers would not say that the form came from our own page.
    "Referrer-Policy": "same-origin",
}

ORDER = tuple(map(str, Timeliness))
"""The four classes as bars and legends have them, from left to right."""
STANDINGS = CLASSES | {
    Outside.SUSPENDED: marked("suspended"),
    Outside.CANCELLED: marked("cancelled"),
    Outside.UNDECIDED: marked("lead not yet decided"),
}


@cache
def environment(language: Language) -> Environment:
    """The templates with a language's words; nothing in them is shown unescaped."""
    words = page_words(language)
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "path": quoted,
        "sentence": sentence,
        "day": words.day,
        "number": words.number,
        "percent": words.percent,
    }
    found.globals |= {
        "_": words.gettext,
        "ngettext": words.ngettext,
        "pick": words.pick,
        "moment": words.moment,
        "say": Phrases(words),
        "language": language,
        "recall": partial(recall, words),
        "rests_on": lambda basis: based(words, basis) or basis,
        "asset": asset,
        "navigation": entries,
        "class_word": lambda kind: words.gettext(STANDINGS[kind]),
        "ORDER": ORDER,
        "CHANGES": CHANGES,
        "REASONS": REASONS,
    }
    return found


def render(language: Language, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page by its template."""
    return HTMLResponse(environment(language).get_template(template).render(facts), status, HEADERS)
