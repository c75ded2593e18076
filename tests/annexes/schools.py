"""Word: Word's own numbers and bullets, leads merged over several rows, groups in bold rows."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["STT", "Nội dung công việc", "Đơn vị chủ trì", "Đơn vị phối hợp", "Tiến độ", "Ghi chú"],
    ["I. CÔNG TÁC TUYỂN SINH", "", "", "", "", ""],
    ["#", "Lập kế hoạch tuyển sinh đầu cấp năm học 2026 - 2027", "Sở Giáo dục và Đào tạo", "• Sở Nội vụ\n• Công an tỉnh", "Xong trước 31/3/2026", ""],
    ["#", "Công khai chỉ tiêu, địa bàn tuyển sinh trên cổng thông tin điện tử", "", "• UBND các xã, phường", "Chậm nhất ngày 30/4/2026", ""],
    ["#", "Tổ chức thi tuyển sinh lớp 10", "", "• Sở Y tế\n• Công an tỉnh\n• Tỉnh đoàn", "Đầu tháng 6/2026", "Theo lịch của Bộ GD&ĐT"],
    ["II. AN TOÀN TRƯỜNG HỌC", "", "", "", "", ""],
    ["#", "Kiểm tra bếp ăn bán trú trong cơ sở giáo dục mầm non", "Sở Y tế", "• Sở Giáo dục và Đào tạo\n• Sở Công Thương", "2 lần/năm", ""],
    ["#", "Lắp đặt camera tại cổng trường ở địa bàn phức tạp", "Công an tỉnh", "• Sở Giáo dục và Đào tạo\n• UBND cấp xã", "Quý III năm 2026", ""],
    ["#", "Tập huấn sơ cấp cứu cho nhân viên y tế trường học", "Sở Y tế", "• Hội Chữ thập đỏ tỉnh\n• Sở Giáo dục và Đào tạo", "Tháng 8, tháng 9/2026", "02 lớp"],
]  # fmt: skip

ANNEX = Annex(
    file="04-giao-duc.docx",
    about="automatic numbers and bullets, vertical merges, groups over the whole width",
    make=lambda: document(
        "PHÂN CÔNG THỰC HIỆN NHIỆM VỤ",
        Table(
            ROWS,
            merged=((1, 0, 1, 5), (5, 0, 5, 5), (2, 2, 4, 2)),
            numbered=0,
        ),
    ),
    wanted=(
        Want("Lập kế hoạch tuyển sinh", "so-gddt", "so-nv cong-an-tinh", "before 2026-03-31"),
        Want("Công khai chỉ tiêu", "so-gddt", "ubnd-xa", "by 2026-04-30"),
        Want(
            "Tổ chức thi tuyển sinh", "so-gddt", "so-y-te cong-an-tinh tinh-doan", "within 2026-06"
        ),
        Want("Kiểm tra bếp ăn", "so-y-te", "so-gddt so-ct", "every half_year"),
        Want("Lắp đặt camera", "cong-an-tinh", "so-gddt ubnd-xa", "within 2026-Q3"),
        Want("Tập huấn sơ cấp cứu", "so-y-te", "hoi-ctd so-gddt", "within 2026-08; within 2026-09"),
    ),
)
