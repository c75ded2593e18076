"""Cursors: what comes back of them, and what none of ours ever said."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import pytest

from dondoc.api.paging import MOST_INT, cursor_of, place_of
from plans.errors import InvalidInput


def made_up(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_a_place_comes_back() -> None:
    place = (date(2025, 4, 16), "a", MOST_INT)
    assert place_of(cursor_of(*place), date.fromisoformat, str, int) == place
    assert place_of(cursor_of(-MOST_INT), int) == (-MOST_INT,)
    assert place_of(None, int) is None


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**400, 1.5, True, "1", None])
def test_no_cursor_holds_what_no_database_takes(number: Any) -> None:
    with pytest.raises(InvalidInput) as found:
        place_of(made_up(number), int)
    assert set(found.value.fields) == {"cursor"}
