#include "log/offset_index.h"

#include <fmt/format.h>
#include <leat/encoding.h>

#include <algorithm>
#include <utility>

#include "log/segment_files.h"

namespace leat::log {
namespace {

OffsetIndex::Entry EntryAt(const std::vector<std::byte>& bytes, Offset base, std::size_t index) {
  const std::byte* entry = bytes.data() + index * kOffsetIndexEntrySize;
  return {base + static_cast<std::int32_t>(LoadBig32(entry)), static_cast<std::int32_t>(LoadBig32(entry + 4))};
}

absl::Status Bad(const std::string& path, std::size_t index, std::string_view what) {
  return absl::DataLossError(
      fmt::format("{}: entry {} {}; the log itself is not touched by that: remove the file, and it will be made anew",
                  path, index, what));
}

// How many entries stand before the zeros at the end.
std::size_t CountUsed(const std::vector<std::byte>& bytes) {
  std::size_t count = bytes.size() / kOffsetIndexEntrySize;
  while (count > 0 && LoadBig64(bytes.data() + (count - 1) * kOffsetIndexEntrySize) == 0) --count;
  return count;
}

}  // namespace

absl::StatusOr<OffsetIndex> OffsetIndex::Load(io::FileSystem& files, const std::string& partition_folder, Offset base,
                                              std::int64_t log_size) {
  const std::string path = io::JoinPath(partition_folder, SegmentFileName(base, kIndexSuffix));
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(path, io::OpenMode::kRead);
  if (!file.ok()) return file.status();
  absl::StatusOr<io::FileInfo> info = (*file)->Info();
  if (!info.ok()) return info.status();
  std::vector<std::byte> bytes(static_cast<std::size_t>(info->size));
  absl::StatusOr<std::size_t> size = (*file)->ReadAt(0, bytes);
  if (!size.ok()) return size.status();
  bytes.resize(*size);
  return Parse(path, std::move(bytes), base, log_size);
}

absl::StatusOr<OffsetIndex> OffsetIndex::Parse(const std::string& path, std::vector<std::byte> bytes, Offset base,
                                               std::int64_t log_size) {
  if (bytes.size() % kOffsetIndexEntrySize != 0) {
    return Bad(path, bytes.size() / kOffsetIndexEntrySize, "is not whole");
  }
  const std::size_t count = CountUsed(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const Entry entry = EntryAt(bytes, base, i);
    if (entry.last_offset < base || entry.position < 0) return Bad(path, i, "has a negative number");
    if (entry.position >= log_size) return Bad(path, i, "points behind the end of the log");
    if (i == 0) continue;
    const Entry before = EntryAt(bytes, base, i - 1);
    if (entry.last_offset <= before.last_offset || entry.position <= before.position) {
      return Bad(path, i, "is not greater than the one before it");
    }
  }
  return OffsetIndex(std::move(bytes), base, count);
}

// Where the last entry points for which `holds` is true; it is for none behind the first one for which it is not.
template <typename Holds>
std::int64_t OffsetIndex::LastThat(Holds holds) const {
  std::size_t begin = 0;  // the first entry for which it is not true is in [begin, end]
  std::size_t end = count_;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (holds(entry(middle))) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin == 0 ? 0 : entry(begin - 1).position;
}

std::int64_t OffsetIndex::Lookup(Offset offset) const {
  return LastThat([=](const Entry& entry) { return entry.last_offset <= offset; });
}

std::int64_t OffsetIndex::LookupByte(std::int64_t position) const {
  return LastThat([=](const Entry& entry) { return entry.position <= position; });
}

OffsetIndex::Entry OffsetIndex::entry(std::size_t index) const { return EntryAt(bytes_, base_, index); }

std::optional<OffsetIndex::Entry> OffsetIndex::last() const {
  if (count_ == 0) return std::nullopt;
  return entry(count_ - 1);
}

}  // namespace leat::log
