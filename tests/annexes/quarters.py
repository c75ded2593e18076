"""Excel, Party style: crosses below quarters, between who prepares and who supports."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["CHƯƠNG TRÌNH LÀM VIỆC CỦA BAN THƯỜNG VỤ TỈNH ỦY NĂM 2026"],
    ["(Ban hành kèm theo Quyết định số 210-QĐ/TU, ngày 08/01/2026)"],
    ["Số TT", "Nội dung", "Cơ quan chuẩn bị", "Thời gian thực hiện", None, None, None, "Cơ quan phối hợp", "Ghi chú"],
    [None, None, None, "Quý I", "Quý II", "Quý III", "Quý IV"],
    ["01", "Cho ý kiến Đề án phát triển giáo dục mầm non", "Đảng ủy UBND tỉnh", None, "x", None, None, "Sở Giáo dục và Đào tạo"],
    ["02", "Giám sát chuyên đề đối với công tác cán bộ ngành y tế", "Ủy ban Kiểm tra Tỉnh ủy", None, None, "x", None, "Ban Tổ chức Tỉnh ủy"],
    ["03", "Nghe báo cáo tình hình tư tưởng, dư luận xã hội", "Ban Tuyên giáo và Dân vận Tỉnh ủy", "x", None, "x", None, "Công an tỉnh, UBMTTQVN tỉnh"],
    ["04", "Kết luận về công tác xây dựng tổ chức cơ sở đảng trong trường học", "Ban Tổ chức Tỉnh ủy", "x", None, None, None, "Các cấp ủy đảng trực thuộc"],
    ["05", "Sơ kết Nghị quyết về công tác phụ nữ", "Hội LHPN tỉnh", None, None, None, "x", "Ban Tuyên giáo và Dân vận Tỉnh ủy, Văn phòng Tỉnh ủy"],
    ["06", "Sơ kết Chỉ thị về phong trào thiếu nhi", "Tỉnh Đoàn", None, "x", None, "x", "Sở GD&ĐT", "02 lần"],
    ["07", "Phương án bảo đảm an ninh, trật tự các ngày lễ, tết", "Công an tỉnh", "x", None, None, None, "Bộ Chỉ huy Quân sự tỉnh"],
    ["08", "Chủ trương về dự toán ngân sách năm 2027", "Đảng ủy UBND tỉnh", None, None, None, "x", "Sở Tài chính; Văn phòng Tỉnh ủy"],
    ["09", "Báo cáo kết quả cải cách tư pháp", "Ban Nội chính Tỉnh ủy", None, None, None, "x", "Tòa án nhân dân tỉnh, Viện kiểm sát nhân dân tỉnh"],
    ["10", "Tổng kết công tác Mặt trận năm 2026", "UBMTTQVN tỉnh", None, None, None, "x", "Hội Nông dân tỉnh, Hội CCB tỉnh, LĐLĐ tỉnh"],
]  # fmt: skip

MERGED = ("A1:I1", "A2:I2", "A3:A4", "B3:B4", "C3:C4", "D3:G3", "H3:H4", "I3:I4")

ANNEX = Annex(
    file="24-danh-dau-quy.xlsx",
    about="crosses below quarters, some of them with a gap between",
    make=lambda: workbook(Page("CTLV", ROWS, MERGED)),
    issued=date(2026, 1, 8),
    wanted=(
        Want("Cho ý kiến Đề án", "dang-uy-ubnd", "so-gddt", "within 2026-Q2"),
        Want("Giám sát chuyên đề", "ubkt-tu", "ban-to-chuc-tu", "within 2026-Q3"),
        Want(
            "Nghe báo cáo tình hình",
            "ban-tgdv",
            "cong-an-tinh ubmttq",
            "within 2026-Q1; within 2026-Q3",
        ),
        Want("Kết luận về công tác", "ban-to-chuc-tu", "dang-uy-co-so", "within 2026-Q1"),
        Want("Sơ kết Nghị quyết", "hoi-lhpn", "ban-tgdv vp-tinh-uy", "within 2026-Q4"),
        Want("Sơ kết Chỉ thị", "tinh-doan", "so-gddt", "within 2026-Q2; within 2026-Q4"),
        Want("Phương án bảo đảm", "cong-an-tinh", "bch-qs-tinh", "within 2026-Q1"),
        Want("Chủ trương về dự toán", "dang-uy-ubnd", "so-tc vp-tinh-uy", "within 2026-Q4"),
        Want("Báo cáo kết quả cải cách", "", "toa-an vien-ks", "within 2026-Q4"),
        Want("Tổng kết công tác Mặt trận", "ubmttq", "hoi-nd hoi-ccb ldld", "within 2026-Q4"),
    ),
)
