"""Excel, of the Government: groups are the ministries that lead, localities are provinces."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["PHỤ LỤC III"],
    ["NHIỆM VỤ CỤ THỂ CỦA CÁC BỘ, CƠ QUAN, ĐỊA PHƯƠNG THỰC HIỆN NGHỊ QUYẾT SỐ 01/NQ-CP NĂM 2026"],
    [],
    ["STT", "Tên nhiệm vụ, đề án", "Cơ quan phối hợp", "Thời hạn trình", "Cấp trình"],
    ["I", "BỘ Y TẾ"],
    [1, "Đề án nâng cao năng lực y tế cơ sở", "Bộ Tài chính; Bộ Nội vụ", "Tháng 5", "TTgCP"],
    [2, "Nghị định về khám sức khỏe định kỳ miễn phí cho người dân", "Bộ Tài chính", "Tháng 8", "CP"],
    [3, "Kế hoạch phòng, chống suy dinh dưỡng trẻ em", "Bộ Giáo dục và Đào tạo, các địa phương", "Quý IV", "TTgCP"],
    ["II", "BỘ GIÁO DỤC VÀ ĐÀO TẠO"],
    [4, "Đề án đưa tiếng Anh thành ngôn ngữ thứ hai trong trường học", "Bộ Nội vụ, Bộ Tài chính", "Tháng 6", "TTgCP"],
    [5, "Nghị định về tư vấn học đường và công tác xã hội", "Bộ Y tế", "Tháng 10", "CP"],
    ["III", "BỘ CÔNG AN"],
    [6, "Đề án định danh điện tử cho trẻ em dưới 14 tuổi", "Bộ Y tế; Bộ Khoa học và Công nghệ", "Tháng 7", "TTgCP"],
    [7, "Báo cáo kết quả phòng, chống ma túy trong học sinh, sinh viên", "Bộ Giáo dục và Đào tạo", "Tháng 12", "CP"],
    ["IV", "BỘ NỘI VỤ"],
    [8, "Nghị định về chế độ đối với viên chức công tác xã hội", "Bộ Tài chính, Bộ Y tế", "Tháng 9", "CP"],
    ["V", "BỘ TÀI CHÍNH"],
    [9, "Báo cáo phương án phân bổ ngân sách trung ương năm 2027", "Các bộ, ngành, địa phương", "Trước 20/9", "CP"],
    [10, "Thông tư hướng dẫn quản lý kinh phí chương trình mục tiêu quốc gia", "Bộ Y tế, Bộ GDĐT", "Quý II"],
    ["VI", "BỘ VĂN HÓA, THỂ THAO VÀ DU LỊCH"],
    [11, "Đề án phát triển thể thao học đường", "Bộ Giáo dục và Đào tạo", "Tháng 11", "TTgCP"],
    ["VII", "UBND CÁC TỈNH, THÀNH PHỐ TRỰC THUỘC TRUNG ƯƠNG"],
    [12, "Ban hành chương trình, kế hoạch cụ thể thực hiện Nghị quyết", None, "Trước 20/01/2026"],
    [13, "Báo cáo kết quả thực hiện Nghị quyết gửi Bộ Tài chính", None, "Hằng quý"],
    [],
    [None, "Chữ viết tắt: TTgCP: Thủ tướng Chính phủ; CP: Chính phủ."],
]  # fmt: skip

MERGED = ("A1:E1", "A2:E2", "B5:E5", "B9:E9", "B12:E12", "B15:E15", "B17:E17", "B20:E20", "B22:E22")

ANNEX = Annex(
    file="25-theo-bo.xlsx",
    about="ministries as groups, localities of a central plan",
    make=lambda: workbook(Page("PL III", ROWS, MERGED)),
    issued=date(2026, 1, 8),
    wanted=(
        Want("Đề án nâng cao năng lực", "bo-y-te", "bo-tc bo-nv", "within 2026-05"),
        Want("Nghị định về khám sức khỏe", "bo-y-te", "bo-tc", "within 2026-08"),
        Want(
            "Kế hoạch phòng, chống suy dinh dưỡng",
            "bo-y-te",
            "bo-gddt ubnd-tinh-tp",
            "within 2026-Q4",
        ),
        Want("Đề án đưa tiếng Anh", "bo-gddt", "bo-nv bo-tc", "within 2026-06"),
        Want("Nghị định về tư vấn", "bo-gddt", "bo-y-te", "within 2026-10"),
        Want("Đề án định danh", "bo-cong-an", "bo-y-te bo-khcn", "within 2026-07"),
        Want("Báo cáo kết quả phòng, chống ma túy", "bo-cong-an", "bo-gddt", "within 2026-12"),
        Want("Nghị định về chế độ", "bo-nv", "bo-tc bo-y-te", "within 2026-09"),
        Want("Báo cáo phương án", "bo-tc", "ubnd-tinh-tp", "before 2026-09-20"),
        Want("Thông tư hướng dẫn", "bo-tc", "bo-y-te bo-gddt", "within 2026-Q2"),
        Want("Đề án phát triển thể thao", "bo-vhttdl", "bo-gddt", "within 2026-11"),
        Want("Ban hành chương trình", "ubnd-tinh-tp", "", "before 2026-01-20"),
        Want("Báo cáo kết quả thực hiện Nghị quyết", "ubnd-tinh-tp", "", "every quarter"),
    ),
)
