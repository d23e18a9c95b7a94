#include "cli/partition_check.h"

#include <fmt/format.h>
#include <leat/encoding.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/number.h"
#include "cli/transaction_file.h"

namespace leat::cli {
namespace {

bool IsThere(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// Of "BASE-END.compacted".
std::optional<std::pair<Offset, Offset>> CompactedRangeOf(const std::string& path) {
  constexpr std::size_t kDigits = 20;
  constexpr std::string_view kSuffix = ".compacted";
  const std::string name = std::filesystem::path(path).filename().string();
  if (name.size() != 2 * kDigits + 1 + kSuffix.size() || !name.ends_with(kSuffix) || name[kDigits] != '-') {
    return std::nullopt;
  }
  const auto base = ParseNumber<Offset>(name.substr(0, kDigits));
  const auto end = ParseNumber<Offset>(name.substr(kDigits + 1, kDigits));
  if (!base.has_value() || !end.has_value()) return std::nullopt;
  return std::pair(*base, *end);
}

}  // namespace

absl::StatusOr<SegmentFiles> ListSegments(const std::string& partition_folder) {
  SegmentFiles segments;
  std::map<std::pair<Offset, Offset>, std::string> compacted;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(partition_folder, error)) {
    const std::string path = entry.path().string();
    if (const auto range = CompactedRangeOf(path)) compacted[*range] = path;
    const auto base = BaseOffsetOf(path);
    if (!path.ends_with(".log") || !base.has_value()) continue;
    segments.logs[*base] = path;
    const auto size = entry.file_size(error);
    if (!error) segments.bytes += static_cast<std::int64_t>(size);
    error.clear();  // deleted meanwhile
  }
  if (error) return absl::UnknownError(fmt::format("{}: {}", partition_folder, error.message()));
  // docs/format.md: it counts in the place of those that are to go.
  for (const auto& [range, path] : compacted) {
    std::erase_if(segments.logs,
                  [&](const auto& log) { return log.first >= range.first && log.first < range.second; });
    segments.logs[range.first] = path;
  }
  return segments;
}

absl::Status PartitionCheck::Run() {
  const auto segments = ListSegments(folder_);
  if (!segments.ok()) return segments.status();
  for (auto segment = segments->logs.begin(); segment != segments->logs.end(); ++segment) {
    const auto next = std::next(segment);
    const auto limit = next == segments->logs.end() ? std::nullopt : std::optional<Offset>(next->first);
    // What was rolled since the end was looked at holds nothing that was there then.
    if (segment->first > end_) break;
    const absl::Status checked = CheckLog(segment->first, segment->second, limit);
    // Retention may be faster.
    if (!checked.ok() && !absl::IsNotFound(checked)) return checked;
  }
  if (next_ < end_ && end_ > log_start_) {
    damage_.Add({.file = folder_,
                 .expected = fmt::format("records up to offset {}", end_ - 1),
                 .found = "none behind the last whole batch",
                 .unreadable_begin = std::max(next_, log_start_),
                 .unreadable_end = end_});
  }
  CheckCheckpoint();
  CheckSmallFiles();
  CheckTransactions();
  return absl::OkStatus();
}

absl::Status PartitionCheck::CheckLog(Offset base, const std::string& path, std::optional<Offset> limit) {
  const bool is_last = !limit.has_value();
  auto file = BatchFile::Open(path);
  if (!file.ok()) return file.status();
  Seen seen;
  std::optional<FoundBatch> last;
  std::int64_t counted = 0;
  while (next_ < end_ || !is_last || !is_well_) {
    const auto found = file->Next();
    if (!found.ok()) return found.status();
    last = *found;
    if (!last.has_value() || !last->has_end()) break;
    CheckBatch(*file, *last, base, &seen);
    progress_.Add(file->position() - counted);
    counted = file->position();
    last.reset();
  }
  progress_.Add(file->size() - counted);
  if (absl::Status end = CheckEnd(*file, last, limit); !end.ok()) return end;
  const std::string stem = path.substr(0, path.size() - std::string_view(".log").size());
  // The active segment's are made when it is finished; a Kafka that was killed leaves them in any state.
  if (!is_last && IsThere(stem + ".index")) CheckOffsetIndex(base, stem + ".index", seen);
  if (!is_last && IsThere(stem + ".timeindex")) CheckTimeIndex(base, stem + ".timeindex", seen);
  return absl::OkStatus();
}

void PartitionCheck::CheckBatch(const BatchFile& file, const FoundBatch& found, Offset base, Seen* seen) {
  const BatchView batch(found.bytes);
  ++batches_;
  if (!found.is_right()) {
    std::string what(WhatIsWrong(found.verdict));
    std::string expected = "a well-formed batch";
    if (found.verdict == BatchVerdict::kBadCrc) {
      expected = fmt::format("checksum {:08x}", batch.crc());
      what = fmt::format("{:08x}", batch.ComputeCrc());
    }
    // Which offsets these were, only the neighbours can tell: the header may be what is wrong.
    damage_.Add({.file = file.path(),
                 .position = found.position,
                 .expected = expected,
                 .found = what,
                 .unreadable_begin = std::max(next_, base),
                 .unreadable_end = batch.next_offset() > std::max(next_, base)
                                       ? std::optional<Offset>(batch.next_offset())
                                       : std::nullopt});
    next_ = std::max(next_, batch.next_offset());
    return;
  }
  records_ += batch.count();
  const Offset least = std::max(next_, base);
  if (batch.base_offset() < least) {
    damage_.Add({.file = file.path(),
                 .position = found.position,
                 .expected = fmt::format("offset {} or above", least),
                 .found = fmt::to_string(batch.base_offset())});
  } else if (batch.base_offset() > least && !may_have_gaps_) {
    damage_.Add({.file = file.path(),
                 .position = found.position,
                 .expected = fmt::format("offset {}", least),
                 .found = fmt::to_string(batch.base_offset()),
                 .unreadable_begin = least,
                 .unreadable_end = batch.base_offset()});
  }
  next_ = std::max(next_, batch.next_offset());
  const std::int64_t before = seen->empty() ? INT64_MIN : seen->back().max_timestamp;
  seen->push_back({found.position, batch.last_offset(), std::max(before, batch.max_timestamp())});
}

// What comes behind the last whole batch. In the segment that is being written to: nothing of our business from the
// log's end on.
absl::Status PartitionCheck::CheckEnd(BatchFile& file, const std::optional<FoundBatch>& found,
                                      std::optional<Offset> limit) {
  if (!limit.has_value() && next_ >= end_ && is_well_) return CheckBehindEnd(file);
  if (!found.has_value()) return absl::OkStatus();
  if (found->verdict == BatchVerdict::kUnwritten) {
    const auto zeros = file.OnlyZerosLeft();
    if (!zeros.ok()) return zeros.status();
    // Room that was never written to, at the end of a log whose end is not reached: Run says what is missing.
    if (*zeros) return absl::OkStatus();
  }
  if (limit == next_) {
    damage_.Note(fmt::format("{}: from position {} on there is an append that was never finished; nothing of the log",
                             file.path(), found->position));
    return absl::OkStatus();
  }
  damage_.Add({.file = file.path(),
               .position = found->position,
               .expected = "a batch or the end of the file",
               .found = std::string(WhatIsWrong(found->verdict)),
               .unreadable_begin = std::max<Offset>(next_, 0)});
  return absl::OkStatus();
}

// A process that was killed in the middle of an append, or a machine that lost power, leaves bytes behind the end.
absl::Status PartitionCheck::CheckBehindEnd(BatchFile& file) {
  if (!at_rest_) return absl::OkStatus();
  const auto end = file.ContentEnd();
  if (!end.ok()) return end.status();
  if (*end <= file.position()) return absl::OkStatus();
  damage_.Note(
      fmt::format("{}: {} bytes from position {} on are behind the end of the log; the next opening cuts them off",
                  file.path(), *end - file.position(), file.position()));
  return absl::OkStatus();
}

void PartitionCheck::AddIndexDamage(const std::string& path, std::size_t entry, const std::string& expected,
                                    const std::string& found) {
  damage_.Add({.file = path, .position = static_cast<std::int64_t>(entry), .expected = expected, .found = found});
}

template <typename Entry>
void PartitionCheck::CheckIndex(Offset base, const std::string& path, const IndexRule<Entry>& rule) {
  const auto entries = rule.read(path);
  if (!entries.ok()) {
    if (absl::IsDataLoss(entries.status()))
      AddIndexDamage(path, 0, "whole entries", std::string(entries.status().message()));
    return;
  }
  Offset last = base - 1;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const Entry& entry = (*entries)[i];
    if (!rule.is_right(entry) || entry.offset <= last) {
      AddIndexDamage(path, rule.entry_size * i, rule.expected, rule.show(entry));
      return;  // one wrong entry makes those behind it doubtful, and the index is made anew as a whole
    }
    last = entry.offset;
  }
}

void PartitionCheck::CheckOffsetIndex(Offset base, const std::string& path, const Seen& seen) {
  CheckIndex<OffsetEntry>(
      base, path,
      {.read = ReadOffsetIndex,
       .entry_size = 8,
       .expected = "the position of the batch that ends with the entry's offset",
       .is_right =
           [&](const OffsetEntry& entry) {
             const auto batch = std::lower_bound(
                 seen.begin(), seen.end(), entry.position,
                 [](const SeenBatch& one, std::int64_t position) { return one.position < position; });
             return batch != seen.end() && batch->position == entry.position && batch->last_offset == entry.offset;
           },
       .show =
           [](const OffsetEntry& entry) {
             return fmt::format("offset {}, position {}", entry.offset, entry.position);
           }});
}

void PartitionCheck::CheckTimeIndex(Offset base, const std::string& path, const Seen& seen) {
  CheckIndex<TimeEntry>(base, path,
                        {.read = ReadTimeIndex,
                         .entry_size = 12,
                         .expected = "the greatest timestamp up to the entry's offset",
                         .is_right =
                             [&](const TimeEntry& entry) {
                               // Kafka may name a record within the batch.
                               const auto batch = std::lower_bound(
                                   seen.begin(), seen.end(), entry.offset,
                                   [](const SeenBatch& one, Offset offset) { return one.last_offset < offset; });
                               return batch != seen.end() && batch->max_timestamp == entry.timestamp;
                             },
                         .show =
                             [](const TimeEntry& entry) {
                               return fmt::format("offset {}, timestamp {}", entry.offset, entry.timestamp);
                             }});
}

// docs/format.md draws it. A slot that is neither whole nor empty is what a power cut leaves; the other one counts.
void PartitionCheck::CheckCheckpoint() {
  constexpr std::size_t kSlot = 512, kChecked = 72, kSlots = 2;
  std::array<char, kSlot* kSlots> bytes = {};
  const std::string path = folder_ + "/checkpoint";
  std::ifstream file(path, std::ios::binary);
  if (!file || !file.read(bytes.data(), bytes.size())) return;
  const std::span<const std::byte> all = std::as_bytes(std::span(bytes));
  bool any_whole = false, any_written = false;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const auto slot = all.subspan(i * kSlot, kSlot);
    any_written = any_written || std::any_of(slot.begin(), slot.end(), [](std::byte b) { return b != std::byte{0}; });
    if (LoadBig32(slot.data() + kChecked) != Crc32c(slot.first(kChecked)) || LoadBig32(slot.data()) == 0) continue;
    any_whole = true;
    const auto end = static_cast<Offset>(LoadBig64(slot.data() + 24));
    if (end > std::max(end_, next_)) {
      damage_.Add({.file = path,
                   .position = static_cast<std::int64_t>(i * kSlot + 24),
                   .expected = fmt::format("an end of the log up to {}", std::max(end_, next_)),
                   .found = fmt::to_string(end),
                   .unreadable_begin = std::max<Offset>(next_, 0),
                   .unreadable_end = end});
    }
  }
  if (any_written && !any_whole) {
    damage_.Add({.file = path, .position = 0, .expected = "a slot with its checksum", .found = "none"});
  }
}

// Kafka's text files. One that is not there is made when it is needed.
void PartitionCheck::CheckSmallFiles() {
  const std::string epochs = folder_ + "/leader-epoch-checkpoint", metadata = folder_ + "/partition.metadata";
  if (std::ifstream file(epochs); file) {
    std::int64_t version = -1, count = -1, epoch = -1, start = -1, last_epoch = -1, last_start = -1, read = 0;
    bool is_right = (file >> version >> count) && version == 0 && count >= 0;
    for (; is_right && read < count; ++read) {
      is_right = (file >> epoch >> start) && epoch > last_epoch && start > last_start && start >= 0;
      last_epoch = epoch;
      last_start = start;
    }
    std::string rest;
    is_right = is_right && !(file >> rest);
    if (!is_right) {
      damage_.Add({.file = epochs,
                   .expected = "version 0, a count, and that many epochs with growing offsets",
                   .found = fmt::format("something else in line {}", read + 2)});
    }
  }
  if (std::ifstream file(metadata, std::ios::binary); file) {
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::string wanted = "version: 0\ntopic_id: " + topic_id_;
    std::string_view found = text;
    if (found.ends_with('\n')) found.remove_suffix(1);
    if (found != wanted) {
      damage_.Add({.file = metadata, .expected = "version 0 and the id " + topic_id_, .found = std::string(found)});
    }
  }
}

// What only a Kafka writes.
void PartitionCheck::CheckTransactions() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    const std::string path = entry.path().string();
    absl::Status read;
    if (path.ends_with(".txnindex")) read = ReadTransactionIndex(path).status();
    if (path.ends_with(".snapshot")) read = ReadProducerSnapshot(path).status();
    if (!absl::IsDataLoss(read)) continue;
    damage_.Add({.file = path, .expected = "a whole file of its kind", .found = std::string(read.message())});
  }
}

}  // namespace leat::cli
