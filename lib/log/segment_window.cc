#include "log/segment_window.h"

#include <leat/batch.h>

#include <algorithm>

namespace leat::log {
namespace {

constexpr std::size_t kPiece = 1 << 20;

}  // namespace

absl::StatusOr<std::span<const std::byte>> SegmentWindow::At(std::int64_t position, std::size_t least) {
  const auto left = static_cast<std::size_t>(std::max<std::int64_t>(size_ - position, 0));
  least = std::min(least, left);
  const std::int64_t end = begin_ + static_cast<std::int64_t>(buffer_.size());
  if (position < begin_ || position + static_cast<std::int64_t>(least) > end) {
    buffer_.resize(std::min(left, std::max(least, kPiece)));
    const absl::StatusOr<std::size_t> got = file_.ReadAt(position, buffer_);
    if (!got.ok()) return got.status();
    buffer_.resize(*got);
    begin_ = position;
    const std::int64_t now = position + static_cast<std::int64_t>(*got);
    // What is read twice is told once.
    if (on_read_ && now > read_to_) on_read_(now - std::max(read_to_, position));
    read_to_ = std::max(read_to_, now);
  }
  return std::span<const std::byte>(buffer_).subspan(static_cast<std::size_t>(position - begin_));
}

absl::StatusOr<std::span<const std::byte>> SegmentWindow::BatchAt(std::int64_t position) {
  auto bytes = At(position, batch_layout::kHeaderSize);
  if (!bytes.ok() || bytes->size() < batch_layout::kHeaderSize) return bytes;
  if (CheckBatchHeader(*bytes) != BatchVerdict::kTruncated) return bytes;
  const std::size_t size = BatchView(*bytes).size_bytes();
  if (static_cast<std::int64_t>(size) > size_ - position) return bytes;
  return At(position, size);
}

}  // namespace leat::log
