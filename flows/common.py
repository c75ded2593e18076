"""What every flow needs: the engine of the settings, and the day and moment that it runs for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

import plans.web_settings  # noqa: F401 - its names become known
from integrations.bounces import BounceSettings
from integrations.channel_settings import ChannelSettings
from integrations.mail import MailSettings
from plans.errors import InvalidInput
from plans.settings import Settings, refuse_unknown
from plans.store import Engine, keep_time, open_engine

NOON = time(12, 0)


@contextmanager
def database() -> Iterator[tuple[Engine, Settings]]:
    """The record and the shared settings; connections are closed at the end."""
    settings = read_settings()
    engine = open_engine(settings.url)
    if not settings.simulated:
        engine = keep_time(engine, lambda: datetime.now(settings.zone))
    try:
        yield engine, settings
    finally:
        engine.dispose()


def read_settings(**given: Any) -> Settings:
    """The shared settings; an unknown ``DONDOC_`` name of any room is refused."""
    refuse_unknown()
    return Settings.read(**given)


def mail_settings() -> MailSettings:
    """The settings of mail."""
    return MailSettings.read()


def channel_settings() -> ChannelSettings:
    """The settings of channels beside mail."""
    return ChannelSettings.read()


def bounce_settings() -> BounceSettings:
    """The settings of the mailbox that reports come back to."""
    return BounceSettings.read()


def moment(at: date | None, settings: Settings) -> tuple[date, datetime]:
    """The day that a run is about, and the moment of recording, in the office's time zone.

    Raises:
        InvalidInput: the day is still to come (``refuse_ahead``).
    """
    refuse_ahead(at, settings)
    return looked_at(at, settings)


def refuse_ahead(at: date | None, settings: Settings) -> None:
    """Refuse a run for a day to come: what it did would count as done when the day is there.

    Reminders of that day and its week's digests would never be sent with what is true by then.
    """
    today = datetime.now(settings.zone).date()
    if at and at > today and not settings.simulated:
        raise InvalidInput(
            f"--at {at} lies in the future, and what is done for a day is not done again; give "
            f"today ({today}) or an earlier day, or --dry-run to see what would be done then"
        )


def looked_at(at: date | None, settings: Settings) -> tuple[date, datetime]:
    """The same for who only looks, also at a day to come.

    ``at`` chooses the day alone: what is recorded bears the real clock, or else a figure as of a
    past moment could change afterwards. Only a simulated record plays at noon of its day.
    """
    now = datetime.now(settings.zone)
    day = at or now.date()
    if settings.simulated and day != now.date():
        return day, datetime.combine(day, NOON, settings.zone)
    return day, now
