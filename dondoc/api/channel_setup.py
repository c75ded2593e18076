"""What channels beside mail work with: calls and pages share it."""

from __future__ import annotations

from dondoc.api.context import Context
from integrations.channel_settings import ChannelSettings
from integrations.channels import Setup


def setup_of(here: Context) -> Setup:
    """What channels work with, in this process."""
    known = here.running.extras.get("channels") or ChannelSettings.read()
    return Setup(here.engine, here.settings, known)
