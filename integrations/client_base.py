"""What all of the client's calls stand on: its connection, pages of lists, batches, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx

from integrations.client_bodies import Model, Page, batches, parse, query, read
from integrations.client_files import Coming
from integrations.client_models import Change, Result
from integrations.client_transport import Transport, Waits

PAGE: Final = 500
"""As many as a page may hold."""
Many = TypeVar("Many", bound=Result)
Version = int | str


class Caller:
    """A caller of the API. Threads may share one; close it, or use it as a context.

    ``timeout``: seconds for one try; ``patience``: for all tries of one call; ``agent``: who you
    are, before our name in ``User-Agent``.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 30.0,
        patience: float = 60.0,
        agent: str = "",
        transport: httpx.BaseTransport | None = None,
        waits: Waits = Waits(),  # noqa: B008 (it cannot be changed)
    ) -> None:
        self._transport = Transport(
            base_url,
            token,
            timeout=timeout,
            patience=patience,
            agent=agent,
            transport=transport,
            waits=waits,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()

    def _get(self, path: str, kind: type[Model], wanted: Mapping[str, Any] | None = None) -> Model:
        answer = self._transport.request("GET", path, params=query(wanted or {}))
        return read(answer, kind)

    def _post(
        self,
        path: str,
        kind: type[Model],
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        if_match: Version | None = None,
    ) -> Model:
        answer = self._transport.request("POST", path, json=body, key=key, if_match=if_match)
        return read(answer, kind)

    def _send_file(
        self,
        path: str,
        file: str | Path,
        kind: type[Model],
        *,
        wanted: Mapping[str, Any] | None = None,
        confirmed: bool = False,
        key: str | None = None,
    ) -> Model:
        # Read whole, so that a second try sends the same: files are a few megabytes at most.
        files = {"file": (Path(file).name, Path(file).read_bytes())}
        data = {"confirm_personal_data": "true"} if confirmed else {}
        asked = query(wanted or {})
        answer = self._transport.request(
            "POST", path, params=asked, files=files, data=data, key=key
        )
        return read(answer, kind)

    def _fetch(self, path: str, to: str | Path, wanted: Mapping[str, Any] | None = None) -> Path:
        with Coming(Path(to)) as file:
            self._transport.request("GET", path, params=query(wanted or {}), take=file.take)
        return file.path

    def _many(
        self,
        path: str,
        items: Iterable[Mapping[str, Any]],
        most: int,
        kind: type[Many],
        key: str | None,
    ) -> list[Many]:
        found: list[Many] = []
        for number, batch in enumerate(batches(items, most)):
            mine = f"{key}-{number}" if key else None
            answer = self._transport.request("POST", path, json={"items": batch}, key=mine)
            results, begun = read(answer, Page).items, len(found)
            found += [parse(one | {"index": begun + one["index"]}, kind) for one in results]
        return found

    def _pages(
        self, path: str, kind: type[Model], wanted: Mapping[str, Any] | None = None
    ) -> Iterator[Model]:
        asked = query({"limit": PAGE, **(wanted or {})})
        while True:
            page = read(self._transport.request("GET", path, params=asked), Page)
            yield from (parse(one, kind) for one in page.items)
            if page.next is None:
                return
            asked = {**asked, "cursor": page.next}


class Changes:
    """The record's events, one after another, until there are no more for now.

    ``cursor`` is the place after the event that you got last: keep it once you have dealt with
    the event, and go on from it another day. Iterating again asks for what came since.
    """

    def __init__(self, transport: Transport, after: str | None, wanted: Mapping[str, Any]) -> None:
        self._transport = transport
        self._wanted = wanted
        self.cursor = after

    def __iter__(self) -> Iterator[Change]:
        more = True
        while more:
            asked = query({"limit": PAGE, "after": self.cursor, **self._wanted})
            page = read(self._transport.request("GET", "changes", params=asked), Page)
            for one in page.items:
                change = parse(one, Change)
                self.cursor = str(change.position)
                yield change
            self.cursor, more = page.next, page.more
