"""The commands as people and scripts meet them: output, errors, exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dondoc.cli import run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the catalogue loaded and opened as of 16/06/2025."""
    from datetime import date

    from flows.common import database, moment
    from plans import opening
    from plans.store import writing

    folder = tmp_path_factory.mktemp("data")
    before = os.environ.get("DONDOC_DATA_DIR")
    os.environ["DONDOC_DATA_DIR"] = str(folder)
    try:
        assert run(["plans", "load"]) == 0
        with database() as (engine, settings), writing(engine) as connection:
            opening.open_periods(connection, *moment(date(2025, 6, 16), settings))
    finally:
        os.environ.pop("DONDOC_DATA_DIR")
        if before:
            os.environ["DONDOC_DATA_DIR"] = before
    return folder


@pytest.fixture(autouse=True)
def _settings(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DONDOC_DATA_DIR", str(data))
    yield


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == status
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(told(capsys, *arguments, "--json"))


def test_help_needs_neither_prefect_nor_the_database() -> None:
    code = (
        "import sys; from dondoc.cli import run; run(['--help']);"
        "print([name for name in ('prefect', 'sqlalchemy', 'pydantic', 'httpx', 'fastapi')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "progress" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["plans", "show", "no-plan"], 2, "no plan 'no-plan' is loaded"),
        (["assignments", "show", "nothing"], 2, "no assignment 'nothing'"),
        (["update", "nothing", "--percent", "101"], 2, "assignment"),
        (["departments", "contact", "so-yte", "a@b.vn"], 2, "unknown department 'so-yte'"),
        (["departments", "contact", "so-y-te", "nobody"], 2, "not a mailbox"),
        (["progress", "--at", "30/02/2025"], 2, "30/02/2025"),
        (["no-such-command"], 2, "no-such-command"),
        (["plans", "load", "/no/such/plan.yaml"], 2, "/no/such/plan.yaml"),
    ],
)
def test_errors_say_what_is_wrong_without_a_traceback(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    assert run(arguments) == status
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_an_unknown_setting_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_DATABSE_URL", "sqlite://")
    assert run(["plans", "list"]) == 2
    assert "did you mean DONDOC_DATABASE_URL?" in capsys.readouterr().err


def test_a_secret_may_come_from_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from integrations.mail import MailSettings

    secret = tmp_path / "smtp"
    secret.write_text("smtp://127.0.0.1:2525\n")
    monkeypatch.setenv("DONDOC_SMTP_URL_FILE", str(secret))
    url = MailSettings.read().smtp_url
    assert url is not None
    assert url.get_secret_value() == "smtp://127.0.0.1:2525"


def test_the_shipped_catalogue_is_without_errors(capsys: pytest.CaptureFixture[str]) -> None:
    problems = as_json(capsys, "plans", "check")
    assert {one["severity"] for one in problems} == {"warning"}


def test_loading_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(capsys, "plans", "load") == []


def test_a_plan_is_shown_with_groups_tasks_parts_and_targets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = as_json(capsys, "plans", "show", "ct61")
    tasks = [task for group in plan["groups"] for task in group["tasks"]]
    assert (len(plan["groups"]), len(tasks), len(plan["targets"])) == (6, 35, 11)
    parts = {part["id"]: part for task in tasks for part in task["parts"]}
    assert parts["ct61-g3-t8-c"] | {"lead": "toa-an", "own_lead": True} == parts["ct61-g3-t8-c"]
    assert parts["ct61-g4-t1-a"]["lead"] == "so-ldtbxh"
    assert not parts["ct61-g4-t1-a"]["own_lead"]


def test_the_schema_is_one_that_editors_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    schema = json.loads(told(capsys, "plans", "schema"))
    assert schema["title"]
    assert "groups" in schema["properties"]
    told(capsys, "plans", "schema", "--out", str(tmp_path / "plan.schema.json"))
    assert json.loads((tmp_path / "plan.schema.json").read_text()) == schema


def test_figures_add_up_in_every_view(capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "2025-06-16")
    plans = as_json(capsys, "progress", *at)["plans"]
    groups = as_json(capsys, "progress", "ct61", *at)
    departments = as_json(capsys, "progress", "--by", "department", *at)["departments"]
    for one in [*plans, groups, *departments]:
        assert sum(one["classes"].values()) == one["assignments"]
    assert sum(one["assignments"] for one in plans) == sum(
        one["assignments"] for one in departments
    )
    ct61 = next(one for one in plans if one["id"] == "ct61")
    assert ct61["assignments"] == groups["assignments"]
    assert ct61["assignments"] == sum(one["assignments"] for one in groups["groups"])


def test_an_update_by_telephone_is_recorded_reviewed_and_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = ("--at", "2025-06-16")
    (first, *_) = as_json(capsys, "assignments", "list", "--plan", "kh377", *at)
    before = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).isoformat()
    told(capsys, "update", first["ref"], "--percent", "100", "--note", "Đã xong", "--submit", *at)
    told(capsys, "assignments", "review", first["id"], "accept", *at)
    shown = as_json(capsys, "assignments", "show", first["id"], *at)
    assert (shown["work"], shown["percent"]) == ("done", 100)
    assert [one["kind"] for one in shown["ledger"]] == [
        "assigned",
        "updated",
        "submitted",
        "accepted",
    ]
    assert shown["ledger"][1]["text"] == {"result": "Đã xong"}
    assert run(["assignments", "review", first["id"], "accept", *at]) == 1
    figures = [
        as_json(capsys, "progress", "kh377", *at, "--as-of", moment)["classes"]
        for moment in (before, datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).isoformat())
    ]
    done = [one["done_on_time"] + one["done_late"] for one in figures]
    assert done == [0, 1]
    assert figures[1] == as_json(capsys, "progress", "kh377", *at)["classes"]
    told(capsys, "db", "check")


def test_an_unconfirmed_lead_is_confirmed_and_an_undecided_one_decided(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (open_one, *_) = as_json(capsys, "assignments", "list", "--unconfirmed")
    told(capsys, "assignments", "confirm", open_one["id"], "--basis", "12/QĐ-UBND")
    confirmed = as_json(capsys, "assignments", "show", open_one["id"])
    assert (confirmed["lead_status"], confirmed["lead_reason"]) == ("confirmed", None)
    assert confirmed["ledger"][-1]["payload"]["basis"] == "12/QĐ-UBND"

    (undecided, *_) = as_json(capsys, "assignments", "list", "--undecided")
    assert undecided["lead_reason"]
    told(capsys, "assignments", "decide", undecided["id"], "so-nv")
    assert as_json(capsys, "assignments", "show", undecided["id"])["department"] == "so-nv"
    assert run(["assignments", "decide", undecided["id"], "nobody"]) == 2


@pytest.mark.parametrize(
    "command", ["open-periods", "gather", "remind", "roll-up", "digest", "deliver", "webhooks"]
)
def test_a_dry_run_needs_no_prefect_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], data: Path, command: str
) -> None:
    before = (data / "dondoc.sqlite3").read_bytes()
    found = as_json(capsys, command, "--dry-run", "--at", "2025-06-20")
    assert found
    told(capsys, command, "--dry-run", "--at", "2025-06-20")
    assert (data / "dondoc.sqlite3").read_bytes() == before


def test_a_clause_given_to_each_commune_is_rolled_up_as_so_many_of_so_many(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = as_json(capsys, "progress", "ct61", "--by", "task", "--at", "2025-06-16")
    communes = [one for one in found if one["of"] == 103]
    assert {one["task"] for one in communes} == {"ct61-g5-t10"}
    assert "0 of 103" in told(capsys, "progress", "ct61", "--by", "task")


def test_in_a_pipe_tables_are_tab_separated_lines(capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = told(capsys, "plans", "list").splitlines()
    assert head.split("\t") == ["id", "number", "title", "issued", "coordinator", "version"]
    assert len(rows) == 5
    assert all(len(row.split("\t")) == 6 for row in rows)


def test_a_backup_is_restored_into_an_empty_place_only(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.sqlite3"
    told(capsys, "db", "backup", str(copy))
    assert run(["db", "backup", str(copy)]) == 2
    assert run(["db", "restore", str(copy)]) == 1
    expected = as_json(capsys, "progress")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path / "elsewhere"))
    told(capsys, "db", "restore", str(copy))
    told(capsys, "db", "check")
    assert as_json(capsys, "progress") == expected


def test_every_rooms_settings_are_known_to_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_SMTP_URL", "smtp://127.0.0.1:2525")
    code = "from dondoc.cli import main; main(['plans', 'check'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["assignments", "list", "--plan", "nix"], "'dondoc plans list' shows"),
        (["assignments", "list", "--department", "nix"], "'dondoc departments list' shows"),
        (["departments", "quarantine", "nix"], "'dondoc departments list' shows"),
        (["progress", "nix", "--by", "department"], "'dondoc plans list' shows"),
        (["progress", "nix", "--by", "task"], "'dondoc plans list' shows"),
        (["progress", "--by", "task", "--as-of", "2025-06-16"], "shows the present"),
    ],
)
def test_what_is_not_there_is_refused_and_not_shown_empty(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(arguments) == 2
    answer = capsys.readouterr()
    assert (answer.out, said in answer.err) == ("", True)


def test_by_plan_a_plan_is_one_row_and_else_its_groups(capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "2025-06-16")
    (ct61,) = as_json(capsys, "progress", "ct61", "--by", "plan", *at)["plans"]
    groups = as_json(capsys, "progress", "ct61", *at)
    assert (ct61["id"], ct61["assignments"]) == ("ct61", groups["assignments"])
    assert len(told(capsys, "progress", "ct61", "--by", "plan").splitlines()) == 2
    assert groups == as_json(capsys, "progress", "ct61", "--by", "group", *at)
    assert len(as_json(capsys, "progress", "--by", "group", *at)) == 5
    assert as_json(capsys, "progress", *at) == as_json(capsys, "progress", "--by", "plan", *at)


def test_a_dry_run_of_gather_leaves_out_bodies_that_have_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told(capsys, "departments", "feed", "so-ldtbxh", "http://127.0.0.1:9/feed")
    asked = {
        day: [
            one["department"]
            for one in as_json(capsys, "gather", "--dry-run", "--at", day)["would_ask"]
        ]
        for day in ("2024-12-01", "2025-06-20")
    }
    assert "so-ldtbxh" in asked["2024-12-01"]
    assert "so-ldtbxh" not in asked["2025-06-20"]


def test_quarantine_tells_the_time_of_the_office(capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import UTC, datetime

    from flows.common import database
    from plans.store import feeds, writing

    row = {
        "department": "so-y-te",
        "item": "1",
        "digest": "x",
        "received_at": datetime(2025, 6, 16, 20, 0, tzinfo=UTC),
        "state": "quarantined",
        "reason": "bad",
        "body": {},
    }
    with database() as (engine, _), writing(engine) as connection:
        feeds.save_items(connection, [row])
    (found,) = as_json(capsys, "departments", "quarantine", "so-y-te")
    assert found["received_at"] == "2025-06-17T03:00:00+07:00"


@pytest.mark.parametrize(
    ("setting", "value", "status", "said"),
    [
        ("DATABASE_URL", "nonsense", 2, "use sqlite:///… or postgresql+psycopg://…"),
        ("DATABASE_URL", "postgresql://u:hush@127.0.0.1:1/x", 1, "the database does not answer"),
        ("DATABASE_URL", "sqlite:////proc/none/x", 2, "DONDOC_DATA_DIR"),
        ("DATA_DIR", "/proc/none", 2, "DONDOC_DATA_DIR"),
        ("DATA_DIR", "/dev/null/x", 2, "DONDOC_DATA_DIR"),
        ("BASE_URL", "http://", 2, "DONDOC_BASE_URL: must name a host"),
    ],
)
@pytest.mark.parametrize("debug", ["", "false"])
def test_a_wrong_setting_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, status: int, said: str, debug: str
) -> None:
    monkeypatch.setenv(f"DONDOC_{setting}", value)
    if debug:
        monkeypatch.setenv("DONDOC_DEBUG", debug)
    code = "from dondoc.cli import main; main(['plans', 'list'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, line.startswith("dondoc: "), said in line) == (status, True, True)
    assert "hush" not in line


@pytest.mark.parametrize("command", ["demo", "up"])
def test_a_data_directory_that_cannot_be_made_is_told_by_what_needs_prefect_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DONDOC_DATA_DIR", "/proc/none")
    assert run([command]) == 2
    assert "set DONDOC_DATA_DIR to" in capsys.readouterr().err


def test_debug_shows_the_traceback_of_what_nobody_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    monkeypatch.setenv("DONDOC_DATABASE_URL", "postgresql://127.0.0.1:1/x")
    monkeypatch.setenv("DONDOC_DEBUG", "yes")
    with pytest.raises(OperationalError):
        run(["plans", "list"])


def test_what_is_said_of_tomorrow_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    (first, *_) = as_json(capsys, "assignments", "list", "--plan", "ct61")
    assert run(["update", first["id"], "--percent", "10", "--at", "2099-01-04"]) == 2
    assert "lies in the future" in capsys.readouterr().err


def test_a_mailbox_is_replaced_and_what_waits_is_tried_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told(capsys, "departments", "contact", "so-y-te", "cu@x.vn")
    assert "no longer cu@x.vn" in told(capsys, "departments", "contact", "so-y-te", "moi@x.vn")
    bodies = as_json(capsys, "departments", "list")
    assert next(one for one in bodies if one["code"] == "so-y-te")["contacts"] == ["moi@x.vn"]


def test_all_leads_of_a_plan_are_confirmed_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = as_json(capsys, "assignments", "list", "--plan", "kh377", "--unconfirmed")
    assert "confirm" in told(capsys, "assignments", "confirm", "--plan", "kh377", "--basis", "1/QĐ")
    left = as_json(capsys, "assignments", "list", "--plan", "kh377", "--unconfirmed")
    assert len(left) < len(waiting) or not waiting
    assert run(["assignments", "confirm"]) == 2
    told(capsys, "db", "check")


def test_the_outbox_says_what_became_of_each_message(
    capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    from datetime import date

    from flows.common import database, mail_settings, moment
    from integrations.delivery import deliver
    from plans import reminding
    from plans.store import writing

    told(capsys, "departments", "contact", "so-gddt", "gd@x.vn")
    with database() as (engine, settings):
        day, now = moment(date(2025, 6, 18), settings)
        with writing(engine, alone="remind") as connection:
            assert reminding.remind(connection, day, now, domain="x.vn")
        deliver(engine, settings, mail_settings(), now)
    sent = as_json(capsys, "messages", "list", "--state", "sent")
    assert "gd@x.vn" in {one["address"] for one in sent}
    waiting = as_json(capsys, "messages", "list", "--state", "waiting")
    assert {one["error"] for one in waiting} == {"no mailbox is registered for this department"}
    assert list((data / "mail").glob("*.eml"))
