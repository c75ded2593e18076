"""``dondoc targets`` and ``dondoc audit`` on the shipped catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dondoc.cli import run
from integrations.measurement_template import ORDER

ROOT = Path(__file__).parents[2]
SENSITIVE = 10


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the catalogue loaded."""
    from flows.common import database
    from plans.declared import load_or_raise
    from plans.loading import load_catalogue
    from plans.store import upgrade, writing

    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("DONDOC_DATA_DIR", str(folder))
        with database() as (engine, settings):
            upgrade.upgrade(engine)
            catalogue, _warnings = load_or_raise(None, settings.plans_dir)
            with writing(engine) as connection:
                load_catalogue(connection, catalogue, datetime.now(UTC))
    return folder


@pytest.fixture(autouse=True)
def _settings(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DONDOC_DATA_DIR", str(data))
    yield


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = run(list(arguments))
    return status, capsys.readouterr().err


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    found = json.loads(told(capsys, "targets", "list", "--json", *arguments))
    return {one["id"]: one for one in found}


def test_the_catalogues_targets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)
    assert len(found) == 39
    assert sum(one["sensitive"] for one in found.values()) == SENSITIVE
    backwards = {key for key, one in found.items() if one["below_baseline"]}
    assert backwards == {"ct61-hoan-thanh-th", "ct61-hoan-thanh-thcs"}
    directions = {key for key, one in found.items() if one["kind"] == "direction"}
    assert directions == {
        "bp21-hoc-boi",
        "nat24-hcdb-duoc-cham-soc",
        "nat24-xam-hai",
        "nat24-tai-nan",
        "p23-tu-vong-tntt",
        "p23-xam-hai-tinh-duc",
    }


def test_the_successor_owns_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    before = listed(capsys, "--plan", "ct61", "--at", "2025-02-01")["ct61-hcdb"]["owner"]
    after = listed(capsys, "--plan", "ct61", "--at", "2026-11-22")["ct61-hcdb"]["owner"]
    assert before["effective"] == before["declared"] == "so-ldtbxh"
    assert after["effective"] == "so-y-te"
    assert "ct61-hcdb" in listed(capsys, "--department", "so-y-te", "--at", "2026-11-22")


def test_a_figure_is_recorded_and_corrected(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("targets", "measure", "ct61-xa-phu-hop", "--period", "2025", "--source", "9/BC")
    first = told(capsys, *arguments, "--value", "90", "--at", "2026-03-01")
    assert first == "ct61-xa-phu-hop: 90 percent in 2025\n"
    share = ("--part", "105", "--whole", "108", "--json", "--at", "2026-03-01")
    second = json.loads(told(capsys, *arguments, *share))
    assert (second["n"], second["by"]) == (2, "office:cli")
    assert listed(capsys, "--at", "2026-03-01")["ct61-xa-phu-hop"]["course"] == "reached"
    shown = told(capsys, "targets", "list", "--plan", "ct61", "--at", "2026-03-01")
    line = next(one for one in shown.splitlines() if one.startswith("ct61-xa-phu-hop"))
    assert "97.2222\t2025\treached" in line
    every = listed(capsys, "--history", "--at", "2026-03-01")["ct61-xa-phu-hop"]["measurements"]
    assert [one["n"] for one in every] == [2, 1]


@pytest.mark.parametrize(
    ("target", "given", "said"),
    [
        ("nothing", {}, "no target 'nothing'; 'dondoc targets list' shows them"),
        ("ct61-xa-phu-hop", {"value": "-1"}, "value: -1 is not from 0 to 1000000000000000"),
        ("ct61-xa-phu-hop", {"value": "nan"}, "value: Input should be a finite number"),
        ("ct61-xa-phu-hop", {"period": "2025-Q1"}, "measured every year"),
        ("ct61-xa-phu-hop", {"period": "2050"}, "in the future"),
        ("ct61-xa-phu-hop", {"source": " "}, "source: "),
    ],
)
def test_a_wrong_figure_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], target: str, given: dict[str, str], said: str
) -> None:
    words = {"period": "2025", "value": "90", "source": "9/BC"} | given
    options = [part for name, value in words.items() for part in (f"--{name}", value)]
    status, error = refused(capsys, "targets", "measure", target, *options)
    assert status == 2
    assert said in error


def test_unknown_plans_and_departments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "targets", "list", "--plan", "x")[0] == 2
    assert refused(capsys, "targets", "list", "--department", "x")[0] == 2


def test_the_audit_log_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    from flows.common import database
    from plans.store import audit, writing

    with database() as (engine, _), writing(engine) as connection:
        for n, outcome in enumerate((audit.DONE, audit.DENIED, audit.DONE)):
            moment = datetime(2026, 3, 1 + n, 20, tzinfo=UTC)
            audit.note(connection, moment, f"user:{n}", "token-created", outcome=outcome)

    def ids(*arguments: str) -> list[str]:
        found = json.loads(told(capsys, "audit", "list", "--json", *arguments))
        return [one["actor"] for one in found if one["actor"].startswith("user:")]

    assert ids("--act", "token-created") == ["user:2", "user:1", "user:0"]
    assert ids("--outcome", "denied") == ["user:1"]
    # 20:00 UTC is the next day at the office.
    assert ids("--since", "2026-03-03") == ["user:2", "user:1"]
    assert ids("--actor", "user:0", "--limit", "1") == ["user:0"]
    assert "token-created\tdenied" in told(capsys, "audit", "list", "--outcome", "denied")
    assert refused(capsys, "audit", "list", "--limit", "0")[0] == 2


# --- from files --------------------------------------------------------------------------------


def test_a_template_is_filled_in_tried_and_imported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "so-lieu.csv"
    assert "targets" in told(capsys, "targets", "template", "--out", str(file), "--plan", "ct61")
    lines = file.read_text("utf-8-sig").splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("ct61-xa-phu-hop;"))
    cells = lines[place].split(";")
    period, value = ORDER.index("period"), ORDER.index("value")
    cells[period], cells[value] = "năm 2025", "104,5"
    lines[place] = ";".join(cells)
    file.write_text("\n".join(lines), "utf-8")

    day = ("--at", "2026-03-01")
    tried = json.loads(
        told(
            capsys, "targets", "import", str(file), "--dry-run", "--source", "9/BC", "--json", *day
        )
    )
    assert (tried["dry_run"], tried["refused"], tried["doubtful"]) == (True, 0, 1)
    out = told(capsys, "targets", "import", str(file), "--source", "9/BC", *day)
    assert "104.5" in out and "over 100" in out
    again = json.loads(
        told(capsys, "targets", "import", str(file), "--source", "9/BC", "--json", *day)
    )
    assert again["same"] == 1
    shown = told(capsys, "targets", "list", "--plan", "ct61", *day)
    assert "104.5?\t2025" in next(x for x in shown.splitlines() if x.startswith("ct61-xa-phu-hop"))

    [doubt] = json.loads(told(capsys, "targets", "doubts", "--json"))
    assert "is confirmed" in told(capsys, "targets", "confirm", str(doubt["id"]))
    assert json.loads(told(capsys, "targets", "doubts", "--json")) == []


def test_a_file_that_cannot_be_read_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, said = refused(capsys, "targets", "import", str(tmp_path / "none.csv"))
    assert status == 2 and "cannot read" in said
    file = tmp_path / "x.csv"
    file.write_text("Target;Period;Value;Source\nnothing;2025;1;x\n")
    assert run(["targets", "import", str(file)]) == 1
    assert "no target 'nothing'" in capsys.readouterr().out
    status, said = refused(capsys, "targets", "template", "--out", str(tmp_path / "x.pdf"))
    assert status == 2 and "neither .xlsx nor .csv" in said


def test_a_template_is_not_written_over_a_file_that_may_be_filled_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "so-lieu.csv"
    file.write_text("filled in")
    status, said = refused(capsys, "targets", "template", "--out", str(file))
    assert status == 2 and "--force" in said
    assert file.read_text() == "filled in"
    told(capsys, "targets", "template", "--out", str(file), "--force")
    assert "ct61-xa-phu-hop" in file.read_text("utf-8-sig")


def test_registers_are_listed_and_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.common import database
    from plans.declaration.registers import Registers
    from plans.store import registers, writing
    from tests.feed_server import FeedServer, Said

    rows: list[dict[str, Any]] = [{"ma": "ct61-xa-phu-hop", "ky": "2024", "so": 90}]
    rows.append({"ma": "x", "ky": "?", "so": "?"})
    typed = {"Content-Type": "application/json"}
    with FeedServer(lambda _: Said(parts=[json.dumps(rows).encode()], headers=typed)) as server:
        declared = {
            "id": "dan-cu",
            "type": "json",
            "name": {"vi": "Dân cư", "en": "Population"},
            "url": f"{server.url}?token=bimat",
            "owner": "so-y-te",
            "items": "@",
            "target": "ma",
            "period": "ky",
            "value": "so",
            "targets": [{"id": "ct61-xa-phu-hop"}],
        }
        with database() as (engine, _), writing(engine) as connection:
            model = Registers.model_validate_json(json.dumps({"registers": [declared]}))
            registers.save(connection, model)
        assert "not asked yet" in told(capsys, "registers", "list")
        tried = json.loads(told(capsys, "registers", "try", "dan-cu", "--json"))
        assert [(one["state"], one["value"]) for one in tried["figures"]] == [("new", 90.0)]
        assert (tried["new"], tried["left_out"]) == (1, 1)
        assert tried["strangers"] == [{"name": "x", "items": 1}]
        assert json.loads(told(capsys, "registers", "problems", "--json")) == []
        assert json.loads(told(capsys, "registers", "pull", "dan-cu", "--json"))["new"] == 1
        rows[0]["so"] = 91  # corrected on the same day, before the register's time has come again
        assert "0 new, 1 corrections" in told(capsys, "registers", "pull", "dan-cu")
        [listed] = json.loads(told(capsys, "registers", "list", "--json"))
        assert (listed["state"], listed["figures"], len(listed["problems"])) == ("answered", 2, 1)
        assert listed["asked_at"] == listed["answered_at"] and listed["asked_at"].endswith("+07:00")
        assert listed["url"] == server.url and "bimat" not in json.dumps(listed)
        assert listed["targets"][0]["title"]["vi"].startswith("Tỷ lệ xã")
        [problem] = json.loads(told(capsys, "registers", "problems", "--json"))
        assert (problem["count"], problem["field"]) == (1, "target")
        show_what_a_pull_would_do(capsys, rows)
        assert json.loads(told(capsys, "measure", "--dry-run", "--json"))["would_ask"] == []
    assert run(["registers", "pull", "dan-cu"]) == 1
    assert "unreachable" in capsys.readouterr().err
    asked = json.loads(told(capsys, "measure", "--dry-run", "--json"))["would_ask"]
    assert [one["id"] for one in asked] == ["dan-cu"]
    assert run(["registers", "try", "dan-cu"]) == 1  # its server is gone
    assert "unreachable" in capsys.readouterr().err
    assert refused(capsys, "registers", "try", "none")[0] == 2


def show_what_a_pull_would_do(
    capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]]
) -> None:
    """Written, left alone and why, refused and why, left out: each before anything is written."""
    from flows.common import database, moment
    from plans import measuring
    from plans.figures import read_measurement
    from plans.store import writing

    with database() as (engine, settings), writing(engine) as connection:
        day, now = moment(None, settings)
        one = measuring.find(connection, "ct61-xa-phu-hop", day)
        given = read_measurement(period="2024", value=88.0, source="7/BC")
        measuring.measure(connection, one, given, actor="user:7", now=now, day=day)
    rows += [{"ma": "ct61-xa-phu-hop", "ky": "2099", "so": 5}]
    rows += [{"ma": "ct61-xa-phu-hop", "ky": "2025", "so": 104.0}, {"ky": "2025"}]
    assert run(["registers", "try", "dan-cu"]) == 0
    said = capsys.readouterr()
    lines = {line.split()[1]: line for line in said.out.splitlines() if line.startswith("item")}
    assert "kept" in lines["1"] and "which stays" in lines["1"] and "88" in lines["1"]
    assert "refused" in lines["3"] and "in the future" in lines["3"]
    assert "it is over 100" in lines["4"]
    assert "left out: 1 items of 'x', no target of this register" in said.err
    assert "left out: 1 items name no target" in said.err
    assert "1 left alone: said before and corrected since" in said.err
    assert "2 items left out" in said.err and "nothing was written" in said.err
    # Changed since the correction, it is a new figure, and the doubt says over what it comes.
    rows[0]["so"] = 93
    assert run(["registers", "try", "dan-cu"]) == 0
    assert "it differs from 88, which a person gave" in capsys.readouterr().out
    rows[0]["so"] = 91
    del rows[2:]
    assert "0 corrections" in told(capsys, "registers", "pull", "dan-cu")
