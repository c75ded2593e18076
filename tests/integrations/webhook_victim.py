"""A run of webhooks that kills itself at its N-th step (see ``tests.killing``)."""

from __future__ import annotations

import sys

from pydantic import SecretStr

from integrations.webhook_requests import Message, Reply, Sender
from integrations.webhooks import push
from plans.settings import Settings
from plans.store import open_engine
from tests.hooks import SECRET_KEY
from tests.killing import Step, serve, watch
from tests.offices import NOW


def run(step: Step) -> None:
    engine = open_engine(sys.argv[1])
    watch(engine, step)
    send = Sender.send

    async def send_in_steps(self: Sender, url: str, secret: str, message: Message) -> Reply:
        step()
        reply = await send(self, url, secret, message)
        step()
        return reply

    Sender.send = send_in_steps  # type: ignore[method-assign]
    settings = Settings(secret_key=SecretStr(SECRET_KEY), webhook_allow_private=True)
    push(engine, settings, "x.vn", NOW, elapsed=lambda: 0)


if __name__ == "__main__":
    serve(run)
