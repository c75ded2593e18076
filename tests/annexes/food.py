"""Excel: officers' names and phones among the bodies, a row for each part of a header's words."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["Phụ lục 2. Phân công theo dõi an toàn thực phẩm trường học"],
    ["TT", "Việc cần làm", "Chủ trì (lãnh đạo phụ trách)", "Phối hợp", "Hạn hoàn thành", "Sản phẩm"],
    [1, "Kiểm tra chuyên ngành bếp ăn tập thể trường học", "Sở Y tế (đ/c Nguyễn Văn An - PGĐ, 0912 345 678)", "Sở GD&ĐT (Trần Thị Bé, chuyên viên)", "Xong trong tháng 4/2026", "Biên bản kiểm tra"],
    [2, "Lấy mẫu giám sát thực phẩm tại chợ đầu mối", "Sở Công Thương\nLĐ: Lê Văn Cường, CV: Phạm Thị Dung", "Sở NN&MT", "30/6/2026 và 30/11/2026", "Kết quả kiểm nghiệm"],
    [3, "Diễn tập ứng phó ngộ độc thực phẩm đông người", "Sở Y tế - đ/c Nguyễn Văn An", "Công an tỉnh; Hội Chữ thập đỏ tỉnh", "15/8/2026", "Kịch bản, báo cáo diễn tập"],
    [4, "Tập huấn người chế biến thực phẩm ở cơ sở mầm non tư thục", "UBND các phường", "Sở Y tế (email: tap.huan@soyte.example.vn)", "Trước 30/9", "Danh sách lớp"],
    [5, "Công khai cơ sở vi phạm", "Sở Y tế", "Báo và PTTH tỉnh", "Định kỳ hằng tháng", "Danh sách công khai"],
]  # fmt: skip

ANNEX = Annex(
    file="08-an-toan-thuc-pham.xlsx",
    about="officers' names, posts, phones and mail beside the bodies",
    make=lambda: workbook(Page("Sheet1", ROWS, ("A1:F1",))),
    wanted=(
        Want("Kiểm tra chuyên ngành", "so-y-te", "so-gddt", "within 2026-04"),
        Want("Lấy mẫu giám sát", "so-ct", "so-nnmt", "by 2026-06-30; by 2026-11-30"),
        Want("Diễn tập ứng phó", "so-y-te", "cong-an-tinh hoi-ctd", "by 2026-08-15"),
        Want("Tập huấn người chế biến", "ubnd-xa", "so-y-te", "before 2026-09-30"),
        Want("Công khai cơ sở", "so-y-te", "bao-pttth", "every month"),
    ),
)
