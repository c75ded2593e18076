"""Message-IDs: stable, of this record alone, and not to be worked out from what is published."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from plans import bouncing
from plans.bouncing import Outcome, Report
from plans.digests import owe_digests
from plans.reminding import remind
from plans.store import catalogue, notices, open_engine, reading, writing
from plans.store.message_ids import LENGTH, NAME, salt_of
from plans.store.notices import NewNotice, owe
from plans.store.schema import deliveries, rungs_sent
from plans.store.schema import notices as written
from plans.store.upgrade import upgrade
from plans.terms import Delivery, NoticeKind
from tests.builders import at
from tests.catching import end, mine
from tests.offices import furnish

DAY = date(2025, 4, 1)


def ids(engine: Engine) -> dict[str, str]:
    """The Message-ID that each key's notice has."""
    query = select(written.c.key, deliveries.c.message_id).join(deliveries)
    with reading(engine) as connection:
        return {row.key: row.message_id for row in connection.execute(query)}


def owe_all(engine: Engine) -> None:
    with writing(engine) as connection:
        remind(connection, DAY, at(DAY), domain="x.vn")
        owe_digests(connection, DAY, at(DAY), domain="x.vn")


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two records of the same published catalogue: an office's, and that of somebody outside."""
    engines = [open_engine(f"sqlite:///{tmp_path}/{name}.sqlite3") for name in ("ours", "theirs")]
    for engine in engines:
        upgrade(engine)
        furnish(engine, now=at(date(2025, 3, 28)))
        owe_all(engine)
    yield engines[0], engines[1]
    for engine in engines:
        engine.dispose()


def test_who_knows_all_that_is_published_cannot_work_them_out(twins: tuple[Engine, Engine]) -> None:
    ours, theirs = map(ids, twins)
    assert ours and ours.keys() == theirs.keys()
    assert not set(ours.values()) & set(theirs.values())
    guessed = {f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@x.vn>" for key in ours}
    assert not set(ours.values()) & guessed


def test_a_bounce_forged_from_public_data_silences_nobody(twins: tuple[Engine, Engine]) -> None:
    office, attacker = twins
    with reading(attacker) as connection:
        guessed = mine(connection)[0].message_id
    forged = Report("evil/0", (guessed,), ("syt@x.vn",), "failed", "5.1.1", "no such user")
    with writing(office) as connection:
        end(connection, mine(connection)[0].id, Delivery.SENT, at(DAY))
        assert bouncing.take(connection, forged, at(DAY, 12)) is Outcome.UNKNOWN
        assert mine(connection)[0].state == "sent" and not notices.bounced(connection)


def test_a_notice_owed_anew_bears_the_same(engine: Engine) -> None:
    furnish(engine, now=at(date(2025, 3, 28)))
    owe_all(engine)
    before = ids(engine)
    with writing(engine) as connection:
        for table in (rungs_sent, deliveries, written):
            connection.execute(delete(table))
    owe_all(engine)
    assert before == ids(engine) and len(set(before.values())) == len(before) > 2


def test_the_secret_is_made_once_and_only_where_it_is_kept(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as connection:
        salt_of(connection)
        raise RuntimeError("a trial run")
    with reading(engine) as connection:
        assert catalogue.read_setting(connection, NAME) is None
    with writing(engine) as connection:
        made = salt_of(connection)
    with writing(engine) as connection:
        assert salt_of(connection) == made and len(made) == LENGTH


def test_runs_that_begin_at_once_agree_on_it(engine: Engine) -> None:
    """Each in a transaction of its own, and all past the look that finds none."""
    found: list[Any] = []
    begun = threading.Barrier(4)

    def begin() -> None:
        begun.wait(30)
        with writing(engine) as connection:
            found.append(salt_of(connection))

    runs = [threading.Thread(target=begin) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join(60)
    assert len(found) == 4 and len(set(found)) == 1


def test_every_kind_of_notice_has_one_at_its_domain(engine: Engine) -> None:
    furnish(engine, now=at(date(2025, 3, 28)))
    new = [NewNotice(f"k/{kind}", kind, "so-y-te", DAY, {}, "vp.vn") for kind in NoticeKind]
    with writing(engine) as connection:
        owe(connection, new, at(DAY))
    found = ids(engine)
    assert len(set(found.values())) == len(NoticeKind)
    assert all(one.endswith("@vp.vn>") and len(one) < 120 for one in found.values())
