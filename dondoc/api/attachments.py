"""Uploaded files as they are given back: to be saved, never shown in place."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from dondoc.api.context import Context
from dondoc.api.subjects import visible_row
from plans import files
from plans.errors import NotFound
from plans.store import files as store

_ID = re.compile(r"[0-9a-f]{32}")


def content_of(assignment: str, file: str, here: Context) -> Response:
    """A file of an assignment that the caller may see, as an attachment."""
    with here.reading() as connection:
        row = visible_row(connection, assignment, here)
        found = store.one(connection, file) if _ID.fullmatch(file) else None
    if found is None or found.assignment != row.id or found.removed_at:
        raise NotFound("no such file of this assignment, or it was removed")
    path = files.path_of(files.folder_of(here.settings.data_dir), found.sha256)
    if not path.is_file():
        raise NotFound(f"the content of file {found.id} is not here; tell the coordinating office")
    return FileResponse(path, media_type=_stated(found.media_type), headers=headers_of(found.name))


def _stated(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def headers_of(name: str) -> dict[str, str]:
    """The headers of a file that is to be saved under a name."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name[:-5])
    plain += "".join(s if s.isascii() and (s.isalnum() or s == ".") else "_" for s in name[-5:])
    return {
        # RFC 6266 with the name of RFC 8187 for whom it is more than ASCII.
        "Content-Disposition": (
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
