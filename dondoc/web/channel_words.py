"""What pages call channels, and why a message went by mail instead."""

from __future__ import annotations

from dondoc.web.words import PageWords
from integrations.wording import marked

NAMES = {
    "zalo": marked("Zalo"),
    "zalo:zns": marked("Zalo, messages to numbers"),
    "zalo:oa": marked("Zalo, messages to followers"),
    "apprise": marked("Another service"),
}
SERVICES = {
    "tgram": "Telegram",
    "workflows": "Microsoft Teams",
    "workflow": "Microsoft Teams",
    "msteams": "Microsoft Teams",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "slack": "Slack",
    "discord": "Discord",
    "json": "JSON",
    "jsons": "JSON",
}
_WHY: tuple[tuple[str, str], ...] = (
    ("failed before", marked("the channel failed for good before")),
    ("no contact is blamed", marked("the channel refused everybody")),
    ("may have it", marked("the channel gave no whole answer, so the message may have come twice")),
    ("answered -118", marked("the number has no Zalo account")),
    ("answered -144", marked("the channel’s messages of the day are used up")),
    ("answered -147", marked("the template’s messages of the day are used up")),
    ("answered -115", marked("the channel’s account has no money left")),
    ("answered -126", marked("the channel’s account has no money left")),
    ("DONDOC_ZALO_", marked("a setting of Zalo is missing")),
    ("access", marked("Dondoc has no access to the channel now")),
    ("cannot be reached", marked("the channel could not be reached")),
    ("HTTP 429", marked("the channel asked for fewer messages")),
    ("HTTP 4", marked("the channel’s address is not good any more")),
)
OTHERWISE = marked("the channel did not take it")


def channel_name(words: PageWords, name: str, shown: str | None = None) -> str:
    """A channel, a way of it, or (``shown``) the service behind an address of Apprise's."""
    if name in NAMES and not (name == "apprise" and shown):
        return words.gettext(NAMES[name])
    scheme = (shown or name.partition(":")[2]).partition(":")[0]
    return SERVICES.get(scheme, scheme or name)


def why_instead(words: PageWords, fallback: str) -> str:
    """Why a message went by mail, in words; the channel's own stand beside them."""
    said = next((text for part, text in _WHY if part in fallback), OTHERWISE)
    return words.gettext(said)
