"""Excel: typed without accents, in haste, with slips."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["KE HOACH PHONG CHONG DICH BENH MUA HE 2026"],
    [],
    ["STT", "Noi dung nhiem vu", "Don vi chu tri", "Don vi phoi hop", "Thoi gian hoan thanh", "Ghi chu"],
    ["I", "Chi dao dieu hanh"],
    [1, "Ban hanh van ban chi dao phong chong dich mua he", "So Y te", "Van phong UBND tinh", "thang 4/2026"],
    [2, "Thanh lap to cong tac lien nganh", "So Noi vu", "So Y te, Cong an tinh", "15/04/2026"],
    ["II", "Chuyen mon"],
    [3, "Giam sat benh tay chan mieng tai truong mam non", "So Y te", "So Giao duc va Dao tao", "thuong xuyen"],
    [4, "Phun hoa chat diet muoi tai cac o dich", "Trung tam Kiem soat benh tat", "UBND cac xa, phuong", "quy II va quy III/2026"],
    [5, "Cap nhat so lieu tren phan mem bao cao", "So Y te", "Thong ke tinh; So Khoa hoc va Cong nghe", "hang thang"],
    [6, "Tong ket, rut kinh nghiem", "So Y te", "cac so, ban, nganh", "truoc 31/10/2026"],
]  # fmt: skip

ANNEX = Annex(
    file="10-khong-dau.xlsx",
    about="no accents",
    make=lambda: workbook(Page("KH", ROWS)),
    wanted=(
        Want("Ban hanh van ban", "so-y-te", "vp-ubnd-tinh", "within 2026-04"),
        Want("Thanh lap to cong tac", "so-nv", "so-y-te cong-an-tinh", "by 2026-04-15"),
        Want("Giam sat benh", "so-y-te", "so-gddt", "ongoing half_year"),
        Want("Phun hoa chat", "cdc", "ubnd-xa", "within 2026-Q2; within 2026-Q3"),
        Want("Cap nhat so lieu", "so-y-te", "thong-ke-tinh so-khcn", "every month"),
        Want("Tong ket, rut kinh", "so-y-te", "so-nganh", "before 2026-10-31"),
    ),
)
