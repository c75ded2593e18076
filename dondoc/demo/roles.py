"""Making the record's bodies simulated ones: named so, reachable at mailboxes that do not exist."""

from __future__ import annotations

from collections.abc import Mapping

from plans.store import Engine, catalogue, feeds, writing

DOMAIN = "simulated.invalid"
TIMEOUT_SECONDS = 3.0


def mailbox(code: str) -> str:
    """A simulated department's mailbox (the domain can never exist: RFC 2606)."""
    return f"{code}@{DOMAIN}"


def refused_mailbox() -> str:
    """The one mailbox that the simulated mail server no longer knows."""
    return mailbox("so-ct")


def give_roles(engine: Engine, urls: Mapping[str, str]) -> None:
    """Mark every body as simulated, and give each a mailbox and, where it answers, a feed."""
    with writing(engine) as connection:
        catalogue.mark_simulated(connection)
        mail = catalogue.all_addresses(connection)
        for code in catalogue.department_rows(connection):
            if code not in mail:
                catalogue.add_contact(connection, code, mailbox(code))
            if code in urls:
                feeds.save_feed(connection, code, urls[code], TIMEOUT_SECONDS)
