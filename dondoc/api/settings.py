"""The settings of the web process."""

from __future__ import annotations

from limits import parse
from pydantic import Field, field_validator

from plans.settings import DondocSettings


class WebSettings(DondocSettings):
    """How the API meets its callers. Limits are written as '1200/minute'."""

    rate_limit: str = "1200/minute"
    rate_limit_guessing: str = "30/minute"
    body_limit_kb: int = Field(1024, ge=16, le=65_536)
    cors_origins: str = ""

    @field_validator("rate_limit", "rate_limit_guessing")
    @classmethod
    def _is_limit(cls, value: str) -> str:
        try:
            parse(value)
        except ValueError:
            raise ValueError("must be a number and a time, as in 1200/minute") from None
        return value
