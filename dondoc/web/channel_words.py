"""What pages call channels, why one took a message not, and what one lacks still."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dondoc.api.channel_setup import setup_of
from dondoc.api.context import Context
from dondoc.web.explaining import say
from dondoc.web.words import PageWords
from integrations.channels import Fault, Lacks, lane_of, shortfalls
from integrations.wording import marked
from integrations.zalo_answers import fault_of
from plans.store import Connection

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
    (r"answered -118\b", marked("the number has no Zalo account")),
    (r"answered -213\b", marked("the user does not follow the Official Account")),
    (r"answered -144\b", marked("the channel’s messages of the day are used up")),
    (r"answered -147\b", marked("the template’s messages of the day are used up")),
    (r"answered -(?:115|126|137)\b", marked("the channel’s account has no money left")),
    ("anew|not renewed|Zalo refused", marked("Dondoc has no access to the channel now")),
    ("DONDOC_ZALO_", marked("a setting of Zalo is missing")),
    ("access", marked("Dondoc has no access to the channel now")),
    ("cannot be reached", marked("the channel could not be reached")),
    ("HTTP 429", marked("the channel asked for fewer messages")),
    ("HTTP 4", marked("the channel’s address is not good any more")),
)
_BY_FAULT: Mapping[Fault, str] = {
    "recipient": marked("the recipient cannot be reached"),
    "message": marked("the message’s template is not taken; check it with Zalo"),
    "channel": marked(
        "Zalo takes nothing of the Official Account; check its application and rights"
    ),
    "night": marked("Zalo takes no messages at night"),
    "later": marked("Zalo did not take it this time"),
}
OTHERWISE = marked("the channel did not take it")


def channel_name(words: PageWords, name: str, shown: str | None = None) -> str:
    """A channel, a way of it, or (``shown``) the service behind an address of Apprise's."""
    if name in NAMES and not (name == "apprise" and shown):
        return words.gettext(NAMES[name])
    scheme = (shown or name.partition(":")[2]).partition(":")[0]
    return SERVICES.get(scheme, scheme or name)


def why_not(words: PageWords, said: str) -> str:
    """Why a channel did not take a message, in words; its own stand beside them."""
    found = next((text for pattern, text in _WHY if re.search(pattern, said)), None)
    code = re.search(r"Zalo answered (-\d+)", said)
    otherwise = _BY_FAULT[fault_of(int(code[1]))] if code else OTHERWISE
    return words.gettext(found or otherwise)


def lacks_of(connection: Connection, here: Context) -> Lacks:
    """What ways lack before they take messages, of those that lack anything."""
    return shortfalls(connection, setup_of(here).channels)


def missing_for(words: PageWords, lacks: Lacks, kind: str, shown: str) -> list[str]:
    """What a contact's channel lacks, in words."""
    return [say(words, one) for one in lacks.get(lane_of(kind, shown), ())]
