"""What processes take in memory: their proportional share (PSS), so that nothing counts twice."""

from __future__ import annotations

from pathlib import Path

import psutil

MB = 1_000_000


def of_family(pid: int) -> float:
    """MB of a process and all that it started."""
    parent = psutil.Process(pid)
    return sum(map(_pss, [parent, *parent.children(recursive=True)]))


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / MB
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0.0


def peak() -> float:
    """MB that this process took at its greatest.

    What ``getrusage`` says begins with the size of whoever started the process.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / MB
    raise LookupError("this system does not say how much memory a process took")
