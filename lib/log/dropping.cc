// Making room in limited memory: the oldest segments go.
#include <leat/batch.h>

#include <algorithm>
#include <utility>

#include "log/log.h"
#include "log/segment_files.h"

namespace leat::log {

absl::StatusOr<std::size_t> Log::OldestUnpinned() {
  // The files that stand at our path now may be those of the next topic of that name.
  if (Deleted()) return segments_.size();
  if (auto s = RefreshIfStale(); !s.ok()) return s;
  if (segments_.empty()) return 0;
  const auto active = std::prev(segments_.end());
  const auto found = std::find_if(segments_.begin(), active, [](const auto& segment) { return !segment->Pinned(); });
  return found == active ? segments_.size() : static_cast<std::size_t>(found - segments_.begin());
}

std::optional<std::int64_t> Log::OldestDroppable() {
  base::MutexLock lock(mutex_);
  const auto oldest = OldestUnpinned();
  if (!oldest.ok() || *oldest == segments_.size()) return std::nullopt;
  auto view = segments_[*oldest]->View(batch_layout::kHeaderSize);
  // A segment that another follows has at least one batch.
  return view.ok() ? std::optional(BatchView(*view).base_timestamp()) : std::nullopt;
}

absl::StatusOr<bool> Log::DropOldest() {
  base::MutexLock cutting(cutting_);
  base::MutexLock lock(mutex_);
  const auto oldest = OldestUnpinned();
  if (!oldest.ok()) return oldest.status();
  if (*oldest == segments_.size()) return false;
  // A reader that holds on to an old segment must not keep the younger ones from going.
  for (std::size_t left = *oldest + 1; left > 0; --left) {
    if (auto s = DropFront(); !s.ok()) return s;
  }
  return true;
}

absl::Status Log::DropFront() {
  const std::shared_ptr<Segment> oldest = segments_.front();
  auto size = oldest->FileSize();
  if (!size.ok()) return size.status();
  // First the bound, then the file: a reader that finds no file finds that its offset is gone.
  page().log_start.store(segments_[1]->base(), std::memory_order_release);
  page().local_log_start.store(segments_[1]->base(), std::memory_order_release);
  page().segment_list_generation.fetch_add(1, std::memory_order_release);
  for (const std::string_view suffix : {kIndexSuffix, kTimeIndexSuffix, kLogSuffix}) {
    const absl::Status removed = settings_.files->Remove(oldest->Path(suffix));
    if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  }
  if (oldest->Pinned()) {
    dropped_.push_back({.segment = oldest, .size = *size});
  } else if (settings_.owner != nullptr) {
    settings_.owner->Reserve(*this, -*size).IgnoreError();
  }
  return Refresh();
}

bool Log::GiveBackUnpinned() {
  base::MutexLock lock(mutex_);
  return std::erase_if(dropped_, [this](const Dropped& dropped) {
           if (dropped.segment->Pinned()) return false;
           if (settings_.owner != nullptr) settings_.owner->Reserve(*this, -dropped.size).IgnoreError();
           return true;
         }) > 0;
}

}  // namespace leat::log
