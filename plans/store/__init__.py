"""The record: the only place that touches the database.

``ledger`` is the truth, ``assignments`` its projection, ``counters`` sums of the projection; all
three change in one transaction. Functions take the connection; the boundary commits.
"""

from sqlalchemy import Connection, Engine

from plans.store.engine import keep_time, open_engine, reading, settle, writing

__all__ = ["Connection", "Engine", "keep_time", "open_engine", "reading", "settle", "writing"]
