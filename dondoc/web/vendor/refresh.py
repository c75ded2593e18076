"""Copies what the pages load out of npm's packages into ``../static/vendor``, with their licences.

``make vendor`` runs it. To take another version, change ``package.json`` first. ``vendor.json``
beside the copies says what each is; ``tests/dondoc/web/test_vendor.py`` holds them to it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGET = HERE.parent / "static" / "vendor"
LOCK = ("package.json", "package-lock.json")
SOURCE_MAP = re.compile(r"\s*(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")
"""Browsers' tools would ask us for the maps, which we do not have."""


@dataclass(frozen=True)
class Wanted:
    """A file of a package; ``inside``: the packages that were built into it."""

    package: str
    path: str
    inside: tuple[str, ...] = ()


WANTED = (
    Wanted("bootstrap", "dist/css/bootstrap.min.css"),
    Wanted("chart.js", "dist/chart.umd.min.js", inside=("@kurkle/color",)),
    Wanted("htmx.org", "dist/htmx.min.js"),
)


def main() -> None:
    """Install the packages somewhere else, then replace the copies by theirs."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is missing. Install it: apt-get install nodejs npm")
    with tempfile.TemporaryDirectory() as folder:
        packages = _install(npm, Path(folder))
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        listing = [_copy(packages, one) for one in WANTED]
    _write(TARGET / "vendor.json", json.dumps(listing, indent=2))


def _install(npm: str, folder: Path) -> Path:
    for name in LOCK:
        if (HERE / name).exists():
            shutil.copyfile(HERE / name, folder / name)
    # The lock names no registry: whoever refreshes has one of their own.
    lock = ("install", "--package-lock-only", "--omit-lockfile-registry-resolved")
    for command in (lock, ("ci", "--ignore-scripts")):
        subprocess.run([npm, *command, "--no-audit", "--no-fund"], cwd=folder, check=True)  # noqa: S603 - ours
    shutil.copyfile(folder / LOCK[1], HERE / LOCK[1])
    return folder / "node_modules"


def _copy(packages: Path, wanted: Wanted) -> dict[str, Any]:
    """Copy a file and its licences' texts; gives its entry in the listing."""
    whole = (packages / wanted.package / wanted.path).read_text("utf-8")
    file = TARGET / Path(wanted.path).name
    _write(file, SOURCE_MAP.sub("", whole))
    parts = [_described(packages / name) for name in (wanted.package, *wanted.inside)]
    licence = TARGET / f"{wanted.package}.LICENSE.txt"
    _write(licence, "\n\n".join(_licence(packages / one["package"]) for one in parts))
    return parts[0] | {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "licence_file": licence.name,
        "inside": parts[1:],
    }


def _described(package: Path) -> dict[str, str]:
    said = json.loads((package / "package.json").read_text("utf-8"))
    return {"package": said["name"], "version": said["version"], "licence": said["license"]}


def _licence(package: Path) -> str:
    (found,) = package.glob("LICENSE*")
    name = _described(package)["package"]
    return f"{name}\n\n{found.read_text('utf-8').strip()}"


def _write(path: Path, text: str) -> None:
    path.write_text(text.rstrip() + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
