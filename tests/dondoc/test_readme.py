"""The README names every setting and every command that there is, and none that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from dondoc.api import settings as web
from dondoc.cli import app
from integrations.bounces import BounceSettings
from integrations.channel_settings import ChannelSettings
from integrations.mail import MailSettings
from plans.settings import PREFIX, DondocSettings, RetentionSettings, Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
CLASSES: tuple[type[DondocSettings], ...] = (
    Settings,
    RetentionSettings,
    MailSettings,
    BounceSettings,
    ChannelSettings,
    web.WebSettings,
    web.OidcSettings,
)


def rows(title: str) -> list[str]:
    """The rows of the table of a section."""
    section = README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def commands(of: App, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command without commands of its own."""
    for name in of:
        if not name.startswith("-"):
            one = of[name]
            below = list(commands(one, (*before, name)))
            yield from below or [(*before, name)]


def test_every_setting_stands_in_the_table() -> None:
    known = {f"{PREFIX}{name.upper()}" for cls in CLASSES for name in cls.model_fields}
    firsts = [re.split(r"(?<!\\)\|", row)[1] for row in rows("Settings")]
    told = set(re.findall(rf"{PREFIX}[A-Z_]+", " ".join(firsts)))
    assert told == known


def test_every_class_of_settings_is_looked_at() -> None:
    ours = {one for one in DondocSettings.__subclasses__() if one.__module__.startswith(ROOMS)}
    assert ours == set(CLASSES)


ROOMS = ("plans.", "integrations.", "flows.", "dondoc.")


@pytest.mark.parametrize("path", sorted(set(commands(app))), ids=" ".join)
def test_every_command_stands_in_the_table(path: tuple[str, ...]) -> None:
    firsts = [re.split(r"(?<!\\)\|", row)[1] for row in rows("Commands")]
    words = [re.findall(r"[a-z]+(?:-[a-z]+)*", first) for first in firsts]
    assert any(set(path) <= set(one) for one in words)
