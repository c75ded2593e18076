"""The shipped loop and unit make backups again only where none was made."""

from __future__ import annotations

import configparser
import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from plans.files import folder_of, path_of
from plans.store.upgrade import upgrade
from tests.copies import opened, upload
from tests.deploy.stack import DEPLOY
from tests.offices import furnish
from tests.serving import COMMAND, ROOT, clean_environment

SLEEP = """#!/bin/sh
echo "$@" >> "$0.said"
[ "$1" != 12h ] || kill "$PPID"
"""


class Loop:
    """The loop of ``compose.yaml`` with programs of its own; it ends at its long sleep."""

    def __init__(self, folder: Path, dondoc: str) -> None:
        self.folder, self._bin = folder / "backups", folder / "bin"
        self.folder.mkdir()
        self._bin.mkdir()
        for name, text in (("sleep", SLEEP), ("dondoc", dondoc)):
            (self._bin / name).write_text(text)
            (self._bin / name).chmod(0o755)

    def run(self, **environ: str) -> list[str]:
        """How long it slept, each time."""
        compose = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())
        *shell, text = compose["services"]["backup"]["command"]
        assert "/var/lib/dondoc-backups --keep 60" in text
        # Compose makes one sign of each two.
        text = text.replace("$$", "$").replace("/var/lib/dondoc-backups", str(self.folder))
        path = {"PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([*shell, text], env={**environ, **path}, cwd=ROOT, timeout=30)
        return (self._bin / "sleep.said").read_text().splitlines()


def test_only_what_made_no_backup_is_tried_again(tmp_path: Path) -> None:
    tell = '#!/bin/sh\necho x >> "$0.ran"\n[ $(wc -l < "$0.ran") -gt 2 ] && exit 3\nexit 1\n'
    assert Loop(tmp_path, tell).run() == ["600", "600", "12h"]


def test_a_missing_file_costs_no_older_backup(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(f"sqlite:///{data / 'dondoc.sqlite3'}") as engine:
        upgrade(engine)
        furnish(engine)
        path_of(folder_of(data), upload(engine, data)).unlink()
    command = " ".join(f"'{word}'" for word in COMMAND)
    loop = Loop(tmp_path, f'#!/bin/sh\nexec {command} "$@"\n')
    names = [f"dondoc-202001{n:02}-{h:02}0000.tar" for n in range(1, 31) for h in (2, 12)]
    old = [loop.folder / name for name in names]
    for one in old:
        one.touch()

    assert loop.run(**clean_environment(data, ROOT / "plans" / "catalogue")) == ["12h"]
    assert all(one.exists() for one in old)
    assert len(list(loop.folder.glob("*.tar"))) == len(old) + 1


@pytest.mark.parametrize("name", ["dondoc-backup.service", "dondoc-prepare.service"])
def test_units_try_again(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    unit.read_string((DEPLOY / "systemd" / name).read_text())
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Service"]["RestartSec"]
    if name == "dondoc-backup.service":
        # Made, but not whole: it stays as failed, for somebody to see.
        assert unit["Service"]["RestartPreventExitStatus"] == "3"
        assert "SuccessExitStatus" not in unit["Service"]
