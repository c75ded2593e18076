"""Zalo: template messages to a number (ZNS), and transaction messages to who follows our account.

    zalo:02438253531      ZNS: ``POST business.openapi.zalo.me/message/template`` by phone number
    zalo:user:727990…     ``POST openapi.zalo.me/v3.0/oa/message/transaction`` by user id

By Zalo's documentation (developers.zalo.me: "ZNS / Gửi thông báo", "Official Account / Tin giao
dịch"). Templates are registered by the office with the parameters of ``short_messages``
(``don_vi``, ``noi_dung``, ``so_nhiem_vu``, ``so_qua_han``, ``ngay``, ``lien_ket``). Zalo answers
HTTP 200 also where it refuses; what its codes mean is in ``zalo_answers``.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import httpx

from integrations.channel_settings import ChannelSettings
from integrations.channels import ChannelError, Setup, wrong
from integrations.short_messages import LONGEST, Short
from integrations.smtp_answers import readable
from integrations.zalo_answers import BAD_ACCESS, refusal
from integrations.zalo_tokens import Tokens
from plans.channels import Address
from plans.settings import Settings
from plans.store.claims import MAY_HAVE_IT

ZNS: Final = "/message/template"
TRANSACTION: Final = "/v3.0/oa/message/transaction"
USER: Final = "user:"
NUMBER: Final = re.compile(r"84[2-9][0-9]{8,9}")
USER_ID: Final = re.compile(r"[0-9]{10,25}")
LONGEST_RECEIPT: Final = 200
LONGEST_KEY: Final = 48
OFFICES_OWN: Final = (
    "it must be a number of the office, on duty there, and never a person's own: what stands in "
    "messages would follow that person"
)


def read(text: str, settings: Settings) -> Address:  # noqa: ARG001
    """A number or a user id of a person's words, or ``InvalidInput``."""
    said = text.partition(":")[2].strip()
    if said.lower().startswith(USER):
        key = said[len(USER) :].strip()
        if not USER_ID.fullmatch(key):
            raise wrong("a user id of Zalo's is a number, as in zalo:user:7279905758396907775")
        return Address("zalo", f"{USER}{key}", f"{USER}{_masked(key)}", OFFICES_OWN)
    digits = re.sub(r"[\s.()+-]", "", said)
    number = "84" + digits[1:] if digits.startswith("0") else digits
    if not NUMBER.fullmatch(number):
        raise wrong("not a number of Vietnam; write zalo:02438253531 or zalo:84912345678")
    return Address("zalo", number, _masked(number), OFFICES_OWN)


def _masked(number: str) -> str:
    """Its first two and last three digits."""
    return f"{number[:2]}{'•' * (len(number) - 5)}{number[-3:]}"


def lane_of(shown: str) -> str:
    """Numbers and user ids are two services of Zalo's, which fail each for itself."""
    return "zalo:oa" if shown.startswith(USER) else "zalo:zns"


def shortfalls(settings: ChannelSettings, *, has_access: bool) -> dict[str, tuple[str, ...]]:
    """By lane what has to be set, or done, before Zalo takes its messages."""
    found: list[str] = []
    if not settings.has_zalo:
        found.append(
            "setting DONDOC_ZALO_APP_ID, DONDOC_ZALO_SECRET_KEY: Zalo needs the number and the key "
            "of the office's application; until they are set, mail goes instead"
        )
    if not has_access:
        found.append(
            "no access to Zalo yet: let an administrator of the Official Account permit it "
            "('dondoc channels zalo-authorize'); until then, mail goes instead"
        )
    by_number = list(found)
    if kinds := ", ".join(settings.without_template()):
        by_number.append(
            f"setting DONDOC_ZALO_TEMPLATES: no template is set for {kinds}; such messages go by "
            "mail"
        )
    return {"zalo:oa": tuple(found), "zalo:zns": tuple(by_number)}


class Sender:
    """Sends with the office's access, renewed where it is over."""

    def __init__(self, setup: Setup, tokens: Tokens | None = None) -> None:
        setup.channels.zalo_application()
        self.settings, self.zone = setup.channels, setup.settings.zone
        timeout = httpx.Timeout(self.settings.channel_timeout_seconds, connect=5)
        self.client = httpx.Client(timeout=timeout, follow_redirects=False)
        self.tokens = tokens or Tokens(setup, self.client)

    def longest(self, address: str) -> int:  # noqa: ARG002
        """As long as any."""
        return LONGEST

    def send(self, address: str, message: Short, key: str) -> str | None:
        """Hand over one message; gives Zalo's id of it."""
        if address.startswith(USER):
            url, body = self.settings.zalo_oa_url + TRANSACTION, transaction(address, message)
        else:
            url = self.settings.zalo_url + ZNS
            body = self._zns(address, message, key)
        access = self.tokens.access()
        code, answer = self._post(url, body, access)
        if code in BAD_ACCESS:
            code, answer = self._post(url, body, self.tokens.access(instead_of=access))
        if code:
            raise refusal(code, str(answer.get("message", "")), datetime.now(self.zone))
        data = answer.get("data")
        found = data if isinstance(data, dict) else {}
        receipt = found.get("msg_id") or found.get("message_id")
        return readable(str(receipt), LONGEST_RECEIPT) if receipt else None

    def _zns(self, number: str, message: Short, key: str) -> dict[str, Any]:
        template = self.settings.zalo_template(message.kind, message.language)
        if template is None:
            text = f"no template is set for '{message.kind}' (DONDOC_ZALO_TEMPLATES)"
            raise ChannelError(text, "message")
        return {
            "phone": number,
            "template_id": template,
            "template_data": dict(message.data),
            "tracking_id": key[:LONGEST_KEY],
        }

    def _post(self, url: str, body: Any, access: str) -> tuple[int, dict[str, Any]]:
        """The code of an answer (0: taken) and the answer."""
        try:
            response = self.client.post(url, json=body, headers={"access_token": access})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            text = f"Zalo cannot be reached: {type(error).__name__}"
            raise ChannelError(text, "later", slows="silence") from error
        except httpx.HTTPError as error:
            text = f"Zalo gave no whole answer, and {MAY_HAVE_IT}: {type(error).__name__}"
            raise ChannelError(text, "later", slows="silence") from error
        return _read(response)

    def close(self) -> None:
        """End its connections."""
        self.client.close()


def _read(response: httpx.Response) -> tuple[int, dict[str, Any]]:
    status = response.status_code
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if status == httpx.codes.UNAUTHORIZED:
        return -216, {"message": "HTTP 401"}
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise ChannelError("Zalo answered HTTP 429: too many messages", "later", slows="domain")
    code = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(code, int):
        # Also of a server that broke down: whether it had taken the message, nobody knows.
        unsure = f", and {MAY_HAVE_IT}" if status >= 500 or status < 300 else ""
        raise ChannelError(f"Zalo answered HTTP {status} without a code{unsure}", "later")
    return code, answer


def transaction(address: str, message: Short) -> dict[str, Any]:
    """A transaction message of the kind that is for an organisation's own notices."""
    rows = [("Đơn vị", "don_vi"), ("Số nhiệm vụ", "so_nhiem_vu"), ("Quá hạn", "so_qua_han")]
    if message.language == "en":
        rows = [("Office", "don_vi"), ("Tasks", "so_nhiem_vu"), ("Overdue", "so_qua_han")]
    table = [{"key": name, "value": message.data[key]} for name, key in rows]
    elements = [
        {"type": "header", "align": "left", "content": message.title[:100]},
        {"type": "text", "align": "left", "content": message.data["noi_dung"]},
        {"type": "table", "content": table},
    ]
    title = "See the list" if message.language == "en" else "Xem danh sách"
    button = {"title": title, "type": "oa.open.url", "payload": {"url": message.address}}
    payload = {
        "template_type": "transaction_internal",
        "language": message.language.upper(),
        "elements": elements,
        "buttons": [button],
    }
    attachment = {"type": "template", "payload": payload}
    return {
        "recipient": {"user_id": address.removeprefix(USER)},
        "message": {"attachment": attachment},
    }
