"""Calendars by the API, and as calendar programs fetch them: by their address alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Engine, select, update

from plans.calendar_feeds import USED_AGAIN
from plans.store import audit, reading, writing
from plans.store.schema import assignments
from plans.store.schema_access import idempotency
from plans.store.schema_paper import calendar_feeds
from tests.builders import at
from tests.dondoc.api.conftest import Served, serve
from tests.offices import DAY, furnish

HEALTH, MONEY = "so-y-te", "so-tai-chinh"


def made(served: Served, role: str = "admin", **given: Any) -> dict[str, Any]:
    """A new calendar, as the API answers."""
    asked = {"department": HEALTH} if "plan" not in given else {}
    department = HEALTH if role == "department" else None
    answer = served.client(role, department).post("calendars", json=asked | given)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def program(served: Served) -> httpx.Client:
    """A calendar program: nobody that we know."""
    return served.with_token(None)


def fetch(
    served: Served,
    program: httpx.Client,
    calendar: dict[str, Any],
    method: str = "GET",
    **headers: str,
) -> httpx.Response:
    """What the program gets; the address names the site as people reach it."""
    path = calendar["url"].removeprefix(served.settings.base_url)
    assert path.startswith("/calendars/") and path.endswith(".ics")
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return program.request(method, served.url + path, headers=given)


def entries(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return list(Calendar.from_ical(answer.content).subcomponents)


# --- fetched ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["todo", "event"])
def test_a_program_fetches_it_without_signing_in(
    served: Served, program: httpx.Client, kind: str
) -> None:
    calendar = made(served, "department", kind=kind, name="Việc của Sở Y tế")
    answer = fetch(served, program, calendar)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert "set-cookie" not in answer.headers
    wanted = served.client("department", HEALTH).get(
        "assignments", params={"department": HEALTH, "limit": 500}
    )
    ids = {one["id"] for one in wanted.json()["items"]}
    assert {str(one["uid"]).partition("-")[0] for one in entries(answer)} == ids != set()
    assert {one.name for one in entries(answer)} == {f"V{kind.upper()}"}


def test_what_it_has_already_is_not_sent_again(served: Served, program: httpx.Client) -> None:
    calendar = made(served)
    first = fetch(served, program, calendar)
    tag, moment = first.headers["etag"], first.headers["last-modified"]
    assert parsedate_to_datetime(moment) <= served.now
    for headers in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"x", W/{tag}'},
        {"If_None_Match": "*"},
    ):
        again = fetch(served, program, calendar, **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag and again.headers["cache-control"]
    assert fetch(served, program, calendar, If_Modified_Since=moment).status_code == 304
    # A tag that is known not to fit goes before a time that does; nonsense is no condition.
    for headers in (
        {"If_None_Match": '"other"', "If_Modified_Since": moment},
        {"If_Modified_Since": "Tue, 01 Apr 2025 00:00:00 GMT"},
        {"If_Modified_Since": "hom qua"},
        {"If_Modified_Since": "Wed, 16 Apr 2025 02:00:00 -0000"},
    ):
        assert fetch(served, program, calendar, **headers).status_code == 200, headers


def test_what_changed_is_sent(served: Served, program: httpx.Client) -> None:
    calendar, key = made(served, kind="todo"), served.id_of("mau/mot/so-y-te")
    first = fetch(served, program, calendar)
    known = {"If_None_Match": first.headers["etag"]}
    [before] = [one for one in entries(first) if key in one["uid"]]
    served.now += timedelta(minutes=1)
    lead = served.client("department", HEALTH)
    assert lead.post(f"assignments/{key}/updates", json={"percent": 60}).status_code == 201
    second = fetch(served, program, calendar, **known)
    [after] = [one for one in entries(second) if key in one["uid"]]
    assert (before["percent-complete"], after["percent-complete"]) == (0, 60)
    assert after["sequence"] > before["sequence"] and after["uid"] == before["uid"]
    assert after.decoded("last-modified") > before.decoded("last-modified")
    # Midnight makes another thing overdue, though nothing was recorded.
    known = {"If_None_Match": second.headers["etag"]}
    assert fetch(served, program, calendar, **known).status_code == 304
    served.now = at(DAY + timedelta(days=1), 0)
    third = fetch(served, program, calendar, **known)
    assert third.status_code == 200
    changed = parsedate_to_datetime(second.headers["last-modified"])
    assert parsedate_to_datetime(third.headers["last-modified"]) > changed


def test_it_may_be_asked_for_by_head(served: Served, program: httpx.Client) -> None:
    calendar = made(served)
    whole, head = fetch(served, program, calendar), fetch(served, program, calendar, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "last-modified", "content-length"):
        assert head.headers[name] == whole.headers[name]
    assert fetch(served, program, calendar, "POST").status_code == 405


def test_a_departments_calendar_shows_what_it_leads_alone(
    served: Served, program: httpx.Client
) -> None:
    mine = entries(fetch(served, program, made(served)))
    others = entries(fetch(served, program, made(served, department=MONEY)))
    every = entries(fetch(served, program, made(served, plan="mau")))
    keys = [{str(one["uid"]) for one in some} for some in (mine, others, every)]
    assert keys[0] and keys[1] and not keys[0] & keys[1]
    assert keys[0] | keys[1] < keys[2]
    with reading(served.engine) as connection:
        led = select(assignments.c.id).where(assignments.c.department == HEALTH)
        ids = set(connection.execute(led).scalars())
    assert {one.partition("-")[0] for one in keys[0]} == ids


def test_a_revoked_one_is_gone_and_says_so(served: Served, program: httpx.Client) -> None:
    calendar, admin = made(served), served.client("admin")
    assert admin.delete(f"calendars/{calendar['id']}").status_code == 204
    answer = fetch(served, program, calendar)
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "thu hồi" in answer.text and "revoked" in answer.text
    assert admin.delete(f"calendars/{calendar['id']}").status_code == 404
    assert admin.get("calendars").json()["items"] == []


def test_a_forged_address_is_unknown_and_says_so(served: Served, program: httpx.Client) -> None:
    calendar = made(served)
    url = calendar["url"]
    for forged in (
        url[:-7] + "AAA.ics",
        url.replace("/calendars/", "/calendars/0"),
        f"{url[:40]}.ics",
    ):
        answer = fetch(served, program, calendar | {"url": forged})
        assert answer.status_code == 404, forged
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "không đúng" in answer.text and "BEGIN" not in answer.text
    for path in ("x" * 5_000, "%00", "%FF", "a.b.c", "."):
        assert program.get(f"{served.url}/calendars/{path}.ics").status_code == 404, path


def test_an_ended_token_ends_the_calendars_that_it_made(
    served: Served, program: httpx.Client
) -> None:
    calendar = made(served, "department")
    assert fetch(served, program, calendar).status_code == 200
    served.now += timedelta(days=366)
    answer = fetch(served, program, calendar)
    assert answer.status_code == 410 and "may not see it any more" in answer.text
    [shown] = served.client("admin").get("calendars").json()["items"]
    assert (shown["id"], shown["working"]) == (calendar["id"], False)


def test_its_last_use_is_noted_once_an_hour(served: Served, program: httpx.Client) -> None:
    calendar, moments = made(served), []
    for minutes in (0, 30, 29, 1):
        served.now += timedelta(minutes=minutes)
        assert fetch(served, program, calendar).status_code == 200
        with reading(served.engine) as connection:
            used = connection.scalar(select(calendar_feeds.c.last_used_at))
        assert used is not None
        moments.append(served.now - used)
    assert moments == [timedelta(0), timedelta(minutes=30), timedelta(minutes=59), timedelta(0)]
    assert timedelta(minutes=60) == USED_AGAIN


@pytest.fixture
def slow(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """A service that lets few calls through."""
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path, rate_limit="4/hour", rate_limit_guessing="2/hour")


def test_it_is_not_fetched_too_often(slow: Served) -> None:
    one, other = made(slow), made(slow)
    program = slow.with_token(None)
    answers = [fetch(slow, program, one).status_code for _ in range(5)]
    assert answers == [200] * 4 + [429]
    assert int(fetch(slow, program, one).headers["retry-after"]) > 0
    assert fetch(slow, program, other).status_code == 200  # each calendar by itself
    forged = other | {"url": other["url"][:-8] + "AAAA.ics"}
    answers = [fetch(slow, program, forged).status_code for _ in range(3)]
    assert answers == [404, 404, 429]
    assert fetch(slow, program, other).status_code == 200  # an office is not shut out for it


# --- managed ------------------------------------------------------------------------------------


def test_its_address_is_shown_again_and_kept_nowhere(served: Served) -> None:
    admin, key = served.client("admin"), served.key()
    first = admin.post("calendars", json={"department": HEALTH}, headers=key)
    again = admin.post("calendars", json={"department": HEALTH}, headers=key)
    assert (first.status_code, again.status_code) == (201, 409)
    other = admin.post("calendars", json={"department": MONEY}, headers=key)
    assert other.status_code == 422  # the same key, something else
    [listed] = admin.get("calendars").json()["items"]
    assert listed == first.json()
    secret = listed["url"].partition(".")[2].partition(".")[2].removesuffix(".ics")
    with reading(served.engine) as connection:
        for table in (calendar_feeds, idempotency):
            assert secret not in repr(connection.execute(select(table)).all())
        assert secret not in repr(audit.lines(connection))
    assert len(secret) > 40


def test_lists_are_of_what_one_may_manage_in_pages(served: Served) -> None:
    admin, own = served.client("admin"), served.client("department", HEALTH)
    for given in ({"department": HEALTH}, {"department": MONEY}, {"plan": "mau"}):
        made(served, **given)
    whole = admin.get("calendars").json()
    assert len(whole["items"]) == 3 and whole["next"] is None
    paged, cursor = [], None
    for _ in range(3):
        found = admin.get("calendars", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        cursor = found.json()["next"]
        paged += found.json()["items"]
    assert paged == whole["items"] and cursor is None
    assert [one["department"] for one in own.get("calendars").json()["items"]] == [HEALTH]
    narrowed = admin.get("calendars", params={"plan": "mau"}).json()["items"]
    assert [one["plan"] for one in narrowed] == ["mau"]
    assert served.client("viewer").get("calendars").json()["items"] == []
    assert admin.get("calendars", params={"cursor": "x"}).status_code == 422


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({}, 422),
    ({"department": HEALTH, "plan": "mau"}, 422),
    ({"department": "khong-co"}, 422),
    ({"plan": "khong-co"}, 422),
    ({"department": HEALTH, "kind": "journal"}, 422),
    ({"department": HEALTH, "name": "a\x00b"}, 422),
    ({"department": HEALTH, "language": "fr"}, 422),
    ({"department": MONEY}, 403),
    ({"plan": "mau"}, 403),
]


def test_what_cannot_be_made_is_refused(served: Served) -> None:
    own = served.client("department", HEALTH)
    for given, status in REFUSED:
        answer = own.post("calendars", json=given)
        assert answer.status_code == status, (given, answer.text)
    with reading(served.engine) as connection:
        assert connection.execute(select(calendar_feeds)).first() is None


def test_what_is_done_goes_to_the_audit_log(served: Served) -> None:
    calendar = made(served)
    served.client("admin").delete(f"calendars/{calendar['id']}")
    lines = served.client("admin").get("audit", params={"limit": 10}).json()["items"]
    subject = f"calendar:{calendar['id']}"
    acts = [one["act"] for one in lines if one["subject"] == subject]
    assert acts == ["calendar-revoked", "calendar-created"]


def test_a_full_calendar_is_served_to_many_at_once(
    served: Served, program: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written once for the same contents, and anew when they change."""
    from dondoc.api.routes import calendars

    calendar, times = made(served), []
    calendars._rendered.cache_clear()
    first = fetch(served, program, calendar).content
    assert fetch(served, program, calendar).content == first
    times.append(calendars._rendered.cache_info().misses)
    with writing(served.engine) as connection:
        connection.execute(update(assignments).values(percent=7))
    assert fetch(served, program, calendar).content != first
    times.append(calendars._rendered.cache_info().misses)
    assert times == [2, 3]  # its row changed once: it was used for the first time
