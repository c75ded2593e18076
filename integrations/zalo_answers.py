"""What Zalo's error codes mean for us: whose fault it is, and so what follows.

Codes by Zalo's documentation of ZNS ("Bảng mã lỗi", developers.zalo.me and zalo.cloud), of the
Official Account's API (-2xx) and of its OAuth (-14xxx). A code that is neither named here nor of a
named one's family may pass: the message is tried once more, then goes by mail.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from integrations.channels import ChannelError, Fault
from integrations.smtp_answers import readable

MORNING: Final = time(6)
LONGEST_SAID: Final = 160
BAD_ACCESS: Final = frozenset({-124, -216, -220, -201, -155})
"""The access token is wrong or over: renewed once, then it is the channel's fault."""
TOO_MANY: Final = -32
NIGHT: Final = -133

FAULTS: Final[dict[int, Fault]] = {
    # the recipient's: no such number or user, refuses our messages, cannot get them
    -108: "recipient",  # phone number invalid
    -110: "recipient",  # Zalo's version there takes no such messages
    -114: "recipient",  # user inactive, refuses, or an outdated version
    -118: "recipient",  # no such Zalo account
    -119: "recipient",  # the account cannot receive
    -134: "recipient",  # has not agreed to such messages
    -139: "recipient",  # refuses this kind of message
    -141: "recipient",  # refuses messages of this Official Account
    -207: "recipient",  # user id invalid
    -213: "recipient",  # does not follow the Official Account
    -217: "recipient",  # has blocked invitations and messages
    -233: "message",  # this kind of message is not supported
    # the message's: its template, or what was filled in
    -109: "message",  # no such template
    -111: "message",
    -112: "message",
    -113: "message",
    -116: "message",
    -117: "message",  # no permission for this template
    -121: "message",
    -122: "message",
    -123: "message",
    -127: "message",  # a trial template goes to administrators alone
    -130: "message",  # too long
    -131: "message",  # not approved
    -132: "message",
    -145: "message",
    -146: "message",
    -140: "message",  # may not be sent this kind of message
    -147: "message",  # this template's quota of the day
    -204: "message",
    -230: "message",  # who has not written to us for long gets fewer kinds
    -232: "message",
    -153: "message",
    -1202: "message",  # a template with pictures that are not permitted
    -1441: "message",  # the month's quota of promotions, which ours are not
    # the channel's: our application, our Official Account, its money, its quota
    -1241: "channel",  # our application's proof is wrong, not the access
    -101: "channel",
    -102: "channel",
    -103: "channel",
    -104: "channel",
    -105: "channel",
    -106: "channel",
    -115: "channel",  # out of money
    -120: "channel",
    -125: "channel",
    -126: "channel",  # the wallet is empty, or the development mode's quota
    -135: "channel",
    -136: "channel",
    -137: "channel",
    -138: "channel",
    -144: "channel",  # the Official Account's quota of the day
    -202: "channel",
    -205: "channel",
    -206: "channel",
    -209: "channel",
    -211: "channel",  # out of quota
    -221: "channel",
    -224: "channel",  # the Official Account's package lacks this
    # it may pass
    -100: "later",
    -107: "later",
    -200: "later",
    TOO_MANY: "later",
    NIGHT: "night",
}


def refusal(code: int, said: str, now: datetime) -> ChannelError:
    """The error of an answer; ``now`` in the office's time zone."""
    text = f"Zalo answered {code}: {readable(said, LONGEST_SAID) or 'without a reason'}"
    if code in BAD_ACCESS:
        return ChannelError(f"{text}; authorise Dondoc anew with Zalo", "channel")
    fault = fault_of(code)
    until = morning_after(now) if fault == "night" else None
    return ChannelError(text, fault, until=until, slows="domain" if code == TOO_MANY else None)


def fault_of(code: int) -> Fault:
    """Whose fault a refusal is."""
    if code in BAD_ACCESS:
        return "channel"
    return FAULTS.get(code) or FAULTS.get(_family(code), "later")


def _family(code: int) -> int:
    """Zalo tells some codes apart by one more figure: -1351 is a kind of -135."""
    return -(-code // 10) if -1999 <= code <= -1010 else code


def morning_after(now: datetime) -> datetime:
    """The next six o'clock, when what may not be sent at night may be sent again."""
    today = now.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    return today if now < today else today + timedelta(days=1)
