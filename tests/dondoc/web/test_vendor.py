"""What was copied from elsewhere: that it is what its listing says, and loads nothing itself."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

import dondoc.web

WEB = Path(dondoc.web.__file__).parent
VENDOR, PACKAGE = WEB / "static" / "vendor", WEB / "vendor"
LISTING: list[dict[str, Any]] = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
LOCK = json.loads((PACKAGE / "package-lock.json").read_text("utf-8"))["packages"]
MAPPED = r"sourceMappingURL|"
LOADS = {
    ".css": re.compile(MAPPED + r"""@import|@font-face|url\((?!["']?(?:data:|#))"""),
    ".js": re.compile(
        MAPPED + r"""(?:src|href)\s*=\s*\\?["']?(?:https?:)?//"""
        r"""|(?:fetch|import|importScripts|open)\(\s*["'`](?:https?:)?//"""
    ),
}

each = pytest.mark.parametrize("one", LISTING, ids=[one["file"] for one in LISTING])


def test_every_file_is_listed() -> None:
    listed = {one[name] for one in LISTING for name in ("file", "licence_file")}
    assert {one.name for one in VENDOR.iterdir()} == listed | {"vendor.json"}


def test_the_versions_are_those_of_the_package_file() -> None:
    wanted = json.loads((PACKAGE / "package.json").read_text("utf-8"))["dependencies"]
    assert {one["package"]: one["version"] for one in LISTING} == wanted
    for part in (part for one in LISTING for part in (one, *one["inside"])):
        locked = LOCK[f"node_modules/{part['package']}"]
        assert (locked["version"], locked["license"]) == (part["version"], part["licence"])


@each
def test_a_file_is_the_one_that_was_copied(one: dict[str, Any]) -> None:
    found = (VENDOR / one["file"]).read_bytes()
    assert hashlib.sha256(found).hexdigest() == one["sha256"], "changed by hand? make vendor"


@each
def test_a_file_loads_nothing_from_elsewhere(one: dict[str, Any]) -> None:
    file = VENDOR / one["file"]
    found = LOADS[file.suffix].search(file.read_text("utf-8"))
    assert not found, found


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".js", "//# sourceMappingURL=x.js.map"),
        (".js", 'e.innerHTML="<img src=\\"//elsewhere.example/x.png\\">"'),
        (".js", 'fetch("https://elsewhere.example")'),
        (".css", "/*# sourceMappingURL=x.css.map */"),
        (".css", '@import "x.css"'),
        (".css", "a{background:url(https://elsewhere.example/x.png)}"),
        (".css", "a{background:url('x.png')}"),
    ],
)
def test_what_would_be_loaded_is_recognised(suffix: str, text: str) -> None:
    assert LOADS[suffix].search(text)


@each
def test_a_file_has_its_licences_beside_it(one: dict[str, Any]) -> None:
    text = (VENDOR / one["licence_file"]).read_text("utf-8")
    assert text.count("Permission") == 1 + len(one["inside"])
    assert all(part["package"] in text for part in (one, *one["inside"]))


def test_the_lock_names_no_registry() -> None:
    assert not any("resolved" in one for one in LOCK.values())
