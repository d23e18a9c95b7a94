#include "log/compacted_file.h"

#include <utility>

namespace leat::log {
namespace {

constexpr std::size_t kPiece = 1 << 20;
// Bit by bit, so that nobody else's sync has to wait for all of it.
constexpr std::int64_t kSyncEvery = 16 << 20;

}  // namespace

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
