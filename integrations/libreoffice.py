"""LibreOffice without a screen: Word and Excel files as PDF, or as each other's kind.

It is not needed to run Dondoc; what needs it says so where it is missing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from plans.errors import OutsideError

PROGRAMS = ("soffice", "libreoffice")
SECONDS = 90.0


class OfficeMissing(OutsideError):
    """LibreOffice is not installed here, or did not do what it was asked."""

    code = "libreoffice"


def find() -> str | None:
    """The program, where it is installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def convert(raw: bytes, suffix: str, to: str, *, seconds: float = SECONDS) -> bytes:
    """A file of ours (``suffix``: what it is, such as ``.docx``) as another kind (``pdf``).

    Each call has a profile of its own, so that several may run, and a desktop's own goes on.

    Raises:
        OfficeMissing: permanent where there is no LibreOffice; else it failed, or took too long.
    """
    program = find()
    if program is None:
        message = "LibreOffice is not installed here: apt-get install libreoffice-writer-nogui"
        raise OfficeMissing(f"{message} libreoffice-calc-nogui", permanent=True)
    with tempfile.TemporaryDirectory(prefix="dondoc-office-") as folder:
        given = Path(folder) / f"file{suffix}"
        given.write_bytes(raw)
        command = [
            program,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--norestore",
            "--convert-to",
            to,
            "--outdir",
            str(Path(folder) / "out"),
            str(given),
        ]
        said = _run(command, folder, seconds)
        made = Path(folder) / "out" / f"file.{to.partition(':')[0]}"
        if not made.exists():
            raise OfficeMissing(f"LibreOffice made no {to}: {said}", permanent=False)
        return made.read_bytes()


def _run(command: list[str], folder: str, seconds: float) -> str:
    # A group of its own: soffice is a script whose child would outlive it.
    process = subprocess.Popen(  # noqa: S603 - a fixed command
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise OfficeMissing(
            f"LibreOffice took longer than {seconds:.0f} s", permanent=False
        ) from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
