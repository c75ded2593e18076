"""A plan's timeline: where bars stand, how they look, and who sees which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from dondoc.web.timeline import MOST_TICKS, STEPS, Scale
from plans.store import writing
from plans.store.ledger import append
from plans.store.outline import Sum
from plans.terms import EventKind
from plans.timelining import Bar
from tests.builders import build_event
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.offices import NOW, assignment, furnish

DAYS = st.dates(date(2000, 1, 1), date(2060, 1, 1))


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def bars_of(text: str) -> dict[str, str]:
    """Accessible names of the drawn bars, with the class of their picture."""
    found = re.findall(r'aria-label="([^"]+)"><title>.*?class="lane-bar bar-(\w+)"', text, re.S)
    return dict(found)


def test_each_task_is_drawn_with_words_and_a_table(served: Served) -> None:
    page = visitor(served, "viewer").get("/plans/mau/timeline")
    assert page.status_code == 200
    check_page(page)
    bars = bars_of(page.text)
    one = "Nhiệm vụ mot: đang thực hiện quá hạn, thời hạn 31/03/2025"
    assert bars[one] == "open_overdue"
    assert any(name.startswith("Nhiệm vụ chung") and "hoàn thành 0/3" in name for name in bars)
    assert sum(name.startswith("Nhiệm vụ thuong-xuyen, tháng") for name in bars) > 1
    assert "hôm nay, 16/04/2025" in page.text
    table = page.text.partition('<details class="as-table">')[2]
    assert len(re.findall(r'<tr><th scope="row">', table)) == len(bars)
    key = assignment(served.engine, "mau/mot/so-y-te").id
    assert page.text.count(f'href="/assignments/{key}"') == 2  # the bar, and its row of the table


def test_an_extension_leaves_the_first_date_to_be_seen(served: Served) -> None:
    key = assignment(served.engine, "mau/mot/so-y-te").id
    day = NOW.date()
    asked = build_event(
        EventKind.EXTENSION_REQUESTED,
        day,
        extension="e1",
        requested_on="2025-03-30",
        due="2025-05-31",
    )
    granted = build_event(EventKind.EXTENSION_GRANTED, day, extension="e1", due="2025-05-31")
    with writing(served.engine) as connection:
        append(connection, {key: [asked, granted]})
    page = visitor(served, "viewer").get("/plans/mau/timeline")
    name = "Nhiệm vụ mot: đang thực hiện trong hạn, thời hạn 31/05/2025, lúc đầu 31/03/2025"
    found = [one for one in bars_of(page.text) if one.startswith("Nhiệm vụ mot:")]
    assert found and "31/05/2025" in found[0] and "31/03/2025" in found[0], (found, name)
    assert page.text.count('class="was-due" x1="') == 1 + 1  # the bar's, and the legend's


def test_filters_and_years(served: Served) -> None:
    client = visitor(served, "viewer")
    late = bars_of(client.get("/plans/mau/timeline?class=open_overdue&group=nhom-1").text)
    assert late and not any("thuong-xuyen" in name for name in late)
    assert bars_of(client.get("/plans/mau/timeline?year=1999").text)  # no such year: the whole
    answer = client.get("/plans/mau/timeline?group=&year=2025")
    assert answer.headers["location"] == "/plans/mau/timeline?year=2025"
    empty = client.get("/plans/mau/timeline?class=done_late")
    assert 'class="empty"' in empty.text and not bars_of(empty.text)


def test_a_department_sees_the_bars_of_what_concerns_it(served: Served) -> None:
    page = visitor(served, "department", "so-tai-chinh").get("/plans/mau/timeline")
    names = " ".join(bars_of(page.text))
    assert "Nhiệm vụ khong-tham-dinh" in names and "Nhiệm vụ mot" not in page.text
    assert "Chỉ vẽ các nhiệm vụ trong phạm vi được xem" in page.text


def test_in_english(served: Served) -> None:
    page = visitor(served, "viewer", language="en").get("/plans/mau/timeline")
    assert "Nhiệm vụ mot (en): in progress, overdue, due 31/03/2025" in bars_of(page.text)


def test_pages(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dondoc.web.timeline.A_PAGE", 2)
    client, path, seen = visitor(served, "viewer"), "/plans/mau/timeline", set[str]()
    for _ in range(3):
        page = client.get(path)
        seen |= set(re.findall(r"Nhiệm vụ ([\w-]+)[:,]", " ".join(bars_of(page.text))))
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert not path and len(seen) == 6


# --- where things stand ------------------------------------------------------------------------


@given(begin=DAYS, length=st.integers(30, 9000), start=DAYS, days=st.integers(1, 4000))
def test_bars_stay_on_the_axis_in_order(begin: date, length: int, start: date, days: int) -> None:
    scale = Scale(begin, begin + timedelta(days=length))
    bar = Bar("t", None, start, start + timedelta(days=days), None, Sum())
    drawn = scale.draw(bar)
    outside = bar.due < scale.begin or bar.start > scale.end
    assert (drawn is None) == outside
    if drawn:
        assert 0 <= drawn.x <= 100 and drawn.width > 0
        assert drawn.x + drawn.width <= 100.31


@given(begin=DAYS, length=st.integers(30, 20_000))
def test_the_axis_has_few_marks(begin: date, length: int) -> None:
    class Words:
        @staticmethod
        def gettext(text: str, **values: object) -> str:
            return text % values

    class Here:
        words = Words

    scale = Scale(begin, begin + timedelta(days=length))
    ticks = list(scale.ticks(Here))  # type: ignore[arg-type]
    assert len(ticks) <= MOST_TICKS + 2
    assert [one.x for one in ticks] == sorted({one.x for one in ticks})
    assert STEPS[0] == 1
