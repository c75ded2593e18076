"""Settings of the channels beside mail."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field, SecretStr, field_validator

from integrations.pacing import Rate
from plans.errors import InvalidInput
from plans.settings import DondocSettings
from plans.terms import NoticeKind

TEMPLATE_ID = re.compile(r"[0-9]{1,20}")
TEST = "test"
LANGUAGES = ("vi", "en")
WITHIN: tuple[str, ...] = (*NoticeKind, TEST)


class ChannelSettings(DondocSettings):
    """How Zalo and what Apprise reaches are used; without them, mail alone is."""

    zalo_app_id: str = ""
    zalo_secret_key: SecretStr | None = None
    zalo_templates: str = ""
    zalo_url: str = "https://business.openapi.zalo.me"
    zalo_oa_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_rate: str = "10/second"
    apprise_rate: str = "1/second"
    channel_timeout_seconds: float = Field(15, gt=0, le=40)

    @field_validator("zalo_app_id")
    @classmethod
    def _is_number(cls, value: str) -> str:
        if value and not value.isdecimal():
            raise ValueError("must be the number that developers.zalo.me shows for the application")
        return value

    @field_validator("zalo_templates")
    @classmethod
    def _are_templates(cls, value: str) -> str:
        templates_of(value)
        return value

    @field_validator("zalo_url", "zalo_oa_url", "zalo_oauth_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/?#@]+", value.rstrip("/")):
            raise ValueError("must be a server's address, as in https://openapi.zalo.me")
        return value.rstrip("/")

    @field_validator("zalo_rate", "apprise_rate")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        if value:
            Rate.of(value)
        return value

    @property
    def rates(self) -> Mapping[str, Rate]:
        """How fast messages may go, by kind of channel."""
        said = {"zalo": self.zalo_rate, "apprise": self.apprise_rate}
        return {kind: Rate.of(rate) for kind, rate in said.items() if rate}

    @property
    def has_zalo(self) -> bool:
        """Whether an application of Zalo is set."""
        return bool(self.zalo_app_id and self.zalo_secret_key)

    def zalo_application(self) -> tuple[str, str]:
        """Its number and its key, or ``InvalidInput`` that names what is missing."""
        if not self.zalo_app_id:
            raise InvalidInput("setting DONDOC_ZALO_APP_ID: Zalo needs the application's number")
        if self.zalo_secret_key is None:
            raise InvalidInput("setting DONDOC_ZALO_SECRET_KEY: Zalo needs the application's key")
        return self.zalo_app_id, self.zalo_secret_key.get_secret_value()

    def without_template(self) -> list[str]:
        """The kinds of message that no template is set for, in no language."""
        return [
            kind
            for kind in WITHIN
            if not any(self.zalo_template(kind, language) for language in LANGUAGES)
        ]

    def zalo_template(self, kind: NoticeKind | str, language: str) -> str | None:
        """The template for a kind of message: that of its language, else the kind's, else any's."""
        known = templates_of(self.zalo_templates)
        for name in (f"{kind}.{language}", str(kind), f"*.{language}", "*"):
            if name in known:
                return known[name]
        return None


def templates_of(text: str) -> dict[str, str]:
    """By kind, from "reminder=123, digest.en=456, *=789"; ``ValueError``: it is not that."""
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, number = (one.strip() for one in part.partition("="))
        kind, _, language = name.partition(".")
        known = kind in (*WITHIN, "*") and language in ("", *LANGUAGES)
        if not known or not TEMPLATE_ID.fullmatch(number):
            raise ValueError(
                f'not a template: "{part}"; write reminder=123456, digest.en=123457 or *=123458'
            )
        if name in found:
            raise ValueError(f'"{name}" is named twice')
        found[name] = number
    return found
