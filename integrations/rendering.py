"""From a message's facts to its subject, plain text and HTML.

Layout lives in ``templates/`` (one set for both languages), words in ``wording``, phrases that a
rule decides in ``phrases``. HTML escapes whatever it shows; its charts are table cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.runtime import Context, Macro

from integrations.phrases import Phrases
from integrations.wording import flat, wording
from plans.messages import (
    AnyContent,
    Classes,
    DigestContent,
    ReminderContent,
    WebhookContent,
    WorkbookContent,
)

TEMPLATES = Path(__file__).parent / "templates"
BAR_WIDTH = 20
SILENT_SHOWN = 25
BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to be composed: one subject line, and the same facts as text and as HTML."""

    subject: str
    text: str
    html: str
    language: str = "vi"


def render(
    content: AnyContent,
    *,
    language: str,
    base_url: str,
    unsubscribe_url: str | None,
    office: str | None = None,
    link: str | None = None,
) -> Rendered:
    """The message in one language; ``office``: who asks, in its own name.

    ``link``: the token that opens the recipient's own assignments; without one, who follows a
    message's links has to sign in.

    Raises:
        InvalidInput: there are no texts in this language.
    """
    say = Phrases(wording(language))
    name = _template_of(content)
    facts = {
        "content": content,
        "subject": say.subject(content),
        "office": _office(content, office) or say.words.gettext("The coordinating office"),
        "base_url": base_url.rstrip("/"),
        "links": base_url.rstrip("/") + (f"/l/{link}" if link else ""),
        "unsubscribe_url": unsubscribe_url,
    }
    templates = environment(language)
    return Rendered(
        say.subject(content),
        text=BLANKS.sub("\n\n", templates.get_template(f"{name}.txt").render(facts)),
        html=templates.get_template(f"{name}.html").render(facts),
        language=language,
    )


def _template_of(content: AnyContent) -> str:
    if isinstance(content, WebhookContent):
        return "webhook"
    if isinstance(content, WorkbookContent):
        return "workbook"
    return "digest" if isinstance(content, DigestContent) else "reminder"


def _office(content: AnyContent, office: str | None) -> str | None:
    named = office or (content.office if isinstance(content, ReminderContent) else None)
    return flat(named) if named else None


class _Quick(Context):
    """Calls what templates call without looking up, each time, what it wants to be passed.

    Our words, phrases and filters want nothing, and macros only whether to escape: the look-up
    took a third of a message's time.
    """

    def call(
        self,
        called: Any,
        /,
        *args: Any,
        _loop_vars: Any = None,
        _block_vars: Any = None,
        **named: Any,
    ) -> Any:
        if type(called) is Macro:
            return called(self.eval_ctx, *args, **named)
        return called(*args, **named)


class _Templates(Environment):
    context_class = _Quick


@lru_cache
def environment(language: str) -> Environment:
    """Templates compiled once a language, with its words and phrases as globals."""
    words = wording(language)
    found = _Templates(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "bar": bar,
        "filled": filled,
        "parted": parted,
        "flat": flat,
        "path": quoted,
        "sentence": sentence,
        "clip": clip,
    }
    found.globals |= {
        "_": words.gettext,
        "ngettext": words.ngettext,
        "day": words.day,
        "count": words.count,
        "percent": words.percent,
        "language": words.language,
        "say": Phrases(words),
        "SILENT_SHOWN": SILENT_SHOWN,
    }
    return found


def clip(text: str, most: int) -> str:
    """The text, cut at a word where it is longer."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    head = cut.rpartition(" ")[0]
    return (head if len(head) > most // 2 else cut).rstrip(" ,;.") + "…"


def quoted(part: str) -> str:
    """An id as one segment of a path."""
    return quote(part, safe="")


def sentence(text: str) -> str:
    """The text with a capital to begin with."""
    return text[:1].upper() + text[1:]


def filled(share: float | None, width: int) -> int:
    """How much of a bar of ``width`` is filled: whole only at 1, empty only at 0."""
    if not share:
        return 0
    return width if share >= 1 else min(max(round(share * width), 1), width - 1)


def bar(share: float | None) -> str:
    """A bar in plain text."""
    n = filled(share, BAR_WIDTH)
    return f"[{'#' * n}{'.' * (BAR_WIDTH - n)}]"


def parted(n: int, classes: Classes) -> int:
    """The width in percent of a class's part of a bar; whatever is there can be seen."""
    total = classes.done_on_time + classes.done_late + classes.open_on_time + classes.open_overdue
    return max(round(100 * n / total), 1)
