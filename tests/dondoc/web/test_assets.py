"""Styles and scripts as browsers get them; pages come compressed, the API's answers do not."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.web import assets
from dondoc.web.assets import ASSETS, FOLDER, asset
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish

HTMX = "vendor/htmx.min.js"
PLAIN = {"Accept-Encoding": "identity"}
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path, rate_limit_guessing="2/minute")


@pytest.fixture
def client(served: Served) -> httpx.Client:
    """A caller at the root of the site."""
    found = served.with_token(None)
    found.base_url = httpx.URL(served.url)
    return found


def raw(client: httpx.Client, url: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it was sent."""
    with client.stream("GET", url, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_every_file_is_served_as_it_is_and_for_good(client: httpx.Client) -> None:
    types = {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".woff2": "font/woff2",
    }
    for name in ASSETS:
        answer = client.get(asset(name))
        assert answer.status_code == 200, name
        assert answer.content == (FOLDER / name).read_bytes()
        assert answer.headers["content-type"] == types[Path(name).suffix]
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_comes_compressed_to_who_takes_that(client: httpx.Client) -> None:
    whole = (FOLDER / HTMX).read_bytes()
    for takes in ("gzip", "deflate, gzip, br", "gzip;q=0.5", "br;q=1.0, GZIP; q=0.01"):
        answer, body = raw(client, asset(HTMX), **{"Accept-Encoding": takes})
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(body) == whole and len(body) < len(whole) / 2
        assert int(answer.headers["content-length"]) == len(body)
        assert answer.headers["vary"] == "Accept-Encoding"
    for takes in ("identity", "", "br", "gzip;q=0", "gzip; q=0.00, identity"):
        answer, body = raw(client, asset(HTMX), **{"Accept-Encoding": takes})
        assert "content-encoding" not in answer.headers and body == whole
        assert answer.headers["vary"] == "Accept-Encoding"


def test_who_has_it_gets_no_body(client: httpx.Client) -> None:
    tags = set()
    for takes in ({}, PLAIN):
        tag = client.get(asset(HTMX), headers=takes).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}'):
            again = client.get(asset(HTMX), headers={"If-None-Match": known, **takes})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert client.get(asset(HTMX), headers={"If-None-Match": '"other"'}).status_code == 200
        tags.add(tag)
    assert len(tags) == 2


def test_another_versions_address_is_not_kept(client: httpx.Client) -> None:
    answer = client.get(f"/static/{'0' * 16}/{HTMX}")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "public, no-cache"


def test_there_is_nothing_else(client: httpx.Client) -> None:
    version = ASSETS[HTMX].hash
    for name in (
        "vendor",
        "vendor/",
        "vendor/vendor.json",
        "vendor/htmx.org.LICENSE.txt",
        "../showing.py",
        "..%2Fshowing.py",
        "vendor/../../showing.py",
        "vendor/%2e%2e/pages.css",
        "%2Fetc%2Fpasswd",
        "pages.css%00",
        "PAGES.CSS",
        "",
    ):
        request = client.build_request("GET", "/")
        # As it is written: the client would resolve the dots itself.
        request.url = request.url.copy_with(raw_path=f"/static/{version}/{name}".encode())
        answer = client.send(request)
        assert answer.status_code == 404, name
        assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_name_has_no_address() -> None:
    with pytest.raises(KeyError):
        asset("vendor/none.js")


def test_a_changed_file_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "one.css").write_text("a{}")
    before = assets._read(tmp_path)["one.css"].hash
    (tmp_path / "one.css").write_text("b{}")
    assert assets._read(tmp_path)["one.css"].hash != before


def test_a_picture_is_not_compressed_twice(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.png").write_bytes(PIXEL)
    (tmp_path / "notes.txt").write_bytes(PIXEL)
    for name, found in assets._read(tmp_path).items():
        monkeypatch.setitem(ASSETS, name, found)
    answer, body = raw(client, asset("one.png"), **{"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "image/png" and body == PIXEL
    assert "content-encoding" not in answer.headers and "vary" not in answer.headers
    assert "notes.txt" not in ASSETS


def test_loading_files_is_no_guessing(client: httpx.Client) -> None:
    assert {client.get(asset(HTMX)).status_code for _ in range(10)} == {200}
    assert {client.get("/static/x/none.js").status_code for _ in range(10)} == {404}


def test_the_head_of_a_file(client: httpx.Client) -> None:
    answer, whole = client.head(asset(HTMX)), client.get(asset(HTMX))
    assert answer.status_code == 200 and answer.content == b""
    for name in ("content-length", "content-encoding", "etag", "cache-control"):
        assert answer.headers[name] == whole.headers[name]
    refused = client.post(asset(HTMX))
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_pages_come_compressed(client: httpx.Client) -> None:
    for url in ("/", "/api/v1/docs"):
        answer, body = raw(client, url, **{"Accept-Encoding": "gzip"})
        plain, whole = raw(client, url, **PLAIN)
        if len(whole) < 1024:  # not worth it
            assert "content-encoding" not in answer.headers
            continue
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(body) == whole and len(body) < len(whole) / 1.5
        assert int(answer.headers["content-length"]) == len(body)
        assert "content-encoding" not in plain.headers
        assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        head = client.head(url, headers={"Accept-Encoding": "gzip"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == answer.headers["content-length"]
    assert len(raw(client, "/api/v1/docs", **PLAIN)[1]) > 1024


def test_what_is_no_page_does_not(served: Served, client: httpx.Client) -> None:
    client.headers["Authorization"] = f"Bearer {served.token('admin')}"
    for url in ("/api/v1/openapi.json", "/api/v1/assignments", "/api/v1/docs.css", "/metrics"):
        answer, body = raw(client, url, **{"Accept-Encoding": "gzip"})
        assert answer.status_code == 200 and len(body) > 1024, url
        assert "content-encoding" not in answer.headers, url


def test_no_address_is_in_two_places() -> None:
    """Files are named by ``asset`` alone, so that no page has an old one's hash."""
    for template in (FOLDER.parent / "templates").glob("*.html"):
        assert not re.search(r"/static/", template.read_text("utf-8")), template.name
