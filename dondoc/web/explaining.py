"""Errors of use cases in the visitor's words: what stands beside a form's fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from markupsafe import Markup
from pydantic import ValidationError

from dondoc.web.error_sentences import KINDS, SENTENCES, WORDS
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.deliverables import NAMES
from plans.errors import DondocError, InvalidInput

Fault = DondocError | ValidationError

_PATTERNS = [(re.compile(pattern, re.DOTALL), said) for pattern, said in SENTENCES]
_EVIDENCE = re.compile(r"to be submitted, this needs (.+) as evidence: .*")
_PERSONAL = re.compile(r"may hold (.+?)(?: and (\d+) more)?; take it out or confirm")
_NUMBER = re.compile(r"(an identity number|a telephone number) \([^)]*\) (\S+?)(?:,|$)")
_PREFIX = re.compile(r"(?:the )?[A-Za-z_][\w.-]{0,60}: (.+)", re.DOTALL)
_NUMBERS = {
    "an identity number": marked("the identity number %(number)s"),
    "a telephone number": marked("the telephone number %(number)s"),
}


class Untranslated(str):
    """A sentence of which only the English is known: a page says so to whom it is read aloud."""

    def __html__(self) -> str:
        return Markup('<span lang="en">{}</span>').format(str(self))


def explain(words: PageWords, error: Fault) -> dict[str, str]:
    """What is wrong with which field; under "" what is wrong with the whole."""
    if isinstance(error, ValidationError):
        found = {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
    elif isinstance(error, InvalidInput) and error.fields:
        found = dict(error.fields)
    else:
        found = {"": str(error)}
    return {name: say(words, text) for name, text in found.items()}


def say(words: PageWords, text: str) -> str:
    """One message of ours in the visitor's words; as it is, and marked English, if unknown."""
    return known(words, text) or (text if words.language == "en" else Untranslated(text))


def known(words: PageWords, text: str) -> str | None:
    """The same, or None for a message that no pattern fits."""
    text = text.removeprefix("Value error, ")
    if found := _evidence(words, text) or _personal(words, text):
        return found
    for pattern, said in _PATTERNS:
        if match := pattern.fullmatch(text):
            return words.gettext(said, **_values(words, match))
    rest = _PREFIX.fullmatch(text)
    return known(words, rest[1]) if rest else None


def _values(words: PageWords, match: re.Match[str]) -> Mapping[str, str]:
    # One sentence can come in two spellings, whose groups differ by a figure at the end.
    given = {name.rstrip("0123456789"): one for name, one in match.groupdict().items() if one}
    return {name: _value(words, name, one) for name, one in given.items()}


def _value(words: PageWords, name: str, given: str) -> str:
    if name.startswith("day"):
        return words.day(date.fromisoformat(given))
    return words.gettext(WORDS[given]) if name.startswith("what") and given in WORDS else given


def _evidence(words: PageWords, text: str) -> str | None:
    match = _EVIDENCE.fullmatch(text)
    if not match:
        return None
    kind = next((kind for kind, name in NAMES.items() if name == match[1]), None)
    what = words.gettext(KINDS[kind]) if kind else match[1]
    return words.gettext(
        "To be submitted, this needs %(what)s as evidence: give its number or title; "
        "of a link or a file say which kind of document it is.",
        what=what,
    )


def _personal(words: PageWords, text: str) -> str | None:
    match = _PERSONAL.fullmatch(text)
    if not match:
        return None
    shown = [words.gettext(_NUMBERS[kind], number=one) for kind, one in _NUMBER.findall(match[1])]
    if match[2]:
        shown.append(words.gettext("and %(n)s more", n=match[2]))
    return words.gettext(
        "This may hold %(what)s. Take it out, or confirm that it may stand.", what=", ".join(shown)
    )
