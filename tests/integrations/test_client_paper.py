"""The client's calls about files, calendars, channels and registers, against the application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from integrations.channel_settings import ChannelSettings
from integrations.client import (
    ApiError,
    Client,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    UnreachableError,
)
from integrations.client_files import UNNAMED, name_of
from integrations.client_transport import Waits
from plans.declaration.registers import Registers
from plans.store import registers, writing
from tests.builders import build_plan, build_target
from tests.channel_server import ZaloServer
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.test_admin_drafting import annex
from tests.offices import DAY, NOW, furnish, updates
from tests.workbook_files import filled_in

REF = "mau/mot/so-y-te"
MAILBOX = ("so-y-te", "syt@x.vn")
FIGURES = "Target;Period;Value;Source\nty-le;Q1 2025;120;1/BC\ntai-chinh;2025;5;x\n"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    targets = (build_target("ty-le"), build_target("tai-chinh", owner="so-tai-chinh"))
    furnish(sqlite_engine, plan=build_plan(targets=targets))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def department(served: Served) -> Iterator[Client]:
    with Client(served.url, served.token("department", "so-y-te"), timeout=10) as client:
        yield client


@pytest.fixture
def office(served: Served) -> Iterator[Client]:
    with Client(served.url, served.token("admin"), timeout=10) as client:
        yield client


def test_an_annex_comes_back_as_a_draft(office: Client, tmp_path: Path) -> None:
    file = tmp_path / "Phụ lục.xlsx"
    file.write_bytes(annex())
    draft = office.draft_plan(file, plan="nam-nay", issued=date(2025, 1, 10))
    assert draft.plan == "nam-nay"
    assert draft.counts["tasks"]["recognised"] == 2
    assert "id: nam-nay" in draft.yaml
    assert {one.state for one in draft.items} >= {"recognised", "not_understood"}
    with pytest.raises(InvalidError, match="unknown department"):
        office.draft_plan(file, coordinator="khong-co")


def test_a_report_is_fetched_as_a_file_of_the_servers_name(office: Client, tmp_path: Path) -> None:
    path = office.fetch_report("mau", "2025-Q1", tmp_path, kind="xlsx", at=DAY, language="en")
    assert (path.parent, path.suffix) == (tmp_path, ".xlsx")
    assert load_workbook(path).sheetnames
    other = office.fetch_report("mau", "2025-Q1", tmp_path / "báo cáo.docx")
    assert other.read_bytes().startswith(b"PK")
    with pytest.raises(InvalidError) as caught:
        office.fetch_report("mau", "hôm qua", tmp_path / "x.docx")
    assert "period" in caught.value.fields
    with pytest.raises(NotFoundError):
        office.fetch_report("khong-co", "2025-Q1", tmp_path / "x.docx")
    names = {one.name for one in tmp_path.iterdir() if "sqlite" not in one.name and one.is_file()}
    assert names == {path.name, "báo cáo.docx"}, "what was refused leaves nothing"


def test_a_workbook_goes_out_and_comes_back(
    served: Served, department: Client, tmp_path: Path
) -> None:
    book, key = department.fetch_workbook("so-y-te", tmp_path / "bảng.xlsx"), served.id_of(REF)
    book.write_bytes(filled_in(book.read_bytes(), {key: {"percent": 40, "result": "Đã họp"}}))
    assert department.return_workbook(book, dry_run=True).state == "shown"
    assert not updates(served.engine)
    told = department.return_workbook(book, key="bang-16")
    assert department.return_workbook(book, key="bang-16") == told
    [row] = told.rows
    assert (row.outcome, row.ref, row.changed) == ("taken", REF, ("percent", "result"))
    assert len(updates(served.engine)) == 1
    assert department.workbook_return(told.id) == told
    marked = department.fetch_marked(told.id, tmp_path)
    assert marked.name == f"so-y-te-{told.id}.xlsx"
    assert [one.outcome for one in department.return_workbook(marked).rows] == ["known"]


def test_what_a_dry_run_showed_is_confirmed(
    served: Served, department: Client, tmp_path: Path
) -> None:
    book, key = department.fetch_workbook("so-y-te", tmp_path), served.id_of(REF)
    book.write_bytes(filled_in(book.read_bytes(), {key: {"percent": 30}}))
    shown = department.return_workbook(book, dry_run=True)
    told = department.confirm_workbook(shown.id, key="xac-nhan-1")
    assert (told.id, told.state, told.rows[0].outcome) == (shown.id, "applied", "taken")
    assert department.confirm_workbook(shown.id, key="xac-nhan-1") == told
    with pytest.raises(ConflictError):
        department.judge_workbook_again(shown.id)
    assert len(updates(served.engine)) == 1


def test_a_wrong_cell_is_told(served: Served, department: Client, tmp_path: Path) -> None:
    book, key = department.fetch_workbook("so-y-te", tmp_path), served.id_of(REF)
    words = {"percent": 5, "result": "Liên hệ 0912345678"}
    book.write_bytes(filled_in(book.read_bytes(), {key: words}))
    [row] = department.return_workbook(book).rows
    assert row.outcome == "refused"
    assert row.problems[0].cell and row.problems[0].message
    [row] = department.return_workbook(book, confirm_personal_data=True).rows
    assert row.outcome == "taken"


def test_calendars_are_made_listed_and_ended(department: Client) -> None:
    made = department.create_calendar(department="so-y-te", kind="todo", name="Việc của Sở")
    assert made.url.endswith(".ics") and made.working
    [one] = department.calendars(department="so-y-te")
    assert (one.id, one.url) == (made.id, made.url)
    department.revoke_calendar(made.id)
    assert not list(department.calendars())
    with pytest.raises(DeniedError):
        department.create_calendar(plan="mau")


def test_channels_are_set_tried_and_taken_away(served: Served, office: Client) -> None:
    with ZaloServer() as zalo:
        settings = ChannelSettings(zalo_templates="*=1", **zalo.settings)
        served.app.state.running.extras["channels"] = settings
        assert office.set_channel(*MAILBOX, "zalo:02438253531").missing
        assert office.give_zalo_access(code="a code").expires_at > NOW
        channel = office.set_channel(*MAILBOX, "zalo:02438253531")
        assert (channel.shown, channel.missing) == ("84•••••••531", ())
        trial = office.try_channel(*MAILBOX, key="thu-1")
        assert office.try_channel(*MAILBOX, key="thu-1") == trial
        assert (trial.works, trial.receipt, len(zalo.messages)) == (True, "zalo-1", 1)
    found = office.channels()
    assert [(one.department, one.email) for one in found.contacts] == [MAILBOX]
    assert [(one.name, one.has_access) for one in found.channels] == [("zalo", True)]
    office.remove_channel(*MAILBOX)
    with pytest.raises(ConflictError):
        office.remove_channel(*MAILBOX)


def test_figures_come_in_as_a_file(department: Client, office: Client, tmp_path: Path) -> None:
    file = tmp_path / "số liệu.csv"
    file.write_text(FIGURES, encoding="utf-8")
    tried = department.import_figures(file, dry_run=True)
    assert (tried.dry_run, tried.new, tried.refused) == (True, 1, 1)
    taken = department.import_figures(file, source="9/BC", key="so-lieu-1")
    assert department.import_figures(file, source="9/BC", key="so-lieu-1") == taken
    assert department.import_figures(file).same == 1
    first, second = taken.rows
    assert (first.state, first.value, first.doubts[0].kind) == ("new", 120, "over_whole")
    assert (second.state, second.field) == ("refused", "target")
    [doubtful] = office.doubtful_figures()
    assert (doubtful.target, doubtful.plan, doubtful.doubtful) == ("ty-le", "mau", True)
    confirmed = office.confirm_figure(doubtful.id)
    assert confirmed.confirmed_by and not confirmed.doubtful
    assert not list(office.doubtful_figures())
    with pytest.raises(ConflictError):
        office.confirm_figure(doubtful.id)


def test_registers_are_listed(served: Served, office: Client) -> None:
    declared = {
        "id": "so-lieu",
        "type": "json",
        "name": {"vi": "Số liệu", "en": "Figures"},
        "url": "https://so-lieu.example.vn/api",
        "owner": "so-y-te",
        "items": "rows",
        "targets": [{"id": "ty-le", "period": "ky", "value": "so"}],
    }
    problem = {"place": "item 3", "target": "ty-le", "reason": "this is no number"}
    with writing(served.engine) as connection:
        registers.save(
            connection, Registers.model_validate_json(json.dumps({"registers": [declared]}))
        )
        registers.keep(connection, "so-lieu", registers.Answered(problems=[problem]), NOW)
    [one] = office.registers()
    assert (one.id, one.type_, one.targets[0].id) == ("so-lieu", "json", "ty-le")
    assert one.problems[0].reason == "this is no number"


# --- files that are cut on their way ------------------------------------------------------------


class Cut(httpx.SyncByteStream):
    """Some of a file, and then the line breaks."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"half of"
        raise httpx.ReadError("cut")


def fetching(*answers: Any, patience: float = 60) -> Client:
    """A client that gets these answers one after another."""
    coming = iter(answers)
    transport = httpx.MockTransport(lambda _: next(coming))
    waits = Waits(sleep=lambda _: None)
    return Client("https://x.invalid", "t", transport=transport, waits=waits, patience=patience)


def test_a_file_that_is_cut_is_fetched_again_whole(tmp_path: Path) -> None:
    with fetching(httpx.Response(200, stream=Cut()), httpx.Response(200, content=b"all")) as client:
        path = client.fetch_workbook("so-y-te", tmp_path / "b.xlsx")
    assert path.read_bytes() == b"all"
    assert [one.name for one in tmp_path.iterdir()] == ["b.xlsx"]


def test_what_fails_leaves_the_older_file_and_nothing_beside_it(tmp_path: Path) -> None:
    older = tmp_path / "b.xlsx"
    older.write_bytes(b"older")
    cut = httpx.Response(200, stream=Cut())
    with fetching(cut, patience=0) as client, pytest.raises(UnreachableError):
        client.fetch_workbook("so-y-te", older)
    refused = httpx.Response(503, json={"type": "/problems/x", "detail": "LibreOffice"})
    with fetching(refused, patience=0) as client, pytest.raises(ApiError, match="LibreOffice"):
        client.fetch_report("mau", "2025-Q1", older, kind="pdf")
    assert older.read_bytes() == b"older"
    assert [one.name for one in tmp_path.iterdir()] == ["b.xlsx"]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (None, UNNAMED),
        (
            "attachment; filename=\"Bao_cao.docx\"; filename*=UTF-8''B%C3%A1o%20c%C3%A1o.docx",
            "Báo cáo.docx",
        ),
        ('attachment; filename="a.xlsx"', "a.xlsx"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''..%5C..%5Cx.docx", "x.docx"),
        ('attachment; filename=".."', UNNAMED),
    ],
)
def test_a_files_name_has_no_folder_in_it(said: str | None, name: str) -> None:
    headers = {"Content-Disposition": said} if said else {}
    assert name_of(httpx.Response(200, headers=headers)) == name
