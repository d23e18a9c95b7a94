#include "log/segment_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace leat::log {
namespace {

constexpr std::size_t kDigits = 20;
constexpr std::string_view kTemporarySuffix = ".tmp";

// The small files beside the segments; a temporary file's name begins with the name that it will get.
constexpr std::string_view kReplaced[] = {"leader-epoch-checkpoint.", "partition.metadata.", "checkpoint.",
                                          "compaction."};
// A segment that is prepared before its base offset is known, and one that is being compacted: behind these stand numbers
// that tell whose it is, with dashes between them (Housekeeping::NameOf).
constexpr std::string_view kOwnedPrefixes[] = {"next-", "clean-"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsTemporary(std::string_view name) {
  if (!name.ends_with(kTemporarySuffix)) return false;
  name.remove_suffix(kTemporarySuffix.size());
  for (const std::string_view prefix : kOwnedPrefixes) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view whose = name.substr(prefix.size());
    return !whose.empty() && std::all_of(whose.begin(), whose.end(), [](char c) { return IsDigit(c) || c == '-'; });
  }
  for (const std::string_view prefix : kReplaced) {
    if (name.starts_with(prefix)) return true;
  }
  return ParseSegmentFileName(name, kIndexSuffix).has_value() ||
         ParseSegmentFileName(name, kTimeIndexSuffix).has_value() ||
         ParseSegmentFileName(name, kLogSuffix).has_value();
}

// base and end of a CompactedFileName; nullopt for all other names.
std::optional<std::pair<Offset, Offset>> ParseCompactedFileName(std::string_view name) {
  if (name.size() != 2 * kDigits + 1 + kCompactedSuffix.size() || name[kDigits] != '-') return std::nullopt;
  const auto base = ParseSegmentFileName(name.substr(0, kDigits), "");
  const auto end = ParseSegmentFileName(name.substr(kDigits + 1), kCompactedSuffix);
  if (!base.has_value() || !end.has_value() || *end <= *base) return std::nullopt;
  return std::pair(*base, *end);
}

// In the place of those that it replaces.
void Enter(std::pair<Offset, Offset> compacted, SegmentListing& listing) {
  const auto [base, end] = compacted;
  const auto is_replaced = [base = base, end = end](const SegmentFiles& one) {
    return one.compacted_end == SegmentFiles::kOwnName && one.base >= base && one.base < end;
  };
  std::copy_if(listing.segments.begin(), listing.segments.end(), std::back_inserter(listing.replaced), is_replaced);
  std::erase_if(listing.segments, is_replaced);
  const SegmentFiles segment{.base = base, .compacted_end = end};
  const auto place = std::upper_bound(listing.segments.begin(), listing.segments.end(), segment,
                                      [](const SegmentFiles& a, const SegmentFiles& b) { return a.base < b.base; });
  listing.segments.insert(place, segment);
}

}  // namespace

std::string SegmentFiles::LogName() const {
  return compacted_end == kOwnName ? SegmentFileName(base, kLogSuffix) : CompactedFileName(base, compacted_end);
}

std::string CompactedFileName(Offset base, Offset end) {
  return fmt::format("{:020}-{:020}{}", base, end, kCompactedSuffix);
}

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
  std::vector<std::pair<Offset, Offset>> compacted;
  for (const std::string& name : *names) {
    if (const std::optional<Offset> log = ParseSegmentFileName(name, kLogSuffix)) {
      listing.segments.push_back({*log});
    } else if (const std::optional<Offset> index = ParseSegmentFileName(name, kIndexSuffix)) {
      offset_indexes.insert(*index);
    } else if (const std::optional<Offset> time_index = ParseSegmentFileName(name, kTimeIndexSuffix)) {
      time_indexes.insert(*time_index);
    } else if (const auto range = ParseCompactedFileName(name)) {
      compacted.push_back(*range);
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
  std::sort(compacted.begin(), compacted.end());
  for (const auto& range : compacted) Enter(range, listing);
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
