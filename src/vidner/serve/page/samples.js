// Invented: no such meeting, exercise or person.
export const samples = [
  `Đối thoại Chính sách quốc phòng Việt Nam - Nhật Bản lần thứ 15

Sáng 12/5, tại Hà Nội, Thượng tướng Trần Minh Khôi, Thứ trưởng Bộ Quốc phòng Việt Nam, chủ trì lễ đón và hội đàm với ông Sato Kenji, Thứ trưởng Bộ Quốc phòng Nhật Bản, nhân dịp đoàn đại biểu Bộ Quốc phòng Nhật Bản sang thăm Việt Nam từ ngày 11 đến 14/5.

Tại hội đàm, hai bên nhất trí đẩy mạnh hợp tác về đào tạo, khắc phục hậu quả chiến tranh và tham gia hoạt động gìn giữ hòa bình của Liên hợp quốc. Thượng tướng Trần Minh Khôi mời phía Nhật Bản tham dự Triển lãm Quốc phòng quốc tế Việt Nam vào tháng 12 tới tại sân bay Gia Lâm.

Chiều cùng ngày, đoàn đã đến thăm Học viện Quốc phòng và đặt vòng hoa tại Đài tưởng niệm các Anh hùng liệt sĩ trên đường Bắc Sơn.`,
  `Quân khu 5 diễn tập ứng phó bão, tìm kiếm cứu nạn

Ngày 3/9/2025, tại thành phố Đà Nẵng, Bộ Tư lệnh Quân khu 5 phối hợp với Bộ Tư lệnh Vùng 3 Hải quân và Bộ Chỉ huy Quân sự tỉnh Quảng Ngãi tổ chức Diễn tập phòng thủ dân sự năm 2025. Đại tá Lê Quang Thịnh, Phó Tham mưu trưởng Quân khu 5, chỉ đạo diễn tập.

Theo tình huống giả định, một tàu cá của ngư dân huyện Lý Sơn bị sóng đánh chìm cách đảo Lý Sơn 12 hải lý về phía đông. Hai tàu của Vùng 3 Hải quân cùng trực thăng của Sư đoàn Không quân 372 được điều động để tìm kiếm người mất tích.

Kết thúc diễn tập, Đại tá Lê Quang Thịnh biểu dương các đơn vị và yêu cầu hoàn thành việc rút kinh nghiệm trước ngày 15/9.`,
  `HỘI NGHỊ ADMM+ BÀN VỀ AN NINH BIỂN 🌏

(Bản tin) - Chiều qua, Hội nghị hẹp Bộ trưởng Quốc phòng các nước ASEAN khai mạc tại Kuala Lumpur (Malaysia).Ảnh: Nguyễn Hoài Phương/Bản tin

Dự hội nghị có đại diện Việt Nam, Lào, Campuchia, Ấn Độ, Hàn Quốc và Australia. Phát biểu tại phiên toàn thể, ông Ahmad Faizal - Tổng Thư ký Bộ Quốc phòng Malaysia - nhấn mạnh vai trò trung tâm của ASEAN, và việc tuân thủ UNCLOS 1982 ở Biển Đông...

Bên lề hội nghị, đoàn Việt Nam gặp song phương đoàn Ấn Độ; hai bên sẽ họp lại vào quý I/2026 tại New Delhi.`,
];
