"""The office's decisions as commands: tried first, said, and kept in the ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from plans.store import reading
from plans.store.assignments import state
from plans.store.ledger import events_of
from tests.acts import MOT, key_of, open_office
from tests.offices import faults

CHUNG = "mau/chung/van-phong"
AT = ("--at", "2025-03-03")


@pytest.fixture
def office(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The sample plan in a data directory of its own."""
    open_office(sqlite_engine)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DONDOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DONDOC_DATABASE_URL", str(sqlite_engine.url))
    yield sqlite_engine
    assert faults(sqlite_engine) == []


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], office: Engine) -> Any:
    """Runs ``dondoc assignments …``; gives what it printed and what it said beside that."""

    def tell(*arguments: str, status: int = 0, at: tuple[str, ...] = AT) -> tuple[str, str]:
        capsys.readouterr()
        found = run(["assignments", *arguments, *at])
        captured = capsys.readouterr()
        assert found == status, captured.err
        return captured.out, captured.err

    return tell


def submit(ref: str) -> None:
    assert run(["update", ref, "--percent", "100", "--submit", *AT]) == 0


def present(engine: Engine, ref: str) -> Any:
    key = key_of(engine, ref)
    with reading(engine) as connection:
        return state(connection, key)


def test_several_are_reviewed_at_once_and_the_refused_one_is_said(
    office: Engine, told: Any
) -> None:
    submit(MOT)
    out, err = told("review", MOT, CHUNG, "accept", status=1)
    assert f"{MOT}: work in_progress → done, review submitted → accepted" in out
    assert f"{CHUNG}: nothing was submitted" in err
    assert present(office, MOT).work == "done"
    assert present(office, CHUNG).work == "not_started"


def test_a_trial_changes_nothing(office: Engine, told: Any) -> None:
    submit(MOT)
    for arguments in (
        ("review", MOT, "accept"),
        ("suspend", MOT, CHUNG, "--reason", "Chờ"),
        ("cancel", MOT, "--reason", "Trùng"),
        ("reassign", MOT, "--department", "so-tai-chinh", "--document", "15/QĐ"),
        ("extend", MOT, "--due", "2025-04-30", "--reason", "Chờ"),
    ):
        before = present(office, MOT)
        out, err = told(*arguments, "--dry-run")
        assert "→" in out
        assert "nothing was changed" in err
        assert present(office, MOT) == before


@pytest.mark.parametrize("words", [(), (MOT,), ("accept",), (MOT, "approve")])
def test_a_review_says_what_of(told: Any, words: tuple[str, ...]) -> None:
    _, err = told("review", *words, status=2)
    assert "then 'accept' or 'return'" in err


def test_suspended_resumed_and_cancelled(office: Engine, told: Any) -> None:
    document = ("--document", "15/QĐ-UBND", "--document-date", "2025-03-01")
    out, _ = told("suspend", MOT, CHUNG, "--reason", "Chờ Trung ương", *document)
    assert out.count("not_started → suspended") == 2
    assert "suspended → not_started" in told("resume", MOT)[0]
    assert "suspended → cancelled" in told("cancel", CHUNG, "--reason", "Trùng")[0]
    with reading(office) as connection:
        events = events_of(connection, key_of(office))
    assert events[1].payload["basis"] == "15/QĐ-UBND"
    assert events[1].actor == "office:cli"
    out, _ = told("show", MOT)
    assert "reason: Chờ Trung ương" in out


def test_all_or_none(office: Engine, told: Any) -> None:
    told("suspend", MOT, "--reason", "Chờ")
    told("suspend", CHUNG, MOT, "--reason", "Chờ", status=1)
    assert present(office, CHUNG).work == "not_started"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("suspend", "--reason", "Chờ"), "give ids or refs"),
        (("suspend", MOT, "--reason", " "), "with a reason"),
        (("suspend", MOT, "--reason", "Gọi 0912 345 678"), "person's number"),
        (("cancel", MOT, "--reason", "x", "--document-date", "2025-03-01"), "needs --document"),
        (
            ("reassign", MOT, "--department", "so-la", "--document", "1/QĐ"),
            "department that exists",
        ),
        (("reassign", MOT, "--department", "so-tai-chinh", "--document", ""), "document"),
        (("decide-extension", "none", "grant"), "no extension"),
        (("extend", MOT, "--due", "2025-03-01", "--reason", "x"), "a day after 2025-03-31"),
    ],
)
def test_what_is_wrong_is_said(told: Any, arguments: tuple[str, ...], said: str) -> None:
    _, err = told(*arguments, status=2)
    assert said in err


def test_what_looks_like_a_number_may_stand_if_it_is_confirmed(told: Any) -> None:
    told("suspend", MOT, "--reason", "Gọi 0912 345 678", "--confirm-personal-data")


def test_a_day_to_come_is_refused(told: Any) -> None:
    _, err = told("suspend", MOT, "--reason", "x", status=2, at=("--at", "2999-01-01"))
    assert "lies in the future" in err


def test_a_later_date_asked_for_and_granted(office: Engine, told: Any) -> None:
    told("extend", MOT, "--due", "2025-04-30", "--reason", "Chờ hướng dẫn")
    (asked,) = json.loads(told("extensions", "--json", at=())[0])
    assert (asked["state"], asked["requested_by"]) == ("requested", "office:cli")
    out, _ = told("decide-extension", asked["id"], "grant", "--due", "2025-04-15")
    assert "due 2025-03-31 → 2025-04-15" in out
    out, _ = told("show", MOT)
    assert "2025-03-31 → 2025-04-15" in out
    shown = json.loads(told("show", MOT, "--json")[0])
    assert (shown["due"], shown["original_due"], shown["extended"]) == (
        "2025-04-15",
        "2025-03-31",
        1,
    )
    assert shown["dates"][1]["actor"] == "office:cli-review"
    assert told("extensions", "--state", "requested", "--json", at=())[0].strip() == "[]"


def test_a_refusal_has_a_reason(told: Any) -> None:
    told("extend", MOT, "--due", "2025-04-30", "--reason", "Chờ")
    (asked,) = json.loads(told("extensions", "--json", at=())[0])
    told("decide-extension", asked["id"], "refuse", status=2)
    told("decide-extension", asked["id"], "refuse", "--reason", "Không")


def test_a_mistaken_report_is_put_right(told: Any) -> None:
    submit(MOT)
    told("review", MOT, "accept")
    assert "percent 100 → 60" in told("correct", MOT, "--percent", "60", "--reason", "Nhầm")[0]
    out, _ = told("correct", MOT, "--percent", "50", "--reopen", "--reason", "Nhầm")
    assert "work done → in_progress" in out


def test_given_to_another(office: Engine, told: Any) -> None:
    document = ("--document", "15/QĐ-UBND", "--document-date", "2025-03-01")
    out, _ = told("reassign", MOT, "--department", "so-tai-chinh", *document)
    assert "department so-y-te → so-tai-chinh" in out
    assert present(office, MOT).department == "so-tai-chinh"
