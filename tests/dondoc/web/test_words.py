"""Both languages are complete: every text of the pages has its Vietnamese, none is left over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po

import dondoc.web
from dondoc.web.words import catalogues, page_words
from integrations.wording import wording

ROOM = Path(dondoc.web.__file__).parent
KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None}
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def used() -> set[Any]:
    """Every text that the pages' code and templates ask for, plurals as pairs."""
    found: set[Any] = set()
    for path in [*ROOM.rglob("*.py"), *(ROOM / "templates").rglob("*.html")]:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        with path.open("rb") as file:
            for _, message, _, _ in extract(method, file, keywords=KEYWORDS, options=OPTIONS):
                found.add(message)
    return found


def translated() -> Iterator[Message]:
    for path in catalogues("vi"):
        with path.open("rb") as file:
            yield from (message for message in read_po(file, locale="vi") if message.id)


def key(message: Message) -> Any:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def test_every_text_of_the_pages_has_its_vietnamese() -> None:
    mails = wording("vi").catalogue
    missing = {
        text
        for text in used() - {key(message) for message in translated()}
        if (text if isinstance(text, str) else text[0]) not in mails
    }
    assert not missing
    assert len(used()) > 50


def test_no_translation_is_left_over_or_said_twice() -> None:
    found = [key(message) for message in translated()]
    assert not set(found) - used()
    assert [text for text, n in Counter(found).items() if n > 1] == []


def test_translations_are_whole_and_fill_in_the_same_values() -> None:
    for message in translated():
        said = message.string
        texts = [said] if isinstance(said, str) else list(said or ())
        assert len(texts) == 1 and texts[0], message.id
        assert not message.fuzzy, message.id
        names = set(re.findall(r"%\((\w+)\)s", str(message.id)))
        assert set(re.findall(r"%\((\w+)\)s", texts[0])) == names, message.id


def test_pages_say_what_mails_say() -> None:
    """A text of both is translated once, by the mails' catalogue."""
    mails = wording("vi").catalogue
    for message in translated():
        first = message.id if isinstance(message.id, str) else message.id[0]
        assert first not in mails, first
    assert page_words("vi").gettext("done on time") == mails["done on time"]
