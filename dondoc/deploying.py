"""What a Prefect server of an office's own is told: the pool, the flows, what follows a death.

Done once after each installation of a new version, and as often as one likes: it duplicates
nothing, and a schedule that someone paused stays paused. ``dondoc up`` deploys to its own server.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from dondoc.children import PREFECT
from dondoc.prefect_api import PrefectApi
from dondoc.prefect_home import answers, environment, user_api_url
from dondoc.service import POOL, Say, checkout
from dondoc.silent_runs import automations
from plans.errors import InvalidInput, OutsideError
from plans.settings import Settings


def deploy(settings: Settings, say: Say) -> None:
    """Tell the server of ``PREFECT_API_URL`` of our pool, deployments and automations.

    Errors: ``InvalidInput`` (none is named), ``OutsideError`` (it does not answer, or refuses).
    """
    url = user_api_url(settings)
    if url is None:
        raise InvalidInput("PREFECT_API_URL names no server; 'dondoc up' deploys to its own")
    if not answers(url):
        raise OutsideError(f"no Prefect server answers at PREFECT_API_URL={url}", permanent=False)
    api = PrefectApi(url, os.environ.get("PREFECT_API_AUTH_STRING"))
    say(f"work pool {POOL}: {'made' if api.make_pool(POOL) else 'is there'}")
    _deploy_all(environment(settings))
    for one in automations():
        say(f"{one['name']}: {'made' if api.keep_automation(one) else 'up to date'}")
    say("deployed; start workers with: prefect worker start --pool dondoc --type process")


def _deploy_all(added: Mapping[str, str]) -> None:
    command = [*PREFECT, "--no-prompt", "deploy", "--all"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=checkout(), env={**os.environ, **added}, capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise OutsideError(f"prefect.yaml was not deployed: {said[0]}", permanent=True)
