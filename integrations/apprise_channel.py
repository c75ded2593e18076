"""Whatever Apprise reaches: Teams, Telegram, Mattermost, SMS gateways and a hundred more.

An address is Apprise's URL (``tgram://TOKEN/CHAT``, ``workflows://…``, ``mmosts://HOST/TOKEN``),
one recipient each; it is a secret as a whole. Services of this machine (its desktop, its log, its
commands) are none of ours, nor is mail, which goes our own way; where an address names a server,
that follows the rule of webhooks (``public_hosts``), asked again before each message.

Apprise says only whether it worked. Why not is read from what it logs meanwhile; what it does not
say clearly may pass.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import charset
from functools import lru_cache
from threading import Lock, get_ident
from typing import Any, Final
from urllib.parse import quote, unquote

import httpx

from integrations.channels import ChannelError, Fault, Setup, wrong
from integrations.public_hosts import Resolver, addresses_of, resolve
from integrations.short_messages import Short
from integrations.smtp_answers import Slows, readable
from plans.channels import Address
from plans.errors import InvalidInput
from plans.settings import Settings
from plans.store.claims import MAY_HAVE_IT

_LOCAL = (
    "blink1 dbus exec file gio glib gnome growl kde macosx mailto mailtos mqtt mqtts qt rsyslog "
    "script smpp smpps syslog windows"
)
REFUSED: Final = frozenset(_LOCAL.split())
"""What is this machine's own, what is mail, and what bypasses the judgement of its host."""
LONGEST_URL, CONNECT_SECONDS, FEWEST = 2000, 4.0, 320
SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,30})://\S+", re.I)
STATUS = re.compile(r"\berror\s*[=:]\s*(\d{3})\b", re.I)
UNSENT = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Connection refused|connect timeout"
    r"|Failed to establish|CERTIFICATE_VERIFY_FAILED|SSLError",
    re.I,
)
NETWORK = re.compile(r"socket exception|connection error", re.I)
NO_CHAT = re.compile(r"chat not found|bot was blocked|user is deactivated|kicked", re.I)
FAULTS: Final[dict[int, Fault]] = {
    400: "message",
    401: "recipient",
    403: "recipient",
    404: "recipient",
    410: "recipient",
    413: "message",
    422: "message",
}
"""By the status of its service's answer: a token that was taken back, a channel that is gone."""
TOO_MANY: Final = 429
MASK: Final = "•••"


def read(text: str, settings: Settings) -> Address:
    """An address of Apprise's, or ``InvalidInput``, which does not repeat it."""
    plugin = _plugin(text)
    _judge(plugin, allow_private=settings.webhook_allow_private)
    return Address("apprise", text, _shown(plugin, text))


def lane_of(shown: str) -> str:
    """One service, and where it has its own servers one of them."""
    return f"apprise:{shown.rstrip('…/').rstrip(':')}"[:40]


def _plugin(text: str) -> Any:
    from apprise import Apprise

    found = SCHEME.fullmatch(text)
    if found is None or len(text) > LONGEST_URL:
        raise wrong(
            "not an address; write zalo:NUMBER, or one of Apprise's as in tgram://TOKEN/CHAT"
        )
    scheme = found[1].lower()
    if scheme in REFUSED:
        raise wrong(f"{scheme}:// is not a channel here; mail needs none")
    _load()
    plugin = Apprise.instantiate(text, asset=_asset(), suppress_exceptions=True)
    if plugin is None:
        raise wrong(f"Apprise cannot use this {scheme}:// address; see its documentation")
    return plugin


@lru_cache
def _asset() -> Any:
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Dondoc", app_desc="Dondoc", app_url="", async_mode=False, storage_mode="memory"
    )


def _judge(plugin: Any, *, allow_private: bool, resolver: Resolver = resolve) -> None:
    """``InvalidInput`` where an address reaches several, or a server that none may lead to."""
    if len(plugin) != 1:
        raise wrong("name one recipient: each contact has a channel of its own")
    if not plugin.verify_certificate:
        raise wrong("a channel's certificate is always checked; leave verify out")
    if _names_file(plugin):
        raise wrong("it names a file; leave template, keyfile and subfile out")
    if _names_host(plugin):
        if not plugin.secure and not allow_private:
            raise wrong("its server must be reached by TLS: use the scheme that ends in s")
        scheme = "https" if plugin.secure else "http"
        url = httpx.URL(scheme=scheme, host=plugin.host, port=plugin.port)
        try:
            addresses_of(url, allow_private=allow_private, resolver=resolver)
        except InvalidInput as error:
            raise wrong(str(error).removeprefix("url: ")) from None


def _names_host(plugin: Any) -> bool:
    """Whether its host is a server's name, and not a token in its place."""
    return "host" in plugin.template_tokens and bool(plugin.host)


def _names_file(plugin: Any) -> bool:
    """Whether it would send, or sign in with, what lies on this machine or where it can reach."""
    from apprise import AppriseAttachment

    given = vars(plugin)
    files = [one for one in given.values() if isinstance(one, AppriseAttachment)]
    return any(map(len, files)) or bool(given.get("keyfile") or given.get("subfile"))


def _shown(plugin: Any, text: str) -> str:
    scheme = text.partition("://")[0].lower()
    if scheme in ("http", "https"):  # a service's own web address, as in https://discord.com/…
        names = plugin.secure_protocol or plugin.protocol
        scheme = names if isinstance(names, str) else names[0]
    port = f":{plugin.port}" if plugin.port else ""
    return f"{scheme}://{plugin.host}{port}/…" if _names_host(plugin) else f"{scheme}://…"


class Sender:
    """Sends in the caller's thread, one recipient a message."""

    def __init__(self, setup: Setup) -> None:
        self.seconds = setup.channels.channel_timeout_seconds
        self.allow_private = setup.settings.webhook_allow_private

    def longest(self, address: str) -> int:
        """What its service takes in one piece; a very short one has several."""
        return max(int(self._ready(address).body_maxlen), FEWEST)

    def _ready(self, address: str) -> Any:
        try:
            plugin = _plugin(address)
        except InvalidInput as error:  # an older release of Apprise took it
            raise ChannelError(str(error), "recipient") from error
        plugin.socket_connect_timeout = min(CONNECT_SECONDS, self.seconds)
        plugin.socket_read_timeout = self.seconds
        plugin.redirects, plugin.retry, plugin.overflow_mode = False, 0, _split()
        return plugin

    def send(self, address: str, message: Short, key: str) -> str | None:  # noqa: ARG002
        """Hand over one message; services have ids of messages, which Apprise does not tell."""
        from apprise import Apprise, NotifyFormat

        plugin = self._ready(address)
        try:
            _judge(plugin, allow_private=self.allow_private)
        except InvalidInput as error:
            raise ChannelError(str(error), "later") from error
        sender = Apprise(asset=_asset())
        sender.add(plugin)
        with _heard() as words:
            done = sender.notify(
                body=message.text, title=message.title, body_format=NotifyFormat.TEXT
            )
        if not done:
            raise _error([_without(one, address) for one in words])
        return None

    def close(self) -> None:
        """Nothing is held open."""


def _split() -> Any:
    from apprise.common import OverflowMode

    return OverflowMode.SPLIT


def _error(words: Sequence[str]) -> ChannelError:
    """What Apprise's log of one message means."""
    said = readable(" ".join(words[-3:]), 200) or "no reason was given"
    status = next((int(found[1]) for one in words if (found := STATUS.search(one))), None)
    if status is None and any(NETWORK.search(one) for one in words):
        unsure = not any(UNSENT.search(one) for one in words)
        text = f"no whole answer, and {MAY_HAVE_IT}" if unsure else "cannot be reached"
        return ChannelError(f"{text}: {said}", "later", slows="silence")
    slows: Slows | None = "domain" if status == TOO_MANY else None
    fault = FAULTS.get(status or 0, "later")
    if fault == "message" and any(NO_CHAT.search(one) for one in words):
        fault = "recipient"
    refused = f"{status} {fault}" if fault == "recipient" else None
    return ChannelError(
        f"HTTP {status}: {said}" if status else said, fault, slows=slows, refused=refused
    )


def _without(text: str, address: str) -> str:
    """A line of the log without what is secret in an address, also where it is quoted otherwise."""
    parts = set(re.split(r"[/:@?&=,#]+", address)[1:])
    plain = {unquote(part) for part in parts}
    parts |= plain | {quote(part) for part in plain} | {quote(part, safe="") for part in plain}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= 4:
            text = text.replace(part, MASK)
    return text


# --- listening to Apprise ------------------------------------------------------------------------


_LOADING = Lock()


@lru_cache
def _load() -> None:
    """Have Apprise read its services, once; what they warn Python's authors of is not ours."""
    from apprise.manager_plugins import NotificationManager

    _ear()
    services: Any = NotificationManager
    with _LOADING, warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        own = dict(charset.CHARSETS)
        services().load_modules()
        # Its mail service changes how every mail of the process is encoded.
        charset.CHARSETS.clear()
        charset.CHARSETS.update(own)


class _Ear(logging.Handler):
    """Keeps what Apprise warns of, by thread, and of its details only why a connection failed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: dict[int, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of a thread that listens; other details hold messages and tokens."""
        words, said = self.heard.get(get_ident()), record.getMessage()
        if words is not None and (record.levelno >= logging.WARNING or NETWORK.match(said)):
            words.append(said)


@lru_cache
def _ear() -> _Ear:
    """The one that listens; no other handler gets what it has Apprise say."""
    ear, logger = _Ear(), logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(ear)
    # Addresses are secrets here, and it would tell each of them.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return ear


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What Apprise logs in this thread meanwhile."""
    heard, words = _ear().heard, list[str]()
    heard[get_ident()] = words
    try:
        yield words
    finally:
        del heard[get_ident()]
