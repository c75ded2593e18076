"""What simulated departments report, and when: decided by hash, so it is the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from plans.terms import EvidenceKind

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
SEED: Final = 61
NEVER, LATE, RETURNED, NIL = 0.08, 0.20, 0.06, 0.10
"""Shares of tasks that are never reported on, are late, are returned once, have nothing to say."""
NEAR_THE_END: Final = 12
"""Days before the due date within which a period's report comes."""

UNDER_WAY: Final = (
    "Đã ban hành văn bản triển khai và phân công đầu mối thực hiện.",
    "Đã tổ chức hội nghị quán triệt, giao chỉ tiêu cụ thể cho các đơn vị trực thuộc.",
    "Đang tổng hợp số liệu từ cơ sở, dự kiến hoàn thành đúng tiến độ.",
    "Đã khảo sát thực tế tại 03 đơn vị; đang hoàn thiện dự thảo báo cáo.",
    "Đã phối hợp với các cơ quan liên quan rà soát đối tượng và lập danh sách.",
)
DONE: Final = (
    "Đã hoàn thành nội dung được giao; kết quả cụ thể tại báo cáo kèm theo.",
    "Đã thực hiện xong và báo cáo cấp có thẩm quyền theo quy định.",
    "Hoàn thành 100% nội dung theo kế hoạch; không có nội dung tồn đọng.",
    "Đã ban hành văn bản và gửi các cơ quan, đơn vị liên quan để thực hiện.",
)
AMENDED: Final = "Đã bổ sung số liệu và tài liệu kiểm chứng theo ý kiến thẩm định."
NOTHING: Final = "Trong kỳ không phát sinh nội dung phải báo cáo."
OBSTACLES: Final = (
    "Kinh phí được cấp chậm so với kế hoạch.",
    "Số liệu từ cấp xã gửi về chưa đầy đủ, còn phải đối chiếu nhiều lần.",
    "Thiếu công chức chuyên trách; một người phải kiêm nhiệm nhiều việc.",
    "Phần mềm thống kê chưa liên thông, phải nhập số liệu hai lần.",
)
PROPOSALS: Final = (
    "Đề nghị bố trí bổ sung kinh phí trong năm.",
    "Đề nghị hướng dẫn thống nhất biểu mẫu báo cáo.",
    "Đề nghị tổ chức tập huấn nghiệp vụ cho công chức cấp xã.",
)
DOCUMENTS: Final[Mapping[EvidenceKind, tuple[str, str]]] = {
    EvidenceKind.PLAN: ("KH-", "Kế hoạch thực hiện"),
    EvidenceKind.PROGRAMME: ("CTr-", "Chương trình thực hiện"),
    EvidenceKind.PROJECT: ("ĐA-", "Đề án thực hiện"),
    EvidenceKind.REPORT: ("BC-", "Báo cáo kết quả thực hiện"),
    EvidenceKind.DECISION: ("QĐ-", "Quyết định ban hành"),
    EvidenceKind.RESOLUTION: ("NQ-", "Nghị quyết"),
    EvidenceKind.DIRECTIVE: ("CT-", "Chỉ thị"),
    EvidenceKind.REGULATION: ("QC-", "Quy chế"),
    EvidenceKind.SUBMISSION: ("TTr-", "Tờ trình"),
    EvidenceKind.MINUTES: ("BB-", "Biên bản"),
    EvidenceKind.LETTER: ("", "Văn bản chỉ đạo"),
}
"""How a document of each kind is numbered and called (Decree 30/2020/NĐ-CP, annex III)."""


@dataclass(frozen=True, slots=True)
class SimulatedTask:
    """One assignment as its simulated department knows it.

    ``opens``: the first day on which there is something to report; ``ongoing``: only whether the
    report comes is judged; ``needs``: what kind of document proves it.
    """

    department: str
    plan: str
    task: str
    period: str | None
    opens: date
    due: date
    ongoing: bool = False
    needs: EvidenceKind = EvidenceKind.REPORT

    @property
    def ref(self) -> str:
        """How a feed names it."""
        return "/".join(part for part in (self.plan, self.task, self.period) if part)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One item of a feed in its order: not served before ``at``."""

    at: datetime
    id: str
    body: Any


def draw(*what: object) -> float:
    """A number in [0, 1) that looks random and is always the same for the same things."""
    digest = hashlib.sha256("|".join(map(str, what)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def choose(some: Sequence[str], *what: object) -> str:
    """One of some, always the same for the same things."""
    return some[int(draw(*what) * len(some))]


def is_returned_once(department: str, ref: str, seed: int = SEED) -> bool:
    """Whether the simulated coordinator wants a report amended (the department does it then)."""
    return draw(seed, department, ref, "returned") < RETURNED


def entries(task: SimulatedTask, seed: int = SEED) -> Iterator[Entry]:
    """Everything that a department will ever report on an assignment, in order."""
    key = (seed, task.department, task.ref)
    if draw(*key, "fate") < NEVER:
        return
    finish = _finish(task, key)
    if draw(*key, "nil") < NIL and task.period:
        yield _entry(task, key, 0, finish, {"result": NOTHING, "nil_report": True})
        return
    steps = 1 if task.ongoing else 1 + int(draw(*key, "steps") * 3)
    days = (finish - task.opens).days
    for step in range(1, steps):
        words = {"result": choose(UNDER_WAY, *key, step), "percent": step * 100 // steps // 5 * 5}
        day = task.opens + timedelta(days=days * step // steps)
        yield _entry(task, key, step, day, words | _troubles(key, step))
    yield _entry(task, key, steps, finish, _completed(task, key, choose(DONE, *key, "done")))
    if is_returned_once(task.department, task.ref, seed):
        again = finish + timedelta(days=9 + int(draw(*key, "again") * 5))
        yield _entry(task, key, steps + 1, again, _completed(task, key, AMENDED))


def _finish(task: SimulatedTask, key: tuple[object, ...]) -> date:
    """The day of the (first) submission."""
    due = max(task.due, task.opens)
    if draw(*key, "fate") < NEVER + LATE:
        return due + timedelta(days=1 + int(draw(*key, "finish") * 20))
    days = (due - task.opens).days
    window = min(days, NEAR_THE_END) if task.period else days // 2
    return due - timedelta(days=int(draw(*key, "finish") * (window + 1)))


def _completed(task: SimulatedTask, key: tuple[object, ...], result: str) -> dict[str, Any]:
    kind, title = DOCUMENTS.get(task.needs, DOCUMENTS[EvidenceKind.REPORT])
    number = f"{1 + int(draw(*key, result) * 480)}/{kind}{_signature(task.department)}"
    evidence = [{"number": number, "title": title}]
    return {"percent": 100, "result": result, "submit": True, "evidence": evidence}


def _troubles(key: tuple[object, ...], step: int) -> dict[str, str]:
    said = {}
    if draw(*key, step, "obstacle") < 0.25:
        said["obstacles"] = choose(OBSTACLES, *key, step, "which obstacle")
        if draw(*key, step, "proposal") < 0.6:
            said["proposals"] = choose(PROPOSALS, *key, step, "which proposal")
    return said


def _signature(code: str) -> str:
    """A document sign as offices use it: SYT for ``so-y-te``."""
    if code.startswith("xa-"):
        return "UBND"
    parts = code.split("-")
    return "".join(
        part[0] if set(part) & set("aeiouy") and len(part) < 6 else part for part in parts
    ).upper()


def _entry(
    task: SimulatedTask, key: tuple[object, ...], step: int, day: date, said: dict[str, Any]
) -> Entry:
    minute = int(draw(*key, step, "minute") * 8 * 60)
    at = datetime.combine(day, time(8), ZONE) + timedelta(minutes=minute)
    name = hashlib.sha256("|".join(map(str, (*key, step))).encode()).hexdigest()[:12]
    whose = {"id": name, "assignment": task.ref, "reported_at": at.isoformat()}
    return Entry(at, name, {**whose, "percent": None, "submit": False, "evidence": [], **said})


def spoilt(some: Sequence[Entry]) -> Iterator[Entry]:
    """The same with bad items among them: each kind of fault once, then again."""
    for n, entry in enumerate(some):
        yield entry
        bad = Entry(entry.at, f"{entry.id}-x", dict(entry.body) | {"id": f"{entry.id}-x"})
        match n % 6:
            case 0:
                yield Entry(bad.at, bad.id, bad.body | {"percent": 140})
            case 2:
                yield Entry(bad.at, bad.id, bad.body | {"assignment": "khong-co/nhiem-vu"})
            case 4:
                yield Entry(bad.at, bad.id, {"noi_dung": "không theo mẫu"})


def faults(at: datetime) -> Iterator[Entry]:
    """One bad item of each kind at a moment: percent too high, unknown assignment, no item."""
    whole = {"id": "sai-1", "assignment": "khong-co/nhiem-vu", "reported_at": at.isoformat()}
    yield Entry(at, "sai-1", whole | {"percent": 140, "submit": False})
    yield Entry(at, "sai-2", whole | {"id": "sai-2", "percent": 50, "submit": False})
    yield Entry(at, "sai-3", {"noi_dung": "không theo mẫu"})
