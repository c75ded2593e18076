"""A disk that fills up: a small file system of a run's own, and what takes up the room on it."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

BLOCK = b"\0" * 65536


@cache
def can_mount() -> bool:
    """Whether we may make a file system at all: root may, unless it is one of a closed container.

    Where we may not, no disk is filled, and a run's plan says so.
    """
    with tempfile.TemporaryDirectory(prefix="dondoc-mount-") as name:
        try:
            Disk(Path(name) / "disk", 1).close()
        except (OSError, subprocess.CalledProcessError):
            return False
    return True


class Disk:
    """A file system in memory of ``megabytes``, at ``folder``."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        options = f"size={megabytes}m,mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "dondoc-faults", str(folder)]
        subprocess.run(command, check=True, capture_output=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as file, suppress(_Full):
            while True:
                _write(file.fileno())

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Away with it, also where something on it is open still."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class _Full(Exception):
    pass


def _write(handle: int) -> None:
    try:
        if os.write(handle, BLOCK) == 0:
            raise _Full
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _Full from None
