"""What the administration's pages share: where they are, what went wrong, who did something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from dondoc.web.explaining import Fault, explain, recall, tell
from dondoc.web.visiting import Page
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.errors import Conflict, InvalidInput
from plans.finding import department_named
from plans.identity import inviting, people
from plans.store import Connection, actors

A_PAGE = 50
TRIED = (InvalidInput, Conflict, ValidationError)
"""With what a form may come back."""
ROLES = {
    "admin": marked("Administrator"),
    "coordinator": marked("Coordinating office"),
    "department": marked("Reports for a body"),
    "viewer": marked("Viewer"),
}


def status_of(error: Fault) -> int:
    """What a form answers with that comes back."""
    return 422 if isinstance(error, ValidationError) else error.status


def refused(page: Page, error: Fault, **names: str) -> dict[str, str]:
    """What is wrong with which field; ``names``: the form's own name of a field of the error's."""
    found = explain(page.words, error)
    given = {"": str(error)} | (error.fields if isinstance(error, InvalidInput) else {})
    for name in found:
        if own := ours(given.get(name, "")):
            found[name] = page.words.gettext(own)
    return {names.get(name.partition(".")[0], name): text for name, text in found.items()}


def ours(text: str) -> str | None:
    """What is said here of an error that no form elsewhere comes back with."""
    return next((said for start, said in _SENTENCES.items() if text.startswith(start)), None)


_SENTENCES = {
    "loading would change something else": marked(
        "Meanwhile something has changed: loading would do other than what you were shown. "
        "Look at it again."
    ),
    "something else is to be confirmed": marked(
        "Meanwhile something has changed: other leads wait than those you were shown. "
        "Look at them again."
    ),
    "other dates would move": marked(
        "Meanwhile something has changed: other dates would move than those you were shown. "
        "Look at them again."
    ),
    "no catalogue is loaded yet": marked(
        "The record knows no bodies yet: load the catalogue on the server first "
        "(dondoc plans load)."
    ),
    "choose a file, or paste": marked("Choose a file, or paste a declaration."),
    "name a department that exists": marked("No body, or several, are called so: type its code."),
    "this person is disabled": marked(
        "This person may not sign in: let the person in again first."
    ),
    "who signs in for a department gets links": marked(
        "This account stands for a body: it gets links through the body’s mailbox."
    ),
    "signing in for this department is disabled": marked(
        "Signing in for this body is switched off; switch it on among the people first."
    ),
    "no mailbox is registered for this department": marked(
        "No mailbox is registered for this body: register one first."
    ),
    inviting.TOO_MANY: marked(
        "Enough sign-in links were mailed there within the hour: wait a while."
    ),
    "not an http address and a time-out": marked(
        "An address begins with http:// or https://; the time-out is above 0 and up to 120 seconds."
    ),
    "name a plan of the list": marked("Choose at least one plan, or all."),
    "give at least one role": marked("Give at least one role."),
}


def telling(page: Page) -> dict[str, Any]:
    """How a template says what a declaration or the record says of itself."""
    return {"tell": partial(tell, page.words), "recall": partial(recall, page.words)}


def asked(page: Page, name: str) -> str:
    """What the address says of something, without blanks around it."""
    return page.here.request.query_params.get(name, "").strip()


def day_of(name: str, text: str) -> date:
    """A form's day, or ``InvalidInput`` beside its field."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "Input should be a valid date"
        raise InvalidInput(message, fields={name: message}) from None


def body_of(connection: Connection, said: str, field: str = "department") -> str:
    """The code of the body that a person named by code, short name or name."""
    code = department_named(connection, said) if said.strip() else None
    if code is None:
        message = "name a department that exists, not what was typed"
        raise InvalidInput(message, fields={field: message})
    return code


def at(path: str, key: str) -> str:
    """A path of one thing, its key made fit for an address."""
    return f"{path}/{quote(key, safe='')}"


# --- who did something --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Who:
    """Who stands behind the names of the record."""

    words: PageWords
    users: Mapping[int, Any]
    bodies: Mapping[str, Any]

    def __call__(self, actor: str | None) -> str:
        """An actor in words."""
        kind, _, rest = (actor or "").partition(":")
        if kind == "user" and rest.isdecimal() and int(rest) in self.users:
            return str(self.users[int(rest)].name)
        if kind in ("department", "link", "feed") and rest in self.bodies:
            row = self.bodies[rest]
            name, text = self.words.pick(row.name_vi, row.name_en), _BODIES[kind]
            return self.words.gettext(text, body=name) if text else name
        if kind == "token":
            return self.words.gettext("token %(id)s", id=rest)
        said = _ONES.get(actor or "") or _KINDS.get(kind)
        return self.words.gettext(said) if said else actor or "—"

    def path(self, subject: str | None) -> str | None:
        """Where what an act was about is looked at."""
        kind, _, rest = (subject or "").partition(":")
        if kind == "user" and rest.isdecimal() and int(rest) in self.users:
            return f"/admin/people/{rest}"
        if kind == "department" and rest in self.bodies:
            return at("/admin/departments", rest)
        return None


_BODIES = {
    "department": "",
    "link": marked("%(body)s, through a message’s link"),
    "feed": marked("%(body)s, by its system"),
}
_ONES = {
    "office:cli": marked("the coordinating office, on its server"),
    "simulated-administrator": marked("the administrator (simulated)"),
    "anonymous": marked("nobody that is known"),
}
_KINDS = {"system": marked("Dondoc, by its rules")}


def who_of(connection: Connection, page: Page, named: Iterable[str | None]) -> Who:
    """Who stands behind some actors or subjects."""
    pairs = [one.partition(":")[::2] for one in named if one]
    ids = {int(rest) for kind, rest in pairs if kind == "user" and rest.isdecimal()}
    codes = {rest for kind, rest in pairs if kind in _BODIES}
    few = {one for one in ids if one < 2**31}
    return Who(page.words, actors.people(connection, few), actors.body_names(connection, codes))


def stands_for(row: Any) -> bool:
    """Whether a user stands for a body rather than for a person."""
    return bool(row.email.endswith(people.DEPARTMENTS))
