#include "log/transactions.h"

#include <algorithm>

namespace leat::log {
namespace {

// The key of a control record: a version, then what it says, two bytes each.
constexpr std::size_t kTypeAt = 2;
constexpr std::size_t kKeySize = 4;
constexpr std::uint16_t kAbort = 0;
constexpr std::uint16_t kCommit = 1;

std::optional<std::uint16_t> TypeOf(BatchView marker) {
  RecordReader reader(marker);
  if (!reader.Next() || reader.record().key.size() < kKeySize) return std::nullopt;
  return LoadBig16(reader.record().key.data() + kTypeAt);
}

}  // namespace

void Transactions::See(BatchView batch) {
  if (!batch.is_transactional()) return;
  if (!batch.is_control()) {
    open_.try_emplace(batch.producer_id(), batch.base_offset());
    return;
  }
  const auto type = TypeOf(batch);
  if (type != kAbort && type != kCommit) return;
  markers_[batch.producer_id()].push_back({.offset = batch.base_offset(), .commit = type == kCommit});
  open_.erase(batch.producer_id());
}

std::optional<bool> Transactions::IsCommitted(BatchView batch) const {
  const auto known = markers_.find(batch.producer_id());
  if (known == markers_.end()) return std::nullopt;
  const auto& markers = known->second;
  const auto marker = std::upper_bound(markers.begin(), markers.end(), batch.base_offset(),
                                       [](Offset offset, const Marker& one) { return offset < one.offset; });
  return marker == markers.end() ? std::nullopt : std::optional(marker->commit);
}

std::optional<Offset> Transactions::FirstOpen() const {
  std::optional<Offset> first;
  for (const auto& [producer, offset] : open_) first = std::min(first.value_or(offset), offset);
  return first;
}

}  // namespace leat::log
