"""Forms of an assignment that were sent and led to nothing: what was typed is never lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from dondoc.web.explaining import Fault, explain
from dondoc.web.visiting import Page
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.errors import PersonalData, Stale

ORDERS: Mapping[str, str] = {
    "suspension": marked("Suspend"),
    "resumption": marked("Resume"),
    "cancellation": marked("Cancel the assignment"),
    "reassignment": marked("Give it to another body"),
    "correction": marked("Correct what was accepted"),
    "lead": marked("Say who leads"),
}
"""What the office orders of an assignment."""
PREFIXED = ORDERS.keys() | {"later", "decide"}
"""Forms that share a page with others: their fields bear their name before a dot."""
LABELS: Mapping[str, str] = {
    "percent": marked("Progress, in percent"),
    "result": marked("Result"),
    "obstacles": marked("Obstacles"),
    "proposals": marked("Proposals"),
    "due": marked("To which day"),
    "department": marked("Body"),
    "document.number": marked("Document number"),
    "document.date": marked("of the day"),
    "reason": marked("Reason"),
    "note": marked("Note"),
    "number": marked("Document number"),
    "date": marked("of the day"),
    "title": marked("Title"),
    "url": marked("Link"),
}
"""What people type, in the order in which it is shown to be copied; the last four of a document."""
OF_DOCUMENTS = ("number", "date", "title", "url")
DAYS = ("date", "due")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form that was sent and led to nothing: shown again, with what was typed and what is wrong.

    ``which``: the form; ``asks``: what it has to say first (``personal``, ``nil``, ``stale``).
    """

    which: str
    fields: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    asks: str = ""
    rows: Sequence[Mapping[str, str]] = ()

    def value(self, name: str, usual: Any = "") -> Any:
        """What was typed into a field, a day as browsers take it; ``usual`` where nothing was."""
        if not self.fields:
            return usual
        text = self.fields.get(name, "")
        return iso_day(text) if name.rpartition(".")[2] in DAYS else text

    def error(self, name: str) -> str:
        """What is wrong with a field."""
        return self.errors.get(name, "")

    def seen(self, version: int) -> str:
        """The version that its writer has seen: the present one once it was told of it."""
        told = not self.fields or self.asks == "stale"
        return str(version) if told else self.fields.get("seen", "")


def typed_of(page: Page, which: str, error: Fault, rows: Sequence[Mapping[str, str]] = ()) -> Typed:
    """A refused form as it is shown again."""
    asks = {PersonalData: "personal", Stale: "stale"}.get(type(error), "")
    errors = {_field(which, name): said for name, said in explain(page.words, error).items()}
    return Typed(which=which, fields=page.fields, errors=errors, asks=asks, rows=rows)


def _field(which: str, name: str) -> str:
    return f"{which}.{name}" if name and which in PREFIXED else name


def own_fields(page: Page, which: str) -> dict[str, str]:
    """What was typed into a form, without its name before its fields'."""
    return _own(page.fields, which)


def _own(fields: Mapping[str, str], which: str) -> dict[str, str]:
    prefix = f"{which}."
    return {k.removeprefix(prefix): v.strip() for k, v in fields.items()}


def status_of(error: Fault) -> int:
    """How a refused form is answered."""
    return 422 if isinstance(error, ValidationError) else error.status


def iso_day(text: str) -> str:
    """A day as a browser sends it, or as people write it: 5/11/2025."""
    match = _DAY.fullmatch(text.strip())
    return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}" if match else text.strip()


# --- forms that are offered no more ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A form that was sent and is not there any more: why, and what was typed, to be copied.

    ``seen``: the version that its writer saw, after which came what happened meanwhile.
    """

    errors: Sequence[str]
    said: Sequence[tuple[str, str]]
    seen: int | None


def unsent(words: PageWords, typed: Typed | None, *, offered: bool) -> Unsent | None:
    """What a page says of a form that it does not offer any more; None: nothing is to be said."""
    if typed is None or offered:
        return None
    said = [*_said(words, typed), *_documents(words, typed.rows)]
    if not said and not typed.errors:
        return None
    seen = typed.fields.get("seen", "")
    known = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else None
    return Unsent(errors=list(typed.errors.values()), said=said, seen=known)


def _said(words: PageWords, typed: Typed) -> list[tuple[str, str]]:
    own = _own(typed.fields, typed.which)
    given = ((name, own.get(name, "")) for name in LABELS)
    return [(words.gettext(LABELS[name]), _readable(words, name, it)) for name, it in given if it]


def _documents(words: PageWords, rows: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    found = []
    for n, row in enumerate(rows, 1):
        texts = [_readable(words, name, row[name]) for name in OF_DOCUMENTS if row.get(name)]
        if texts:
            found.append((words.gettext("Document %(n)s", n=n), " · ".join(texts)))
    return found


def _readable(words: PageWords, name: str, text: str) -> str:
    if name.rpartition(".")[2] not in DAYS:
        return text
    try:
        return words.day(date.fromisoformat(iso_day(text)))
    except ValueError:
        return text
