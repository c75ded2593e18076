"""Errors of use cases in the visitor's words: what stands beside a form's fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from markupsafe import Markup
from pydantic import ValidationError

from dondoc.web import declaration_sentences as declarations
from dondoc.web.decimals import say_number
from dondoc.web.declaration_sentences_shape import FORMS
from dondoc.web.error_sentences import KINDS, SENTENCES, WORDS
from dondoc.web.error_sentences_record import BASES, REASONS, RECORD
from dondoc.web.words import PageWords
from integrations.rendering import sentence
from integrations.wording import marked
from plans.deliverables import NAMES
from plans.errors import DondocError, InvalidInput
from plans.periods import ROMAN

Fault = DondocError | ValidationError

Patterns = Sequence[tuple[re.Pattern[str], str]]


def _read(sentences: Iterable[tuple[str, str]]) -> Patterns:
    return [(re.compile(pattern, re.DOTALL), said) for pattern, said in sentences]


_PATTERNS = _read(SENTENCES)
_DECLARED = _read(declarations.DECLARED)
_FORMS = _read(FORMS)
_RECORDED = _read((*RECORD, *REASONS))
_BASES = _read(BASES)
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
    return known(words, text) or _as_it_is(words, text)


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
        day = date.fromisoformat(given)
        return words.day(day) if day != date.min else "—"
    if name.startswith("amount"):
        return _amount(words, given)
    return words.gettext(WORDS[given]) if name.startswith("what") and given in WORDS else given


def _amount(words: PageWords, given: str) -> str:
    try:
        return say_number(words, float(given))
    except ValueError:
        return given  # a bound of another kind, such as a time


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


# --- declarations and the record ----------------------------------------------------------------


def tell(words: PageWords, text: str) -> str:
    """What is wrong or doubtful with a declaration, or what would be right; else marked English."""
    found = _told(words, text, _DECLARED)
    return sentence(found) if found else _as_it_is(words, text)


def recall(words: PageWords, text: str) -> str:
    """What the record says of itself: why a lead is not settled, what its check found."""
    return _told(words, text, _RECORDED) or known(words, text) or _as_it_is(words, text)


def based(words: PageWords, basis: str) -> str | None:
    """What an entry rests on, as a sentence; None for a document's number alone."""
    return _told(words, basis, _BASES)


def _as_it_is(words: PageWords, text: str) -> str:
    return text if words.language == "en" else Untranslated(text)


def _told(words: PageWords, text: str, patterns: Patterns) -> str | None:
    for pattern, said in patterns:
        match = pattern.fullmatch(text)
        values = _pieces(words, match) if match else None
        if values is not None:
            return words.gettext(said, **values)
    return None


def _pieces(words: PageWords, match: re.Match[str]) -> dict[str, str] | None:
    """What fills a sentence in; None where a piece of it is not known."""
    found = {name: _piece(words, name, one) for name, one in match.groupdict().items()}
    pieces = {name: one for name, one in found.items() if one is not None}
    return pieces if len(pieces) == len(found) else None


def _piece(words: PageWords, name: str, given: str) -> str | None:
    match name.partition("_")[0]:
        case "day" | "amount":
            return _value(words, name, given)
        case "what" | "month":
            return _word(words, given)
        case "quarter":
            return ROMAN[int(given) - 1]
        case "value":
            quoted = re.fullmatch(r"'(.*)'|\"(.*)\"", given, re.DOTALL)
            return f"“{quoted[1] or quoted[2] or ''}”" if quoted else _word(words, given) or given
        case "place":
            return _place(words, given)
        case "form":
            return _form(words, given)
        case "told":
            return _told(words, given, _DECLARED)
    return re.sub(r"'([^']*)'", r"“\1”", given) if name == "choices" else given


def _word(words: PageWords, given: str) -> str | None:
    text = declarations.WORDS.get(given)
    return words.gettext(text) if text else None


def _place(words: PageWords, given: str) -> str:
    before, item, n = given.rpartition(" item ")
    if item and n.isdigit():
        return words.gettext("%(place)s, item %(n)s", place=_place(words, before), n=n)
    return _word(words, given) or f"“{given[1:-1]}”"


def _form(words: PageWords, given: str) -> str | None:
    """What a place should hold: one form, or several; a form may hold an "or" itself."""
    if found := _told(words, given, _FORMS):
        return found
    for cut in re.finditer(" or ", given):
        one = _told(words, given[: cut.start()], _FORMS)
        other = _form(words, given[cut.end() :]) if one else None
        if one and other:
            return words.gettext("%(one)s or %(other)s", one=one, other=other)
    return None
