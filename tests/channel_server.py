"""Doubles on loopback of what channels talk to: Zalo's documented API; Telegram's; any webhook's.

Zalo's: OAuth v4 with refresh tokens that are good once, ZNS and transaction messages with the
documented answers (HTTP 200 also for refusals, the code in ``error``).
"""

from __future__ import annotations

import json
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any
from urllib.parse import parse_qs

from tests.loopback import HttpServer, Quiet

DROP = "drop"
"""Instead of a code: take the message, and break the connection off before the answer."""
BROKEN = "broken"
"""Instead of a code: HTTP 502 with a page."""
SLOW = "slow"
"""Instead of a code: no answer for a while."""
WORDS = {
    -108: "Phone number invalid",
    -115: "Out of quota",
    -118: "Zalo account not existed",
    -124: "Access token invalid",
    -131: "Template is not approved",
    -133: "Not allowed to send at night",
    -144: "OA exceeds the daily quota",
    -213: "User has not followed OA",
}


@dataclass
class Post:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: Any


class _Server(HttpServer):
    """Answers each POST in a thread of its own; ``posts`` keeps them in order."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.posts: list[Post] = []
        server = self

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                form = headers.get("content-type", "").startswith("application/x-www-form")
                body = {k: v[0] for k, v in parse_qs(raw).items()} if form else json.loads(raw)
                post = Post(self.path, headers, body)
                answer = server.answer(post)
                server.posts.append(post)
                if answer == DROP:
                    self.close_connection = True
                    return
                status, said = answer
                sent = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

        super().__init__(Handler, tls=tls)
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, post: Post) -> Any:
        """Status and JSON, or ``DROP``."""
        raise NotImplementedError


@dataclass
class _Access:
    good: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=lambda: {"refresh-0"})
    spent: set[str] = field(default_factory=set)


class ZaloServer(_Server):
    """``codes``: what it answers next to a number or a user, one after another; else success.

    ``renewals``: how often access was given; ``lasts``: its seconds.
    """

    APP, KEY = "1234567890", "the application's key"

    def __init__(self, lasts: int = 90000) -> None:
        super().__init__()
        self.codes: dict[str, Iterator[Any]] = defaultdict(lambda: iter(()))
        self.lasts, self.renewals, self.access = lasts, 0, _Access()
        self._guard, self._ids = threading.Lock(), count(1)
        self.pause, self.refusal = 0.0, "Invalid refresh token."

    @property
    def settings(self) -> dict[str, Any]:
        """For ``ChannelSettings``."""
        places: dict[str, Any] = dict.fromkeys(
            ("zalo_url", "zalo_oa_url", "zalo_oauth_url"), self.url
        )
        return places | {"zalo_app_id": self.APP, "zalo_secret_key": self.KEY}

    @property
    def messages(self) -> list[Post]:
        """What came but for requests of access."""
        return [one for one in self.posts if not one.path.startswith("/v4")]

    @property
    def numbers(self) -> list[str]:
        """To whom they were."""
        return [_recipient(one) for one in self.messages]

    def answer(self, post: Post) -> Any:
        if post.path == "/v4/oa/access_token":
            return self._give(post)
        with self._guard:
            if post.headers.get("access_token") not in self.access.good:
                return 200, {"error": -124, "message": WORDS[-124]}
            code = next(self.codes[_recipient(post)], 0)
        if code == DROP:
            return DROP
        if code == SLOW:
            threading.Event().wait(1.0)
            return DROP
        if code == BROKEN:
            return 502, b"<html>Bad Gateway</html>"
        if code:
            return 200, {"error": code, "message": WORDS.get(code, "Unknown error")}
        key = "msg_id" if post.path == "/message/template" else "message_id"
        quota = {"dailyQuota": "500", "remainingQuota": "499"}
        data = {key: f"zalo-{next(self._ids)}", "sent_time": "1744077600000", "quota": quota}
        return 200, {"error": 0, "message": "Success", "data": data}

    def _give(self, post: Post) -> Any:
        threading.Event().wait(self.pause)
        with self._guard:
            if post.headers.get("secret_key") != self.KEY or post.body.get("app_id") != self.APP:
                return 200, {"error": -14003, "error_name": "Invalid secret key"}
            if post.body["grant_type"] == "authorization_code":
                if post.body.get("code") != "a code":
                    return 200, {"error": -14001, "error_description": "Invalid code"}
            else:
                token = post.body["refresh_token"]
                if token not in self.access.refresh:
                    return 200, {"error": -14020, "error_description": self.refusal}
                self.access.refresh.remove(token)
                self.access.spent.add(token)
            self.renewals += 1
            access, refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
            self.access.good.add(access)
            self.access.refresh.add(refresh)
            return 200, {
                "access_token": access,
                "refresh_token": refresh,
                "expires_in": str(self.lasts),
            }


def _recipient(post: Post) -> str:
    found = post.body.get("phone") or post.body["recipient"]["user_id"]
    return str(found)


class Anywhere(_Server):
    """A webhook's server: ``statuses``, one after another, then 200. ``said``: its body."""

    def __init__(self, *statuses: Any, said: Any = None, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.statuses, self.said = iter(statuses), said or {"ok": True, "result": {}}

    def answer(self, post: Post) -> Any:  # noqa: ARG002
        status = next(self.statuses, 200)
        return DROP if status == DROP else (status, self.said)
