"""Moving a record to PostgreSQL: every row the same there, or none; and the work goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Engine, insert, inspect, null, select, text, update
from sqlalchemy.exc import DBAPIError

from plans import verifying
from plans.errors import Conflict, InvalidInput
from plans.overriding import apply
from plans.reminding import remind
from plans.store import audit, copying, following, moving, open_engine, reading, writing
from plans.store.ledger import put_text
from plans.store.schema import departments, feeds, ledger, measurements, settings, texts
from plans.store.schema_access import sessions, users
from plans.store.schema_base import metadata
from tests.acts import DUE, TODAY, key_of, open_office, submit
from tests.builders import at
from tests.copies import everything, fresh_database, opened, upload
from tests.killing import Victims
from tests.offices import NOW, faults

NASTY = "Đôn đốc \\N \\. \\\\ tab\there\nnew line\r\x0b\x0c\x08\x01 \u2028 😀 'quoted' \"so\""
ROWS: list[tuple[Any, dict[str, Any]]] = [
    (settings, {"name": "a null", "value": JSON.NULL}),
    (settings, {"name": "a number", "value": 5}),
    (settings, {"name": "a fraction", "value": 0.1}),
    (settings, {"name": "a truth", "value": True}),
    (settings, {"name": "words", "value": NASTY}),
    (settings, {"name": "number as words", "value": "007"}),
    (settings, {"name": "more", "value": {"Đã làm": [None, NASTY, {"x": 1e300}], "": "\u0000"}}),
    (texts, {"hash": "gone", "salt": "s", "body": null(), "removed_at": NOW}),
    (texts, {"hash": "null", "salt": "s", "body": JSON.NULL}),
    (texts, {"hash": NASTY[:60], "salt": "", "body": {"text": NASTY}}),
    (feeds, {"department": "so-tai-chinh", "url": "http://x.vn", "timeout_seconds": 0.1 + 0.2}),
]
USER = {
    "email": "an@so.vn",
    "name": "Nguyễn Thị Ấn",
    "language": "vi",
    "grants": [{"role": "admin"}],
    "failures": 0,
    "created_at": NOW + timedelta(microseconds=1),
    "created_by": "test",
}
SESSION = {
    "hash": "h" * 64,
    "family": "f",
    "method": "password",
    "begun_at": NOW,
    "issued_at": NOW.replace(microsecond=0),
    "expires_at": NOW + timedelta(days=1),
}


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Engine:
    """A record in which all kinds of things were kept."""
    open_office(sqlite_engine)
    with writing(sqlite_engine) as connection:
        for table, row in ROWS:
            connection.execute(insert(table).values(**row))
        user = connection.execute(insert(users).values(**USER)).inserted_primary_key
        assert user
        connection.execute(insert(sessions).values(**SESSION, user=user[0]))
        measured = {"plan": "mau", "target": "t", "department": "so-y-te", "period": "2025"}
        days = {"period_start": TODAY, "period_end": DUE, "recorded_at": NOW}
        for n, value in enumerate((1.0, 1e15, 1e16, 5e-324, -0.0, 12.3, 1 / 3), start=1):
            figure = {"n": n, "value": value, "source": NASTY, "actor": "x", "part": 2**60}
            connection.execute(insert(measurements).values(**measured, **days, **figure))
        audit.note(connection, NOW, "user:1", "tested", detail={"ô": None})
        put_text(connection, {"result": NASTY})
        remind(connection, TODAY + timedelta(days=25), NOW, domain="x.vn")
        following.number(connection)
    upload(sqlite_engine, tmp_path / "data")
    submit(sqlite_engine, key_of(sqlite_engine))
    return sqlite_engine


@pytest.fixture
def target(postgresql: str) -> Iterator[Engine]:
    with fresh_database(postgresql) as url, opened(url) as engine:
        yield engine


def silent(*_: Any) -> None:
    pass


def move(source: Engine, target: Engine, data_dir: Path = Path("none")) -> moving.Outcome:
    def check(connection: Any) -> list[str]:
        return list(verifying.check(connection, data_dir).problems)

    return moving.move(source, target, NOW, "office:cli", check, silent, silent)


def test_every_row_comes_out_as_it_went_in(office: Engine, target: Engine, tmp_path: Path) -> None:
    found = move(office, target, tmp_path / "data")
    assert found.problems == []
    assert everything(target) == everything(office)
    assert {one.table: one.rows for one in found.tables} == {
        name: len(rows) for name, rows in everything(target).items()
    }
    with reading(target) as connection:
        kept = dict(
            connection.execute(text("SELECT name, value::text FROM settings")).tuples().all()
        )
        assert (kept["a null"], kept["a number"], kept["number as words"]) == ("null", "5", '"007"')
        gone = "SELECT hash FROM texts WHERE body IS NULL"
        assert connection.execute(text(gone)).scalars().all() == ["gone"]
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert audit.lines(connection)[0].act == "database-moved"
    fresh_keys = {one["name"] for one in inspect(target).get_foreign_keys("ledger")}
    assert fresh_keys == {"fk_ledger_assignment"}


def test_the_work_goes_on_there(office: Engine, target: Engine) -> None:
    with writing(office) as connection:  # SQLite's autoincrement remembers numbers of gone rows
        connection.execute(text("UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'ledger'"))
    move(office, target)
    submit(target, key_of(target, "mau/chung/so-tai-chinh"), "token:so-tai-chinh")
    with writing(target) as connection:
        assert apply(connection, DUE, False, "1/TB", actor="user:1", now=at(TODAY))
        remind(connection, DUE, at(DUE), domain="x.vn")
        audit.note(connection, NOW, "user:1", "went-on")
        connection.execute(insert(users).values(**USER | {"email": "b@so.vn"}))
        following.number(connection)
        latest = connection.scalar(select(ledger.c.seq).order_by(ledger.c.seq.desc()).limit(1))
        assert latest and latest > 5000
        positions = connection.execute(select(ledger.c.position)).scalars().all()
        assert len(set(positions)) == len(positions)
    assert faults(target) == []


def test_the_old_database_refuses_writes_until_it_is_reopened(
    office: Engine, target: Engine
) -> None:
    before = everything(office)
    move(office, target)
    for statement in (insert(settings).values(name="x", value=1), update(users).values(name="x")):
        with pytest.raises(DBAPIError, match="set DONDOC_DATABASE_URL"), writing(office) as one:
            one.execute(statement)
    assert everything(office, "audit") == {k: v for k, v in before.items() if k != "audit"}
    with pytest.raises(Conflict, match="moved from here before"):
        move(office, target)
    with writing(office) as connection:
        assert moving.reopen(connection)
        assert not moving.reopen(connection)
    submit(office, key_of(office, "mau/chung/so-tai-chinh"), "token:so-tai-chinh")
    assert faults(office) == []


def test_nobody_writes_meanwhile(
    office: Engine, target: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, said = office.url.render_as_string(), []

    def try_to_write(*_: Any) -> None:
        other = open_engine(url)
        try:
            with other.connect() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout = 1")
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError as error:
            said.append(str(error.orig))
        finally:
            other.dispose()

    def say(what: str, _: int) -> None:
        if what in ("assignments", "comparing"):
            thread = threading.Thread(target=try_to_write)
            thread.start()
            thread.join()

    moving.move(office, target, NOW, "x", lambda _: [], say, silent)
    assert said == ["database is locked"] * 2


def test_what_came_out_otherwise_is_not_kept(
    office: Engine, target: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_compare", spoiled(copying._compare))
    with pytest.raises(Conflict, match=r"departments: \d+ rows came out"):
        move(office, target)
    assert inspect(target).get_table_names() == []
    assert not has_moved(office)


def spoiled(compare: Any) -> Any:
    def spoil_and_compare(target: Any, table: Any, went: Any) -> None:
        target.execute(update(departments).values(name_vi=departments.c.name_vi + " "))
        compare(target, table, went)

    return spoil_and_compare


def has_moved(engine: Engine) -> bool:
    with reading(engine) as connection:
        return moving.has_moved(connection)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "x" * 81, "value": 1}, "settings: value too long"),
        ({"name": "a\0b", "value": 1}, "U\\+0000"),
        ({"name": "nan", "value": float("nan")}, "settings: invalid input syntax for type json"),
    ],
)
def test_what_postgresql_does_not_take_is_named(
    row: dict[str, Any], said: str, office: Engine, target: Engine
) -> None:
    with writing(office) as connection:
        connection.execute(insert(settings).values(**row))
    with pytest.raises(Conflict, match=said):
        move(office, target)
    assert inspect(target).get_table_names() == []
    assert not has_moved(office)


def test_what_was_wrong_before_does_not_keep_it(office: Engine, target: Engine) -> None:
    with writing(office) as connection:
        connection.execute(update(ledger).where(ledger.c.seq == 1).values(actor="somebody"))
    (problem,) = (one for one in move(office, target).problems if "chain" in one)
    assert "breaks at entry 1" in problem


def test_only_an_empty_postgresql_is_moved_into(
    office: Engine, target: Engine, postgresql: str
) -> None:
    with pytest.raises(InvalidInput, match=r"postgresql\+psycopg"):
        move(office, office)
    with target.begin() as connection:
        connection.execute(text("CREATE TABLE mine (x integer)"))
    with pytest.raises(Conflict, match=r"holds 1 tables already \(mine …\)"):
        move(office, target)
    with target.begin() as connection:
        connection.execute(text("DROP TABLE mine"))
        connection.execute(text("CREATE ROLE guest LOGIN"))
    guest = open_engine(target.url.set(username="guest").render_as_string())
    try:
        with pytest.raises(InvalidInput, match="may not make tables"):
            move(office, guest)
    finally:
        guest.dispose()
        with target.begin() as connection:
            connection.execute(text("DROP ROLE guest"))
    with (
        fresh_database(
            postgresql, "latin", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        ) as url,
        opened(url) as latin,
        pytest.raises(InvalidInput, match="keeps text as LATIN1"),
    ):
        move(office, latin)
    assert not has_moved(office)


@pytest.mark.slow
def test_killed_at_any_step_all_of_it_is_there_or_nothing(office: Engine, target: Engine) -> None:
    expected, met = everything(office, "audit"), set()
    urls = [one.url.render_as_string(hide_password=False) for one in (office, target)]
    with Victims("tests.plans.store.move_victim", *urls) as victims:
        for step in (1, 12, *range(34, 60)):
            killed = victims.run(step)
            there = bool(inspect(target).get_table_names())
            met.add(there)
            if there:
                assert everything(target, "audit") == expected
                with target.begin() as connection:
                    connection.execute(text("DROP SCHEMA public CASCADE"))
                    connection.execute(text("CREATE SCHEMA public"))
            assert everything(office, "audit") == expected
            if has_moved(office):
                assert there
                with writing(office) as connection:
                    moving.reopen(connection)
            if not killed:
                break
    assert not killed
    assert met == {True, False}
