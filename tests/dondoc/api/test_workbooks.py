"""Workbooks by API: handed out as a file, sent back, told row by row, marked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from integrations.workbook import MEDIA_TYPE
from integrations.workbook_reading import read_workbook
from plans import contacting
from plans.mailed_workbooks import Mailed, Reading, take
from plans.store import workbooks as store
from plans.store import writing
from tests.builders import ZONE
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
    for path in (f"workbooks/returns/{own}", f"workbooks/returns/{own}/marked"):
        assert served.client("coordinator").get(path).status_code == 403
    assert served.client("viewer").get("departments/so-y-te/workbook").status_code == 403
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


def test_the_office_hands_in_for_a_body_in_its_own_name(served: Served) -> None:
    office, key = served.client("coordinator"), served.id_of(REF)
    raw = filled_in(download(office), {key: {"percent": 40, "result": "Qua thư"}})
    shown = send(office, raw, params={"dry_run": True}).json()
    assert (shown["department"], shown["state"], updates(served.engine)) == ("so-y-te", "shown", [])
    path = f"workbooks/returns/{shown['id']}/confirmation"
    assert served.client("department", "so-tai-chinh").post(path).status_code == 404
    assert served.client("viewer").post(path).status_code == 403
    headers = served.key()
    done = office.post(path, headers=headers)
    assert (done.status_code, done.json()["state"]) == (200, "applied")
    assert office.post(path, headers=headers).json() == done.json()
    [entry] = updates(served.engine)
    api = served.client("admin")
    [line] = [one for one in api.get("audit").json()["items"] if one["act"] == "workbook-brought"]
    assert (line["actor"], line["subject"]) == (entry.actor, "department:so-y-te")
    assert api.get(f"workbooks/returns/{shown['id']}").status_code == 200
    narrow = served.client("coordinator", scopes=["read", "review"])
    assert narrow.get("departments/so-y-te/workbook").status_code == 403


def test_a_coordinators_workbook_is_of_its_plans(served: Served) -> None:
    of_none = served.client("coordinator", plans=[])
    assert of_none.get("departments/so-y-te/workbook").status_code == 404
    assert of_none.get("departments/so-y-te/workbook", params={"plan": "mau"}).status_code == 404
    assert read_workbook(download(served.client("coordinator", plans=["mau"]))).lines


def test_what_takes_a_report_back_says_so(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    raw = download(client)
    send(client, filled_in(raw, {key: {"percent": 90, "act": "Trình"}}))
    again = filled_in(raw, {key: {"percent": 95, "act": None}})
    [row] = send(client, again, params={"dry_run": True}).json()["rows"]
    assert (row["outcome"], row["withdraws"]) == ("taken", "2025-04-16")
    named = filled_in(raw, {key: {"percent": 90, "result": "Gọi 0912345678"}})
    [row] = send(client, named).json()["rows"]
    assert "send confirm_personal_data=true" in row["problems"][0]["message"]


def test_a_mailed_workbook_is_judged_again(served: Served) -> None:
    office, raw = served.client("coordinator"), download(served.client("department", "so-y-te"))
    sheet = read_workbook(filled_in(raw, {"*": {"percent": 40}}))
    how = Reading(served.now, ZONE, served.settings.secret, "x.vn")
    with writing(served.engine) as connection:
        assert not take(connection, Mailed("mail:1", "moi@xa.vn", sheet), how)
        key = str(store.of_source(connection, "mail:1").id)  # type: ignore[union-attr]
    path = f"workbooks/returns/{key}/again"
    assert served.client("department", "so-y-te").post(path).status_code == 404
    assert office.post(path).status_code == 409
    with writing(served.engine) as connection:
        contacting.add(connection, "so-y-te", "moi@xa.vn", actor="user:7", now=served.now)
    shown = office.post(path, headers=served.key())
    assert (shown.status_code, shown.json()["state"]) == (200, "shown")
    assert shown.json()["department"] == "so-y-te" and updates(served.engine) == []
    assert office.post(f"workbooks/returns/{key}/confirmation").json()["state"] == "applied"
    assert {entry.actor[:6] for entry in updates(served.engine)} == {"token:"}
