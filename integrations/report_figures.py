"""A plan's figures as sentences: how much, in which class, and against the time before."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.report_words import ReportWords
from integrations.wording import capped, marked
from plans.progress import Progress
from plans.reports import Report
from plans.terms import Outside, Timeliness

ROSE = marked("%(name)s rose by %(by)s (from %(before)s to %(after)s)")
FELL = marked("%(name)s fell by %(by)s (from %(before)s to %(after)s)")
STAYED = marked("%(name)s is unchanged (%(after)s)")


def figures(report: Report, words: ReportWords) -> Iterator[str]:
    """How many there are, in which of the four classes, and the rates."""
    total = report.progress.total
    n = total.assignments
    if not n:
        yield words.gettext("By %(day)s nothing is counted.", day=words.day(report.asked.on))
        return
    portions = words.portions([total.classes[kind] for kind in Timeliness], n)
    classes = dict(zip(map(str, Timeliness), portions, strict=True))
    yield words.gettext(
        "By %(day)s, %(n)s assignments are counted: %(done_on_time)s were done on time; "
        "%(done_late)s were done late; %(open_on_time)s are in progress on time; "
        "%(open_overdue)s are in progress and overdue.",
        day=words.day(report.asked.on),
        n=words.count(n),
        **classes,
    )
    original = total.original.on_time_rate if total.original else None
    rates = words.shares([total.completion, total.progress, total.on_time_rate, original])
    yield words.gettext(
        "Completion is %(completion)s; progress as reported %(progress)s; the on-time rate "
        "%(rate)s (by the original due dates %(original)s).",
        **dict(zip(("completion", "progress", "rate", "original"), rates, strict=True)),
    )


def outside(report: Report, words: ReportWords) -> Iterator[str]:
    """What stands beside the count, and what waits for review."""
    total = report.progress.total
    if total.outside.total():
        counts = [
            words.gettext(
                "%(n)s (%(standing)s)",
                n=words.count(total.outside[kind]),
                standing=words.standing(kind),
            )
            for kind in Outside
            if total.outside[kind]
        ]
        yield words.gettext(
            "Beside these, outside the count: %(counts)s.", counts="; ".join(counts)
        )
    if total.waiting_review:
        yield words.ngettext(
            "%(n)s report waits for its review.",
            "%(n)s reports wait for their review.",
            total.waiting_review,
        )


def compared(report: Report, words: ReportWords) -> Iterator[str]:
    """The same figures at the end of the time before, where the record knew them."""
    if report.before is None:
        yield words.gettext("The record holds no figures of the time before to compare with.")
        return
    was, now = report.before.progress.total, report.progress.total
    said = [
        _count(words, words.gettext("the number of assignments"), was.assignments, now.assignments),
        _rate(words, words.gettext("completion"), was.completion, now.completion),
        _rate(words, words.gettext("the on-time rate"), was.on_time_rate, now.on_time_rate),
        _count(words, words.gettext("the number of overdue ones"), _late(was), _late(now)),
    ]
    yield words.gettext(
        "Against the time before (%(span)s, figures of %(day)s): %(changes)s.",
        span=words.span(report.before.span),
        day=words.day(was.on),
        changes="; ".join(one for one in said if one),
    )


def _shown(rate: float) -> float:
    """A rate in per cent as it is written: what is not all is never 100."""
    return round(100 * capped(rate), 1)


def _late(one: Progress) -> int:
    return one.classes[Timeliness.OPEN_OVERDUE]


def _count(words: ReportWords, name: str, was: int, now: int) -> str:
    if was == now:
        return words.gettext(STAYED, name=name, after=words.count(now))
    pattern, by = (ROSE, now - was) if now > was else (FELL, was - now)
    return words.gettext(
        pattern, name=name, by=words.count(by), before=words.count(was), after=words.count(now)
    )


def _rate(words: ReportWords, name: str, was: float | None, now: float | None) -> str:
    """A rate's change in percentage points, of the rates as they are shown."""
    if was is None or now is None:
        return ""
    points = round(_shown(now) - _shown(was), 1)
    if not points:
        return words.gettext(STAYED, name=name, after=words.percent(now))
    by = words.gettext("%(n)s percentage points", n=words.number(abs(points)))
    before, after = words.shares([was, now])
    pattern = ROSE if points > 0 else FELL
    return words.gettext(pattern, name=name, by=by, before=before, after=after)
