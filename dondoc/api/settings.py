"""The settings of the web process; those of mail are known too, so that none is refused."""

from __future__ import annotations

import integrations.mail  # noqa: F401 - its settings' names become known
from plans.web_settings import OidcSettings, WebSettings

__all__ = ["OidcSettings", "WebSettings"]
