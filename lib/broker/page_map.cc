#include "broker/page_map.h"

#include <cstring>

namespace leat::broker {
namespace {

// Also of one that is known: it may have been overwritten since.
bool IsLive(const shared::PartitionPage& page) {
  if (page.ready.load(std::memory_order_acquire) != 1) return false;  // pairs with the release in log::FillPage
  return (page.flags.load(std::memory_order_acquire) & shared::kFlagDeleted) == 0;
}

base::Uuid TopicIdOf(const shared::PartitionPage& page) {
  base::Uuid id;
  std::memcpy(id.data(), page.topic_id, id.size());
  return id;
}

}  // namespace

shared::PartitionPage* PageMap::Find(const base::Uuid& topic_id, std::int32_t partition) {
  const base::MutexLock lock(mutex_);
  const Key key{topic_id, partition};
  auto found = pages_.find(key);
  // A page marked deleted here is of an attempt that failed: another may have come for the same partition.
  if (found == pages_.end() || !IsLive(control_.page(found->second))) {
    LookAgain();
    found = pages_.find(key);
  }
  if (found == pages_.end()) return nullptr;
  shared::PartitionPage& page = control_.page(found->second);
  return IsLive(page) ? &page : nullptr;
}

void PageMap::Clear() {
  const base::MutexLock lock(mutex_);
  pages_.clear();
  unsettled_.clear();
  seen_ = 0;
}

void PageMap::LookAgain() {
  std::erase_if(unsettled_,
                [this](std::uint32_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return Enter(index); });
  const std::uint32_t count = control_.page_count();
  for (; seen_ < count; ++seen_) {
    if (!Enter(seen_)) unsettled_.push_back(seen_);
  }
}

bool PageMap::Enter(std::uint32_t index) {
  const shared::PartitionPage& page = control_.page(index);
  if (page.state.load(std::memory_order_acquire) != shared::kPageUsed) return false;
  if (page.ready.load(std::memory_order_acquire) != 1) return false;  // pairs with the release in log::FillPage
  if (IsLive(page)) pages_[Key{TopicIdOf(page), page.partition}] = index;
  return true;
}

}  // namespace leat::broker
