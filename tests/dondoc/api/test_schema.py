"""Schemathesis against the served OpenAPI document, as every role: what is answered is documented.

No 5xx, no status, type, header or body that the document does not have, nothing taken that the
document forbids, and nothing answered to whom nobody knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from sqlalchemy import Engine

from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.offices import faults, furnish

MINE = "so-y-te"
CALLERS: dict[str, dict[str, Any]] = {
    "admin": {"role": "admin"},
    "coordinator": {"role": "coordinator"},
    "department": {"role": "department", "department": MINE},
    "viewer": {"role": "viewer"},
}
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine, plan=build_plan(targets=(build_target("ty-le"),)))
    yield from serve(sqlite_engine, tmp_path)


def config(token: str, real: dict[str, list[str]]) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "request-timeout": 30,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {
                "deterministic": True,
                "max-examples": 8,
                "no-shrink": True,
                "database": "none",
            },
            "analysis": {"constants": {"enabled": False}},
            "phases": {
                "stateful": {"enabled": False},
                "coverage": {
                    "enabled": COVER,
                    "unexpected-methods": [],
                    "extra-data-sources": {"responses": False},
                },
                "examples": {"extra-data-sources": {"responses": False}},
                "fuzzing": {
                    "enabled": not os.environ.get("NOFUZZ"),
                    "extra-data-sources": {"responses": False},
                    "error-feedback": {"enabled": False},
                },
            },
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
            "dictionaries": {name: {"values": values} for name, values in real.items()},
            "parameters": {
                f"path.{name}": {"dictionary": name, "probability": 0.6} for name in real
            },
        }
    )


import os

COVER = bool(os.environ.get("COVER"))


@pytest.mark.parametrize("caller", CALLERS)
def test_what_is_answered_is_documented(served: Served, caller: str) -> None:
    import time

    t0 = time.process_time()
    admin = served.client("admin")
    real = {
        "plan": ["mau"],
        "target": ["ty-le"],
        "department": ["so-y-te", "so-tai-chinh", "van-phong"],
        "token": ["00000000"],
        "assignment": [one["id"] for one in admin.get("assignments").json()["items"]],
    }
    token = served.token(**CALLERS[caller])
    schema = schemathesis.openapi.from_url(
        f"{served.url}/api/v1/openapi.json", config=config(token, real)
    )
    t = time.time()
    seen = Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError):
            print("NONFATAL", event.label, event)
        if isinstance(event, ScenarioFinished):
            for key, one in event.recorder.interactions.items():
                if one.response is not None:
                    seen[event.recorder.label, event.phase.value, one.response.status_code] += 1
                else:
                    seen[event.recorder.label, event.phase.value, None] += 1
            for key, nodes in event.recorder.checks.items():
                for node in nodes:
                    if node.failure_info:
                        i = event.recorder.interactions[key]
                        print(
                            "FAIL",
                            node.name,
                            event.recorder.label,
                            i.request.method,
                            i.request.uri,
                            str(i.request.body)[:300],
                            i.response.status_code if i.response else None,
                            (i.response.content or b"")[:300] if i.response else None,
                            str(node.failure_info.failure)[:700],
                        )
    print("CPU", time.process_time() - t0)
    print("TIME", time.time() - t, sum(seen.values()))
    per = {}
    for (label, phase, status), n in sorted(seen.items(), key=str):
        per.setdefault((label, phase), []).append(f"{status}×{n}")
    for k, v in per.items():
        print("SEEN", *k, *v)
    assert faults(served.engine) == []
