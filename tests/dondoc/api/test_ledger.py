"""An assignment's ledger by API: whole, in order, in pages, and only for whom it concerns."""

from __future__ import annotations

from tests.dondoc.api.conftest import Served

REF = "mau/mot/so-y-te"


def test_the_ledger_in_order_and_in_pages(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of(REF)
    for percent in (10, 20, 30):
        said = {"percent": percent, "result": f"Đã làm {percent}"}
        assert client.post(f"assignments/{key}/updates", json=said).status_code == 201
    whole = client.get(f"assignments/{key}/ledger").json()
    assert [one["n"] for one in whole["items"]] == [1, 2, 3, 4]
    assert [one["kind"] for one in whole["items"]] == ["assigned", *["updated"] * 3]
    assert whole["items"][1]["words"] == {"result": "Đã làm 10"}
    assert whole["next"] is None
    first = client.get(f"assignments/{key}/ledger?limit=3").json()
    rest = client.get(f"assignments/{key}/ledger?limit=3&cursor={first['next']}").json()
    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None


def test_not_for_others(served: Served) -> None:
    key = served.id_of(REF)
    assert (
        served.client("department", "so-tai-chinh").get(f"assignments/{key}/ledger").status_code
        == 404
    )
    assert served.client("viewer").get(f"assignments/{key}/ledger").status_code == 200
    assert served.client("viewer").get("assignments/khong-co/ledger").status_code == 404
