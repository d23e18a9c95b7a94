#include "cli/batch_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace leat::cli {
namespace {

constexpr std::size_t kPiece = 1 << 20;

// What is wrong inside of a batch whose checksum is right: a writer's mistake, not the disk's.
BatchVerdict CheckRecords(const BatchView& batch) {
  if (batch.count() < 0 || batch.last_offset_delta() < 0) return BatchVerdict::kBadCount;
  if (batch.count() - 1 > batch.last_offset_delta()) return BatchVerdict::kBadCount;
  RecordReader reader(batch);
  std::int64_t last = -1;
  while (reader.Next()) {
    const RecordView& record = reader.record();
    if (record.offset_delta <= last || record.offset_delta > batch.last_offset_delta())
      return BatchVerdict::kBadRecord;
    if (!record.headers.FillExactly()) return BatchVerdict::kBadRecord;
    last = record.offset_delta;
  }
  return reader.malformed() ? BatchVerdict::kBadRecord : BatchVerdict::kOk;
}

absl::Status CannotRead(const std::string& path) {
  const std::string message = fmt::format("{}: {}", path, std::strerror(errno));
  return errno == ENOENT ? absl::NotFoundError(message) : absl::UnknownError(message);
}

}  // namespace

absl::StatusOr<BatchFile> BatchFile::Open(std::string path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (descriptor < 0) return CannotRead(path);
  if (::fstat(descriptor, &info) != 0 || S_ISDIR(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) errno = EISDIR;
    const absl::Status status = CannotRead(path);
    ::close(descriptor);
    return status;
  }
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return BatchFile(std::move(path), descriptor, info.st_size);
}

BatchFile::BatchFile(BatchFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

void BatchFile::CheckInside(FoundBatch* found) {
  const BatchView batch(found->bytes);
  if (batch.ComputeCrc() != batch.crc()) {
    found->verdict = BatchVerdict::kBadCrc;
  } else if (batch.codec() == Codec::kNone) {
    found->verdict = CheckRecords(batch);
    found->plain = found->bytes;
  } else {
    found->verdict = decompressor_.Decompress(batch);
    if (found->is_right()) found->plain = decompressor_.batch().bytes();
  }
}

BatchFile::~BatchFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::StatusOr<std::size_t> BatchFile::ReadAt(std::int64_t position, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        ::pread(descriptor_, into.data() + done, into.size() - done, position + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(path_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

absl::StatusOr<std::span<const std::byte>> BatchFile::Look(std::size_t bytes) {
  const auto skipped = static_cast<std::size_t>(position_ - buffer_at_);
  if (skipped > buffer_.size() || buffer_.size() - skipped < bytes) {
    const auto left = static_cast<std::size_t>(size_ - position_);
    buffer_.resize(std::min(left, std::max(bytes, kPiece)));
    const auto got = ReadAt(position_, buffer_);
    if (!got.ok()) return got.status();
    buffer_.resize(*got);
    buffer_at_ = position_;
    return std::span<const std::byte>(buffer_);
  }
  return std::span<const std::byte>(buffer_).subspan(skipped);
}

absl::StatusOr<std::optional<FoundBatch>> BatchFile::Next() {
  if (stopped_ || position_ >= size_) return std::nullopt;
  auto bytes = Look(batch_layout::kHeaderSize);
  if (!bytes.ok()) return bytes.status();
  found_at_ = position_;
  FoundBatch found{.position = position_, .verdict = CheckBatchHeader(*bytes), .bytes = *bytes, .plain = {}};
  if (found.verdict == BatchVerdict::kTruncated && bytes->size() >= batch_layout::kHeaderSize) {
    // Of what was read, or of the file?
    const std::size_t size = BatchView(*bytes).size_bytes();
    if (static_cast<std::int64_t>(size) <= size_ - position_) {
      bytes = Look(size);
      if (!bytes.ok()) return bytes.status();
      found = {.position = position_, .verdict = CheckBatchHeader(*bytes), .bytes = *bytes, .plain = {}};
    }
  }
  if (found.verdict == BatchVerdict::kOk) {
    const BatchView batch(*bytes);
    found.bytes = batch.bytes();
    CheckInside(&found);
    position_ += static_cast<std::int64_t>(found.bytes.size());
  } else {
    stopped_ = true;
  }
  return found;
}

absl::StatusOr<bool> BatchFile::OnlyZerosLeft() {
  std::vector<std::byte> piece(kPiece);
  for (std::int64_t at = found_at_; at < size_; at += static_cast<std::int64_t>(piece.size())) {
    const auto got = ReadAt(at, piece);
    if (!got.ok()) return got.status();
    const auto end = piece.begin() + static_cast<std::ptrdiff_t>(*got);
    if (std::any_of(piece.begin(), end, [](std::byte one) { return one != std::byte{0}; })) return false;
    if (*got < piece.size()) break;
  }
  return true;
}

absl::StatusOr<std::int64_t> BatchFile::ContentEnd() const {
  std::vector<std::byte> piece(kPiece);
  std::int64_t end = position_;
  for (std::int64_t at = position_; at < size_; at += static_cast<std::int64_t>(piece.size())) {
    const auto got = ReadAt(at, piece);
    if (!got.ok()) return got.status();
    const auto whole = std::span(piece).first(*got);
    const auto last = std::find_if(whole.rbegin(), whole.rend(), [](std::byte one) { return one != std::byte{0}; });
    if (last != whole.rend()) end = at + (whole.rend() - last);
    if (*got < piece.size()) break;
  }
  return end;
}

std::string_view WhatIsWrong(BatchVerdict verdict) {
  switch (verdict) {
    case BatchVerdict::kOk:
    case BatchVerdict::kCompressed:
      return "right";
    case BatchVerdict::kUnwritten:
      return "zeros";
    case BatchVerdict::kTruncated:
      return "the batch goes on behind the end of the file";
    case BatchVerdict::kBadLength:
      return "an impossible length";
    case BatchVerdict::kOldMagic:
      return "a message format that Kafka 4 does not write any more";
    case BatchVerdict::kBadMagic:
      return "no batch";
    case BatchVerdict::kBadCrc:
      return "the checksum is of other bytes";
    case BatchVerdict::kBadCount:
      return "count and last offset contradict each other";
    case BatchVerdict::kBadRecord:
      return "a malformed record";
    case BatchVerdict::kBadCompression:
      return "records that cannot be decompressed";
    case BatchVerdict::kExpandsTooMuch:
      return "records that would take too much memory when decompressed";
    case BatchVerdict::kUnknownCodec:
      return "records compressed by a codec that Kafka has not";
  }
  return "something else";
}

}  // namespace leat::cli
