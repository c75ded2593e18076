"""Clocks of other processes, which a run sets forwards and backwards while they work.

libfaketime (Debian's ``faketime``) reads how far a clock is off from a file, so that it can jump
under a living process. What counts seconds (timers, time-outs) goes on as it should: only the time
of day is wrong, as on a machine whose clock was set.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

PRELOADED = "libfaketimeMT.so.1"
PLACES = ("/usr/lib", "/usr/local/lib", "/lib")


def library() -> Path:
    """Where libfaketime lies."""
    found = (one for place in PLACES for one in Path(place).glob(f"**/faketime/{PRELOADED}"))
    path = next(found, None)
    assert path, f"{PRELOADED} is missing. Install it: apt-get install faketime"
    return path


class Clock:
    """The clock of the processes that are started with ``environment``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.off = timedelta()
        self.shift(timedelta())

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Else each wait with a time-out ends at once, and Python waits so for its own lock.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
        }

    def show(self, moment: datetime) -> None:
        """Let it show a moment now."""
        self._set(moment - datetime.now(moment.tzinfo))

    def shift(self, by: timedelta) -> None:
        """Let it jump."""
        self._set(self.off + by)

    def now(self, like: datetime) -> datetime:
        """What it shows, in the time zone of another moment."""
        return datetime.now(like.tzinfo) + self.off

    def _set(self, off: timedelta) -> None:
        self.off = off
        scratch = self._file.with_suffix(".new")
        scratch.write_text(f"{off.total_seconds():+.0f}\n")
        os.replace(scratch, self._file)
