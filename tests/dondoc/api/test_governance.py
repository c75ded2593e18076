"""Review, later dates and orders by API: who may, what is answered, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from plans.identity.people import GrantIn
from plans.store import audit, reading
from plans.store.ledger import events_of
from plans.terms import Role
from tests.acts import submit
from tests.builders import at
from tests.dondoc.api.conftest import Served
from tests.dondoc.api.people import signed_in
from tests.offices import faults

REF = "mau/mot/so-y-te"
CHUNG = "mau/chung/van-phong"
DOCUMENT = {"number": "15/QĐ-UBND", "date": "2025-03-01"}
ORDERS: dict[str, dict[str, Any]] = {
    "suspension": {"reason": "Chờ Trung ương", "document": DOCUMENT},
    "cancellation": {"reason": "Trùng nhiệm vụ"},
    "reassignment": {"department": "so-tai-chinh", "document": DOCUMENT},
}


@pytest.fixture
def office(served: Served) -> Iterator[Served]:
    """On 03/03/2025, when ``mau/mot`` is not due yet."""
    served.now = at(date(2025, 3, 3))
    yield served
    assert faults(served.engine) == []


@pytest.fixture
def key(office: Served) -> str:
    return office.id_of(REF)


@pytest.fixture
def lead(office: Served) -> httpx.Client:
    return office.client("department", "so-y-te")


@pytest.fixture
def coordinator(office: Served) -> httpx.Client:
    return office.client("coordinator", plans=["mau"])


def hand_in(client: httpx.Client, key: str, percent: int = 100) -> str:
    """Submit; gives the version."""
    answer = client.post(f"assignments/{key}/updates", json={"percent": percent, "submit": True})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["etag"])


def fields(answer: httpx.Response) -> set[str]:
    """The fields that a 422 names."""
    assert answer.status_code == 422, answer.text
    return {one["field"] for one in answer.json()["errors"]}


# --- reviews -----------------------------------------------------------------------------------


def test_a_report_is_returned_with_a_reason_and_then_accepted(
    key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    hand_in(lead, key)
    url = f"assignments/{key}/review"
    assert fields(coordinator.post(url, json={"decision": "return"})) == {"note"}
    returned = coordinator.post(url, json={"decision": "return", "note": "Thiếu số liệu"})
    assert (returned.status_code, returned.json()["review"]) == (200, "returned")
    seen = hand_in(lead, key)
    accepted = coordinator.post(url, json={"decision": "accept"}, headers={"If-Match": seen})
    assert (accepted.json()["work"], accepted.json()["class"]) == ("done", "done_on_time")
    assert accepted.headers["etag"] == f'"{accepted.json()["version"]}"'


def test_a_report_that_was_replaced_is_not_reviewed_unread(
    key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    seen = hand_in(lead, key, 40)
    hand_in(lead, key, 90)
    url, body = f"assignments/{key}/review", {"decision": "accept"}
    assert coordinator.post(url, json=body, headers={"If-Match": seen}).status_code == 412
    assert coordinator.post(url, json=body, headers={"If-Match": "*"}).json()["percent"] == 90
    assert coordinator.post(url, json=body).status_code == 409


def test_who_may_review(office: Served, key: str, lead: httpx.Client) -> None:
    hand_in(lead, key)
    url, body = f"assignments/{key}/review", {"decision": "accept"}
    callers = {
        lead: 403,
        office.client("viewer"): 403,
        office.client("department", "so-tai-chinh"): 403,
        office.client("coordinator", plans=[]): 404,
        office.client("admin"): 200,
    }
    assert [one.post(url, json=body).status_code for one in callers] == list(callers.values())
    assert office.client("admin").post("assignments/none/review", json=body).status_code == 404


def test_an_own_report_is_refused_and_the_refusal_is_noted(
    office: Served, key: str, coordinator: httpx.Client
) -> None:
    actor = coordinator.get("me").json()["actor"]
    submit(office.engine, key, actor=actor)
    body = {"decision": "accept"}
    assert coordinator.post(f"assignments/{key}/review", json=body).status_code == 403
    items = [{"assignment": key, **body}]
    batch = coordinator.post("reviews/batch", json={"items": items}).json()
    assert (batch["items"][0]["status"], batch["items"][0]["type"]) == (403, "/problems/denied")
    with reading(office.engine) as connection:
        noted = [(one.act, one.outcome) for one in audit.lines(connection) if one.actor == actor]
    assert noted == [
        ("POST /api/v1/reviews/batch", "denied"),
        ("POST /api/v1/assignments/{assignment}/review", "denied"),
    ]


BOTH = (GrantIn(role=Role.COORDINATOR), GrantIn(role=Role.DEPARTMENT, department="van-phong"))
"""An officer who acts as well for the body that superintends the lead."""


def test_who_acts_for_the_department_that_handed_it_in_does_not_review_it(
    office: Served, key: str
) -> None:
    officer = signed_in(office, grants=BOTH)
    hand_in(office.client("department", "van-phong"), key)
    url, body = f"assignments/{key}/review", {"decision": "return", "note": "Thiếu"}
    assert officer.post(url, json=body).status_code == 403
    items = [{"assignment": key, **body}]
    batch = officer.post("reviews/batch", json={"items": items}).json()
    assert [one["status"] for one in batch["items"]] == [403]
    with reading(office.engine) as connection:
        assert events_of(connection, key)[-1].payload["by"] == "van-phong"
    other = signed_in(office, "binh@so.example.vn")
    assert other.post(url, json=body).status_code == 200


def test_of_what_the_lead_handed_in_itself_its_superior_is_another(
    office: Served, key: str, lead: httpx.Client
) -> None:
    hand_in(lead, key)
    officer = signed_in(office, grants=BOTH)
    answer = officer.post(f"assignments/{key}/review", json={"decision": "accept"})
    assert answer.status_code == 200


def test_who_acts_for_the_department_that_asked_does_not_decide(office: Served, key: str) -> None:
    asked = ask(office.client("department", "van-phong"), key)
    url, body = f"extensions/{asked['id']}/decision", {"decision": "grant"}
    assert signed_in(office, grants=BOTH).post(url, json=body).status_code == 403
    other = signed_in(office, "binh@so.example.vn")
    assert other.post(url, json=body).status_code == 200


def test_several_reviews_each_with_its_own_result(
    office: Served, key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    seen = hand_in(lead, key)
    items = [
        {"assignment": REF, "decision": "accept", "if_match": seen},
        {"assignment": CHUNG, "decision": "accept"},
        {"assignment": key, "decision": "return"},
        {"assignment": "none", "decision": "accept"},
        {"assignment": key, "decision": "approve"},
        {"assignment": key, "decision": "accept", "if_match": '"1"'},
    ]
    mark = office.key()
    answer = coordinator.post("reviews/batch", json={"items": items}, headers=mark)
    found = answer.json()
    assert [one["status"] for one in found["items"]] == [200, 409, 422, 404, 422, 412]
    assert (found["taken"], found["refused"]) == (1, 5)
    assert found["items"][0]["reviewed"]["work"] == "done"
    assert found["items"][4]["errors"][0]["field"] == "decision"
    again = coordinator.post("reviews/batch", json={"items": items}, headers=mark)
    assert again.json() == found
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("number", [0, 201])
def test_a_batch_is_of_1_to_200(coordinator: httpx.Client, number: int) -> None:
    items = [{"assignment": "x", "decision": "accept"}] * number
    assert fields(coordinator.post("reviews/batch", json={"items": items})) == {"items"}


# --- later dates -------------------------------------------------------------------------------


def ask(client: httpx.Client, key: str, due: str = "2025-04-30") -> Any:
    body = {"due": due, "reason": "Chờ hướng dẫn"}
    answer = client.post(f"assignments/{key}/extensions", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_later_date_and_how_it_stays_visible(
    key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    asked = ask(lead, key)
    assert (asked["state"], asked["due"], asked["reason"]) == (
        "requested",
        "2025-03-31",
        "Chờ hướng dẫn",
    )
    url = f"extensions/{asked['id']}/decision"
    body = {"decision": "grant", "due": "2025-04-15", "note": "Đến giữa tháng"}
    granted = coordinator.post(url, json=body)
    assert granted.status_code == 200, granted.text
    assert granted.json()["granted_due"] == "2025-04-15"
    assert granted.json()["note"] == "Đến giữa tháng"
    shown = lead.get(f"assignments/{key}").json()
    assert (shown["due"], shown["original_due"], shown["extended"]) == (
        "2025-04-15",
        "2025-03-31",
        1,
    )
    listed = lead.get(f"assignments/{key}/extensions").json()
    assert [one["due"] for one in listed["dates"]] == ["2025-03-31", "2025-04-15"]
    assert listed["dates"][1]["actor"] == granted.json()["decided_by"]
    assert [one["id"] for one in listed["items"]] == [asked["id"]]
    assert coordinator.post(url, json=body).status_code == 409
    assert lead.get(f"extensions/{asked['id']}").json() == granted.json()


def test_who_asks_and_who_decides(
    office: Served, key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    body = {"due": "2025-04-30", "reason": "Chờ"}
    url = f"assignments/{key}/extensions"
    assert coordinator.post(url, json=body).status_code == 403
    assert office.client("department", "so-tai-chinh").post(url, json=body).status_code == 404
    decision = f"extensions/{ask(lead, key)['id']}/decision"
    refuse = {"decision": "refuse", "note": "Không"}
    assert lead.post(decision, json=refuse).status_code == 403
    other = office.client("coordinator", plans=[])
    assert other.post(decision, json=refuse).status_code == 404
    assert other.get(decision.removesuffix("/decision")).status_code == 404
    assert coordinator.post(decision, json=refuse).json()["state"] == "refused"


@pytest.mark.parametrize("due", ["2025-03-31", "1066-10-14", "2025-02-30", "20250430", 1, None])
def test_days_that_cannot_be_asked_for(key: str, lead: httpx.Client, due: object) -> None:
    answer = lead.post(f"assignments/{key}/extensions", json={"due": due, "reason": "Chờ"})
    assert fields(answer) == {"due"}


def test_asked_for_too_late(office: Served, key: str, lead: httpx.Client) -> None:
    office.now = at(date(2025, 4, 1))
    body = {"due": "2025-04-30", "reason": "Chờ"}
    assert lead.post(f"assignments/{key}/extensions", json=body).status_code == 409


@pytest.mark.parametrize("extension", ["none", "0" * 16, "%00"])
def test_no_such_request(coordinator: httpx.Client, extension: str) -> None:
    assert coordinator.get(f"extensions/{extension}").status_code == 404
    body = {"decision": "grant"}
    assert coordinator.post(f"extensions/{extension}/decision", json=body).status_code == 404


def test_lists_of_requests_are_of_what_one_may_see(
    office: Served, key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    first = ask(lead, key)["id"]
    office.now = at(date(2025, 3, 4))
    second = ask(office.client("department", "van-phong"), office.id_of(CHUNG))["id"]

    def found(client: httpx.Client, **given: Any) -> list[str]:
        answer = client.get("extensions", params=given)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert found(coordinator) == [first, second]
    assert found(lead) == [first]
    assert found(office.client("coordinator", plans=[])) == []
    assert found(coordinator, department="van-phong", state="requested") == [second]
    assert found(coordinator, state="granted") == found(coordinator, plan="khac") == []
    page = coordinator.get("extensions", params={"limit": 1}).json()
    assert [one["id"] for one in page["items"]] == [first]
    assert found(coordinator, cursor=page["next"]) == [second]
    assert fields(coordinator.get("extensions", params={"staet": "granted"})) == {"staet"}
    assert fields(coordinator.get("extensions", params={"cursor": "x"})) == {"cursor"}


# --- orders ------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_orders_are_the_offices(
    office: Served, key: str, lead: httpx.Client, coordinator: httpx.Client, order: str
) -> None:
    url, body = f"assignments/{key}/{order}", ORDERS[order]
    assert lead.post(url, json=body).status_code == 403
    assert office.client("coordinator", plans=[]).post(url, json=body).status_code == 404
    late = coordinator.post(url, json=body, headers={"If-Match": '"7"'})
    assert late.status_code == 412
    done = coordinator.post(url, json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"'), done.text
    assert coordinator.post(url, json=body).status_code == 409


@pytest.mark.parametrize("order", [*ORDERS, "resumption", "correction", "lead"])
def test_no_lead_orders_on_its_own_task(office: Served, key: str, order: str) -> None:
    grants = (GrantIn(role=Role.COORDINATOR), GrantIn(role=Role.DEPARTMENT, department="so-y-te"))
    others = {"resumption": {}, "correction": {"percent": 10, "reason": "Nhầm"}, "lead": {}}
    officer = signed_in(office, grants=grants)
    answer = officer.post(f"assignments/{key}/{order}", json=(ORDERS | others)[order])
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/denied")
    assert officer.get(f"assignments/{key}").json()["version"] == 1


def test_begun_work_that_is_at_nothing_is_resumed_as_begun(
    key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    url = f"assignments/{key}"
    assert lead.post(f"{url}/updates", json={"percent": 0}).status_code == 201
    coordinator.post(f"{url}/suspension", json=ORDERS["suspension"])
    assert coordinator.post(f"{url}/resumption", json={}).json()["work"] == "in_progress"


def test_suspended_and_resumed(key: str, lead: httpx.Client, coordinator: httpx.Client) -> None:
    url = f"assignments/{key}"
    suspended = coordinator.post(f"{url}/suspension", json=ORDERS["suspension"]).json()
    assert (suspended["work"], suspended["outside"]) == ("suspended", "suspended")
    assert lead.post(f"{url}/updates", json={"percent": 1}).status_code == 409
    assert coordinator.post(f"{url}/resumption", json={}).json()["work"] == "not_started"


def test_given_to_another_department(
    office: Served, key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    hand_in(lead, key, 40)
    url = f"assignments/{key}/reassignment"
    found = coordinator.post(url, json=ORDERS["reassignment"]).json()
    assert (found["department"], found["percent"]) == ("so-tai-chinh", 40)
    other = office.client("department", "so-tai-chinh")
    assert other.post(f"assignments/{key}/updates", json={"percent": 50}).status_code == 201
    assert lead.post(f"assignments/{key}/updates", json={"percent": 60}).status_code == 403


def test_a_mistaken_report_is_put_right(
    key: str, lead: httpx.Client, coordinator: httpx.Client
) -> None:
    hand_in(lead, key)
    coordinator.post(f"assignments/{key}/review", json={"decision": "accept"})
    url = f"assignments/{key}/correction"
    found = coordinator.post(url, json={"percent": 60, "reason": "Nhầm"}).json()
    assert (found["work"], found["percent"]) == ("done", 60)
    found = coordinator.post(url, json={"percent": 50, "reopen": True, "reason": "Nhầm"}).json()
    assert (found["work"], found["review"], found["done_on"]) == ("in_progress", "returned", None)


def test_a_lead_is_decided_and_confirmed(office: Served, coordinator: httpx.Client) -> None:
    undecided = office.id_of("mau/cu-di-san/so-cu")
    url = f"assignments/{undecided}/lead"
    assert coordinator.get(f"assignments/{undecided}").json()["lead_status"] == "undecided"
    assert coordinator.post(url, json={}).status_code == 422
    body = {"department": "so-tai-chinh", "document": DOCUMENT}
    found = coordinator.post(url, json=body).json()
    assert (found["department"], found["lead_status"]) == ("so-tai-chinh", "confirmed")
    unconfirmed = office.id_of("mau/cu-y-te/so-cu")
    found = coordinator.post(f"assignments/{unconfirmed}/lead", json={}).json()
    assert (found["department"], found["lead_status"]) == ("so-y-te", "confirmed")


@pytest.mark.parametrize(
    ("order", "given", "field"),
    [
        ("suspension", {"reason": ""}, "reason"),
        ("suspension", {"reason": "a\x00b"}, "reason"),
        ("suspension", {"reason": "a" * 2001}, "reason"),
        ("suspension", {"reason": "Gọi 0912 345 678"}, "reason"),
        ("suspension", {"reason": "x", "why": "y"}, "why"),
        ("cancellation", {"reason": 1}, "reason"),
        ("cancellation", {"reason": "x", "document": {"number": ""}}, "document.number"),
        ("cancellation", {"reason": "x", "document": {}}, "document.number"),
        (
            "cancellation",
            {"reason": "x", "document": {"number": "1/QĐ", "date": "1066-10-14"}},
            "document.date",
        ),
        (
            "cancellation",
            {"reason": "x", "document": {"number": "1/QĐ", "date": "2025-03-04"}},
            "document.date",
        ),
        ("reassignment", {"department": "so-tai-chinh"}, "document"),
        ("reassignment", {"department": "so-la", "document": DOCUMENT}, "department"),
        ("reassignment", {"department": "cac-so", "document": DOCUMENT}, "department"),
        ("reassignment", {"department": "a\x00", "document": DOCUMENT}, "department"),
        ("correction", {"percent": 101, "reason": "x"}, "percent"),
        ("correction", {"percent": "60", "reason": "x"}, "percent"),
    ],
)
def test_orders_that_are_none_name_the_field(
    key: str, coordinator: httpx.Client, order: str, given: dict[str, Any], field: str
) -> None:
    assert fields(coordinator.post(f"assignments/{key}/{order}", json=given)) == {field}
    assert coordinator.get(f"assignments/{key}").json()["version"] == 1


def test_words_may_stand_if_their_writer_confirms_them(key: str, coordinator: httpx.Client) -> None:
    body = {"reason": "Gọi 0912 345 678", "confirm_personal_data": True}
    assert coordinator.post(f"assignments/{key}/suspension", json=body).status_code == 200
