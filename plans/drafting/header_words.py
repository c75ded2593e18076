"""A header's words: how offices shorten them, what each is, and which column they stand for."""

from __future__ import annotations

import re
from enum import StrEnum

from plans.drafting.folding import fold


class Role(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    GROUP = "group"
    CODE = "code"
    CONTENT = "content"
    LEAD = "lead"
    SUPPORT = "supporting"
    BOTH = "lead and supporting"
    START = "start"
    DUE = "deadline"
    DELIVERABLE = "deliverable"
    NOTE = "note"
    PERSONAL = "personal"
    MARK = "mark"
    OTHER = "other"


SHORT = {
    "bp": "bo phan",
    "cb": "can bo",
    "cq": "co quan",
    "ct": "chu tri",
    "cty": "cong ty",
    "cv": "cong viec",
    "dd": "dia diem",
    "dk": "du kien",
    "dm": "dau moi",
    "dp": "dia phuong",
    "dv": "don vi",
    "dvt": "don vi tinh",
    "gc": "ghi chu",
    "gp": "giai phap",
    "hd": "hoat dong",
    "ht": "hoan thanh",
    "kh": "ke hoach",
    "kp": "kinh phi",
    "kq": "ket qua",
    "ld": "lanh dao",
    "lv": "linh vuc",
    "nd": "noi dung",
    "ng": "nguoi",
    "nv": "nhiem vu",
    "p": "phong",
    "ph": "phoi hop",
    "pt": "phu trach",
    "sdt": "so dien thoai",
    "sp": "san pham",
    "tg": "thoi gian",
    "th": "thuc hien",
    "tm": "tham muu",
    "tn": "trach nhiem",
    "vb": "van ban",
    "ykcd": "y kien chi dao",
}
"""Letters that stand for the words of a header, without dots and accents."""
GLUED = re.compile(r"(?:cq|dv|bp|tg|nd|nv|sp|kq|ct|ph|th|ht|cv|tm|dm|pt|dk)+")
"""Several of them written as one: CQCT, ĐVPH, TGHT."""
TERMS = """
    co quan|don vi|bo phan|dia phuong|chu tri|phoi hop|dau moi|thuc hien|tham muu|trach nhiem
    phu trach|phan cong|thoi gian|thoi han|thoi diem|tien do|lo trinh|hoan thanh|bat dau|ket thuc
    du kien|noi dung|nhiem vu|cong viec|hoat dong|giai phap|san pham|ket qua|ghi chu|can bo
    lanh dao|kinh phi|dia diem|linh vuc|lien quan|yeu cau|tinh trang|dien thoai
"""
"""Two words of which the first is often only its initial: "T.gian", "Đ.vị", "Ph.hợp"."""
_PAIRS = re.findall(r"(\w+) (\w+)(?=[|\n])", TERMS)
_INITIAL = {
    f"{first[:size]} {second}": f"{first} {second}" for first, second in _PAIRS for size in (1, 2)
}
_JOINED = {f"{first[0]}{second}": f"{first} {second}" for first, second in _PAIRS}
ENGLISH = {
    "task": "nhiem vu",
    "tasks": "nhiem vu",
    "activity": "hoat dong",
    "activities": "hoat dong",
    "lead": "chu tri",
    "leading": "chu tri",
    "responsible": "chu tri",
    "agency": "co quan",
    "agencies": "co quan",
    "units": "don vi",
    "unit": "don vi",
    "coordinating": "phoi hop",
    "supporting": "phoi hop",
    "support": "phoi hop",
    "partner": "phoi hop",
    "partners": "phoi hop",
    "deadline": "thoi han",
    "due": "thoi han",
    "timeline": "thoi gian",
    "timeframe": "thoi gian",
    "output": "san pham",
    "outputs": "san pham",
    "deliverable": "san pham",
    "deliverables": "san pham",
    "note": "ghi chu",
    "notes": "ghi chu",
    "remarks": "ghi chu",
    "status": "tinh trang",
}
"""English headers, alone or beside the Vietnamese words."""

VOCABULARY = frozenset(
    """
    stt tt so thu tu ma ky hieu ten noi dung nhiem vu cong viec dau hoat dong nhom giai phap muc
    co quan don vi chu tri phoi hop thuc hien thoi gian han tien do hoan thanh ket qua san pham
    ra ghi chu cap trinh can cu cac trach phan giao du kien bat cuoi ngay thang nam quy yeu cau
    hinh thuc van ban nguoi lanh dao phu theo doi danh hang tham muu to chuc va hoac dien thoai
    lien he ho dia ban phuong diem nguon kinh phi von trien khai lo ky moc de an tai lieu quan
    xu ly bao cao dat duoc can tham quyen phe duyet chinh thuoc nganh de xuat trong giai doan tu
    den xong tinh hinh ty le chiu nhan loai nop luc luong doi tuong ket email
    can bo chuyen vien dong y kien cu the trong tam chu yeu muc tieu chi tieu luu chuong ke hoach
    truoc ban so dvt soan thao
    linh vuc nay nv dinh gia cung moi uy hdnd phan phong khoa chuan bi xay dung doan hop phien
    thong qua ca nhan truc tiep cho chot thuong truong tram chi cuc date du an mo hinh ket luan
    ben tro
    dot giup huong dan hien tai no trang thai danh cham tre con lai vuong mac kien nghi
    """.split()  # noqa: SIM905
)
"""The words of headers, also of those that are none of a task's fields."""

OFFICE = (
    r"(co quan|don vi|bo phan|phong(?! trao)|ban(?! hanh)|so(?! luong)|bo|nganh|khoa|to chuc"
    r"|dia phuong|doan the|cap uy|noi(?! dung)|chi cuc|cuc|vu(?! viec)|truong(?! hop)|tram"
    r"|xa(?! hoi)|ca nhan|chu the|ben)"
)
ACTS = (
    r"(thuc hien|trach nhiem|phu trach|phan cong|duoc giao|chuan bi|xay dung|trien khai|xu ly"
    r"|bao cao|nhan nhiem vu|giup viec|de xuat|tham mu|theo doi|don doc|tong hop|giao|giup)"
)

RULES: tuple[tuple[Role, str], ...] = (
    (Role.NUMBER, r"s ?t ?t|t ?t|so (tt|thu tu)|thu tu|no|#|muc so"),
    (Role.PERSONAL, r".*\b(dien thoai|so dt|di dong|ho( va)? ten|e ?mail|thu dien tu)\b.*"),
    (Role.LEAD, rf"(?!.*\bcua\b)(?=.*\b(nguoi|ca nhan)\b)(cac )?{OFFICE}\b.*"),
    (Role.LEAD, rf"(?!.*\bcua\b)(nguoi|ca nhan) (va |hoac )?{OFFICE}\b.*"),
    (Role.PERSONAL, r".*\b(lien he|can bo|chuyen vien|nguoi|dong chi|lanh dao)\b.*"),
    (Role.GROUP, r"(cac |ten )?(nhom|linh vuc|chuong muc|muc lon)\b.*"),
    (Role.CODE, r"(ma|ma so|ky hieu)( so)?( (nhiem vu|cong viec|viec|nv|muc|dinh danh))?"),
    (
        Role.OTHER,
        r"(uoc )?(thuc hien|ke hoach|muc tieu|chi tieu)?( den| trong| ca)?( nam)? ?20\d\d",
    ),
    (Role.OTHER, r".*\b(don vi tinh|thuc te|hien nay|den nay|da (dat|hoan thanh|thuc hien))\b.*"),
    (Role.OTHER, r".*\b(ty le|muc do|tinh hinh|tinh trang|trang thai|danh gia|phan tram)\b.*"),
    (Role.OTHER, r".*\b(cham tre|qua han|gia han|con lai|vuong mac|cap nhat)\b.*"),
    (Role.OTHER, r"(noi dung|yeu cau) phoi hop"),
    (Role.BOTH, r".*chu tri.*phoi hop.*|.*phoi hop.*chu tri.*"),
    (Role.SUPPORT, r".*\b(phoi (ket )?hop|tham gia|lien quan|cung thuc hien)\b.*"),
    (Role.SUPPORT, r"(cung )?(ho tro|dong hanh)"),
    (Role.SUPPORT, rf"(cac )?{OFFICE}\b.*\b(huong dan|tham dinh|tham tra|gop y|ho tro)\b.*"),
    (Role.LEAD, r".*\b(chu tri|dau moi|tham muu|soan thao|thuong truc)\b.*"),
    (Role.START, r".*\b(bat dau|khoi dong|khoi cong|tu ngay|ngay giao|giao ngay)\b.*"),
    (Role.START, r"tu( ngay| thang)?|ngay (van ban|ban hanh|den|ky)"),
    (Role.DUE, r".*\b(thoi (han|gian|diem|ky)|tien do|lo trinh|ky han|deadline)\b.*"),
    (Role.DUE, r".*\bhan (cuoi|chot|hoan thanh|thuc hien|xu ly|trinh|bao cao|giai quyet|xong)\b.*"),
    (Role.DUE, r"(han|den)( ngay| han)?|nam (hoan thanh|thuc hien)|han (nop|gui|ban hanh)"),
    (Role.DUE, r"(phai |can )?xong( (truoc|trong|ngay))*|moc hoan thanh"),
    (Role.DUE, r"(ngay |du kien |moc )*(hoan thanh|ket thuc)( (ngay|truoc|trong|xong).*)?"),
    (
        Role.DUE,
        r"(du kien )?(ngay|thang|quy|ky|phien|dot) (thuc hien|to chuc|trien khai|trinh|hop"
        r"|bao cao|du kien|xong|hoan thanh)\b.*",
    ),
    (Role.DUE, r"(du kien )?(thang|quy)( nam)?"),
    (Role.DELIVERABLE, r".*\b(san pham|dau ra|ket qua|hinh thuc van ban|loai van ban)\b.*"),
    (Role.NOTE, r".*\b(ghi chu|chu thich|luu y)\b.*"),
    (
        Role.OTHER,
        r".*\b(cap|noi|co quan|tham quyen|don vi) (co tham quyen )?"
        r"(trinh|ban hanh|tinh|nhan|tiep nhan|tham dinh|phe duyet|thong qua)\b.*",
    ),
    (Role.OTHER, r".*\b(trinh|phe duyet|thong qua|ban hanh|nhan)( cap| ai)?"),
    (Role.OTHER, r".*\b(kinh phi|nguon von|du toan|chi tieu|ly do|kien nghi|so luong)\b.*"),
    (Role.OTHER, r".*\b(can cu|co so phap ly|van ban|muc tieu|dia diem|dia ban|yeu cau)\b.*"),
    (Role.OTHER, rf"(cac )?{OFFICE} giao( nhiem vu| viec| cong viec)?"),
    (Role.OTHER, r".*\b(tham dinh|huong dan|giam sat|kiem tra|quan ly|don doc)\b.*"),
    (Role.LEAD, rf"(cac |va )*{OFFICE}\b.*\b{ACTS}\b.*"),
    (
        Role.LEAD,
        r"(su )?(phan cong|trach nhiem|chiu trach nhiem|to chuc thuc hien|thuc hien|phu trach"
        r"|duoc giao|giao( cho)?|theo doi|cap thuc hien)\b.*",
    ),
    (Role.CONTENT, r".*\b(noi dung|nhiem vu|cong viec|viec|hoat dong|giai phap|ten|danh muc)\b.*"),
    (Role.CONTENT, r".*\b(de an|hang muc|chu de|du an|mo hinh)\b.*"),
    (Role.LEAD, rf"(cac |va )?({OFFICE} ?(chuyen mon )?(va )?)+"),
)
"""What a header's words mean, the first that fits; they are without accents and signs."""
_RULES = tuple((role, re.compile(pattern)) for role, pattern in RULES)

CONTENT_FIRST = re.compile(
    r"(ten |cac |danh muc |tom tat )*"
    r"(noi dung|nhiem vu|cong viec|dau viec|hoat dong|giai phap)\b.*|ten"
)
"""What begins so is what is to be done, whatever else the header says (nội dung thực hiện)."""
LONGEST_HEADER = 120
_COUNTED = re.compile(r"(tổng )?số\b")
"""A number ("Số …") looks like a department ("Sở …") without its accents."""
_TELLING = re.compile(r"chu tri|phoi hop|dau moi|\bct\b|\bph\b")
"""Words in brackets that say what a column of bodies holds: "Cơ quan thực hiện (chủ trì)"."""


def bare(text: str) -> str:
    """A header's words alone: small, without accents and signs, shortened ones written out."""
    said = fold(text[: 4 * LONGEST_HEADER])
    outer = re.sub(r"\([^)]*\)|\[[^\]]*\]", _kept, said)
    return _written_out(_whole_words(outer)) or _written_out(_whole_words(said))


def _kept(found: re.Match[str]) -> str:
    """What stands in brackets, where it tells what the column holds."""
    return f" {found[0][1:-1]} " if _TELLING.search(found[0]) else " "


def _whole_words(said: str) -> list[str]:
    """Words, with those that a line's end cut in two put together again."""
    found: list[tuple[str, bool]] = []
    for line in re.split(r"-?\n", said):
        words = re.findall(r"[a-z0-9#%]+", line)
        if found and words and not _known(found[-1][0], words[0]):
            joined = found[-1][0] + words[0]
            if joined in VOCABULARY or joined in SHORT:
                found[-1] = (joined, False)
                words = words[1:]
        found += [(word, True) for word in words]
    return [word for word, _ in found]


def _known(*words: str) -> bool:
    return all(word in VOCABULARY or word in SHORT for word in words)


def _written_out(words: list[str]) -> str:
    """The words, each shortened one as the words that it stands for."""
    if len(words) > 2 and all(len(word) == 1 for word in words):
        words = ["".join(words)]  # "S T T"
    found: list[str] = []
    letters = " ".join(words)
    for pair in ("d v", "c q", "t g"):  # "Đ/v", "C.q"
        letters = re.sub(rf"(?<![a-z]){pair}(?![a-z])", pair.replace(" ", ""), letters)
    rest = letters.split()
    while rest:
        pair = _INITIAL.get(" ".join(rest[:2]), "")
        found += (pair or _full(rest[0])).split()
        rest = rest[2 if pair else 1 :]
    return re.sub(r"\bcong viec (?=(theo doi|phu trach)$)", "chuyen vien ", " ".join(found))


def _full(word: str) -> str:
    if word in VOCABULARY - {"dvt", "nv"}:
        return word
    if known := SHORT.get(word) or ENGLISH.get(word) or _JOINED.get(word):
        return known
    if GLUED.fullmatch(word):
        return " ".join(SHORT[one] for one in re.findall(r"..", word))
    return word.replace("%", " ty le ") if word.strip("%") else "ty le"


def role_of(text: str) -> Role | None:
    """What a header's words say that its column holds; None: they are no header's."""
    words = bare(text)
    if not words or len(text) > LONGEST_HEADER or not _is_spoken_so(words):
        return None
    if CONTENT_FIRST.fullmatch(words) and not re.search(r"chu tri|phoi hop", words):
        return Role.CONTENT
    role = next((role for role, pattern in _RULES if pattern.fullmatch(words)), Role.OTHER)
    return Role.OTHER if role is Role.LEAD and _COUNTED.match(text.lower()) else role


def _is_spoken_so(words: str) -> bool:
    some = words.split()
    known = sum(one in VOCABULARY or one.isdecimal() for one in some)
    return known >= 0.7 * len(some) or len(some) == 1
