"""Schemathesis against the served OpenAPI document, as every role: what is answered is documented.

No 5xx, no status, type, header or body that the document does not have, nothing taken that the
document forbids, and nothing answered to whom nobody knows. The same cases every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder
from sqlalchemy import Engine

from dondoc.api.routing import KIND, RULE
from plans.access import Action
from plans.identity import links
from plans.store import writing
from plans.store.schema_access import webhooks
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import signed_in
from tests.offices import faults, furnish

MINE = "so-y-te"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)
REJECTED = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429"]
"""How what is wrong may be refused; schemathesis itself would also let a 5xx pass."""
BATCHES = ("POST /api/v1/reviews/batch", "POST /api/v1/updates/batch")
OF_A_LEAD = {Action.REPORT, Action.ASK_EXTENSION, Action.MEASURE}
Fault = tuple[str, str, str]


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """On SQLite: what PostgreSQL takes otherwise is in the tests of bad input."""
    furnish(sqlite_engine, plan=build_plan(targets=(build_target("ty-le"),)))
    yield from serve(sqlite_engine, tmp_path, rate_limit_guessing="100000/minute")


def things(served: Served) -> dict[str, list[Any]]:
    """What the paths name. Without them nearly every call would answer 404."""
    admin, lead = served.client("admin"), served.client("department", MINE)
    items = admin.get("assignments", params={"limit": 500}).json()["items"]
    own = next(one for one in items if one["department"] == MINE and one["due"] > "2025-04-16")
    later = {"due": "2025-12-20", "reason": "Chờ hướng dẫn"}
    asked = lead.post(f"assignments/{own['id']}/extensions", json=later)
    assert asked.status_code == 201, asked.text
    hook = {"name": "x", "department": MINE, "url": "https://93.184.216.34/x"}
    made = admin.post("webhooks", json=hook)
    assert made.status_code == 201, made.text
    with writing(served.engine) as connection:
        # Where no message may be sent to: a test must not call anybody.
        connection.execute(webhooks.update().values(url="https://127.0.0.1:9/x"))
    signed_in(served, "binh@so.example.vn")
    file = lead.post(f"assignments/{own['id']}/evidence", files={"file": ("a.txt", "Chữ")})
    assert file.status_code == 201, file.text
    return {
        "assignment": [own["id"]],
        "department": [MINE, "so-tai-chinh", "van-phong"],
        "extension": [asked.json()["id"]],
        "file": [file.json()["id"]],
        "plan": ["mau"],
        "target": ["ty-le"],
        # Not a token in use: nobody would be known any more.
        "token": ["00000000"],
        "user": [1],
        "webhook": [made.json()["id"]],
    }


def config(
    headers: Mapping[str, str], real: Mapping[str, list[Any]], *, corners: bool
) -> SchemathesisConfig:
    """Bounded and the same every time: nothing is learned from answers, nothing is shrunk."""
    alone = {"extra-data-sources": {"responses": False}}
    phases = {
        "examples": alone | {"enabled": not corners},
        # 405 is looked at in test_middleware.py.
        "coverage": alone | {"enabled": corners, "unexpected-methods": []},
        "fuzzing": alone | {"enabled": not corners, "error-feedback": {"enabled": False}},
        "stateful": {"enabled": False},
    }
    checks: dict[str, Any] = {name: {"enabled": True} for name in CHECKS}
    checks["negative_data_rejection"]["expected-statuses"] = REJECTED
    if "Authorization" not in headers:
        # These take away the header alone, and who is known by a cookie stays known.
        del checks["ignored_auth"]
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "request-timeout": 30,
            "headers": dict(headers),
            "generation": {
                "deterministic": True,
                "max-examples": 4,
                "no-shrink": True,
                "database": "none",
                "with-security-parameters": "Authorization" in headers,
            },
            "analysis": {"constants": {"enabled": False}},
            "phases": phases,
            "checks": {"enabled": False} | checks,
            "dictionaries": {name: {"values": some} for name, some in real.items()},
            "parameters": {
                f"path.{name}": {"dictionary": name, "probability": 0.6} for name in real
            },
        }
    )


def run(
    served: Served,
    headers: Mapping[str, str],
    *,
    only: Callable[[Mapping[str, Any]], bool] = lambda _: True,
    corners: bool = False,
) -> tuple[list[Fault], Counter[int]]:
    """What is wrong with the answers, and how often each status was answered."""
    made = config(headers, things(served), corners=corners)
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json", config=made)
    found: list[Fault] = []
    seen: Counter[int] = Counter()
    wanted = schema.include(lambda one: only(one.operation.definition.raw))
    for event in from_schema(wanted).execute():
        if isinstance(event, NonFatalError):
            found.append((event.label, "schemathesis", str(event.info)))
        if isinstance(event, ScenarioFinished):
            found += faults_of(event.recorder)
            answers = (one.response for one in event.recorder.interactions.values())
            seen.update(one.status_code if one else 0 for one in answers)
    assert faults(served.engine) == []
    return found, seen


def faults_of(recorder: ScenarioRecorder) -> Iterator[Fault]:
    """The checks that failed, with what was sent and answered."""
    for key, nodes in recorder.checks.items():
        for node in nodes:
            if node.failure_info is None or (node.name, recorder.label) in ITEM_BY_ITEM:
                continue
            sent, got = recorder.interactions[key].request, recorder.interactions[key].response
            answer = f"{got.status_code} {got.content[:300]!r}" if got else "no answer"
            said = f"{sent.method} {sent.uri} {sent.body!r:.300} → {answer}"
            yield recorder.label, node.name, f"{node.failure_info.failure}\n{said}"


ITEM_BY_ITEM = {("negative_data_rejection", label) for label in BATCHES}
"""A batch is taken with 200 whatever is wrong with an item, which gets its own result."""


def told(found: list[Fault]) -> str:
    return "\n\n".join(map(" · ".join, found[:20]))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("role", ["admin", "coordinator", "department", "viewer", "link"])
def test_every_call_by_every_role(served: Served, role: str) -> None:
    if role == "link":
        token = links.PREFIX + links.sign_link(served.settings.secret, MINE, served.now)
    else:
        token = served.token(role, MINE if role == "department" else None)
    found, seen = run(served, bearer(token))
    assert not found, told(found)
    assert min(seen[200], seen[403] or seen[404], seen[422]) > 10, seen


@pytest.mark.parametrize("role", ["admin", "department"])
def test_the_corners_of_what_each_call_takes(served: Served, role: str) -> None:
    """Each call by a role that may use it, so that more than the refusal is looked at."""

    def is_for_role(operation: Mapping[str, Any]) -> bool:
        return (operation.get(RULE) in OF_A_LEAD) == (role == "department")

    token = served.token(role, MINE if role == "department" else None)
    found, seen = run(served, bearer(token), only=is_for_role, corners=True)
    assert not found, told(found)
    assert seen[422] > 100, seen


def test_what_protects_a_session(served: Served) -> None:
    """The calls that only people may use, by somebody who signed in."""
    browser = signed_in(served)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": cookies, "X-CSRF-Token": browser.headers["X-CSRF-Token"]}

    def is_for_people(operation: Mapping[str, Any]) -> bool:
        # Who signs out is nobody afterwards.
        return operation.get(KIND) == "user" and operation["operationId"] != "sign_out"

    found, seen = run(served, headers, only=is_for_people, corners=True)
    assert not found, told(found)
    assert seen[422] > 20, seen
