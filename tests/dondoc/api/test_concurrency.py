"""Many callers at once, on the same and on different assignments: nothing lost, nothing twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
from sqlalchemy import func, select

from plans.store import reading, writing
from plans.store.schema import ledger
from plans.store.schema_access import idempotency
from tests.dondoc.api.conftest import Served
from tests.offices import faults

CLIENTS = 32
CALLS = 8


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each job gives, all of them run at the same time."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job(), jobs))


def entries(served: Served, kind: str, key: str | None = None) -> int:
    query = select(func.count()).select_from(ledger).where(ledger.c.kind == kind)
    with reading(served.engine) as connection:
        found = query if key is None else query.where(ledger.c.assignment == key)
        return int(connection.scalar(found) or 0)


def open_ones(served: Served, department: str) -> list[str]:
    query = {"department": department, "work": "not_started"}
    items = served.client("admin").get("assignments", params=query).json()["items"]
    return [one["id"] for one in items]


def test_32_clients_update_submit_and_review(served: Served) -> None:
    """Every acknowledged report is in the record once; every refusal left nothing behind."""
    keys = open_ones(served, "so-y-te") + open_ones(served, "so-tai-chinh")
    leads = [served.client("department", code) for code in ("so-y-te", "so-tai-chinh")]
    tokens = [str(one.headers["Authorization"]) for one in leads]
    office = str(served.client("coordinator").headers["Authorization"])

    def act(seed: int) -> Counter[str]:
        mine, done = random.Random(seed), Counter[str]()
        with httpx.Client(base_url=f"{served.url}/api/v1/", timeout=60) as client:
            for _ in range(CALLS):
                key, what = mine.choice(keys), mine.choice(("save", "submit", "review"))
                if what == "review":
                    answer = client.post(
                        f"assignments/{key}/review",
                        json={"decision": "return", "note": "Thiếu số liệu"},
                        headers={"Authorization": office},
                    )
                else:
                    answer = client.post(
                        f"assignments/{key}/updates",
                        json={"percent": mine.randrange(101), "submit": what == "submit"},
                        headers={"Authorization": mine.choice(tokens)} | served.key(),
                    )
                assert answer.status_code in (200, 201, 404, 409), answer.text
                done[f"{what} {answer.status_code}"] += 1
        return done

    total = Counter[str]()
    for one in at_once([partial(act, seed) for seed in range(CLIENTS)]):
        total += one
    taken = total["save 201"] + total["submit 201"]
    assert min(total["save 201"], total["submit 201"]) > 20, total
    assert total["review 200"] > 3, total
    assert entries(served, "updated") == taken
    assert entries(served, "returned") == total["review 200"]
    assert faults(served.engine) == []


def test_one_key_from_many_clients_is_one_report(served: Served) -> None:
    key, token = served.id_of("mau/mot/so-y-te"), served.token("department", "so-y-te")
    marked = served.key()
    url = f"assignments/{key}/updates"
    clients = [served.with_token(token) for _ in range(CLIENTS)]
    jobs = [partial(one.post, url, json={"percent": 33}, headers=marked) for one in clients]
    answers = at_once(jobs)
    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert entries(served, "updated", key) == 1
    with reading(served.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(idempotency)) == 1


def test_of_many_who_saw_one_version_one_writes(served: Served) -> None:
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    token = str(client.headers["Authorization"]).removeprefix("Bearer ")
    seen = {"If-Match": client.get(f"assignments/{key}").headers["etag"]}
    url = f"assignments/{key}/updates"
    clients = [served.with_token(token) for _ in range(CLIENTS)]
    jobs = [
        partial(one.post, url, json={"percent": n}, headers=seen) for n, one in enumerate(clients)
    ]
    statuses = Counter(one.status_code for one in at_once(jobs))
    assert statuses == {201: 1, 412: CLIENTS - 1}
    assert entries(served, "updated", key) == 1


def test_a_refused_report_harms_none_of_its_neighbours(served: Served) -> None:
    """Good and bad ones in the same moment, so in the same transactions."""
    key = served.id_of("mau/mot/so-y-te")
    own, foreign = (served.token("department", code) for code in ("so-y-te", "so-tai-chinh"))
    late = {"If-Match": '"999"'}
    kinds: list[tuple[str, dict[str, Any], dict[str, str], int]] = [
        (own, {"percent": 50}, {}, 201),
        (foreign, {"percent": 50}, {}, 404),
        (own, {"percent": 50}, late, 412),
        (own, {"result": "không có phần trăm"}, {}, 422),
    ]

    def send(token: str, body: dict[str, Any], headers: dict[str, str], _: int) -> int:
        client = served.with_token(token)
        return client.post(f"assignments/{key}/updates", json=body, headers=headers).status_code

    wanted = [kinds[n % 4] for n in range(CLIENTS)]
    found = at_once([partial(send, *one) for one in wanted])
    assert found == [status for *_, status in wanted]
    assert entries(served, "updated", key) == CLIENTS // 4
    assert faults(served.engine) == []


def test_other_writers_get_their_turn(served: Served) -> None:
    """A review, an administrator and a command write while reports come without a pause."""
    key, token = served.id_of("mau/mot/so-y-te"), served.token("department", "so-y-te")
    admin = served.client("admin")
    ends: list[bool] = []

    def report() -> int:
        sent = 0
        with httpx.Client(base_url=f"{served.url}/api/v1/", timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            while not ends:
                answer = client.post(f"assignments/{key}/updates", json={"percent": 1})
                assert answer.status_code == 201, answer.text
                sent += 1
        return sent

    def others() -> int:
        try:
            for n in range(5):
                body = {"name": f"t{n}", "role": "viewer"}
                assert admin.post("tokens", json=body).status_code == 201
                with writing(served.engine):
                    pass
        finally:
            ends.append(True)
        return 0

    sent = sum(at_once([*[report] * 8, others]))
    assert entries(served, "updated", key) == sent > 0
    assert faults(served.engine) == []


def test_a_token_that_was_revoked_writes_nothing_more(served: Served) -> None:
    """Not even within the seconds for which a recognised token is remembered."""
    client, key = served.client("department", "so-y-te"), served.id_of("mau/mot/so-y-te")
    assert client.post(f"assignments/{key}/updates", json={"percent": 1}).status_code == 201
    token = client.get("me").json()["actor"].removeprefix("token:")
    assert served.client("admin").delete(f"tokens/{token}").status_code == 204
    refused = client.post(f"assignments/{key}/updates", json={"percent": 2})
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/unauthenticated")
    later = {"due": "2025-12-20", "reason": "Chờ"}
    assert client.post(f"assignments/{key}/extensions", json=later).status_code == 401
    assert entries(served, "updated", key) == 1
