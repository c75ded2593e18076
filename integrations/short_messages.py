"""What goes by a channel: a few lines of plain text that end in the way to all of it.

As many tasks stand in it as fit, the most urgent first. ``data`` is the same for services that fill
a template of their own, such as Zalo's: its names are those that an office's template has to have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.phrases import Phrases, late
from integrations.rendering import BLANKS, clip, environment
from integrations.wording import flat, wording
from plans.messages import AnyContent, DigestContent, Line, WebhookContent, WorkbookContent
from plans.terms import NoticeKind

LONGEST = 900
"""Signs, with the title."""
MOST_LINES, WIDEST, NARROWEST = 5, 160, 60
LONGEST_NAME, LONGEST_SAID = 100, 200
"""What Zalo's parameters take at most: of a name, and of a text or an address."""


@dataclass(frozen=True, slots=True)
class Short:
    """A message for a channel: its title, its text, and the same as a template's parameters."""

    title: str
    text: str
    data: Mapping[str, str]
    kind: str
    language: str
    address: str


def short(
    content: AnyContent, *, language: str, base_url: str, link: str | None, most: int = LONGEST
) -> Short:
    """A notice in at most so many signs, and fewer where its service takes fewer.

    ``link``: the token that opens the recipient's own assignments. Where not even the title and the
    address fit, they go all the same: the service splits what is too long.
    """
    say = Phrases(wording(language))
    path = _path(content, link)
    address = f"{base_url.rstrip('/')}/{path}"
    title = clip(say.subject(content), LONGEST_SAID)
    lines = sorted(_lines(content), key=lambda line: (line.days, line.task_title))
    text = _text(content, say, lines, address, token=link is not None, most=most - len(title) - 1)
    return Short(title, text, _data(content, say, lines, path), content.kind, language, address)


def _path(content: AnyContent, link: str | None) -> str:
    if link and isinstance(content, WorkbookContent):
        return f"l/{link}/workbooks/{content.returned}"
    if link:
        return f"l/{link}"
    return "" if isinstance(content, WebhookContent) else "assignments?class=open_overdue"


def _lines(content: AnyContent) -> Sequence[Line]:
    if isinstance(content, DigestContent):
        return [*content.overdue, *content.due_next]
    return [] if isinstance(content, WebhookContent | WorkbookContent) else content.lines


def _total(content: AnyContent, lines: Sequence[Line]) -> int:
    if isinstance(content, DigestContent):
        return content.overdue_total + content.due_next_total
    return len(lines)


def _text(
    content: AnyContent,
    say: Phrases,
    lines: Sequence[Line],
    address: str,
    *,
    token: bool,
    most: int,
) -> str:
    """With as many lines as fit; none, where not one does."""
    template = environment(say.words.language).get_template("short.txt")
    own = content.kind is NoticeKind.REMINDER or getattr(content, "role", "") == "department"
    facts = {"content": content, "address": address, "own": own, "token": token}
    facts["say_more"] = _more(content, say)
    found = ""
    for number, width in _sizes(len(lines)):
        rest = _total(content, lines) - number
        shown = {"lines": lines[:number], "rest": rest, "width": width}
        found = BLANKS.sub("\n\n", template.render(facts | shown)).strip()
        if len(found) <= most:
            break
    return found


def _sizes(number: int) -> Sequence[tuple[int, int]]:
    """How many lines, how wide: what to try, the most first."""
    counts = range(min(number, MOST_LINES), 0, -1)
    return [(n, width) for n in counts for width in (WIDEST, NARROWEST)] + [(0, WIDEST)]


def _more(content: AnyContent, say: Phrases) -> str:
    if isinstance(content, DigestContent):
        numbers = [f"{name} {say.words.count(n)}" for n, name, _ in say.figures(content) if n]
        return "; ".join(numbers)
    if isinstance(content, WebhookContent):
        return say.ended(content)
    if isinstance(content, WorkbookContent):
        return " ".join(say.read_back(content))
    return ""


def _data(content: AnyContent, say: Phrases, lines: Sequence[Line], path: str) -> Mapping[str, str]:
    over = content.overdue_total if isinstance(content, DigestContent) else len(late(lines))
    return {
        "don_vi": clip(flat(content.recipient_name), LONGEST_NAME),
        "noi_dung": clip(say.headline(content), LONGEST_SAID),
        "so_nhiem_vu": say.words.count(_total(content, lines)),
        "so_qua_han": say.words.count(over),
        "ngay": say.words.day(content.day),
        "lien_ket": path,
    }


def trial(language: str, base_url: str, recipient: str, day: str) -> Short:
    """A message that says of itself that it is a trial."""
    words = wording(language)
    title = words.gettext("Trial message, nothing is to be done")
    text = words.gettext(
        "The coordinating office tries whether messages for %(name)s arrive here.",
        name=clip(flat(recipient), LONGEST_NAME),
    )
    data = {
        "don_vi": clip(flat(recipient), LONGEST_NAME),
        "noi_dung": title,
        "so_nhiem_vu": "0",
        "so_qua_han": "0",
        "ngay": day,
        "lien_ket": "",
    }
    return Short(title, f"{text}\n{base_url}", data, "test", language, base_url)
