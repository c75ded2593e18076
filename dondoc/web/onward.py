"""Where a visitor goes on to: pages of ours alone, whatever a request says."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from starlette.requests import Request

from dondoc.api.methods import Methods


def came_from(request: Request) -> str:
    """The page of ours on which a form was filled in; "/" where the browser does not say."""
    sent = urlsplit(request.headers.get("referer", ""))
    own = urlsplit(request.app.state.running.settings.base_url).netloc
    if sent.netloc not in (request.url.netloc, own):
        return "/"
    path = sent.path
    query = urlencode([(k, v) for k, v in parse_qsl(sent.query) if k != "done"])
    while path and not is_page(request, unquote(path)):
        # A form's own address, at which it was found wrong before: it stands on the page above.
        path, query = path.rpartition("/")[0], ""
    return local(f"{path}?{query}" if query else path)


def is_page(request: Request, path: str) -> bool:
    """Whether something of ours can be looked at there, by its address."""
    pages: Methods = request.app.state.pages
    return "GET" in pages.of(path).split(", ")


def local(path: str | None) -> str:
    """A path of ours that a request names; "/" for whatever would lead elsewhere."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return "/"
    parts = urlsplit(path)
    clean = path.isprintable() and not parts.scheme and not parts.netloc
    return path if clean else "/"
