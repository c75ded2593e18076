"""What tests of channels share: recipients with channels, a Zalo on loopback with access to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select, update

from integrations.channel_settings import ChannelSettings
from integrations.channels import Setup
from integrations.delivery import Delivered, deliver
from integrations.mail import MailSettings
from integrations.zalo_tokens import PURPOSE
from plans import channels
from plans.sealing import seal
from plans.settings import Settings
from plans.store import channels as store
from plans.store import reading, writing
from plans.store.schema import deliveries
from plans.store.schema_paper import channel_tokens, contact_channels
from tests.channel_server import ZaloServer
from tests.integrations.delivering import NOW, SETTINGS, Clock, Noting, owe_to, rows

MAIL = MailSettings(mail_from="Dondoc <dondoc@x.vn>")
TEMPLATES = "reminder=101, digest=102, test=103"


def settings_of(zalo: ZaloServer | None = None, **given: Any) -> ChannelSettings:
    said: dict[str, Any] = {
        "zalo_templates": TEMPLATES,
        "channel_timeout_seconds": 2.0,
        "apprise_rate": "",
    }
    return ChannelSettings(**(said | (zalo.settings if zalo else {}) | given))


def setup_of(
    engine: Engine, zalo: ZaloServer | None = None, *, settings: Settings = SETTINGS, **given: Any
) -> Setup:
    return Setup(engine, settings, settings_of(zalo, **given))


def give_access(engine: Engine, zalo: ZaloServer, *, lasts: timedelta = timedelta(0)) -> None:
    """As after the authorisation: by itself an access that is over, so that it is renewed first."""
    zalo.access.good.add("access-0")
    now = datetime.now(UTC)
    with writing(engine) as connection:
        store.keep_token(
            connection,
            "zalo",
            access=seal(SETTINGS.secret, PURPOSE, "access-0"),
            refresh=seal(SETTINGS.secret, PURPOSE, "refresh-0"),
            expires_at=now + lasts,
            now=now,
        )


def owe_by(engine: Engine, addresses: Sequence[str | None], kind: str = "zalo") -> list[str]:
    """A department for each address, which is owed a message; None: it has mail alone."""
    mailboxes = [f"a{place}@so.vn" for place in range(len(addresses))]
    owe_to(engine, mailboxes)
    with writing(engine) as connection:
        for place, address in enumerate(addresses):
            if address is not None:
                channels.choose(
                    connection,
                    f"d{place}",
                    mailboxes[place],
                    channels.Address(kind, address, shown(kind, address)),
                    secret=SETTINGS.secret,
                    actor="test",
                    now=NOW,
                )
    return mailboxes


def shown(kind: str, address: str) -> str:
    if kind == "apprise":
        return address.partition("://")[0] + "://…"
    return f"user:…{address[-3:]}" if address.startswith("user:") else f"84…{address[-3:]}"


def numbers(n: int) -> list[str | None]:
    return [f"8490000{place:04}" for place in range(n)]


def send(
    engine: Engine,
    beside: ChannelSettings,
    *,
    line: Any = None,
    after: timedelta = timedelta(0),
    settings: Settings = SETTINGS,
    lines: int = 2,
) -> tuple[Delivered, Any]:
    """A run; gives what it did and the line of mail that it had."""
    clock = Clock()
    noting = line or Noting(clock)
    done = deliver(
        engine,
        settings,
        MAIL,
        NOW + after,
        lines=[noting] * lines,
        channels=beside,
        elapsed=clock,
        sleep=clock.sleep,
    )
    return done, noting


def gone(engine: Engine) -> list[tuple[str, str | None]]:
    """Each notice's state and channel."""
    return [(row.state, row.channel) for row in rows(engine)]


def flags(engine: Engine) -> list[str | None]:
    with reading(engine) as connection:
        query = select(contact_channels.c.failure).order_by(contact_channels.c.contact)
        return list(connection.execute(query).scalars())


def troubles(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        found = select(channel_tokens).where(channel_tokens.c.failed_at.is_not(None))
        return {row.channel: row.failure for row in connection.execute(found)}


def doubt(engine: Engine) -> None:
    """As after a kill in the moment of sending."""
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(maybe_taken=True))
