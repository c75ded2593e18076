"""A form with one file, read as it comes: nothing of it is held in memory or lies elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from dondoc.api.context import Context
from integrations.office_files import MOST_BYTES
from plans.errors import InvalidInput, WrongType
from plans.files import Coming

_MOST_FIELD = 1_200
"""Bytes: 300 signs, as a source may have."""
FIELDS = ("file", "confirm_personal_data")
"""What a call may say; a page's form says more."""


@dataclass(slots=True)
class Form:
    """What a form said besides its file's content."""

    file_name: str | None = None
    fields: dict[str, bytes] = field(default_factory=dict)

    @property
    def confirmed(self) -> bool:
        """Whether its writer confirms that the name may stand."""
        said = self.fields.get("confirm_personal_data", b"false").strip().lower()
        if said not in (b"true", b"false"):
            raise _wrong("confirm_personal_data", "true or false")
        return said == b"true"


def _nothing(_form: Form) -> None:
    """What is asked before a file is read, where nothing is left to ask."""


def _wrong(name: str, message: str) -> InvalidInput:
    return InvalidInput(f"{name}: {message}", fields={name: message})


async def read_form(
    request: Request,
    coming: Coming,
    fields: Sequence[str] = FIELDS,
    before: Callable[[Form], None] = _nothing,
) -> Form:
    """Write the form's file to ``coming``; ``InvalidInput`` for any other form than ours.

    ``before`` is asked before anything of the file is read, with the fields that precede it.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        message = "a file is sent as multipart/form-data, in the field 'file'"
        raise WrongType(message, fields={"file": message})
    reader = _Reader(fields, before)
    try:
        parser = MultipartParser(options[b"boundary"], reader.callbacks())  # type: ignore[arg-type]
        async for data in request.stream():
            parser.write(data)
            if waiting := reader.take():
                await run_in_threadpool(coming.write, waiting)
        parser.finalize()
    except FormParserError as error:
        raise _wrong("file", f"the form cannot be read: {error}") from None
    if reader.form.file_name is None:
        raise _wrong("file", "a file is sent in the field 'file'")
    if not reader.ended:
        raise _wrong("file", "the form ends before its file does")
    return reader.form


class _Reader:
    """Takes a form apart as the parser meets its pieces."""

    def __init__(self, fields: Sequence[str], before: Callable[[Form], None]) -> None:
        self.form, self.ended = Form(), False
        self._fields, self._before = fields, before
        self._waiting = bytearray()
        self._name, self._is_file = "", False
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""

    def callbacks(self) -> dict[str, Callable[..., None]]:
        """What the parser calls."""
        names = "part_begin part_data header_field header_value header_end headers_finished end"
        return {f"on_{name}": getattr(self, f"_on_{name}") for name in names.split()}

    def take(self) -> bytes:
        """What came of the file since the last time."""
        found = bytes(self._waiting)
        self._waiting.clear()
        return found

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = self._name == "file"
        if self._name not in self._fields:
            known = ", ".join(self._fields)
            raise _wrong(self._name[:60] or "form", f"no such field here; fields: {known}")
        if self._is_file:
            self._begin_file(options.get(b"filename"))
        elif self._name in self.form.fields:
            raise _wrong(self._name, "given twice")
        else:
            self.form.fields[self._name] = b""

    def _begin_file(self, name: bytes | None) -> None:
        if self.form.file_name is not None:
            raise _wrong("file", "one file a call")
        self._before(self.form)
        if not name:
            raise _wrong("file", "the field 'file' is a file with a name")
        try:
            self.form.file_name = name.decode("utf-8")
        except UnicodeDecodeError:
            raise _wrong("file", "its name is not UTF-8") from None

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._waiting += data[start:end]
            return
        said = self.form.fields[self._name] + data[start:end]
        if len(said) > _MOST_FIELD:
            raise _wrong(self._name, "too long")
        self.form.fields[self._name] = said

    def _on_end(self) -> None:
        self.ended = True


def limit_of(here: Context) -> int:
    """Bytes of an office's file that are taken."""
    return min(here.settings.upload_limit_mb * 1024 * 1024, MOST_BYTES)


def content_of(coming: Coming) -> bytes:
    """What was received, to be read as a whole."""
    coming.file.flush()
    return coming.path.read_bytes()
