"""Word: header repeated on each page, dotted numbers, "Chủ trì" and "Phối hợp" in one cell."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

HEADER = [
    "TT",
    "Nhiệm vụ, giải pháp",
    "Cơ quan chủ trì, phối hợp",
    "Thời hạn hoàn thành",
    "Kết quả, sản phẩm",
]
ROWS = [
    HEADER,
    ["1", "Hoàn thiện thể chế số", "", "", ""],
    ["1.1", "Tham mưu Nghị quyết của HĐND tỉnh về chính sách hỗ trợ chuyển đổi số", "Chủ trì: Sở Khoa học và Công nghệ\nPhối hợp: Sở Tư pháp, Sở Tài chính", "Quý II/2026", "Nghị quyết"],
    ["1.2", "Ban hành khung kiến trúc số cấp tỉnh phiên bản mới", "Chủ trì: Sở KH&CN\nPhối hợp: các sở, ban, ngành", "Trong tháng 5/2026", "Quyết định của UBND tỉnh"],
    ["1.3", "Rà soát, cắt giảm thủ tục hành chính đủ điều kiện số hóa", "Chủ trì: Văn phòng UBND tỉnh\nPhối hợp: các sở, ngành; UBND cấp xã", "Hằng năm", "Báo cáo rà soát"],
    ["2", "Phát triển hạ tầng, dữ liệu số", "", "", ""],
    HEADER,
    ["2.1", "Mở rộng trung tâm dữ liệu của tỉnh", "Chủ trì: Sở Khoa học và Công nghệ. Phối hợp: Sở Xây dựng; Sở Tài chính", "2026 - 2027", "Trung tâm dữ liệu"],
    ["2.2", "Chuẩn hóa cơ sở dữ liệu về trẻ em, kết nối cơ sở dữ liệu quốc gia về dân cư", "Chủ trì: Sở Y tế. Phối hợp: Công an tỉnh", "Trước ngày 31/10/2026", "Cơ sở dữ liệu được kết nối"],
    ["2.3", "Bảo đảm an toàn thông tin các hệ thống dùng chung", "Chủ trì: Công an tỉnh\nPhối hợp: Sở KHCN, VP UBND tỉnh", "Thường xuyên, báo cáo 6 tháng", "Báo cáo giám sát"],
    ["3", "Phát triển nguồn nhân lực số", "", "", ""],
    ["3.1", "Bồi dưỡng kỹ năng số cho cán bộ, công chức cấp xã", "Chủ trì: Sở Nội vụ; phối hợp: Sở Khoa học và Công nghệ, UBND các xã, phường", "Quý III và Quý IV năm 2026", "Tối thiểu 20 lớp"],
    ["3.2", "Thành lập tổ công nghệ số cộng đồng tại các thôn, khóm", "Chủ trì: UBND các xã, phường\nPhối hợp: Tỉnh Đoàn", "30 ngày kể từ ngày ban hành Kế hoạch", "Quyết định thành lập"],
]  # fmt: skip

ANNEX = Annex(
    file="02-chuyen-doi-so.docx",
    about="who leads and supports in one cell; header repeated; dotted numbers",
    make=lambda: document(
        "PHỤ LỤC I",
        "DANH MỤC NHIỆM VỤ CHUYỂN ĐỔI SỐ NĂM 2026",
        Table(ROWS, repeat=True),
        "Ghi chú: các cơ quan chủ động bố trí kinh phí trong dự toán được giao.",
    ),
    wanted=(
        Want("Tham mưu Nghị quyết", "so-khcn", "so-tp so-tc", "within 2026-Q2"),
        Want("Ban hành khung kiến trúc", "so-khcn", "so-nganh", "within 2026-05"),
        Want("Rà soát, cắt giảm", "vp-ubnd-tinh", "so-nganh ubnd-xa", "every year"),
        Want("Mở rộng trung tâm dữ liệu", "so-khcn", "so-xd so-tc", "within 2027"),
        Want("Chuẩn hóa cơ sở dữ liệu", "so-y-te", "cong-an-tinh", "before 2026-10-31"),
        Want(
            "Bảo đảm an toàn thông tin", "cong-an-tinh", "so-khcn vp-ubnd-tinh", "ongoing half_year"
        ),
        Want("Bồi dưỡng kỹ năng số", "so-nv", "so-khcn ubnd-xa", "within 2026-Q3; within 2026-Q4"),
        Want("Thành lập tổ công nghệ", "ubnd-xa", "tinh-doan", "relative days 30"),
    ),
)
