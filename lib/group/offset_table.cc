#include "group/offset_table.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <cstring>

namespace leat::group {
namespace {

constexpr std::uint32_t kNameUnits = sizeof(TopicNameField) / kUnit;
constexpr std::uint32_t kEntryUnits = sizeof(OffsetEntry) / kUnit;

// The topic's name, if the extent is one of offsets and says of itself what can be.
std::optional<std::string> TopicOf(const GroupFile& file, const Extent& extent) {
  const ExtentHeader& header = *extent.header;
  if (header.kind != static_cast<std::uint32_t>(ExtentKind::kOffsets)) return std::nullopt;
  if (header.first_partition < 0 || header.partitions <= 0 || header.name_size > sizeof(TopicNameField)) {
    return std::nullopt;
  }
  const auto units = std::uint64_t{1} + kNameUnits + static_cast<std::uint64_t>(header.partitions) * kEntryUnits;
  if (header.units != units) return std::nullopt;
  const auto& field = file.At<const TopicNameField>(extent.place + 1);
  std::string name(field.name, header.name_size);
  if (Crc32c(std::as_bytes(std::span(name))) != header.name_crc) return std::nullopt;
  return name;
}

bool IsKnown(std::uint32_t kind) {
  return kind >= static_cast<std::uint32_t>(ExtentKind::kImage) &&
         kind <= static_cast<std::uint32_t>(ExtentKind::kMetadata);
}

}  // namespace

void OffsetTable::LookAgain() {
  const EntryPlace end = file_.end();
  missing_.reset();
  while (seen_ < end) {
    const std::optional<Extent> extent = file_.ExtentAt(seen_);
    const bool whole = extent.has_value() && extent->place + extent->header->units <= end &&
                       IsKnown(extent->header->kind) &&
                       (extent->header->kind != static_cast<std::uint32_t>(ExtentKind::kOffsets) ||
                        TopicOf(file_, *extent).has_value());
    if (whole) {
      Enter(*extent);
      seen_ += extent->header->units;
      continue;
    }
    if (!file_.Has(seen_, end - seen_)) {
      // Published, and yet not there: the file was cut, or its size cannot be had now.
      missing_ = seen_;
      return;
    }
    if (!first_gap_.has_value()) first_gap_ = seen_;
    ++seen_;
  }
}

void OffsetTable::Enter(const Extent& extent) {
  std::optional<std::string> topic = TopicOf(file_, extent);
  if (!topic.has_value()) return;
  base::Uuid id;
  std::memcpy(id.data(), extent.header->topic_id, id.size());
  std::vector<Range>& ranges = ranges_[id];
  if (ranges.empty()) order_.push_back(id);
  ranges.push_back({.first = extent.header->first_partition,
                    .count = extent.header->partitions,
                    .entries = extent.place + 1 + kNameUnits,
                    .topic = *std::move(topic)});
}

EntryPlace OffsetTable::Find(const EntryKey& key) {
  if (seen_ < file_.end()) LookAgain();
  const auto found = ranges_.find(key.topic_id);
  if (found == ranges_.end()) return 0;
  for (const Range& range : found->second) {
    const std::int64_t at = std::int64_t{key.partition} - range.first;
    if (at >= 0 && at < range.count) return range.entries + static_cast<EntryPlace>(at) * kEntryUnits;
  }
  return 0;
}

absl::Status OffsetTable::Ensure(GroupFile& file, const base::Uuid& topic_id, std::string_view topic,
                                 PartitionId partitions) {
  PartitionId have = 0;
  while (have < partitions && Find({topic_id, have}) != 0) ++have;
  if (have == partitions) return absl::OkStatus();
  if (auto s = Damage(); !s.ok()) return s;
  ExtentHeader header{};
  header.kind = static_cast<std::uint32_t>(ExtentKind::kOffsets);
  std::memcpy(header.topic_id, topic_id.data(), topic_id.size());
  header.first_partition = have;
  header.partitions = partitions - have;
  return file.AddExtent(header, kNameUnits + static_cast<std::uint32_t>(header.partitions) * kEntryUnits, topic)
      .status();
}

std::vector<OffsetTable::Entry> OffsetTable::All() {
  LookAgain();
  std::vector<Entry> all;
  for (const base::Uuid& id : order_) {
    for (const Range& range : ranges_[id]) {
      for (PartitionId p = 0; p < range.count; ++p) {
        all.push_back({.place = range.entries + static_cast<EntryPlace>(p) * kEntryUnits,
                       .key = {.topic_id = id, .partition = range.first + p},
                       .topic = range.topic});
      }
    }
  }
  return all;
}

absl::StatusOr<EntryPlace> OffsetTable::Make(GroupFile& file, const EntryKey& key, std::string_view topic,
                                             PartitionId partitions) {
  if (auto s = Ensure(file, key.topic_id, topic, partitions); !s.ok()) return s;
  if (const EntryPlace place = Find(key); place != 0) return place;
  if (auto s = Damage(); !s.ok()) return s;
  return absl::UnavailableError(
      fmt::format("{}: what has just been added for topic {} cannot be looked at; try again", file_.path(), topic));
}

absl::Status OffsetTable::Damage() {
  LookAgain();
  if (first_gap_.has_value()) {
    return absl::DataLossError(
        fmt::format("{}: is damaged at byte {}, and may have offsets there; what is left can be read, and copied to "
                    "another group; delete the group to use its name again",
                    file_.path(), std::size_t{*first_gap_} * kUnit));
  }
  if (missing_.has_value()) {
    return absl::DataLossError(
        fmt::format("{}: is written to behind byte {}, and is no longer than that, or its size cannot be had now; "
                    "where it was cut, what is left can be copied to another group",
                    file_.path(), std::size_t{*missing_} * kUnit));
  }
  return absl::OkStatus();
}

}  // namespace leat::group
