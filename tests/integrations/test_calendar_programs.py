"""Calendars as the programs of others take them.

Besides the library that writes them they are read by ical.js, with which Thunderbird reads, and
held against what Google, Outlook and Thunderbird say that they take.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.calendar_feed import MOST_BYTES, MOST_LINE, cut
from integrations.wording import flat
from plans.calendar_entries import Entry
from plans.terms import Outside, Review, Timeliness, Work
from tests.calendar_texts import DONE, ENTRY, LONG, escaped, read, written

READER = Path(__file__).parents[1] / "calendars" / "read.mjs"


def read_by_thunderbird(raw: bytes) -> dict[str, Any]:
    """The same by ical.js, which refuses what it should."""
    done = subprocess.run(["node", READER], input=raw, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# --- as others read it --------------------------------------------------------------------------

STRANGE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\\;,:\"'\r\n\t^&<=+@ ăâđêôơưẠạẤấỆệỢợỮữ́̀😀‮"),
    ),
    max_size=300,
)
FEW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FEW
@given(title=STRANGE, deliverable=STRANGE, name=STRANGE, plan=STRANGE, todo=st.booleans())
def test_any_text_comes_back_as_it_was(
    title: str, deliverable: str, name: str, plan: str, *, todo: bool
) -> None:
    entry = replace(ENTRY, title=(title, ""), deliverable=deliverable, plan=plan)
    raw = written(entry, kind="todo" if todo else "event", name=name)
    check_lines(raw)
    found, [one] = read(raw)
    assert (found["name"], str(found["x-wr-calname"])) == (flat(name), escaped(flat(name)))
    assert one["summary"] == cut(title, 150)
    lines = one["description"].split("\n")
    assert len(lines) == 5 + bool(deliverable) + bool(plan)
    if deliverable:
        assert f"Sản phẩm: {cut(deliverable, MOST_LINE)}" in lines
    assert one.categories[0] == flat(plan)[:MOST_LINE]


KINDS_OF_WORK = {
    Work.DONE: (Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE),
    Work.SUSPENDED: (Outside.SUSPENDED,),
    Work.CANCELLED: (Outside.CANCELLED,),
}
UNDER_WAY = (Timeliness.OPEN_ON_TIME, Timeliness.OPEN_OVERDUE, Outside.UNDECIDED)
DAYS = st.dates(date(2000, 1, 1), date(2199, 12, 31))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    work, due = draw(st.sampled_from(Work)), draw(DAYS)
    before = draw(st.lists(st.integers(0, 400), max_size=4, unique=True))
    return replace(
        ENTRY,
        key=draw(st.text("abcdefgh234567", min_size=24, max_size=24)),
        work=work,
        kind=draw(st.sampled_from(KINDS_OF_WORK.get(work, UNDER_WAY))),
        review=draw(st.sampled_from(Review)),
        percent=draw(st.integers(0, 100)),
        due=due,
        original_due=draw(st.one_of(st.just(due), DAYS)),
        done_on=draw(DAYS) if work is Work.DONE else None,
        sequence=draw(st.integers(0, 10**6)),
        alarms=tuple(sorted(due - timedelta(days=n) for n in before)),
    )


@FEW
@given(some=st.lists(entries(), max_size=4, unique_by=lambda one: one.key), todo=st.booleans())
def test_every_date_and_state_comes_back_as_it_was(some: list[Entry], *, todo: bool) -> None:
    raw = written(*some, kind="todo" if todo else "event")
    check_published_rules(raw)
    _, found = read(raw)
    for entry, one in zip(some, found, strict=True):
        assert str(one["uid"]).startswith(f"{entry.key}-") and one["sequence"] == entry.sequence
        assert one.decoded("last-modified") == entry.modified
        assert one.decoded("due" if todo else "dtstart") == entry.due
        assert one["due" if todo else "dtstart"].params["VALUE"] == "DATE"
        days = [entry.due + alarm.decoded("trigger") for alarm in one.walk("VALARM")]
        assert days == [*entry.alarms]
        if todo:
            done = entry.work is Work.DONE
            assert (one["status"] == "COMPLETED") is done is ("completed" in one)
            assert one["percent-complete"] == (100 if done else min(entry.percent, 99))
        is_over = entry.work is Work.CANCELLED
        assert (one["status"] == "CANCELLED") is is_over


def test_thunderbird_reads_the_same() -> None:
    hostile = "BEGIN:VEVENT\r\nEND:VCALENDAR\\n;,:\"^' ‮\x00\x07 " + "Ệ" * 200
    entries = (
        ENTRY,
        replace(ENTRY, key="b", title=(LONG, LONG), deliverable=hostile),
        replace(ENTRY, key="c", title=(hostile, ""), plan=hostile, lead=None),
        replace(ENTRY, key="d", kind=Timeliness.DONE_LATE, **DONE),
    )
    for kind in ("todo", "event"):
        raw = written(*entries, kind=kind, name=hostile)
        ours, theirs = read(raw), read_by_thunderbird(raw)
        assert theirs["name"] == "vcalendar"
        assert theirs["values"]["name"] == [ours[0]["name"]] == [flat(hostile)]
        assert theirs["values"]["x-wr-calname"] == [escaped(flat(hostile))]
        assert len(theirs["within"]) == len(entries)
        for mine, other in zip(ours[1], theirs["within"], strict=True):
            for name in ("summary", "description", "uid", "url", "status"):
                assert other["values"][name] == [str(mine[name])], name
            assert other["values"]["categories"] == mine.categories
            assert other["values"]["sequence"] == [str(mine["sequence"])]
            day = "due" if kind == "todo" else "dtstart"
            assert other["values"][day] == [mine.decoded(day).isoformat()]
            assert len(other["within"]) == len(mine.walk("VALARM"))


# --- as their programs take it ------------------------------------------------------------------

ONCE = {"uid", "dtstamp", "summary", "description", "sequence", "last-modified", "url", "status"}
"""What RFC 5545 allows once in an entry, of what we write."""
ONCE_MORE = {"dtstart", "dtend", "due", "transp", "percent-complete", "completed", "priority"}


def check_lines(raw: bytes) -> None:
    """RFC 5545, 3.1: CRLF, 75 octets, no sign cut in two (some programs read line by line)."""
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75, line
        line.decode()
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", raw)


def check_published_rules(raw: bytes) -> None:
    """What the three programs want, as they publish it, and what breaks them, as is known."""
    assert len(raw) <= 1_000_000  # Google
    check_lines(raw)
    found, within = read(raw)
    # Outlook: one calendar, which says its method and version; Google guesses the encoding by the
    # beginning, so that Vietnamese has to stand there, and no long time zone.
    assert raw.count(b"BEGIN:VCALENDAR") == 1 and found["method"] == "PUBLISH"
    assert any(sign > 127 for sign in raw[:1024])
    assert b"VTIMEZONE" not in raw and b"TZID" not in raw
    uids = [str(one["uid"]) for one in within]
    assert len(set(uids)) == len(uids) and all(len(one) < 255 for one in uids)
    for one in within:
        check_entry(one)


def check_entry(one: Any) -> None:
    """RFC 5545, 3.6.1 and 3.6.2, with Outlook's limits (MS-OXCICAL)."""
    names = [name.lower() for name, _ in one.property_items(recursive=False)]
    for name in ONCE | ONCE_MORE:
        assert names.count(name) <= 1, name
    assert set(names) >= ONCE
    for name in ("dtstamp", "last-modified", "completed"):
        assert name not in names or one[name].to_ical().endswith(b"Z")
    assert len(one["summary"]) <= 255
    assert re.fullmatch(r"https?://\S+", one["url"])
    assert one["sequence"] >= 0
    if one.name == "VEVENT":
        # Outlook makes a day of no length of an event without an end.
        assert one.decoded("dtend") - one.decoded("dtstart") == timedelta(days=1)
        assert one["x-microsoft-cdo-alldayevent"] == "TRUE"
    else:
        assert "dtstart" not in names and "duration" not in names
    assert not {"organizer", "attendee"} & set(names)
    for alarm in one.walk("VALARM"):
        assert {name.lower() for name in alarm} == {"action", "trigger", "description"}


@pytest.mark.parametrize("kind", ["todo", "event"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_programs_rules_are_kept(kind: str, language: str) -> None:
    entries = [
        replace(ENTRY, key=f"k{n}", kind=state, title=(LONG, LONG), plan=LONG, group=(LONG, LONG))
        for n, state in enumerate((*Timeliness, *Outside))
    ]
    check_published_rules(
        written(*entries, kind=kind, language=language, name="Nhiệm vụ của Sở Y tế")
    )


def test_what_no_program_would_take_is_left_out_and_told() -> None:
    entries = [
        replace(ENTRY, key=f"k{n:05}", title=(f"{n} {LONG}", LONG), group=(LONG, LONG))
        for n in range(1_200)
    ]
    raw = written(*entries, total=25_000)
    assert MOST_BYTES - 3_000 < len(raw) <= MOST_BYTES
    check_published_rules(raw)
    found, within = read(raw)
    assert [one["summary"].split()[0] for one in within[:2]] == ["0", "1"]
    shown = f"{len(within):,}".replace(",", ".")
    assert f"{shown} trong tổng số 25.000 nhiệm vụ" in found["description"]
    assert str(found["x-wr-caldesc"]) == escaped(found["description"])


def test_long_texts_are_cut_between_words() -> None:
    assert cut("một hai ba", 10) == "một hai ba"
    assert cut("một hai ba bốn", 10) == "một hai…"
    assert cut("x" * 20, 10) == "x" * 9 + "…"
    assert len(cut(LONG, 150)) <= 150
