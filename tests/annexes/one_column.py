"""Excel: who leads stands before who supports in one cell without a word for either."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    [None, "CHƯƠNG TRÌNH CÔNG TÁC TRỌNG TÂM"],
    [None, "Stt", "Tên đề án, nội dung công việc", "Cơ quan chủ trì soạn thảo, cơ quan phối hợp", "Thời gian trình UBND tỉnh", "Thời gian trình Tỉnh ủy/HĐND"],
    [None, "A", "ĐỀ ÁN TRÌNH HĐND TỈNH"],
    [None, 1, "Nghị quyết về mức chi hỗ trợ trẻ em là nạn nhân chất độc hóa học", "- Chủ trì: Sở Nội vụ.\n- Phối hợp: Sở Y tế, STC, STP.", date(2026, 5, 29), "Kỳ họp giữa năm 2026"],
    [None, 2, "Nghị quyết miễn phí dịch vụ xe buýt cho học sinh", "- Chủ trì: Sở XD.\n- Phối hợp: Sở GD&ĐT, STC.", "Quý 4/2026", None],
    [None, "B", "CÔNG VIỆC THUỘC THẨM QUYỀN UBND TỈNH"],
    [None, 3, "Quy chế phối hợp liên ngành can thiệp trẻ em bị xâm hại tình dục", "- Chủ trì: Công an tỉnh.\n- Phối hợp: Sở Y tế, Viện KSND tỉnh, TAND tỉnh, Sở TP.", "06/2026", None],
    [None, 4, "Danh mục dịch vụ công tác xã hội đối với trẻ em sử dụng ngân sách", "- Chủ trì: Sở Y tế.\n- Phối hợp: Sở TC, các sở, ngành có liên quan.", "Tháng Chín năm 2026", None],
    [None, 5, "Báo cáo tình hình thực hiện quyền trẻ em", "- Chủ trì: Sở Y tế.\n- Phối hợp: các sở, ban, ngành; UBND các xã, phường.", "Trước ngày 15/6 và trước ngày 15/12 hàng năm", "Trước 31/12 hàng năm"],
]  # fmt: skip

ANNEX = Annex(
    file="19-chuong-trinh-cong-tac.xlsx",
    about="a first column left empty, labels as lines, times of submission to two levels",
    make=lambda: workbook(
        Page("CTCT", ROWS, ("B1:F1",), {"E4": "dd/mm/yyyy"}),
    ),
    wanted=(
        Want("Nghị quyết về mức chi", "so-nv", "so-y-te so-tc so-tp", "by 2026-05-29"),
        Want("Nghị quyết miễn phí", "so-xd", "so-gddt so-tc", "within 2026-Q4"),
        Want("Quy chế phối hợp", "cong-an-tinh", "so-y-te vien-ks toa-an so-tp", "within 2026-06"),
        Want("Danh mục dịch vụ", "so-y-te", "so-tc so-nganh", "within 2026-09"),
        Want("Báo cáo tình hình", "so-y-te", "so-nganh ubnd-xa", "year before 06-15; year before 12-15; year before 12-31"),
    ),
)  # fmt: skip
