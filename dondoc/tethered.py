"""Becomes another program that is told to end when its parent dies, however that dies.

    python tethered.py PARENT COMMAND…

A program of its own, so that nothing has to run between fork and exec in a process with threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie(parent: int) -> None:
    """Tie this process to its parent: SIGTERM when that dies; the end where it has died already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the parent has ended")


def main() -> None:
    """Tie this process to its parent, and become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    tie(parent)
    # A shell's background job ignores Ctrl-C; Prefect's worker sends it to itself to stop.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - our own command


if __name__ == "__main__":
    main()
