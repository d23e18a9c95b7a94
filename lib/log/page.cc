#include "log/page.h"

#include "base/check.h"
#include "shared/commit_slots.h"

namespace leat::log {

void FillPage(shared::PartitionPage& page, const PageContent& content) {
  LEAT_CHECK(content.log_start <= content.end);
  LEAT_CHECK(content.flushed <= content.end);
  LEAT_CHECK(content.position <= content.allocated);
  constexpr auto relaxed = std::memory_order_relaxed;
  page.append_lock.store(0, relaxed);
  page.size_lock.store(0, relaxed);
  page.flush_lock.store(0, relaxed);
  page.retire_lock.store(0, relaxed);
  page.flags.store(content.flags, relaxed);
  page.leader_epoch.store(content.leader_epoch, relaxed);
  page.epoch_start.store(content.epoch_start, relaxed);
  page.index.segment_base.store(content.segment_base, relaxed);
  page.index.count.store(0, relaxed);
  page.allocated_segment.store(content.segment_base, relaxed);
  page.allocated.store(content.allocated, relaxed);
  page.flushed.store(content.flushed, relaxed);
  page.named.store(content.segment_base, relaxed);
  page.log_start.store(content.log_start, relaxed);
  page.local_log_start.store(content.log_start, relaxed);
  page.last_stable_offset.store(content.end, relaxed);
  page.sleepers.store(0, relaxed);
  const shared::CommitState before = shared::ReadCommit(page);  // its counters go on
  shared::PublishCommit(page, {.segment_base = content.segment_base,
                               .position = content.position,
                               .next_offset = content.end,
                               .max_timestamp = content.max_timestamp,
                               .segment_first_append = content.segment_first_append,
                               .appended_batches = before.appended_batches,
                               .appended_records = before.appended_records,
                               .appended_bytes = before.appended_bytes});
  page.visible_position.store(content.position, relaxed);
  const bool to_disk = (content.flags & shared::kFlagDisk) != 0;
  page.high_watermark.store(to_disk ? content.flushed : content.end, std::memory_order_release);
  page.ready.store(1, std::memory_order_release);
}

void RaiseWatermark(shared::PartitionPage& page, Offset to) {
  Offset seen = page.high_watermark.load(std::memory_order_relaxed);
  while (seen < to &&
         !page.high_watermark.compare_exchange_weak(seen, to, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

}  // namespace leat::log
