"""Word: a centrally run city's annex: bodies of the city, roles in sentences, notes in brackets."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["Stt", "Công việc", "Đơn vị đầu mối", "Đơn vị cùng phối hợp", "Mốc thời gian", "Ghi chú"],
    ["1/", "Triển khai tháng an toàn giao thông cho học sinh", "Công an thành phố", "Sở Xây dựng; Ban ATGT; Sở GDĐT", "Tháng 9 hàng năm", ""],
    ["2/", "Khám sàng lọc tim bẩm sinh miễn phí", "Sở Y tế thành phố Cần Thơ", "Hội Chữ thập đỏ thành phố; Quỹ Bảo trợ trẻ em", "Chia 02 đợt: đợt 1 trước 30/4/2026, đợt 2 trước 30/10/2026", "Vận động xã hội hóa"],
    ["3/", "Mở lớp năng khiếu hè tại nhà thiếu nhi", "Thành Đoàn", "Sở VHTTDL và các phường", "Từ 01/6 - 15/8/2026", ""],
    ["4/", "Rà soát cơ sở trợ giúp trẻ em ngoài công lập", "Sở Y tế, Sở Nội vụ", "Hội LHPN TP, Ủy ban MTTQ Việt Nam thành phố", "Sáu tháng đầu năm 2026", "Báo cáo UBND thành phố"],
    ["5/", "Thí điểm dịch vụ công trực tuyến toàn trình về nhận con nuôi", "Sở Tư pháp phối hợp Sở Khoa học và Công nghệ", "Trung tâm Phục vụ hành chính công", "Xong quý 2-2026; đánh giá cuối quý 4-2026", ""],
    ["6/", "Củng cố Ban Chỉ đạo về trẻ em", "UBND TP (Sở Y tế tham mưu)", "các ngành liên quan", "Trong vòng 45 ngày kể từ ngày ký ban hành Kế hoạch", ""],
    ["", "", "", "", "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH", ""],
]  # fmt: skip

ANNEX = Annex(
    file="17-thanh-pho.docx",
    about="a city's bodies, roles in sentences, a signature in the table",
    make=lambda: document("BẢNG PHÂN CÔNG", "(Kèm theo Kế hoạch của UBND thành phố)", Table(ROWS)),
    issued=date(2026, 2, 3),
    wanted=(
        Want("Triển khai tháng an toàn", "cong-an-tinh", "so-xd ban-atgt so-gddt", "year by 09-30"),
        Want("Khám sàng lọc tim", "so-y-te", "hoi-ctd quy-btte", "before 2026-04-30; before 2026-10-30"),
        Want("Mở lớp năng khiếu hè", "tinh-doan", "so-vhttdl ubnd-xa", "by 2026-08-15"),
        Want("Rà soát cơ sở trợ giúp", "so-y-te so-nv", "hoi-lhpn ubmttq", "by 2026-06-30"),
        Want("Thí điểm dịch vụ công", "so-tp", "so-khcn", "within 2026-Q2; within 2026-Q4"),
        Want("Củng cố Ban Chỉ đạo", "ubnd-tinh", "so-nganh", "relative days 45"),
    ),
)  # fmt: skip
