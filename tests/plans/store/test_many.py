"""Many rows in one statement: they come as they were given, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from plans.store import reading, writing
from plans.store.counters import KEYS
from plans.store.many import insert_many, update_many
from plans.store.schema import counters, settings, texts
from plans.terms import EventKind

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def text_row(key: str, body: Any = None, removed: datetime | None = None) -> dict[str, Any]:
    return {"hash": key, "salt": "salt", "body": body, "removed_at": removed}


def counter_row(day: date, n: int) -> dict[str, Any]:
    where = {"dimension": "plan", "key": "p", "basis": "current", "ongoing": False}
    return {**where, "bucket": "open", "day": day, "n": n, "weight": n, "done_percent": 0}


def kept(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        query = select(table).order_by(*table.primary_key.columns)
        return [dict(row._mapping) for row in connection.execute(query)]


def test_every_kind_of_value_comes_back(engine: Engine) -> None:
    rows = [
        text_row("a", {"result": "Đã xong {\"x\", 'y'} \\ NULL,\n%s ? :a"}, NOON),
        text_row("b"),
        text_row("c", {"n": [1, None]}),
    ]
    with writing(engine) as connection:
        insert_many(connection, texts, rows)
        insert_many(connection, texts, [])
    found = kept(engine, texts)
    assert [one["body"] for one in found] == [rows[0]["body"], None, rows[2]["body"]]
    assert [one["removed_at"] for one in found] == [NOON, None, None]


def test_it_writes_what_a_plain_insert_does(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(counters), [counter_row(date(2025, 1, 1), 1)])
        insert_many(connection, counters, [counter_row(date(2025, 1, 2), 1)])
        raw = connection.exec_driver_sql("SELECT ongoing, bucket, n FROM counters ORDER BY day")
        one, other = raw.all()
    assert tuple(one) == tuple(other)


def test_names_of_a_fixed_list_become_plain_text(engine: Engine) -> None:
    rows = [text_row(EventKind.UPDATED), text_row("plain")]
    with writing(engine) as connection:
        insert_many(connection, texts, rows)
    assert [one["hash"] for one in kept(engine, texts)] == ["plain", "updated"]


def test_what_is_there_already_is_added_to(engine: Engine) -> None:
    first, second = date(2025, 1, 1), date(2025, 1, 2)
    add = f"ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET n = counters.n + excluded.n"
    with writing(engine) as connection:
        insert_many(connection, counters, [counter_row(first, 1)], add)
        insert_many(connection, counters, [counter_row(first, 4), counter_row(second, 2)], add)
    assert [one["n"] for one in kept(engine, counters)] == [5, 2]


def test_a_row_that_is_there_breaks_all_of_them(engine: Engine) -> None:
    with writing(engine) as connection:
        insert_many(connection, texts, [text_row("a")])
    with pytest.raises(IntegrityError), writing(engine) as connection:
        insert_many(connection, texts, [text_row("b"), text_row("a")])
    assert [one["hash"] for one in kept(engine, texts)] == ["a"]


def test_rows_are_changed_by_their_key(engine: Engine) -> None:
    with writing(engine) as connection:
        insert_many(connection, texts, [text_row("a", {"x": 1}), text_row("b"), text_row("c")])
        changes: list[dict[str, object]] = [{"hash": "c", "salt": "new", "removed_at": None}]
        changes.append({"hash": "a", "salt": "other", "removed_at": NOON})
        update_many(connection, texts, "hash", changes)
        update_many(connection, texts, "hash", [])
    found = kept(engine, texts)
    assert [one["salt"] for one in found] == ["other", "salt", "new"]
    assert [one["removed_at"] for one in found] == [NOON, None, None]
    assert found[0]["body"] == {"x": 1}


def test_what_is_too_long_is_refused_and_not_cut_off(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        return  # it knows no longest text
    with pytest.raises(DBAPIError, match="too long"), writing(engine) as connection:
        insert_many(connection, texts, [text_row("a" * 65)])


def test_a_missing_value_is_an_error(engine: Engine) -> None:
    with pytest.raises(KeyError), writing(engine) as connection:
        insert_many(connection, texts, [text_row("a"), {"hash": "b"}])
    assert kept(engine, settings) == []
