#include "log/segment_times.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace leat::log {

void SegmentTimes::Assign(std::vector<Offset> bases) {
  const std::size_t leaves = std::bit_ceil(bases.size());
  std::vector<std::int64_t> tree(2 * leaves, kNoRecord);
  std::size_t old = 0;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    while (old < bases_.size() && bases_[old] < bases[i]) ++old;
    const bool is_last = i + 1 == bases.size();
    const bool is_same = !is_last && old < bases_.size() && bases_[old] == bases[i] && EndOf(old) == bases[i + 1];
    tree[leaves + i] = is_same ? tree_[leaves_ + old] : kUnknown;
  }
  for (std::size_t node = leaves - 1; node > 0; --node) tree[node] = std::max(tree[2 * node], tree[2 * node + 1]);
  bases_ = std::move(bases);
  leaves_ = leaves;
  tree_ = std::move(tree);
}

void SegmentTimes::Learn(Offset base, Offset end, std::int64_t greatest) {
  const auto known = std::lower_bound(bases_.begin(), bases_.end(), base);
  if (known == bases_.end() || *known != base) return;
  const auto index = static_cast<std::size_t>(known - bases_.begin());
  std::size_t node = leaves_ + index;
  if (EndOf(index) != end || tree_[node] <= greatest) return;
  tree_[node] = greatest;
  while ((node /= 2) > 0) tree_[node] = std::max(tree_[2 * node], tree_[2 * node + 1]);
}

std::optional<SegmentTimes::Bound> SegmentTimes::FirstSince(Offset from, std::int64_t timestamp) const {
  if (bases_.empty()) return std::nullopt;
  const std::size_t found = FirstAtLeast(HolderOf(from), timestamp);
  return found < bases_.size() ? std::optional(BoundOf(found)) : std::nullopt;
}

std::optional<SegmentTimes::Bound> SegmentTimes::Latest(Offset from, Offset end) const {
  if (bases_.empty() || end < bases_.front()) return std::nullopt;
  const std::size_t first = HolderOf(from);
  const std::int64_t greatest = Greatest(first, HolderOf(end));
  if (greatest == kNoRecord) return std::nullopt;
  return BoundOf(FirstAtLeast(first, greatest));
}

// The first one, when `offset` is before all.
std::size_t SegmentTimes::HolderOf(Offset offset) const {
  const auto after = std::upper_bound(bases_.begin(), bases_.end(), offset);
  return after == bases_.begin() ? 0 : static_cast<std::size_t>(after - bases_.begin()) - 1;
}

// The index of the first leaf from `from` on that has `timestamp` or more; one that is no segment's if there is none.
std::size_t SegmentTimes::FirstAtLeast(std::size_t from, std::int64_t timestamp) const {
  std::size_t node = leaves_ + from;
  for (;;) {
    while (node % 2 == 0) node /= 2;  // the greatest subtree that begins with this leaf
    if (tree_[node] >= timestamp) break;
    ++node;
    if (std::has_single_bit(node)) return leaves_;  // behind the last leaf
  }
  while (node < leaves_) node = tree_[2 * node] >= timestamp ? 2 * node : 2 * node + 1;
  return node - leaves_;
}

// Of the leaves from `begin` to `end`, exclusive.
std::int64_t SegmentTimes::Greatest(std::size_t begin, std::size_t end) const {
  std::int64_t greatest = kNoRecord;
  begin += leaves_;
  end += leaves_;
  for (; begin < end; begin /= 2, end /= 2) {
    if (begin % 2 == 1) greatest = std::max(greatest, tree_[begin++]);
    if (end % 2 == 1) greatest = std::max(greatest, tree_[--end]);
  }
  return greatest;
}

std::optional<Offset> SegmentTimes::EndOf(std::size_t index) const {
  return index + 1 < bases_.size() ? std::optional(bases_[index + 1]) : std::nullopt;
}

SegmentTimes::Bound SegmentTimes::BoundOf(std::size_t index) const {
  return {.base = bases_[index], .end = EndOf(index), .greatest = tree_[leaves_ + index]};
}

}  // namespace leat::log
