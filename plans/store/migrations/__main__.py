"""Draft a migration: ``python -m plans.store.migrations "what it does"``.

``--first`` writes the first migration anew, for as long as nothing is released.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from plans.store.engine import open_engine, writing
from plans.store.upgrade import FOLDER, configure, head, upgrade

VERSIONS = FOLDER / "versions"


def draft(message: str, revision: str) -> list[Path]:
    """Write a migration from the difference between the migrations so far and the schema."""
    before = set(VERSIONS.glob("0*.py"))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/draft.sqlite3")
        if before:
            upgrade(engine)
        with writing(engine) as connection:
            config = configure(connection)
            command.revision(config, message, autogenerate=True, rev_id=revision)
        engine.dispose()
    return sorted(set(VERSIONS.glob("0*.py")) - before)


def tidy(path: Path) -> None:
    """Without alembic's remarks, and formatted."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    for step in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, "--quiet", path], check=True)  # noqa: S603


def main() -> None:
    """Draft, then format."""
    if sys.argv[1:] == ["--first"]:
        for path in VERSIONS.glob("0*.py"):
            path.unlink()
        paths = draft("The record", "0001")
    else:
        paths = draft(sys.argv[1], f"{int(head()) + 1:04}")
    for path in paths:
        tidy(path)
        print(path)


if __name__ == "__main__":
    main()
