"""What stands around every request: ids, headers, methods, bugs, the log, other sites."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from dondoc.api.app import create_app
from dondoc.api.logs import JsonFormatter, TextFormatter, config
from dondoc.api.middleware import SECURITY
from dondoc.serving import in_thread
from plans.settings import Settings
from plans.web_settings import WebSettings
from tests.dondoc.api.conftest import Served, serve
from tests.offices import NOW, furnish
from tests.serving import until

SECRET = "something that no caller may read"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path, cors_origins="https://portal.example.vn")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="dondoc")
    return caplog


def line_of(logged: pytest.LogCaptureFixture, key: str) -> dict[str, Any]:
    """The line of the request of this id, which may come after its answer."""

    def find() -> dict[str, Any] | None:
        lines = [one for one in logged.records if one.name == "dondoc.access"]
        said = (json.loads(JsonFormatter().format(one)) for one in lines)
        return next((one for one in said if one["request_id"] == key), None)

    found: dict[str, Any] = until(find, "the request's line", 10)
    return found


def test_every_answer_has_an_id_and_the_security_headers(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        for answer in (client.get("/healthz"), client.get("/nowhere"), client.get("/api/v1/me")):
            assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
            assert {name: answer.headers[name] for name in SECURITY} == SECURITY
            assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("given", ["abc-1", "A" * 64])
def test_a_good_id_is_taken_over(served: Served, given: str) -> None:
    answer = httpx.get(f"{served.url}/api/v1/me", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", [b"", b"A" * 65, b"a b", b'a"b', "é".encode("latin-1")])
def test_a_bad_id_is_replaced(served: Served, given: bytes) -> None:
    answer = httpx.get(f"{served.url}/healthz", headers={b"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("TRACE", "/healthz", "GET, HEAD"),
        ("PROPFIND", "/api/v1/me", "GET, HEAD"),
        ("PUT", "/api/v1/tokens", "GET, HEAD, POST"),
        ("POST", "/api/v1/openapi.json", "GET, HEAD"),
        ("PUT", "/api/v1/assignments/x/updates", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    served: Served, method: str, path: str, allowed: str
) -> None:
    answer = httpx.request(method, served.url + path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/method-not-allowed"


def test_allow_names_every_method_of_each_path(served: Served) -> None:
    paths = served.app.openapi()["paths"]
    for path, methods in paths.items():
        answer = httpx.request("TRACE", served.url + path.replace("{", "").replace("}", ""))
        allowed = set(answer.headers["allow"].split(", "))
        assert {one.upper() for one in methods} <= allowed, path


def test_an_unknown_path_is_a_problem(served: Served) -> None:
    for path in ("/api/v1/nowhere", "/api/v1/me/", "/api/v2/me", "/%00", "/api/v1/../../etc"):
        answer = httpx.get(served.url + path)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found"), path


def test_head_is_get_without_a_body(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        shown, bare = client.get("/healthz"), client.head("/healthz")
        assert (bare.status_code, bare.content) == (200, b"")
        assert bare.headers["content-length"] == str(len(shown.content))
        assert client.head("/api/v1/me").status_code == 401
        # The connection is in order afterwards.
        assert client.get("/healthz").json() == {"status": "alive"}


def test_a_bug_tells_the_caller_nothing_and_the_log_all(
    served: Served, logged: pytest.LogCaptureFixture
) -> None:
    def breaks() -> None:
        raise RuntimeError(SECRET)

    served.app.add_api_route("/breaks", breaks)
    answer = httpx.get(f"{served.url}/breaks?q=words", headers={"X-Request-ID": "bug-1"})

    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "bug-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in answer.text and "Traceback" not in answer.text
    [error] = [one for one in logged.records if one.levelname == "ERROR"]
    told = json.loads(JsonFormatter().format(error))
    assert SECRET in told["traceback"] and told["request_id"] == "bug-1"
    assert line_of(logged, "bug-1")["status"] == 500


def test_a_request_is_one_line_without_its_query(
    served: Served, logged: pytest.LogCaptureFixture
) -> None:
    client = served.client("department", "so-y-te")
    key = served.id_of("mau/mot/so-y-te")
    client.headers["X-Request-ID"] = "one"
    client.get(f"assignments/{key}")
    line = line_of(logged, "one")
    assert (line["method"], line["path"]) == ("GET", "/api/v1/assignments/{assignment}")
    assert line["status"] == 200 and line["actor"].startswith("token:") and line["ms"] > 0
    assert line["bytes"] > 100 and line["client"] == "127.0.0.1" and line["time"].endswith("+00:00")
    client.get("assignments", params={"q": "nguyễn văn a"}, headers={"X-Request-ID": "two"})
    client.get("nowhere/nguyễn", headers={"X-Request-ID": "three"})
    assert line_of(logged, "two")["path"] == "/api/v1/assignments"
    assert line_of(logged, "three")["path"] == "unmatched"
    assert not any("nguy" in JsonFormatter().format(one) for one in logged.records)


def test_an_office_behind_tls_says_so(sqlite_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, base_url="https://dondoc.example.vn")
    app = create_app(settings, WebSettings(), clock=lambda: NOW)
    with in_thread(app) as url:
        answer = httpx.get(f"{url}/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_formats() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "half a pair \ud83d: %s", ("yes",), None)
    record.request_id = "r1"
    assert json.loads(JsonFormatter().format(record))["request_id"] == "r1"
    assert TextFormatter().format(record).endswith("request_id=r1")
    assert config("text")["formatters"]["form"]["()"].endswith("TextFormatter")
    assert config("json")["formatters"]["form"]["()"].endswith("JsonFormatter")


def test_other_sites_are_let_in_by_name_and_without_cookies(served: Served) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    url = f"{served.url}/api/v1/updates/batch"
    ours = {"Origin": "https://portal.example.vn"}
    answer = httpx.options(url, headers=ours | asked)
    assert answer.headers["access-control-allow-origin"] == ours["Origin"]
    assert "access-control-allow-credentials" not in answer.headers
    shown = httpx.get(f"{served.url}/healthz", headers=ours)
    assert shown.headers["access-control-allow-origin"] == ours["Origin"]
    assert "etag" in shown.headers["access-control-expose-headers"].lower()
    foreign = {"Origin": "https://evil.example"}
    assert "access-control-allow-origin" not in httpx.options(url, headers=foreign | asked).headers
    assert "access-control-allow-origin" not in httpx.get(url, headers=foreign).headers


def test_no_site_is_let_in_unless_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    for served in serve(sqlite_engine, tmp_path):
        headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
        answer = httpx.options(f"{served.url}/healthz", headers=headers)
        assert answer.status_code == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("given", ["*", "portal.example.vn", "https://a.example/x", "null"])
def test_an_origin_is_a_site(given: str) -> None:
    with pytest.raises(ValueError, match="must be origins"):
        WebSettings(cors_origins=given)
