#include "broker/page_check.h"

#include "log/segment_files.h"
#include "shared/commit_slots.h"

namespace leat::broker {

absl::StatusOr<bool> IsPossible(const shared::PartitionPage& page, io::FileSystem& files,
                                const std::string& partition_folder) {
  const shared::CommitState state = shared::ReadCommit(page);
  const Offset log_start = page.log_start.load(std::memory_order_relaxed);
  const Offset high_watermark = page.high_watermark.load(std::memory_order_relaxed);
  if (log_start < 0 || log_start > state.next_offset) return false;
  if (high_watermark < 0 || high_watermark > state.next_offset) return false;
  const Offset flushed = page.flushed.load(std::memory_order_relaxed);
  if (flushed < 0 || flushed > state.next_offset) return false;
  const Offset named = page.named.load(std::memory_order_relaxed);
  if (named < 0 || named > state.segment_base) return false;
  if (state.segment_base < 0 || state.segment_base > state.next_offset || state.position < 0) return false;
  if (page.leader_epoch.load(std::memory_order_relaxed) < 0) return false;
  // Bytes beyond the end of a file are a SIGBUS to whoever looks at them.
  const auto segment =
      files.Info(io::JoinPath(partition_folder, log::SegmentFileName(state.segment_base, log::kLogSuffix)));
  if (absl::IsNotFound(segment.status())) return false;
  if (!segment.ok()) return segment.status();
  return state.position <= segment->size;
}

}  // namespace leat::broker
