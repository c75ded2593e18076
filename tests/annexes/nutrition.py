"""Excel: a plan of before the reorganisation, bodies since ended, merged leads, one unknown body."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["UBND TỈNH"],
    ["PHỤ LỤC PHÂN CÔNG THỰC HIỆN CHƯƠNG TRÌNH DINH DƯỠNG TRẺ EM NĂM 2024"],
    ["STT", "Tên nhiệm vụ", "Phối hợp", "Chủ trì", "Thời gian", "Sản phẩm"],
    ["I.", "Truyền thông dinh dưỡng"],
    ["1.", "Truyền thông nuôi con bằng sữa mẹ", "Hội LHPN tỉnh, Đài PTTH tỉnh", "Sở Y tế", "Tuần lễ từ ngày 01/8 đến ngày 07/8/2024", "Hội nghị, tin bài"],
    ["2.", "Tư vấn dinh dưỡng cho học sinh bán trú", "Sở GD-ĐT", None, "Năm học 2024 - 2025", "Số học sinh được tư vấn"],
    ["II.", "Hỗ trợ trẻ em nghèo"],
    ["3.", "Cấp gói dinh dưỡng cho trẻ em hộ nghèo, cận nghèo", "Sở Tài chính; UBND các huyện, thị xã, thành phố", "Sở LĐTB&XH", "Quý 3/2024", "Số trẻ được cấp"],
    ["4.", "Cấp nước sạch cho điểm trường vùng sâu", "Sở NN&PTNT, Sở GDĐT", "Trung tâm Nước sạch tỉnh", "trước 31-12-2024", "Điểm trường có nước sạch"],
    ["5.", "Cân đo, đánh giá tình trạng dinh dưỡng trẻ dưới 5 tuổi", "UBND các xã, phường, thị trấn", "Sở Y tế", "Tháng 6 và tháng 12 hằng năm", "Báo cáo"],
]  # fmt: skip

ANNEX = Annex(
    file="13-dinh-duong-2024.xlsx",
    about="bodies of 2024, leads merged downwards, support before lead, one unknown body",
    make=lambda: workbook(Page("PL", ROWS, ("A1:F1", "A2:F2", "D5:D6"))),
    issued=date(2024, 2, 1),
    year=2024,
    wanted=(
        Want("Truyền thông nuôi con", "so-y-te", "hoi-lhpn dai-ptth", "by 2024-08-07"),
        Want("Tư vấn dinh dưỡng", "so-y-te", "so-gddt", ""),
        Want("Cấp gói dinh dưỡng", "so-ldtbxh", "so-tc ubnd-huyen", "within 2024-Q3"),
        Want("Cấp nước sạch", "", "so-nnptnt so-gddt", "before 2024-12-31"),
        Want("Cân đo, đánh giá", "so-y-te", "ubnd-xa", "year by 06-30; year by 12-31"),
    ),
)
