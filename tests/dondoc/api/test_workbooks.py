"""Workbooks by API: handed out as a file, sent back, told row by row, marked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from integrations.workbook import MEDIA_TYPE
from integrations.workbook_reading import read_workbook
from tests.dondoc.api.conftest import Served
from tests.offices import assignment, updates
from tests.workbook_files import filled_in

REF = "mau/mot/so-y-te"
EXCEL = ("bang.xlsx", MEDIA_TYPE)


def download(client: httpx.Client, code: str = "so-y-te", **query: Any) -> bytes:
    answer = client.get(f"departments/{code}/workbook", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


def send(client: httpx.Client, raw: bytes, **given: Any) -> httpx.Response:
    return client.post("workbooks", files={"file": (EXCEL[0], raw, EXCEL[1])}, **given)


def test_a_workbook_goes_out_and_comes_back(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    raw = filled_in(download(client), {key: {"percent": 40, "result": "Đã họp"}})
    dry = send(client, raw, params={"dry_run": True})
    assert (dry.status_code, dry.json()["state"]) == (201, "shown")
    assert dry.json()["counts"]["taken"] == 1 and updates(served.engine) == []
    headers = served.key()
    first = send(client, raw, headers=headers)
    [row] = first.json()["rows"]
    assert (row["outcome"], row["ref"], row["changed"]) == ("taken", REF, ["percent", "result"])
    assert (row["was"]["percent"], row["says"]["percent"]) == (0, 40)
    assert send(client, raw, headers=headers).json() == first.json()
    assert [one["outcome"] for one in send(client, raw).json()["rows"]] == ["known"]
    [entry] = updates(served.engine)
    assert entry.actor.startswith("token:") and '"source":"workbook"' in entry.payload
    assert client.get(f"workbooks/returns/{first.json()['id']}").json() == first.json()


def test_the_marked_copy_says_why_and_can_be_sent_again(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    raw = filled_in(download(client), {key: {"percent": "nhiều", "result": "Đã họp"}})
    told = send(client, raw).json()
    [row] = told["rows"]
    [problem] = row["problems"]
    assert (row["outcome"], problem["code"], problem["field"]) == (
        "refused",
        "not_percent",
        "percent",
    )
    marked = client.get(f"workbooks/returns/{told['id']}/marked").content
    [line] = [one for one in read_workbook(marked).lines if one.assignment == key]
    assert (line.wrote["percent"], line.says["result"]) == ("nhiều", "Đã họp")
    again = send(client, filled_in(marked, {key: {"percent": 45}})).json()
    assert [one["outcome"] for one in again["rows"]] == ["taken"]
    assert assignment(served.engine, REF).percent == 45


def test_others_workbooks_are_not_there(served: Served) -> None:
    mine, other = served.client("department", "so-y-te"), served.client("department", "van-phong")
    own = send(mine, download(mine)).json()["id"]
    stranger = served.client("department", "so-tai-chinh")
    for path in (f"workbooks/returns/{own}", f"workbooks/returns/{own}/marked"):
        assert stranger.get(path).status_code == 404
        assert other.get(path).status_code == 200  # it superintends
    assert stranger.get("departments/so-y-te/workbook").status_code == 404
    assert served.client("coordinator").get("departments/so-y-te/workbook").status_code == 403
    raw = filled_in(download(mine), {"*": {"percent": 5}})
    found = send(stranger, raw).json()
    assert found["department"] == "so-tai-chinh"
    assert {one["problems"][0]["code"] for one in found["rows"]} == {"foreign"}
    assert all(one["was"] is None and one["ref"] is None for one in found["rows"])


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"PK\x03\x04 broken", 422), (b"%PDF-1.4", 415), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 415)],
)
def test_what_is_no_workbook_is_refused_in_words(
    served: Served, content: bytes, status: int
) -> None:
    answer = send(served.client("department", "so-y-te"), content)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_plan_and_a_language(served: Served) -> None:
    client = served.client("department", "so-y-te")
    assert read_workbook(download(client, plan="mau", language="en")).language == "en"
    assert client.get("departments/so-y-te/workbook", params={"plan": "x"}).status_code == 404
