"""Excel: three levels of numbers, marks below the years, units within bodies."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["Phụ lục II: KHUNG HOẠT ĐỘNG GIAI ĐOẠN 2026 - 2028"],
    ["TT", "Mục tiêu/Hoạt động", "Đơn vị thực hiện", None, "Năm thực hiện", None, None, "Chỉ số đầu ra"],
    [None, None, "Chịu trách nhiệm chính", "Tham gia", 2026, 2027, 2028],
    ["I", "Mục tiêu 1: Mọi trẻ em được sống trong môi trường an toàn"],
    ["1", "Phòng ngừa bạo lực gia đình"],
    ["1.1", "Xây dựng địa chỉ tin cậy tại cộng đồng", "Sở Y tế (Chi cục Dân số - Trẻ em)", "Hội LHPN các cấp; Công an tỉnh", "x", None, None, "Số địa chỉ"],
    ["1.2", "Tập huấn hòa giải viên ở cơ sở về quyền trẻ em", "Sở Tư pháp", "UBMTTQVN tỉnh", "x", "x", None, "Số lượt người"],
    ["2", "Phòng ngừa lao động trẻ em"],
    ["2.1", "Thanh tra, kiểm tra cơ sở sử dụng lao động chưa thành niên", "Sở Nội vụ", "Liên đoàn Lao động tỉnh, Thanh tra tỉnh", "x", "x", "x", "Số cuộc kiểm tra"],
    ["II", "Mục tiêu 2: Tiếng nói của trẻ em được lắng nghe"],
    ["1", "Diễn đàn trẻ em cấp tỉnh", "Tỉnh đoàn\nSở Y tế", "Sở GDĐT", None, "x", None, "01 diễn đàn"],
    ["2", "Thăm dò ý kiến trẻ em trước khi ban hành chính sách", "Các sở, ngành, địa phương", "Hội Bảo vệ quyền trẻ em tỉnh", None, None, "x", "Báo cáo thăm dò"],
]  # fmt: skip

ANNEX = Annex(
    file="16-khung-2026-2028.xlsx",
    about="three levels of numbers, marks below years",
    make=lambda: workbook(
        Page(
            "Khung",
            ROWS,
            ("A1:H1", "A2:A3", "B2:B3", "C2:D2", "E2:G2", "H2:H3"),
        )
    ),
    wanted=(
        Want("Xây dựng địa chỉ tin cậy", "so-y-te", "cong-an-tinh", "within 2026"),
        Want("Tập huấn hòa giải viên", "so-tp", "ubmttq", "within 2027"),
        Want("Thanh tra, kiểm tra cơ sở", "so-nv", "ldld thanh-tra-tinh", "within 2028"),
        Want("Diễn đàn trẻ em", "tinh-doan so-y-te", "so-gddt", "within 2027"),
        Want("Thăm dò ý kiến trẻ em", "so-nganh", "hoi-bvqte", "within 2028"),
    ),
)
