#include "process/segment_file_check.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace leat::process_test {
namespace {

namespace fs = std::filesystem;

absl::Status Wrong(const std::string& path, std::string_view what) {
  return absl::DataLossError(fmt::format("{}: {}", path, what));
}

std::vector<std::byte> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto bytes = std::as_bytes(std::span(chars));
  return {bytes.begin(), bytes.end()};
}

struct SegmentCheck {
  SegmentCheck(std::string in, std::int64_t base_offset) : folder(std::move(in)), base(base_offset) {}

  std::string folder;
  std::int64_t base = 0;
  bool gaps = false;                   // compaction has been here
  std::int64_t next = 0;               // one past its last offset
  std::set<std::uint32_t> beginnings;  // of batches, as positions

  std::string Path(std::string_view suffix) const { return fmt::format("{}/{:020}{}", folder, base, suffix); }

  absl::Status Batches() {
    const std::vector<std::byte> bytes = ReadFile(Path(".log"));
    next = base;
    for (std::size_t position = 0; position < bytes.size();) {
      const auto rest = std::span(bytes).subspan(position);
      if (CheckBatchHeader(rest) != BatchVerdict::kOk)
        return Wrong(Path(".log"), fmt::format("byte {}: no batch", position));
      const BatchView batch(rest);
      if (gaps ? batch.base_offset() < next : batch.base_offset() != next) {
        return Wrong(Path(".log"),
                     fmt::format("byte {}: offset {} instead of {}", position, batch.base_offset(), next));
      }
      if (batch.crc() != batch.ComputeCrc()) return Wrong(Path(".log"), fmt::format("byte {}: bad CRC", position));
      beginnings.insert(static_cast<std::uint32_t>(position));
      next = batch.next_offset();
      position += batch.size_bytes();
    }
    return absl::OkStatus();
  }

  absl::Status Index(std::string_view suffix, std::size_t key_size) const {
    const std::string path = Path(suffix);
    if (!fs::exists(path)) return Wrong(path, "is missing");
    const std::vector<std::byte> bytes = ReadFile(path);
    const std::size_t entry = key_size + 4;
    if (bytes.size() % entry != 0) return Wrong(path, "is not whole entries");
    std::uint64_t last = 0;
    for (std::size_t at = 0; at < bytes.size(); at += entry) {
      const std::uint64_t key = key_size == 4 ? LoadBig32(bytes.data() + at) : LoadBig64(bytes.data() + at);
      const std::uint32_t value = LoadBig32(bytes.data() + at + key_size);
      if (at > 0 && key <= last) return Wrong(path, fmt::format("entry at byte {} does not grow", at));
      last = key;
      if (key_size == 4 && !beginnings.contains(value)) {
        return Wrong(path, fmt::format("entry at byte {} leads to byte {}, where no batch begins", at, value));
      }
      const std::uint64_t relative = key_size == 4 ? key : value;
      if (static_cast<std::int64_t>(relative) >= next - base)
        return Wrong(path, "an offset behind the segment's end");
    }
    return absl::OkStatus();
  }
};

bool IsPartitionFolder(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  return dash != std::string::npos && dash + 1 < name.size() &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

absl::Status CheckPartitionFiles(const std::string& partition_folder, std::int64_t end) {
  std::vector<SegmentCheck> segments;
  for (const auto& entry : fs::directory_iterator(partition_folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".tmp") || name.ends_with(".compacted")) return Wrong(entry.path().string(), "is left over");
    if (name.ends_with(".log")) segments.emplace_back(partition_folder, std::stoll(name));
  }
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a.base < b.base; });
  std::int64_t next = segments.empty() ? 0 : segments.front().base;
  const bool gaps = fs::exists(partition_folder + "/compaction");
  for (SegmentCheck& segment : segments) {
    segment.gaps = gaps;
    if (gaps ? segment.base < next : segment.base != next)
      return Wrong(segment.Path(".log"), fmt::format("should begin at offset {}", next));
    if (auto s = segment.Batches(); !s.ok()) return s;
    if (auto s = segment.Index(".index", 4); !s.ok()) return s;
    if (auto s = segment.Index(".timeindex", 8); !s.ok()) return s;
    next = segment.next;
  }
  if (end >= 0 && next != end)
    return Wrong(partition_folder, fmt::format("ends at offset {} instead of {}", next, end));
  return absl::OkStatus();
}

absl::Status CheckFolderFiles(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("-delete")) return Wrong(entry.path().string(), "is left over");
    if (!entry.is_directory() || !IsPartitionFolder(name)) continue;
    if (auto s = CheckPartitionFiles(entry.path().string()); !s.ok()) return s;
  }
  for (const auto& entry : fs::directory_iterator(folder + "/topics")) {
    const std::string name = entry.path().filename().string();
    if (!fs::exists(fmt::format("{}/{}-0", folder, name))) {
      return Wrong(entry.path().string(), "is of no topic");
    }
  }
  return absl::OkStatus();
}

}  // namespace leat::process_test
