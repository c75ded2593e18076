"""What may be tried only so often: passwords and codes. A refusal is kept, and said in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import ValidationError
from starlette.responses import Response

from dondoc.web.explaining import Fault, explain
from dondoc.web.visiting import Page
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.errors import DondocError
from plans.sealing import mark
from plans.store import Connection

SIX = marked("Write the six digits of the code.")
KNOWN: Mapping[str, str] = {
    "tried too often; ask for a new code": marked("Tried too often. Have a new code sent."),
    "not a code that was mailed for this link": marked(
        "This is not the code that was mailed for this link."
    ),
    "the current password is wrong": marked(
        "The present password is wrong, or it was tried too often."
    ),
}
"""What is said of a refused try, by the text of its error."""
SECRETS = frozenset({"current", "password", "again", "code"})


def refusal(words: PageWords, error: Fault, field: str = "") -> dict[str, str]:
    """What is wrong with which field; ``field``: with which where the error names none."""
    if isinstance(error, ValidationError) and field == "code":
        return {field: words.gettext(SIX)}
    found = {name or field: text for name, text in explain(words, error).items()}
    return {
        name: words.gettext(KNOWN[text]) if text in KNOWN else text for name, text in found.items()
    }


def attempt(
    page: Page, act: Callable[[Connection], DondocError | None], *, right: str, wrong: str
) -> Response:
    """Try something; raises what it was refused with once that is committed, since it counts.

    A form that is sent twice is tried once: the second one goes on to ``right`` or ``wrong``.
    """
    # What is kept to know a form again must not let its secrets be guessed.
    page.fields = {name: _sealed(page, name, text) for name, text in page.fields.items()}
    refused: list[DondocError] = []

    def write(connection: Connection) -> str:
        error = act(connection)
        if error is None:
            return right
        refused.append(error)
        return wrong

    answer = page.write(write)
    if refused:
        raise refused[0]
    return answer


def _sealed(page: Page, name: str, text: str) -> str:
    return mark(page.here.settings.secret, "form", text) if name in SECRETS else text
