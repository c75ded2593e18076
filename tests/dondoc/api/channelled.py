"""The application with a Zalo on loopback set up for it, but without access yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from integrations.channel_settings import ChannelSettings
from tests.channel_server import ZaloServer
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish


def serve_with(engine: Engine, folder: Path, zalo: ZaloServer) -> Iterator[Served]:
    """As ``serve``, on the sample plan."""
    furnish(engine)
    for one in serve(engine, folder):
        settings = ChannelSettings(zalo_templates="*=1", **zalo.settings)
        one.app.state.running.extras["channels"] = settings
        yield one
