"""An API process as the service starts it: uvicorn, on the port of ``FAULTS_PORT``."""

from __future__ import annotations

import os

from dondoc import serving


def prepare() -> None:
    """Import what a process needs, and open nothing."""
    import uvicorn  # noqa: F401

    import dondoc.api.app
    import dondoc.ending  # noqa: F401


def run() -> int:
    return serving.main(["--port", os.environ["FAULTS_PORT"]])
