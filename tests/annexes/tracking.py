"""Excel: a sheet that tracks how far tasks have come, beside when they are due."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["SỞ Y TẾ"],
    ["BẢNG THEO DÕI TIẾN ĐỘ THỰC HIỆN NHIỆM VỤ CÔNG TÁC TRẺ EM NĂM 2026"],
    ["(Cập nhật đến ngày 20/4/2026)"],
    [],
    ["TT", "Nhiệm vụ", "Đầu mối", "Phối hợp", "Hạn", "Tiến độ", "% hoàn thành", "Tình trạng", "Ghi chú"],
    [1, "Kế hoạch công tác trẻ em năm 2026", "SYT", "SGDĐT, STP, STC", date(2026, 2, 15), "Đã ban hành", 100, "Hoàn thành", "KH số 12/KH-UBND"],
    [2, "Chương trình hành động phòng, chống bạo lực trẻ em trong gia đình", "SVHTTDL", "HLHPN, SYT", date(2026, 5, 31), "Đang lấy ý kiến", 60, "Trong hạn"],
    [3, "Hướng dẫn chi chính sách cho trẻ em mồ côi", "STC", "SYT", date(2026, 3, 31), "Chờ ý kiến Bộ", 40, "Quá hạn", "Xin lùi hạn"],
    [4, "Bàn giao cơ sở dữ liệu trẻ em cấp huyện cũ", "SYT", "UBND xã, CA tỉnh", date(2026, 6, 30), None, 20, "Trong hạn"],
    [5, "Đề án Trung tâm công tác xã hội trong bệnh viện", "SYT", "SNV", "Q3/2026", "Chưa thực hiện", 0],
    [6, "Tăng cường dinh dưỡng học đường", "SGDĐT", "SYT; CDC", "T9/2026", "Chưa thực hiện", 0],
    [7, "Giáo dục kỹ năng số an toàn cho trẻ em", "SKHCN", "SGDĐT; Tỉnh đoàn", "30.6.2026", "Đang thực hiện", 35, "Trong hạn"],
    [8, "Sửa chữa điểm vui chơi tại nhà văn hóa ấp", "UBND xã", "SVHTTDL, SXD", "cuối năm 2026", "Đang khảo sát", 10, None, "Vốn sự nghiệp"],
    [9, "Phòng chống bệnh tay chân miệng, sởi tại trường mầm non", "CDC", "SGDĐT", "Thường xuyên", "Đang thực hiện"],
    [10, "Báo cáo trẻ em bị xâm hại", "CA tỉnh", "-", "trước 25 hàng tháng", "Đã có BC tháng 1, 2, 3"],
    [11, "Rà soát trẻ em nguy cơ bỏ học", "SGDĐT", "UBND xã; MTTQ", None, "Chưa thực hiện", 0, None, "Chưa có hạn, xin ý kiến"],
    [12, "Khảo sát lao động trẻ em", "SNV", "Thống kê tỉnh", "Theo hướng dẫn của Bộ", "Chưa thực hiện", 0],
    [13, "Sơ kết 6 tháng đầu năm", "SYT", "Các sở, ban, ngành; UBND xã", "trước 20/6/2026", "Chưa đến hạn", 0],
    [14, "Kiểm tra các cơ sở trợ giúp xã hội nuôi dưỡng trẻ em", "SYT", "Thanh tra tỉnh, CA tỉnh", "Quý 4", "Chưa đến hạn", 0],
    [],
    [None, "Người lập biểu", None, None, None, None, None, "Trưởng phòng"],
    [None, "Lê Thị Mai", None, None, None, None, None, "Nguyễn Văn Tâm"],
]  # fmt: skip

ANNEX = Annex(
    file="23-theo-doi-tien-do.xlsx",
    about="states and progress beside deadlines",
    make=lambda: workbook(
        Page(
            "Theo dõi", ROWS, ("A2:I2", "A3:I3"), {f"E{row}": "dd/mm/yyyy" for row in (6, 7, 8, 9)}
        )
    ),
    issued=date(2026, 1, 20),
    wanted=(
        Want("Kế hoạch công tác", "so-y-te", "so-gddt so-tp so-tc", "by 2026-02-15"),
        Want("Chương trình hành động", "so-vhttdl", "hoi-lhpn so-y-te", "by 2026-05-31"),
        Want("Hướng dẫn chi", "so-tc", "so-y-te", "by 2026-03-31"),
        Want("Bàn giao cơ sở", "so-y-te", "ubnd-xa cong-an-tinh", "by 2026-06-30"),
        Want("Đề án Trung tâm", "so-y-te", "so-nv", "within 2026-Q3"),
        Want("Tăng cường dinh dưỡng", "so-gddt", "so-y-te cdc", "within 2026-09"),
        Want("Giáo dục kỹ năng số", "so-khcn", "so-gddt tinh-doan", "by 2026-06-30"),
        Want("Sửa chữa điểm", "ubnd-xa", "so-vhttdl so-xd", "within 2026"),
        Want("Phòng chống bệnh", "cdc", "so-gddt", "ongoing half_year"),
        Want("Báo cáo trẻ em", "cong-an-tinh", "", "every month"),
        Want("Rà soát trẻ em", "so-gddt", "ubnd-xa ubmttq"),
        Want("Khảo sát lao động", "so-nv", "thong-ke-tinh"),
        Want("Sơ kết 6 tháng", "so-y-te", "so-nganh ubnd-xa", "before 2026-06-20"),
        Want("Kiểm tra các cơ sở", "so-y-te", "thanh-tra-tinh cong-an-tinh", "within 2026-Q4"),
    ),
)
