"""Files by API: sent by the lead, judged by their content, read by all who may see them."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest

from plans.store import files as store
from plans.store import reading
from tests.dondoc.api.conftest import Served
from tests.offices import faults
from tests.plans.test_sniffing import PDF, docx, overlapping

REF = "mau/mot/so-y-te"


def send(
    client: httpx.Client,
    key: str,
    content: bytes = PDF,
    name: str = "bao-cao.pdf",
    kind: str = "application/pdf",
    **given: Any,
) -> httpx.Response:
    return client.post(
        f"assignments/{key}/evidence", files={"file": (name, content, kind)}, **given
    )


def kept(served: Served, key: str) -> list[Any]:
    with reading(served.engine) as connection:
        return store.of_assignment(connection, key)


def on_disk(served: Served) -> int:
    return sum(path.is_file() for path in (served.settings.data_dir / "files").rglob("*"))


def test_a_lead_sends_a_file_and_reports_with_it(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    sent = send(client, key, name="Báo cáo quý.pdf")
    assert sent.status_code == 201, sent.text
    file = sent.json()
    assert file["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (file["name"], file["size"]) == ("Báo cáo quý.pdf", len(PDF))
    assert (file["media_type"], file["flagged"]) == ("application/pdf", False)
    assert send(client, key, name="Báo cáo quý.pdf").json()["id"] == file["id"]
    proof = [{"file": file["id"], "kind": "report"}]
    report = {"percent": 100, "submit": True, "evidence": proof}
    handed_in = client.post(f"assignments/{key}/updates", json=report)
    assert handed_in.status_code == 201, handed_in.text
    listed = client.get(f"assignments/{key}/evidence").json()
    assert [one["id"] for one in listed["items"]] == [file["id"]]
    assert faults(served.engine) == []


def test_a_file_of_another_assignment_proves_nothing(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    file = send(client, key).json()["id"]
    other = served.id_of("mau/cu-y-te/so-cu")
    report = {"percent": 10, "evidence": [{"file": file}]}
    answer = client.post(f"assignments/{other}/updates", json=report)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "evidence")
    assert client.get(f"assignments/{other}/evidence/{file}").status_code == 404


def test_a_file_is_given_as_a_download_only(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    content = "Xã,Số\nA,1\n".encode()
    file = send(client, key, content, 'số "liệu";\u2713.csv', "text/html").json()["id"]
    got = client.get(f"assignments/{key}/evidence/{file}")
    assert got.status_code == 200
    assert got.content == content
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["cache-control"] == "private, no-store"
    disposition = got.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="s___')
    assert disposition.endswith("%3B%E2%9C%93.csv")
    assert disposition.count('"') == 2
    part = client.get(f"assignments/{key}/evidence/{file}", headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, content[:2])


def test_who_may_send_and_who_may_read(served: Served) -> None:
    key = served.id_of(REF)
    file = send(served.client("department", "so-y-te"), key).json()["id"]
    url = f"assignments/{key}/evidence/{file}"
    stranger = served.client("department", "so-tai-chinh")
    assert send(stranger, key).status_code == 404
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"assignments/{key}/evidence").status_code == 404
    for role in ("admin", "coordinator", "viewer"):
        client = served.client(role)
        assert send(client, key).status_code == 403
        assert client.get(url).status_code == 200
    nobody = served.with_token(None)
    assert [send(nobody, key).status_code, nobody.get(url).status_code] == [401, 401]
    assert len(kept(served, key)) == 1


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"", "bao-cao.pdf", 415),
        (b"MZ\x90\0" + b"\0" * 100, "bao-cao.pdf", 415),
        (b"<html><script>alert(1)</script>", "bao-cao.pdf", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "anh.png", 415),
        (b"#!/bin/sh\n", "a.txt", 415),
        (b"\0\1\2", "a.csv", 415),
        (docx(**{"inner.zip": b"x"}), "a.docx", 415),
        (docx(**{"../x": b"x"}), "a.docx", 415),
        (docx(zeros=b"\0" * 8_000_000), "a.docx", 415),
        (overlapping(), "a.docx", 415),
        (PDF, "..", 422),
        (PDF, "/", 422),
        (PDF, "x" * 201, 422),
        (PDF, "a\u202efdp.exe", 422),
        (PDF, "a\u0085.pdf", 422),
        (PDF, "cháu A 001091234567.pdf", 422),
        (PDF, "0912.345.678.pdf", 422),
    ],
)
def test_a_bad_file_is_refused_and_leaves_nothing(
    served: Served, content: bytes, name: str, status: int
) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    answer = send(client, key, content, name)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["field"] for one in answer.json()["errors"]] == ["file"]
    assert kept(served, key) == []
    assert on_disk(served) == 0


def test_too_large_a_file_is_refused_while_it_comes(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    most = served.settings.upload_limit_mb * 1024 * 1024
    answer = send(client, key, PDF + b"\n" * most)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert kept(served, key) == []
    assert on_disk(served) == 0
    assert send(client, key, PDF + b"\n" * (most - len(PDF))).status_code == 201


def form(name: str, value: str, extra: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{value}\r\n'


FILE = form("file", "chữ", '; filename="a.txt"')


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{}", "application/json", 415),
        ("chữ", "text/plain", 415),
        ("chữ", "multipart/form-data", 415),
        ("chữ", "multipart/form-data; boundary=b", 422),
        ("", "multipart/form-data; boundary=b", 422),
        ("--b--\r\n", "multipart/form-data; boundary=b", 422),
        (FILE, "multipart/form-data; boundary=b", 422),
        (FILE + FILE + "--b--\r\n", "multipart/form-data; boundary=b", 422),
        (form("file", "chữ") + "--b--\r\n", "multipart/form-data; boundary=b", 422),
        (form("tep", "x", '; filename="a"') + "--b--\r\n", "multipart/form-data; boundary=b", 422),
        (FILE + form("khac", "x") + "--b--\r\n", "multipart/form-data; boundary=b", 422),
        (
            FILE + form("confirm_personal_data", "có") + "--b--\r\n",
            "multipart/form-data; boundary=b",
            422,
        ),
        (
            FILE + form("confirm_personal_data", "x" * 200) + "--b--\r\n",
            "multipart/form-data; boundary=b",
            422,
        ),
    ],
)
def test_another_form_than_ours_is_refused(
    served: Served, body: str, kind: str, status: int
) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    answer = client.post(
        f"assignments/{key}/evidence", content=body.encode(), headers={"Content-Type": kind}
    )
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"]
    assert kept(served, key) == []
    assert on_disk(served) == 0


def test_a_name_may_be_confirmed_by_field_or_query(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    warned = send(client, key, name="0912345678.pdf")
    assert (warned.status_code, warned.json()["type"]) == (422, "/problems/personal-data")
    assert "0912•••678" in warned.text
    assert "345" not in warned.text
    by_field = send(client, key, name="0912345678.pdf", data={"confirm_personal_data": "true"})
    assert (by_field.status_code, by_field.json()["flagged"]) == (201, True)
    by_query = send(client, key, name="0987654321.pdf", params={"confirm_personal_data": "true"})
    assert (by_query.status_code, by_query.json()["flagged"]) == (201, True)
    assert send(client, key, params={"unknown": "1"}).status_code == 422


def test_a_key_is_good_for_one_file(served: Served) -> None:
    client, key, once = served.client("department", "so-y-te"), served.id_of(REF), served.key()
    first = send(client, key, headers=once)
    again = send(client, key, headers=once)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = send(client, key, PDF + b"2", headers=once)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert len(kept(served, key)) == 1


def test_a_path_finds_no_file(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    send(client, key)
    for name in ("0" * 32, "x", "%2e%2e%2f%2e%2e%2fsecret.key", "a" * 300, "%00"):
        answer = client.get(f"assignments/{key}/evidence/{name}")
        assert answer.status_code == 404, name
