"""The OpenAPI document and the readable page: complete, and nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import schemathesis
from sqlalchemy import Engine

from dondoc.api.describing import calls, example_of, shapes, type_of
from dondoc.api.openapi import operations
from dondoc.api.routing import PUBLIC, RULE
from plans.access import Action
from tests.dondoc.api.conftest import Served, serve


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    yield from serve(sqlite_engine, tmp_path)


class Page(HTMLParser):
    """What a page links to and loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.ids |= {found["id"]} if "id" in found else set()
        if tag == "a":
            self.links.append(found["href"])
        elif "href" in found or "src" in found:
            self.loads.append(found.get("href") or found["src"])
        self.handlers += [name for name in found if name.startswith("on") or name == "style"]


def test_the_document_is_valid_and_complete(served: Served) -> None:
    found: dict[str, Any] = httpx.get(f"{served.url}/api/v1/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(found).validate()
    keys = [one["operationId"] for one in operations(found)]
    assert len(keys) == len(set(keys)) > 40
    for one in operations(found):
        assert one["summary"] and "``" not in one["summary"] and len(one["tags"]) == 1
        assert one[RULE] == PUBLIC or one[RULE] in list(Action), one["operationId"]
        assert one["security"] == ([] if one[RULE] == PUBLIC else [{"token": []}])
        answers = one["responses"]
        if one["operationId"] == "fetch_calendar":  # these two people may read, never programs
            plain = [answers.pop(status)["content"] for status in ("404", "410")]
            assert [list(said) for said in plain] == [["text/plain"]] * 2
        errors = [said for status, said in answers.items() if status >= "400"]
        for said in errors:
            shape = said["content"]["application/problem+json"]["schema"]["$ref"]
            assert shape == "#/components/schemas/Problem"


def test_the_page_shows_every_call_and_loads_nothing_from_outside(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        answer = client.get("/api/v1/docs")
        page = Page(answer.text)
        document = client.get("/api/v1/openapi.json").json()
        assert {one["operationId"] for one in operations(document)} <= page.ids
        assert page.loads == ["/api/v1/docs.css"]
        assert not page.tags & {"script", "img", "iframe", "style", "form"} and not page.handlers
        assert all(link.startswith(("#", "/api/v1/")) for link in page.links)
        assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids | {"calls"}
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        style = client.get(page.loads[0])
        assert style.headers["content-type"].startswith("text/css")
        assert not re.search(r"url\(|@import|http", style.text)


def test_a_call_says_who_may_and_how(served: Served) -> None:
    found = calls(served.app.openapi(), "https://dondoc.example.vn")
    [update] = [one for one in found["updates"] if one.key == "post_update"]
    assert update.who == [("department", "where it leads")]
    assert update.scopes == ["report"]
    assert [(one.name, one.where) for one in update.fields] == [
        ("assignment", "path"),
        ("Idempotency-Key", "header"),
        ("If-Match", "header"),
    ]
    assert update.curl.startswith(
        "curl -X POST 'https://dondoc.example.vn/api/v1/assignments/{assignment}/updates' \\\n"
    )
    assert '"percent": ' in update.curl and '"Authorization: Bearer $TOKEN"' in update.curl
    [alive] = [one for one in found["operations"] if one.key == "healthz"]
    assert (alive.who, "Authorization" in alive.curl) == ([], False)


def test_every_example_is_taken_by_its_schema(served: Served) -> None:
    document = served.app.openapi()
    for one in operations(document):
        content = one.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"] | {"components": document["components"]}
            example = example_of(document, content["application/json"]["schema"])
            jsonschema.Draft202012Validator(schema).validate(example)


def test_shapes_are_told_in_words(served: Served) -> None:
    found = {one.name: one for one in shapes(served.app.openapi())}
    fields = {one.name: one for one in found["Report"].fields}
    said = "".join(words.text for words in fields["percent"].type)
    assert said == "integer, at least 0, at most 100 or null"
    assert "submitted" in found["Review"].values
    some = {
        "anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/X"}}, {"type": "null"}]
    }
    assert [one.text for one in type_of(some)] == ["list of ", "X", " or ", "null"]
    assert [one.shape for one in type_of(some)] == [None, "X", None, None]
