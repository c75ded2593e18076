"""Excel: long cells, groups without numbers, notes inside and below, deadlines that depend."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Page, Rows, Want, workbook

LONG = (
    "Rà soát, đơn giản hóa thủ tục hành chính thuộc lĩnh vực bảo trợ xã hội, trong đó tập trung vào"
    " các thủ tục liên quan đến trẻ em mồ côi, trẻ em khuyết tật; đề xuất cắt giảm tối thiểu 30%"
    " thời gian giải quyết, 30% chi phí tuân thủ; thực hiện tiếp nhận hồ sơ không phụ thuộc địa"
    " giới hành chính trong phạm vi cấp tỉnh (kèm theo danh mục thủ tục được Bộ công bố)"
)
ROWS: Rows = [
    ["PHỤ LỤC NHIỆM VỤ CẢI CÁCH HÀNH CHÍNH"],
    ["TT", "Nội dung, nhiệm vụ chủ yếu", "Đơn vị chủ trì tham mưu", "Đơn vị phối hợp", "Thời gian hoàn thành", "Sản phẩm đầu ra", "Ghi chú"],
    [None, "CẢI CÁCH THỦ TỤC HÀNH CHÍNH"],
    [1, LONG, "Sở Y tế", "Văn phòng UBND tỉnh, Sở Tư pháp và các cơ quan, đơn vị có liên quan", "Quý III/2026 (theo lộ trình của Chính phủ)", "Quyết định công bố danh mục"],
    [2, "Đánh giá mức độ hài lòng của người dân đối với dịch vụ y tế, giáo dục", "Sở Nội vụ", "Ủy ban MTTQ Việt Nam tỉnh; Sở Y tế; Sở GD&ĐT", "Trước 15/11 hằng năm", "Báo cáo chỉ số"],
    [3, "Đồng bộ dữ liệu hộ tịch của trẻ em dưới 6 tuổi", "Sở Tư pháp", "Công an tỉnh\nBảo hiểm xã hội tỉnh", "Ngay sau khi có hướng dẫn của Bộ Tư pháp", "Dữ liệu được đồng bộ"],
    [None, "CẢI CÁCH TỔ CHỨC BỘ MÁY"],
    [4, "Sắp xếp các đơn vị sự nghiệp công lập chăm sóc trẻ em", "Sở Nội vụ", "Sở Y tế, Sở Tài chính", "Sau 60 ngày kể từ ngày Kế hoạch được ban hành", "Đề án sắp xếp", "Mật độ công việc cao"],
    [5, "Luân chuyển viên chức hỗ trợ xã khó khăn", "Sở Nội vụ", "Các sở, ban, ngành tỉnh, UBND các xã", "Cả năm 2026", "Quyết định"],
    ["Ghi chú: Các nhiệm vụ thường xuyên khác thực hiện theo chức năng của từng đơn vị."],
    ["Tổng cộng: 05 nhiệm vụ."],
]  # fmt: skip

ANNEX = Annex(
    file="11-cai-cach.xlsx",
    about="long cells, groups without numbers, notes below, deadlines that depend",
    make=lambda: workbook(Page("PL1", ROWS, ("A1:G1", "A11:G11"))),
    wanted=(
        Want("Rà soát, đơn giản hóa", "so-y-te", "vp-ubnd-tinh so-tp", "within 2026-Q3"),
        Want("Đánh giá mức độ hài lòng", "so-nv", "ubmttq so-y-te so-gddt", "year before 11-15"),
        Want("Đồng bộ dữ liệu hộ tịch", "so-tp", "cong-an-tinh bhxh", ""),
        Want("Sắp xếp các đơn vị", "so-nv", "so-y-te so-tc", "relative days 60"),
        Want("Luân chuyển viên chức", "so-nv", "so-nganh ubnd-xa", "within 2026"),
    ),
)
