#include "log/compacted_file.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace leat::log {
namespace {

constexpr std::size_t kPiece = 1 << 20;
// Bit by bit, so that nobody else's sync has to wait for all of it.
constexpr std::int64_t kSyncEvery = 16 << 20;

}  // namespace

void PlaceholderMaker::See(BatchView batch) {
  last_base_ = batch.base_offset();
  epoch_ = batch.leader_epoch();
  max_timestamp_ = std::max(max_timestamp_, batch.max_timestamp());
}

void PlaceholderMaker::Keep(BatchView left) {
  next_ = left.next_offset();
  any_kept_ = true;
}

std::span<const std::byte> PlaceholderMaker::UpTo(Offset end) {
  constexpr Offset kMaxInt32 = std::numeric_limits<std::int32_t>::max();
  if (next_ >= end || end - 1 - base_ > kMaxInt32) return {};
  // From the last batch on, so that its epoch is not said of what was before it.
  const Offset first = std::max(next_, last_base_);
  const std::span<std::byte> batch(made_);
  std::fill(batch.begin(), batch.end(), std::byte{0});
  PatchBatch(batch, first, epoch_);
  StoreBig32(batch.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(batch.size() - batch_layout::kLengthOverhead));
  batch[batch_layout::kMagic] = static_cast<std::byte>(batch_layout::kMagicV2);
  StoreBig32(batch.data() + batch_layout::kLastOffsetDelta, static_cast<std::uint32_t>(end - 1 - first));
  // All that says -1: what is not there has no producer, and no time. But a file without anything else is as old as what was
  // in it: retention asks.
  const auto none = static_cast<std::uint64_t>(-1);
  StoreBig64(batch.data() + batch_layout::kBaseTimestamp, none);
  StoreBig64(batch.data() + batch_layout::kMaxTimestamp,
             any_kept_ ? none : static_cast<std::uint64_t>(max_timestamp_));
  StoreBig64(batch.data() + batch_layout::kProducerId, none);
  StoreBig16(batch.data() + batch_layout::kProducerEpoch, static_cast<std::uint16_t>(-1));
  StoreBig32(batch.data() + batch_layout::kBaseSequence, static_cast<std::uint32_t>(-1));
  StoreBig32(batch.data() + batch_layout::kCrc, Crc32c(batch.subspan(batch_layout::kCrcBegin)));
  return batch;
}

CompactedFile::CompactedFile(Log& log, std::string path) : log_(log), path_(std::move(path)) {}

CompactedFile::~CompactedFile() {
  if (file_ == nullptr || kept_) return;
  log_.settings().files->Remove(path_).IgnoreError();  // else it goes with its process's slot
  if (log_.settings().owner != nullptr) log_.settings().owner->Reserve(log_, -reserved_).IgnoreError();
}

absl::Status CompactedFile::Open() {
  // Not kCreateNew: who had this slot before us may have died and left one.
  auto file = log_.settings().files->Open(path_, io::OpenMode::kCreate);
  if (!file.ok()) return file.status();
  file_ = *std::move(file);
  if (auto s = file_->Truncate(0); !s.ok()) return s;
  buffer_.reserve(kPiece);
  return file_->TakePermissionsOf(log_.settings().like);
}

absl::Status CompactedFile::Append(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() > kPiece) {
    if (auto s = Flush(); !s.ok()) return s;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  size_ += static_cast<std::int64_t>(bytes.size());
  return absl::OkStatus();
}

absl::Status CompactedFile::Flush() {
  const auto bytes = static_cast<std::int64_t>(buffer_.size());
  if (bytes == 0) return absl::OkStatus();
  if (log_.settings().owner != nullptr) {
    if (auto s = log_.settings().owner->Reserve(log_, bytes); !s.ok()) return s;
    reserved_ += bytes;
  }
  if (auto s = file_->WriteAt(written_, buffer_); !s.ok()) return s;
  buffer_.clear();
  written_ += bytes;
  if (written_ - synced_ < kSyncEvery || !log_.settings().needs_sync) return absl::OkStatus();
  synced_ = written_;
  return file_->Sync();
}

absl::Status CompactedFile::Finish() {
  if (auto s = Flush(); !s.ok()) return s;
  return log_.settings().needs_sync ? file_->Sync() : absl::OkStatus();
}

}  // namespace leat::log
