#include "log/segment_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace leat::log {
namespace {

constexpr std::size_t kDigits = 20;
constexpr std::string_view kTemporarySuffix = ".tmp";

// The small files beside the segments; a temporary file's name begins with the name that it will get.
constexpr std::string_view kReplaced[] = {"leader-epoch-checkpoint.", "partition.metadata.", "checkpoint."};
// A segment that is prepared before its base offset is known: behind this stand numbers that tell whose it is, with
// dashes between them (Housekeeping::MakeSegment).
constexpr std::string_view kPreparedPrefix = "next-";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsTemporary(std::string_view name) {
  if (!name.ends_with(kTemporarySuffix)) return false;
  name.remove_suffix(kTemporarySuffix.size());
  if (name.starts_with(kPreparedPrefix)) {
    const std::string_view whose = name.substr(kPreparedPrefix.size());
    return !whose.empty() && std::all_of(whose.begin(), whose.end(), [](char c) { return IsDigit(c) || c == '-'; });
  }
  for (const std::string_view prefix : kReplaced) {
    if (name.starts_with(prefix)) return true;
  }
  return ParseSegmentFileName(name, kIndexSuffix).has_value() ||
         ParseSegmentFileName(name, kTimeIndexSuffix).has_value() ||
         ParseSegmentFileName(name, kLogSuffix).has_value();
}

}  // namespace

std::string SegmentFileName(Offset base, std::string_view suffix) { return fmt::format("{:020}{}", base, suffix); }

std::optional<Offset> ParseSegmentFileName(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, kDigits);
  if (!std::all_of(digits.begin(), digits.end(), IsDigit)) return std::nullopt;
  Offset base = 0;
  const std::from_chars_result result = std::from_chars(digits.data(), digits.data() + digits.size(), base);
  if (result.ec != std::errc()) return std::nullopt;  // 20 digits can say more than an offset can be
  return base;
}

absl::StatusOr<SegmentListing> ListFolder(io::FileSystem& files, const std::string& partition_folder) {
  absl::StatusOr<std::vector<std::string>> names = files.List(partition_folder);
  if (!names.ok()) return names.status();
  SegmentListing listing;
  absl::flat_hash_set<Offset> offset_indexes;
  absl::flat_hash_set<Offset> time_indexes;
  for (const std::string& name : *names) {
    if (const std::optional<Offset> log = ParseSegmentFileName(name, kLogSuffix)) {
      listing.segments.push_back({*log});
    } else if (const std::optional<Offset> index = ParseSegmentFileName(name, kIndexSuffix)) {
      offset_indexes.insert(*index);
    } else if (const std::optional<Offset> time_index = ParseSegmentFileName(name, kTimeIndexSuffix)) {
      time_indexes.insert(*time_index);
    } else if (IsTemporary(name)) {
      listing.temporary.push_back(name);
    }
  }
  std::sort(listing.segments.begin(), listing.segments.end(),
            [](const SegmentFiles& a, const SegmentFiles& b) { return a.base < b.base; });
  for (SegmentFiles& segment : listing.segments) {
    segment.has_offset_index = offset_indexes.erase(segment.base) > 0;
    segment.has_time_index = time_indexes.erase(segment.base) > 0;
  }
  offset_indexes.merge(time_indexes);
  listing.stray_indexes.assign(offset_indexes.begin(), offset_indexes.end());
  std::sort(listing.stray_indexes.begin(), listing.stray_indexes.end());
  std::sort(listing.temporary.begin(), listing.temporary.end());
  return listing;
}

absl::StatusOr<std::vector<SegmentFiles>> ListSegments(io::FileSystem& files, const std::string& partition_folder) {
  absl::StatusOr<SegmentListing> listing = ListFolder(files, partition_folder);
  if (!listing.ok()) return listing.status();
  return std::move(listing->segments);
}

absl::Status RemoveIndexes(io::FileSystem& files, const std::string& partition_folder, Offset base) {
  absl::Status removed;
  for (const std::string_view suffix : {kIndexSuffix, kTimeIndexSuffix}) {
    removed.Update(io::RemoveIfThere(files, io::JoinPath(partition_folder, SegmentFileName(base, suffix))));
  }
  return removed;
}

}  // namespace leat::log
