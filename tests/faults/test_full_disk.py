"""A disk without room: nothing is kept, everybody is told in plain words, and then it goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dondoc.api.app import create_app
from dondoc.api.settings import WebSettings
from dondoc.serving import in_thread
from plans.errors import OutsideError
from plans.identity.tokens import NewToken, create
from plans.settings import Settings
from plans.store import open_engine, writing
from plans.store.upgrade import upgrade
from plans.terms import Role
from tests.acts import MOT, key_of
from tests.faults.disk import Disk, can_mount
from tests.faults.load import PDF
from tests.offices import NOW, furnish
from tests.serving import COMMAND, ROOT, clean_environment

pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    assert can_mount(), "only root may make a file system to fill"
    found = Disk(tmp_path / "disk", 8)
    yield found
    found.close()


@pytest.fixture
def settings(disk: Disk) -> Settings:
    settings = Settings(data_dir=disk.folder / "data")
    assert settings.secret
    engine = open_engine(settings.url)
    upgrade(engine)
    furnish(engine)
    engine.dispose()
    return settings


def test_callers_are_told_and_can_do_it_again(disk: Disk, settings: Settings) -> None:
    engine = open_engine(settings.url)
    with writing(engine) as connection:
        new = NewToken("system", Role.DEPARTMENT, "so-y-te")
        secret = create(connection, new, actor="test", now=NOW)[1]
    path = f"api/v1/assignments/{key_of(engine, MOT)}"
    engine.dispose()

    def headers(key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}

    def call(url: str) -> list[httpx.Response]:
        report = {"percent": 5, "result": "Đã làm " * 500}
        evidence = {"file": ("a.pdf", PDF * 2000, "application/pdf")}
        return [
            httpx.post(f"{url}/{path}/updates", json=report, headers=headers("a")),
            httpx.post(f"{url}/{path}/evidence", files=evidence, headers=headers("b")),
        ]

    with in_thread(create_app(settings, WebSettings(), clock=lambda: NOW)) as url:
        disk.fill()
        for answer in call(url):
            assert answer.status_code == 507, answer.text
            assert answer.json()["type"] == "/problems/insufficient-storage"
            assert (answer.headers["content-type"], answer.headers["retry-after"]) == (
                "application/problem+json",
                "60",
            )
        disk.free()
        assert [answer.status_code for answer in call(url)] == [201, 201]
    assert not list((settings.data_dir / "files" / "tmp").iterdir())


def test_a_secret_that_finds_no_room_is_made_later(disk: Disk) -> None:
    fresh = Settings(data_dir=disk.folder / "fresh")
    fresh.data_dir.mkdir()
    disk.fill()
    with pytest.raises(OutsideError, match="the disk is full"):
        _ = fresh.secret
    disk.free()
    assert fresh.secret
    assert [path.name for path in fresh.data_dir.iterdir()] == ["secret.key"]


def test_a_command_says_what_to_do(disk: Disk, settings: Settings) -> None:
    disk.fill()
    ended = subprocess.run(
        [*COMMAND, "token", "create", "x", "--role", "viewer"],
        env=clean_environment(settings.data_dir, ROOT / "plans" / "catalogue"),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    said = "dondoc: the disk is full; make room, then run this again\n"
    assert (ended.returncode, ended.stderr) == (1, said)
