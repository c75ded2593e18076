"""A real provider of identities on loopback (npm's ``oidc-provider``), and a browser that uses it.

``make test`` installs it into ``tests/oidc/node_modules``; without it the tests fail, and say so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from integrations.oidc import Provider
from plans.web_settings import OidcSettings

FOLDER = Path(__file__).parent / "oidc"
CLIENT, SECRET = "dondoc", "a+secret/of the tests%"
OURS = "http://127.0.0.1:8000"
"""Our address as the provider knows it: behind it, as behind a proxy, is a test's own."""
FORM = re.compile(r'<form[^>]*action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="(\w+)"')
ABORT = re.compile(r'href="([^"]+/abort)"')


@dataclass
class RunningProvider:
    """The provider as it runs."""

    issuer: str

    def account(self, name: str, **claims: Any) -> None:
        """What is true of an account from now on, as ``email``; ``amr``: how it signs in."""
        url = f"{self.issuer}/accounts/{name}"
        httpx.put(url, json=claims, trust_env=False, verify=False).raise_for_status()

    def known(self) -> Provider:
        """The provider as we are set up to use it."""
        return Provider(settings(self.issuer))


def settings(issuer: str, **given: Any) -> OidcSettings:
    """Our settings for an issuer."""
    ours = {"oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET), "oidc_name": "Sở"}
    return OidcSettings.model_validate({"oidc_issuer": issuer, **ours, **given})


@contextmanager
def running() -> Iterator[RunningProvider]:
    """The provider on a free port, for as long as the context is held."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.fail(
            "the provider of identities is not installed, which needs Node.js and npm "
            "(apt-get install nodejs npm); then: make tests/oidc/node_modules/.installed"
        )
    arguments = (CLIENT, SECRET, f"{OURS}/sign-in/oidc/callback")
    process = subprocess.Popen(
        [node, "provider.mjs", *arguments],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
        yield RunningProvider(issuer)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def authorize(browser: httpx.Client, url: str, account: str | None) -> str:
    """Go through the provider's pages as somebody (None: cancel); gives where it sends us back."""
    answer = browser.get(url)
    for _ in range(20):
        if answer.is_redirect:
            target = str(answer.url.join(answer.headers["location"]))
            if target.startswith(OURS):
                return target
            answer = browser.get(target)
            continue
        assert answer.status_code == 200, answer.text
        answer = _fill(browser, answer, account)
    raise AssertionError("the provider goes round in circles")


def _fill(browser: httpx.Client, page: httpx.Response, account: str | None) -> httpx.Response:
    if account is None:
        abort = ABORT.search(page.text)
        assert abort, page.text
        return browser.get(page.url.join(abort[1]))
    form, prompt = FORM.search(page.text), PROMPT.search(page.text)
    assert form and prompt, page.text
    fields = {"prompt": prompt[1]}
    if prompt[1] == "login":
        fields |= {"login": account, "password": "any"}
    return browser.post(page.url.join(form[1]), data=fields)
