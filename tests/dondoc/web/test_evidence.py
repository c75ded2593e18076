"""Files sent from a page: by a plain form, as attachments, and who may send and read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from plans.store import files, reading
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import browser, check_page, visitor
from tests.dondoc.web.desks import LEAD, MOT, confirm_device, ledger, link, text_of
from tests.dondoc.web.forms import form_of
from tests.offices import furnish

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def key(served: Served) -> str:
    return served.id_of(MOT)


@pytest.fixture
def lead(served: Served) -> httpx.Client:
    return visitor(served, "department", LEAD)


def send(
    client: httpx.Client,
    page: httpx.Response,
    name: str = "Báo cáo quý I.pdf",
    content: bytes = PDF,
    **given: str,
) -> httpx.Response:
    form = form_of(page, "/evidence")
    return client.post(form.action, data=form.fields | given, files={"file": (name, content)})


def kept(served: Served, key: str) -> list[str]:
    with reading(served.engine) as connection:
        return [row.name for row in files.of_assignment(connection, key)]


def test_a_file_is_sent_named_in_the_report_and_read_as_attachment(
    served: Served, key: str, lead: httpx.Client
) -> None:
    page = lead.get(f"/assignments/{key}")
    done = send(lead, page)
    assert done.status_code == 303 and "done=uploaded" in done.headers["location"]
    again = send(lead, page)  # pressed twice
    assert again.headers["location"] == done.headers["location"]
    assert kept(served, key) == ["Báo cáo quý I.pdf"]
    shown = lead.get(done.headers["location"])
    check_page(shown)
    form = form_of(shown, "/report")
    file = form.fields["evidence.0.file"]
    assert file and f"file={file}" in done.headers["location"]
    assert form.send(lead, act="submit", percent="100").status_code == 303
    assert ledger(served)[1].words == {"evidence": [{"file": file}]}
    got = lead.get(f"/assignments/{key}/evidence/{file}")
    assert got.content == PDF and got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        ("a.pdf", b"", 415, "Tệp trống."),
        ("a.html", b"<html><script>alert(1)</script>", 415, "Không nhận loại tệp này"),
        ("a.exe", b"MZ\x90\x00\x03" * 99, 415, "Không nhận loại tệp này"),
        ("", PDF, 422, "Đề nghị chọn tệp."),
        ("a\u202efdp.pdf", PDF, 422, "đổi tên tệp"),
        ("0912345678.pdf", PDF, 422, "số điện thoại 0912•••678"),
    ],
)
def test_what_is_not_taken_is_told(
    served: Served,
    key: str,
    lead: httpx.Client,
    name: str,
    content: bytes,
    status: int,
    said: str,
) -> None:
    page = lead.get(f"/assignments/{key}")
    form = form_of(page, "/evidence")
    # Of what nobody chose, a browser sends a part without a name.
    parts: list[tuple[str, tuple[str | None, bytes]]] = [("file", (name, content))]
    if name:
        refused = send(lead, page, name, content)
    else:
        fields = [(k, (None, v.encode())) for k, v in form.fields.items()]
        refused = raw(lead, form.action, [*fields, *parts])
    assert refused.status_code == status
    assert said in text_of(refused) and kept(served, key) == []


def raw(
    client: httpx.Client, action: str, parts: list[tuple[str, tuple[str | None, bytes]]]
) -> httpx.Response:
    body = b""
    for field, (name, content) in parts:
        head = f'--x\r\nContent-Disposition: form-data; name="{field}"'
        body += (head if name is None else f'{head}; filename="{name}"').encode()
        body += b"\r\n\r\n" + content + b"\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return client.post(action, content=body + b"--x--\r\n", headers=kind)


def test_a_name_with_a_persons_number_may_stand_if_confirmed(
    served: Served, key: str, lead: httpx.Client
) -> None:
    asked = send(lead, lead.get(f"/assignments/{key}"), "0912345678.pdf")
    assert 'name="confirm_personal_data"' in asked.text
    done = send(lead, asked, "0912345678.pdf", confirm_personal_data="true")
    assert done.status_code == 303 and kept(served, key) == ["0912345678.pdf"]


def test_what_is_too_large_is_not_taken(sqlite_engine: Engine, tmp_path: Path) -> None:
    furnish(sqlite_engine)
    for served in serve(sqlite_engine, tmp_path):
        running = served.app.state.running
        running.settings = served.settings.model_copy(update={"upload_limit_mb": 1})
        lead, key = visitor(served, "department", LEAD), served.id_of(MOT)
        page = lead.get(f"/assignments/{key}")
        assert 'data-most="1"' in page.text
        refused = send(lead, page, content=PDF + b"x" * 1_100_000)
        assert refused.status_code == 413 and "chỉ nhận tối đa 1 MB" in text_of(refused)
        assert kept(served, key) == []
        # Beyond what the whole form may be, nothing is read at all.
        refused = send(lead, page, content=PDF + b"x" * 2_500_000)
        assert refused.status_code == 413 and refused.headers["connection"] == "close"
        check_page(refused)
        [beside] = re.findall(r'id="error-file">(.*?)</div>', refused.text)
        assert "chỉ nhận tối đa 1 MB" in beside and form_of(refused, "/evidence")
        assert kept(served, key) == []
        other = visitor(served, "department", "so-tai-chinh")
        sent = {"file": ("a.pdf", PDF + b"x" * 2_500_000)}
        assert other.post(f"/assignments/{key}/evidence", files=sent).status_code == 404
        foreign = {"Origin": "https://evil.example"}
        path = f"/assignments/{key}/evidence"
        assert lead.post(path, files=sent, headers=foreign).status_code == 403
        called = served.client("admin").post(f"assignments/{key}/evidence", files=sent)
        assert called.status_code == 413
        assert called.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("csrf", ["", "0" * 64, None])
def test_a_forged_form_is_refused_before_its_file_is_read(
    served: Served, key: str, lead: httpx.Client, csrf: str | None
) -> None:
    form = form_of(lead.get(f"/assignments/{key}"), "/evidence")
    given = form.fields | ({} if csrf is None else {"csrf": csrf})
    if csrf is None:
        del given["csrf"]
    refused = lead.post(form.action, data=given, files={"file": ("a.pdf", PDF)})
    assert refused.status_code == 403 and kept(served, key) == []
    # The token after the file is too late: the file would have been read by then.
    after = [("file", ("a.pdf", PDF)), ("csrf", (None, form.fields["csrf"].encode()))]
    assert raw(lead, form.action, after).status_code == 403
    elsewhere = {"Origin": "https://evil.example"}
    files_ = {"file": ("a.pdf", PDF)}
    foreign = lead.post(form.action, data=form.fields, files=files_, headers=elsewhere)
    assert foreign.status_code == 403 and kept(served, key) == []


def test_who_sends_and_who_reads(served: Served, key: str, lead: httpx.Client) -> None:
    done = send(lead, lead.get(f"/assignments/{key}"))
    file = done.headers["location"].partition("file=")[2].partition("&")[0]
    path, form = f"/assignments/{key}/evidence", form_of(lead.get(f"/assignments/{key}"), "/report")
    for role, body, reads, sends in (
        ("viewer", None, 200, 403),
        ("coordinator", None, 200, 403),
        ("department", "so-tai-chinh", 404, 404),
    ):
        other = visitor(served, role, body)
        assert other.get(f"{path}/{file}").status_code == reads
        csrf = form_of(other.get("/account"), "/sign-out").fields["csrf"]
        sent = other.post(path, data={"csrf": csrf}, files={"file": ("b.pdf", PDF)})
        assert sent.status_code == sends
    assert kept(served, key) == ["Báo cáo quý I.pdf"] and form
    assert browser(served).post(path, files={"file": ("b.pdf", PDF)}).status_code == 303
    for wrong in ("0" * 32, "x"):
        assert lead.get(f"{path}/{wrong}").status_code == 404


def test_a_links_device_sends_once_it_is_confirmed(served: Served, key: str) -> None:
    client, base = browser(served), link(served)
    path = f"{base}/assignments/{key}"
    refused = client.post(f"{path}/evidence", files={"file": ("a.pdf", PDF)})
    assert refused.status_code == 403 and "Xác nhận thiết bị" in refused.text
    assert kept(served, key) == []
    foreign = f"{link(served, 'so-tai-chinh')}/assignments/{key}/evidence"
    assert client.post(foreign, files={"file": ("a.pdf", PDF)}).status_code == 404
    confirm_device(served, client)
    done = send(client, client.get(path))
    assert done.headers["location"].startswith(f"{path}?file=")
    file = done.headers["location"].partition("file=")[2].partition("&")[0]
    assert client.get(f"{path}/evidence/{file}").content == PDF
    evil = {"Origin": "https://evil.example"}
    files_ = {"file": ("b.pdf", PDF)}
    assert client.post(f"{path}/evidence", files=files_, headers=evil).status_code == 403
