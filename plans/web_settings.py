"""The settings of the web process: how it meets callers, and by whom else people may sign in.

They are read in ``dondoc``, and declared here because every process must know their names: a flow
would refuse ``DONDOC_CORS_ORIGINS`` as unknown otherwise, and ``flows`` cannot import ``dondoc``.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

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


class OidcSettings(DondocSettings):
    """The provider of identities (OpenID Connect) that people may sign in by; none without issuer.

    ``oidc_name`` is what the sign-in page calls it. Without a secret we are a public client.
    """

    oidc_issuer: str | None = Field(None, max_length=180)
    oidc_client_id: str | None = Field(None, min_length=1, max_length=255, validate_default=True)
    oidc_client_secret: SecretStr | None = Field(None, min_length=1)
    oidc_name: str = Field("OpenID Connect", min_length=1, max_length=60)

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("must begin with https:// (http:// only on loopback)")
        if not parts.hostname or parts.query or parts.fragment or re.search(r"\s", value):
            raise ValueError("must name a host, as in https://id.example.vn")
        return value

    @field_validator("oidc_client_id")
    @classmethod
    def _goes_with_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if (value is None) != (info.data.get("oidc_issuer") is None):
            raise ValueError("is set together with DONDOC_OIDC_ISSUER, or neither is")
        return value


def is_loopback(host: str | None) -> bool:
    """Whether a URL's host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _listed(value: str) -> list[str]:
    return [one.strip() for one in value.split(",") if one.strip()]
