"""Weeks, which begin on Mondays: a digest is owed once in each."""

from __future__ import annotations

from datetime import date, timedelta


def monday_of(on: date) -> date:
    """The first day of a day's week."""
    return on - timedelta(days=on.weekday())
