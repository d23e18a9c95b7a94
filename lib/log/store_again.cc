#include "log/store_again.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <leat/batch.h>
#include "fmt/format.h"

namespace leat::log {
namespace {

constexpr std::size_t kPiece = 1 << 20;

absl::Status Lost(const io::File& file, const BatchPlace& at, std::string_view what) {
  return absl::DataLossError(fmt::format(
      "{}: position {}: {} where offset {} was appended, and it had not reached the disk; the partition is "
      "read-only: copy what can be read and check the disk",
      file.path(), at.position, what, at.offset));
}

class Storing {
 public:
  Storing(io::File& file, const BytesToStore& bytes)
      : file_(file), bytes_(bytes), at_(bytes.begin), buffer_(kPiece) {}

  absl::Status Run() {
    while (at_.offset < bytes_.to) {
      const auto read = file_.ReadAt(at_.position, buffer_);
      if (!read.ok()) return read.status();
      if (auto s = StorePiece(std::span(buffer_).first(*read)); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

 private:
  // The whole batches at the beginning of `piece`; makes the buffer larger when there is none.
  absl::Status StorePiece(std::span<const std::byte> piece) {
    std::size_t end = 0;
    std::size_t begin = 0;  // of what is to be stored
    const std::int64_t position = at_.position;
    while (at_.offset < bytes_.to) {
      const auto rest = piece.subspan(end);
      const BatchVerdict verdict = CheckBatchHeader(rest);
      if (verdict == BatchVerdict::kTruncated) break;
      if (auto s = Check(rest, verdict); !s.ok()) return s;
      const BatchView batch(rest);
      if (batch.next_offset() <= bytes_.from) begin = end + batch.size_bytes();
      end += batch.size_bytes();
      at_ = {.position = position + static_cast<std::int64_t>(end), .offset = batch.next_offset()};
    }
    if (end == 0) return MakeRoomFor(piece);
    if (begin == end) return absl::OkStatus();
    return file_.WriteAt(position + static_cast<std::int64_t>(begin), piece.subspan(begin, end - begin));
  }

  absl::Status Check(std::span<const std::byte> rest, BatchVerdict verdict) const {
    if (verdict != BatchVerdict::kOk) return Lost(file_, at_, "there is no batch");
    const BatchView batch(rest);
    const bool follows = bytes_.allow_gaps ? batch.base_offset() >= at_.offset : batch.base_offset() == at_.offset;
    if (!follows || batch.last_offset_delta() < 0 || batch.next_offset() > bytes_.to)
      return Lost(file_, at_, fmt::format("there is a batch of offset {}", batch.base_offset()));
    if (batch.next_offset() <= bytes_.from) return absl::OkStatus();
    const auto counted = rest.first(batch.size_bytes()).subspan(batch_layout::kCrcBegin);
    return Crc32c(counted) == batch.crc() ? absl::OkStatus() : Lost(file_, at_, "there is a batch with a wrong CRC");
  }

  absl::Status MakeRoomFor(std::span<const std::byte> piece) {
    if (piece.size() < batch_layout::kHeaderSize || piece.size() < buffer_.size())
      return Lost(file_, at_, "the file ends");
    const std::size_t size = BatchView(piece).size_bytes();
    const auto info = file_.Info();
    if (!info.ok()) return info.status();
    if (size <= buffer_.size() || static_cast<std::int64_t>(size) > info->size - at_.position)
      return Lost(file_, at_, "there is no batch");
    buffer_.resize(size);
    return absl::OkStatus();
  }

  io::File& file_;
  const BytesToStore& bytes_;
  BatchPlace at_;
  std::vector<std::byte> buffer_;
};

}  // namespace

absl::Status StoreAgain(io::File& file, const BytesToStore& bytes) { return Storing(file, bytes).Run(); }

}  // namespace leat::log
