"""Styles, scripts and pictures that pages load: from here alone, kept by browsers for good.

An address has its content's hash in it, so it never means anything else; a new version of a file
has a new address.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import Response

from dondoc.api.routing import public
from plans.errors import NotFound

assets = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
PACKED = (".png", ".woff2")
"""Compressed by what they are."""
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
REFUSED = re.compile(r"gzip;q=0(\.0*)?")


@dataclass(frozen=True)
class Asset:
    """A file as it was when this process started."""

    body: bytes
    hash: str
    kind: str

    @property
    def is_packed(self) -> bool:
        """Whether compressing it again would gain nothing."""
        return self.kind in PACKED

    @cached_property
    def zipped(self) -> bytes:
        """Its content for who takes gzip; made when first asked for."""
        return gzip.compress(self.body, mtime=0)


def _read(folder: Path) -> dict[str, Asset]:
    files = sorted(one for one in folder.rglob("*") if one.suffix in TYPES)
    return {one.relative_to(folder).as_posix(): _as_asset(one) for one in files}


def _as_asset(file: Path) -> Asset:
    body = file.read_bytes()
    return Asset(body, hashlib.sha256(body).hexdigest()[:16], file.suffix)


ASSETS = _read(FOLDER)
"""All there is, by name: whatever else is asked for is not looked for on the disk."""


def asset(name: str) -> str:
    """Where a file of ``static/`` is served, as ``vendor/htmx.min.js``; ``KeyError``: no such."""
    return f"/static/{ASSETS[name].hash}/{name}"


@assets.get("/static/{version}/{name:path}", **public())
def show_asset(version: str, name: str, request: Request) -> Response:
    """A file; to an address of another version the present one, which may not be kept."""
    found = ASSETS.get(name)
    if found is None:
        raise NotFound("no such file")
    zipped = not found.is_packed and _takes_gzip(request.headers)
    tag = f'"{found.hash}-gzip"' if zipped else f'"{found.hash}"'
    headers = {"ETag": tag, "Cache-Control": FOR_GOOD if version == found.hash else ASK_AGAIN}
    if not found.is_packed:
        headers["Vary"] = "Accept-Encoding"
    if tag in _known(request.headers):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    body = found.zipped if zipped else found.body
    return Response(body, headers=headers | {"Content-Type": TYPES[found.kind]})


def _takes_gzip(headers: Headers) -> bool:
    said = headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    return any(one.startswith("gzip") and not REFUSED.fullmatch(one) for one in said)


def _known(headers: Headers) -> set[str]:
    said = headers.get("if-none-match", "")
    return {one.strip().removeprefix("W/") for one in said.split(",")}
