"""Whether the disk has no room, whoever met it: the system, SQLite or PostgreSQL."""

from __future__ import annotations

import errno

SAID = "the disk is full; nothing is kept until there is room again"
_ERRNO = (errno.ENOSPC, errno.EDQUOT)
_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")  # no room for a page; for the log's index
_POSTGRESQL = "53100"


def is_full(error: BaseException) -> bool:
    """Whether an error of the system, or of a database's driver, says that there is no room."""
    if isinstance(error, OSError):
        return error.errno in _ERRNO
    driver = getattr(error, "orig", None) or error  # SQLAlchemy keeps the driver's own
    return (
        getattr(driver, "sqlite_errorname", None) in _SQLITE
        or getattr(driver, "sqlstate", None) == _POSTGRESQL
    )
