"""A page's forms as a browser sees them: their fields, filled in and sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx


@dataclass
class Form:
    """One form: where it goes, and what its fields hold."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)

    def send(self, client: httpx.Client, **given: str) -> httpx.Response:
        """Send it as a browser would, with some fields filled in."""
        headers = {"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"}
        if self.method == "get":
            return client.get(self.action, params=self.fields | given, headers=headers)
        return client.post(self.action, data=self.fields | given, headers=headers)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms = address, list[Form]()
        self._select = self._textarea = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            action = urljoin(self.address, given.get("action", ""))
            self.forms.append(Form(action, given.get("method", "get").lower()))
            self._inside = True
        elif not self._inside:
            return
        elif tag == "input" and name and not self._is_unset(given):
            self.forms[-1].fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            known = self._select in self.forms[-1].fields
            if "selected" in given or not known:
                self.forms[-1].fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self.forms[-1].fields[name] = ""

    @staticmethod
    def _is_unset(given: dict[str, str]) -> bool:
        kind = given.get("type", "text")
        return kind in ("submit", "file") or (
            kind in ("checkbox", "radio") and "checked" not in given
        )

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._inside:
            self.forms[-1].fields[self._textarea] += data


def forms_of(answer: httpx.Response) -> list[Form]:
    """All forms of a page, in their order."""
    reader = _Reader(str(answer.url))
    reader.feed(answer.text)
    return reader.forms


def form_of(answer: httpx.Response, action: str) -> Form:
    """The first form whose address ends so (its path)."""
    found = [one for one in forms_of(answer) if httpx.URL(one.action).path.endswith(action)]
    assert found, f"no form to …{action} in {answer.url}: {[f.action for f in forms_of(answer)]}"
    return found[0]
