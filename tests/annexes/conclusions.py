"""Excel: what a leader's conclusions gave to whom; one column of bodies, deadlines with hours."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["VĂN PHÒNG UBND TỈNH"],
    ["DANH MỤC NHIỆM VỤ GIAO TẠI THÔNG BÁO KẾT LUẬN CỦA CHỦ TỊCH UBND TỈNH"],
    ["(cập nhật đến ngày 28/4/2026)"],
    ["STT", "Số, ngày văn bản", "Nội dung chỉ đạo", "Cơ quan thực hiện", "Thời hạn", "Tình trạng"],
    [1, "88/TB-UBND ngày 14/4/2026", "Khẩn trương tham mưu phương án bố trí giáo viên cho các điểm trường còn thiếu", "Sở Giáo dục và Đào tạo (chủ trì), Sở Nội vụ", "Trước 17h00 ngày 15/5/2026", "Đang thực hiện"],
    [2, "88/TB-UBND ngày 14/4/2026", "Làm việc với các doanh nghiệp để vận động nguồn lực xây nhà cho trẻ mồ côi", "Ủy ban MTTQ VN tỉnh chủ trì, phối hợp Sở Y tế, Hội LHPN tỉnh", "Trong Quý II", "Chưa đến hạn"],
    [3, "91/TB-UBND ngày 20/4/2026", "Kiểm tra, xử lý dứt điểm các điểm sạt lở gần trường học", "Chủ tịch UBND các xã, phường chịu trách nhiệm", "Thường xuyên, báo cáo trước ngày 20 hằng tháng", "Đang thực hiện"],
    [4, "91/TB-UBND ngày 20/4/2026", "Hoàn tất hồ sơ quyết toán dự án bệnh viện sản - nhi", "Giám đốc Sở Y tế", "10 ngày làm việc, kể từ ngày ban hành Thông báo", "Quá hạn"],
    [5, "95/TB-UBND ngày 27/4/2026", "Đề xuất mức hỗ trợ tiền ăn cho trẻ em mầm non vùng khó khăn, trình HĐND tỉnh", "Các Sở: Giáo dục và Đào tạo, Tài chính, Dân tộc và Tôn giáo", "31/5 (trình kỳ họp giữa năm)", ""],
    [6, "95/TB-UBND ngày 27/4/2026", "Theo dõi, đôn đốc việc thực hiện các kết luận", "VP.UBND tỉnh", "Không thời hạn", ""],
]  # fmt: skip

ANNEX = Annex(
    file="15-thong-bao-ket-luan.xlsx",
    about="one column of bodies, hours, numbers of documents, states",
    make=lambda: workbook(Page("Theo doi", ROWS, ("A1:F1", "A2:F2", "A3:F3"))),
    issued=date(2026, 4, 28),
    wanted=(
        Want("Khẩn trương tham mưu", "so-gddt", "so-nv", "by 2026-05-15"),
        Want("Làm việc với các doanh", "ubmttq", "so-y-te hoi-lhpn", "within 2026-Q2"),
        Want("Kiểm tra, xử lý dứt điểm", "ubnd-xa", "", "ongoing month"),
        Want("Hoàn tất hồ sơ quyết toán", "so-y-te", "", "working days 10"),
        Want("Đề xuất mức hỗ trợ", "so-gddt", "so-tc so-dttg", "by 2026-05-31"),
        Want("Theo dõi, đôn đốc", "vp-ubnd-tinh", "", ""),
    ),
)
