"""The tables of a report: figures by group and by body, targets, debts, what is to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.report_blocks import Column, Table, Value
from integrations.report_words import COURSES, DIRECTIONS, GOALS, UNITS, ReportWords
from integrations.wording import flat, marked
from plans.progress import Progress, count, sum_both
from plans.report_lines import Line
from plans.report_owed import Debtor, Owed
from plans.reports import Report
from plans.terms import Outside, Timeliness

Cells = tuple[Value, ...]
FEW = 6


def by_group(report: Report, words: ReportWords) -> Table:
    """The four classes and the rates of each solution group, with the plan's own."""
    progress = report.progress
    vi = words.language == "vi"
    titles = {**progress.titles} if vi else {**progress.titles, **progress.english}
    rows: list[Cells] = [
        (n, flat(titles[key]), *_figures(one))
        for n, (key, one) in enumerate(progress.groups.items(), 1)
    ]
    rows.append((None, words.gettext("Total"), *_figures(progress.total)))
    head = words.gettext("Solution group")
    title = words.gettext("Results by solution group")
    return Table(words.gettext("By group"), title, _counted(words, head), rows, total=True)


def by_body(report: Report, words: ReportWords) -> Table:
    """The same of each body that leads."""
    found: dict[str | None, list[Line]] = {}
    for one in report.lines:
        found.setdefault(one.lead or one.state.declared, []).append(one)
    named = sorted((words.body(code), code) for code in found)
    rows: list[Cells] = [
        (n, name, *_figures(progress_of(found[code], report)))
        for n, (name, code) in enumerate(named, 1)
    ]
    rows.append((None, words.gettext("Total"), *_figures(report.progress.total)))
    head = words.gettext("Lead body")
    title = words.gettext("Results by lead body")
    return Table(words.gettext("By body"), title, _counted(words, head), rows, total=True)


def progress_of(lines: Iterable[Line], report: Report) -> Progress:
    """The figures of some lines on the report's day."""
    states = [one.state for one in lines]
    current = [count(state) for state in states]
    original = [count(state, "original") for state in states]
    return sum_both(current, original, report.asked.on)


def _counted(words: ReportWords, head: str) -> tuple[Column, ...]:
    say = words.gettext
    return (
        Column(say("No."), 7, "count"),
        Column(head, 32, "title"),
        Column(say("Number"), 9, "count"),
        Column(say("Done on time"), 9, "count"),
        Column(say("Done late"), 9, "count"),
        Column(say("In progress, on time"), 10, "count"),
        Column(say("In progress, overdue"), 10, "count"),
        Column(say("Completion"), 10, "share"),
        Column(say("On-time rate"), 10, "share"),
    )


def _figures(one: Progress) -> Cells:
    classes = (one.classes[kind] for kind in Timeliness)
    return (one.assignments, *classes, one.completion, one.on_time_rate)


def general(report: Report, words: ReportWords) -> Table:
    """Every figure of the plan, beside those at the end of the time before."""
    now = dict(_named(report.progress.total, words))
    was = dict(_named(report.before.progress.total, words)) if report.before else {}
    rows: list[Cells] = [(name, value, was.get(name)) for name, value in now.items()]
    columns = (
        Column(words.gettext("Figure"), 50),
        Column(words.day(report.asked.on), 20, "number"),
        Column(
            words.day(report.before.progress.total.on)
            if report.before
            else words.gettext("Time before"),
            20,
            "number",
        ),
    )
    return Table(words.gettext("General"), words.gettext("General figures"), columns, rows)


def _named(one: Progress, words: ReportWords) -> Iterable[tuple[str, Value]]:
    say = words.gettext
    yield say("Number"), one.assignments
    for kind in Timeliness:
        yield sentence(words.standing(kind)), one.classes[kind]
    for beside in Outside:
        yield sentence(words.standing(beside)), one.outside[beside]
    yield say("Waiting for review"), one.waiting_review
    yield say("Completion"), one.completion
    yield say("Progress reported"), one.progress
    yield say("On-time rate"), one.on_time_rate
    original = one.original.on_time_rate if one.original else None
    yield say("On-time rate by the original dates"), original
    yield say("Reporting rate of ongoing tasks"), one.reporting_rate


def sentence(text: str) -> str:
    """A phrase with a capital at its beginning."""
    return text[:1].upper() + text[1:]


# --- targets -----------------------------------------------------------------------------------


def targets(report: Report, words: ReportWords) -> Table:
    """Each target with its goal, what was measured last, and where it stands."""
    say = words.gettext
    columns = (
        Column(say("No."), 7, "count"),
        Column(say("Target"), 30, "title"),
        Column(say("Unit"), 8),
        Column(say("Baseline"), 12),
        Column(say("Goal"), 13),
        Column(say("Actual"), 10),
        Column(say("Period and source of the figure"), 20),
        Column(say("Course"), 13),
    )
    rows = [(n, *_target(one, words)) for n, one in enumerate(report.targets, 1)]
    return Table(say("Targets"), say("Targets against the plan"), columns, rows)


def _target(one: Mapping[str, Any], words: ReportWords) -> Cells:
    title = one["title"]["vi"] if words.language == "vi" else one["title"]["en"]
    latest = next(iter(one["measurements"]), None)
    unit, course = UNITS[one["unit"]], COURSES[one["course"]]
    return (
        flat(title),
        words.gettext(unit),
        baseline(one, words),
        goal(one, words),
        actual(one, latest, words),
        f"{words.period(latest['period'])}; {flat(latest['source'])}" if latest else "",
        words.gettext(course),
    )


def baseline(one: Mapping[str, Any], words: ReportWords) -> str:
    """Where a target starts; "" where its document does not say."""
    start = one["baseline"]
    if not start:
        return ""
    asked = GOALS[start["comparator"]]
    said = words.gettext(asked, value=words.value(start["value"], one["unit"]))
    if part := start["fraction"]:
        return f"{said} ({words.number(part['value'])}/{words.number(part['of'])})"
    return said


def starts(report: Report) -> list[str]:
    """Of which time the baselines are, as the document says it."""
    said = [one["baseline"]["as_of"] for one in report.targets if one["baseline"]]
    return [flat(text) for text in dict.fromkeys(said) if text]


def goal(one: Mapping[str, Any], words: ReportWords) -> str:
    """What a target asks for, and by which year."""
    if one["value"] is None:
        direction = DIRECTIONS[one["comparator"]]
        said = words.gettext(direction)
    else:
        asked = GOALS[one["comparator"]]
        said = words.gettext(asked, value=words.value(one["value"], one["unit"]))
    return f"{said} ({one['due_year']})" if one["due_year"] else said


def actual(one: Mapping[str, Any], latest: Mapping[str, Any] | None, words: ReportWords) -> str:
    """The last figure; words where it is withheld from who reads the report."""
    if latest is None:
        return ""
    if latest["suppressed"]:
        return words.gettext("withheld")
    said = words.value(latest["value"], one["unit"])
    if latest["part"] is not None:
        part, whole = words.number(latest["part"]), words.number(latest["whole"])
        return f"{said} ({part}/{whole})"
    return said


# --- debts, and what is to come ----------------------------------------------------------------


def debtors(report: Report, words: ReportWords, some: Sequence[Debtor]) -> Table:
    """Bodies that have not reported what was due."""
    say, on = words.gettext, report.asked.on
    columns = (
        Column(say("No."), 7, "count"),
        Column(say("Body"), 48, "title"),
        Column(say("Overdue"), 14, "count"),
        Column(say("Of these, never reported on"), 16, "count"),
        Column(say("Oldest due date"), 18, "day"),
        Column(say("Days late"), 12, "count"),
    )
    rows = [
        (n, words.body(one.lead), one.overdue, one.never, one.oldest, (on - one.oldest).days)
        for n, one in enumerate(some, 1)
    ]
    return Table(say("Not reported"), say("Bodies that have not reported"), columns, rows)


def coming(words: ReportWords, some: Sequence[Owed], most: int = FEW) -> Table:
    """What falls due in the time that follows; of a task's bodies the first ones."""
    say = words.gettext
    columns = (
        Column(say("No."), 7, "count"),
        Column(say("Task"), 52, "title"),
        Column(say("Lead body"), 32),
        Column(say("Due date"), 16, "day"),
    )
    rows = [
        (n, words.task(one.title, one.period), words.bodies(one.leads, most), one.due)
        for n, one in enumerate(some, 1)
    ]
    return Table(say("To come"), say("Tasks that fall due"), columns, rows)


def overdue(report: Report, words: ReportWords, some: Sequence[Owed], most: int = FEW) -> Table:
    """What is overdue, with the days; of a task's bodies the first ones."""
    say = words.gettext
    columns = (
        Column(say("No."), 8, "count"),
        Column(say("Task"), 46, "title"),
        Column(say("Lead body"), 28),
        Column(say("Due date"), 16, "day"),
        Column(say("Days late"), 10, "count"),
        Column(say("Progress"), 10, "share"),
    )
    rows = [
        (
            n,
            words.task(one.title, one.period),
            words.bodies(one.leads, most),
            one.due,
            (report.asked.on - one.due).days,
            None if one.percent is None else one.percent / 100,
        )
        for n, one in enumerate(some, 1)
    ]
    return Table(say("Overdue"), say("Overdue tasks"), columns, rows)


MORE = marked("%(shown)s of %(all)s are listed; the workbook of tables has all of them.")
