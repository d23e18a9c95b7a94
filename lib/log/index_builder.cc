#include "log/index_builder.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <limits>
#include <memory>
#include <utility>

#include "log/offset_index.h"
#include "log/segment_files.h"
#include "log/time_index.h"
#include "record/validate.h"

namespace leat::log {
namespace {

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

absl::Status OffsetsDoNotGrow(const std::string& path, std::size_t position, Offset expected, BatchView batch) {
  return absl::DataLossError(fmt::format(
      "{}: the batch at position {} says that its offsets are {} to {}, but {} was expected there or later: "
      "run `leat repair` on the folder, or restore the file from a copy",
      path, position, batch.base_offset(), batch.last_offset(), expected));
}

class Builder {
 public:
  Builder(Offset base, std::size_t log_size, std::int64_t interval) : base_(base), interval_(interval) {
    const std::size_t entries = log_size / static_cast<std::size_t>(std::max<std::int64_t>(interval, 64)) + 1;
    built_.offset_index.reserve(entries * kOffsetIndexEntrySize);
    built_.time_index.reserve(entries * kTimeIndexEntrySize);
    built_.summary.base = built_.summary.next_offset = base;
  }

  Offset expected() const { return built_.summary.next_offset; }

  // `batch` has been checked: its offsets fit behind those before.
  void Add(BatchView batch, std::size_t position) {
    SegmentSummary& summary = built_.summary;
    if (summary.batches++ == 0) summary.first_timestamp = batch.base_timestamp();
    any_records_ = any_records_ || batch.count() > 0;
    if (batch.max_timestamp() > summary.max_timestamp) {
      summary.max_timestamp = batch.max_timestamp();
      max_timestamp_offset_ = batch.last_offset();
    }
    if (since_entry_ > interval_) {
      AddOffsetEntry(batch.last_offset(), position);
      AddTimeEntry();
      since_entry_ = 0;
    }
    since_entry_ += static_cast<std::int64_t>(batch.size_bytes());
    summary.next_offset = batch.next_offset();
  }

  BuiltIndexes Finish() && {
    AddTimeEntry();
    return std::move(built_);
  }

 private:
  void AddOffsetEntry(Offset last_offset, std::size_t position) {
    std::byte entry[kOffsetIndexEntrySize];
    StoreBig32(entry, static_cast<std::uint32_t>(last_offset - base_));
    StoreBig32(entry + 4, static_cast<std::uint32_t>(position));
    built_.offset_index.insert(built_.offset_index.end(), std::begin(entry), std::end(entry));
  }

  // Of equal timestamps the first one counts, so that a search never begins behind a record it looks for.
  // Where compaction has left headers only, there is none to look for.
  void AddTimeEntry() {
    if (!any_records_ || built_.summary.max_timestamp <= last_time_entry_) return;
    last_time_entry_ = built_.summary.max_timestamp;
    std::byte entry[kTimeIndexEntrySize];
    StoreBig64(entry, static_cast<std::uint64_t>(built_.summary.max_timestamp));
    StoreBig32(entry + 8, static_cast<std::uint32_t>(max_timestamp_offset_ - base_));
    built_.time_index.insert(built_.time_index.end(), std::begin(entry), std::end(entry));
  }

  const Offset base_;
  const std::int64_t interval_;
  BuiltIndexes built_;
  Offset max_timestamp_offset_ = 0;
  std::int64_t since_entry_ = 0;
  std::int64_t last_time_entry_ = -1;
  bool any_records_ = false;
};

// Makes `content` the file `name` of the folder, at once.
absl::Status Replace(io::FileSystem& files, const std::string& folder, const std::string& name,
                     std::span<const std::byte> content, const io::FileInfo& like) {
  const std::string path = io::JoinPath(folder, name);
  const std::string temporary = path + ".tmp";
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(temporary, io::OpenMode::kCreate);
  if (!file.ok()) return file.status();
  absl::Status status = (*file)->Truncate(0);  // one of this name is the rest of an attempt that was killed
  if (status.ok()) status = (*file)->TakePermissionsOf(like);
  if (status.ok() && !content.empty()) status = (*file)->WriteAt(0, content);
  if (status.ok()) status = files.Rename(temporary, path);
  if (!status.ok()) files.Remove(temporary).IgnoreError();  // the first error is the one to report
  return status;
}

}  // namespace

absl::StatusOr<BuiltIndexes> BuildIndexes(const std::string& path, Offset base, std::span<const std::byte> log_bytes,
                                          std::int64_t index_interval_bytes) {
  if (log_bytes.size() > static_cast<std::size_t>(kMaxInt32)) {
    return absl::InvalidArgumentError(
        fmt::format("{} has {} bytes; a segment of 2 GiB or more cannot be indexed", path, log_bytes.size()));
  }
  Builder builder(base, log_bytes.size(), index_interval_bytes);
  for (std::size_t position = 0; position < log_bytes.size();) {
    const std::span<const std::byte> rest = log_bytes.subspan(position);
    const BatchVerdict verdict = CheckBatchHeader(rest);
    if (verdict != BatchVerdict::kOk) return record::ReadError(verdict, path, position);
    const BatchView batch(rest);
    if (batch.base_offset() < builder.expected() || batch.base_offset() - base > kMaxInt32 ||
        batch.last_offset_delta() < 0 || batch.last_offset() - base > kMaxInt32) {
      return OffsetsDoNotGrow(path, position, builder.expected(), batch);
    }
    builder.Add(batch, position);
    position += batch.size_bytes();
  }
  return std::move(builder).Finish();
}

absl::StatusOr<SegmentSummary> WriteIndexes(io::FileSystem& files, const std::string& partition_folder, Offset base,
                                            std::span<const std::byte> log_bytes, std::int64_t index_interval_bytes,
                                            const io::FileInfo& like) {
  const std::string path = io::JoinPath(partition_folder, SegmentFileName(base, kLogSuffix));
  absl::StatusOr<BuiltIndexes> built = BuildIndexes(path, base, log_bytes, index_interval_bytes);
  if (!built.ok()) return built.status();
  absl::Status status =
      Replace(files, partition_folder, SegmentFileName(base, kIndexSuffix), built->offset_index, like);
  if (!status.ok()) return status;
  status = Replace(files, partition_folder, SegmentFileName(base, kTimeIndexSuffix), built->time_index, like);
  if (!status.ok()) return status;
  return built->summary;
}

absl::Status IndexAnew(io::FileSystem& files, const std::string& partition_folder, Offset base, std::int64_t size,
                       std::int64_t index_interval_bytes, const io::FileInfo& like) {
  std::span<const std::byte> bytes;
  std::unique_ptr<io::MappedFile> mapping;
  if (size > 0) {
    const auto file =
        files.Open(io::JoinPath(partition_folder, SegmentFileName(base, kLogSuffix)), io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    auto mapped = (*file)->Map(static_cast<std::size_t>(size), io::MapAccess::kRead);
    if (!mapped.ok()) return mapped.status();
    mapping = *std::move(mapped);
    bytes = {mapping->data(), static_cast<std::size_t>(size)};
  }
  return WriteIndexes(files, partition_folder, base, bytes, index_interval_bytes, like).status();
}

}  // namespace leat::log
