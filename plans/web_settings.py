"""The settings of the web process.

They are read in ``dondoc``, and declared here because every process must know their names: a flow
would refuse ``DONDOC_CORS_ORIGINS`` as unknown otherwise, and ``flows`` cannot import ``dondoc``.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from plans.settings import DondocSettings

_RATE = re.compile(r"[1-9]\d{0,8} ?/ ?(second|minute|hour|day)", re.ASCII)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class WebSettings(DondocSettings):
    """How the API meets its callers. Lists are separated by commas; rates are as in 1200/minute."""

    rate_limit: str = "1200/minute"
    rate_limit_guessing: str = "30/minute"
    body_limit_kb: int = Field(1024, ge=16, le=65_536)
    cors_origins: str = ""
    metrics_allow: str = "127.0.0.0/8,::1"
    trusted_proxies: str = "127.0.0.1"
    log_format: Literal["json", "text"] = "json"

    @field_validator("rate_limit", "rate_limit_guessing")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        if not _RATE.fullmatch(value.strip()):
            raise ValueError("must be a number and a time, as in 1200/minute")
        return value.strip()

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for one in _listed(value):
            parts = urlsplit(one)
            if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != one:
                raise ValueError("must be origins, as in https://portal.example.vn")
        return value

    @field_validator("metrics_allow", "trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for one in _listed(value):
            try:
                ipaddress.ip_network(one)
            except ValueError:
                raise ValueError("must be addresses or networks, as in 10.1.0.0/16") from None
        return value

    @property
    def origins(self) -> list[str]:
        """The sites whose pages may call the API from a browser."""
        return _listed(self.cors_origins)

    @property
    def metrics_networks(self) -> tuple[Network, ...]:
        """From where ``/metrics`` may be asked."""
        return tuple(ipaddress.ip_network(one) for one in _listed(self.metrics_allow))

    @property
    def proxies(self) -> list[str]:
        """Whose ``X-Forwarded-For`` and ``-Proto`` are believed."""
        return _listed(self.trusted_proxies)


def _listed(value: str) -> list[str]:
    return [one.strip() for one in value.split(",") if one.strip()]
