#include "log/time_index.h"

#include <fmt/format.h>
#include <leat/encoding.h>

#include <algorithm>
#include <utility>

#include "log/segment_files.h"

namespace leat::log {
namespace {

TimeIndex::Entry EntryAt(const std::vector<std::byte>& bytes, Offset base, std::size_t index) {
  const std::byte* entry = bytes.data() + index * kTimeIndexEntrySize;
  return {static_cast<std::int64_t>(LoadBig64(entry)), base + static_cast<std::int32_t>(LoadBig32(entry + 8))};
}

absl::Status Bad(const std::string& path, std::size_t index, std::string_view what) {
  return absl::DataLossError(
      fmt::format("{}: entry {} {}; the log itself is not touched by that: remove the file, and it will be made anew",
                  path, index, what));
}

// How many entries stand before the zeros at the end. One of zeros that is meant (a first record of 1970) is lost
// among them: the search then begins at the segment's base, where that record is.
std::size_t CountUsed(const std::vector<std::byte>& bytes) {
  std::size_t count = bytes.size() / kTimeIndexEntrySize;
  for (; count > 0; --count) {
    const std::byte* entry = bytes.data() + (count - 1) * kTimeIndexEntrySize;
    if (LoadBig64(entry) != 0 || LoadBig32(entry + 8) != 0) break;
  }
  return count;
}

}  // namespace

absl::StatusOr<TimeIndex> TimeIndex::Load(io::FileSystem& files, const std::string& partition_folder, Offset base) {
  const std::string path = io::JoinPath(partition_folder, SegmentFileName(base, kTimeIndexSuffix));
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(path, io::OpenMode::kRead);
  if (!file.ok()) return file.status();
  absl::StatusOr<io::FileInfo> info = (*file)->Info();
  if (!info.ok()) return info.status();
  std::vector<std::byte> bytes(static_cast<std::size_t>(info->size));
  absl::StatusOr<std::size_t> size = (*file)->ReadAt(0, bytes);
  if (!size.ok()) return size.status();
  bytes.resize(*size);
  return Parse(path, std::move(bytes), base);
}

absl::StatusOr<TimeIndex> TimeIndex::Parse(const std::string& path, std::vector<std::byte> bytes, Offset base) {
  if (bytes.size() % kTimeIndexEntrySize != 0) {
    return Bad(path, bytes.size() / kTimeIndexEntrySize, "is not whole");
  }
  const std::size_t count = CountUsed(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const Entry entry = EntryAt(bytes, base, i);
    if (entry.last_offset < base) return Bad(path, i, "has a negative offset");
    if (i == 0) continue;
    const Entry before = EntryAt(bytes, base, i - 1);
    if (entry.timestamp <= before.timestamp || entry.last_offset <= before.last_offset) {
      return Bad(path, i, "is not greater than the one before it");
    }
  }
  return TimeIndex(std::move(bytes), base, count);
}

Offset TimeIndex::Lookup(std::int64_t timestamp) const {
  std::size_t begin = 0;  // the first entry later than `timestamp` is in [begin, end]
  std::size_t end = count_;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (entry(middle).timestamp <= timestamp) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin == 0 ? base_ : entry(begin - 1).last_offset;
}

TimeIndex::Entry TimeIndex::entry(std::size_t index) const { return EntryAt(bytes_, base_, index); }

std::optional<TimeIndex::Entry> TimeIndex::last() const {
  if (count_ == 0) return std::nullopt;
  return entry(count_ - 1);
}

}  // namespace leat::log
