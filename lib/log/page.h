// Filling a partition's page: with the state of a new, empty log, or with what recovery found. Only before the page
// is ready, or under the exclusive folder lock.
#ifndef LEAT_LOG_PAGE_H_
#define LEAT_LOG_PAGE_H_

#include <cstdint>

#include <leat/types.h>
#include "shared/layout.h"

namespace leat::log {

struct PageContent {
  Offset log_start = 0;
  Offset end = 0;
  Offset flushed = 0;
  LeaderEpoch leader_epoch = 0;
  Offset epoch_start = 0;
  Offset segment_base = 0;          // of the active segment
  std::int64_t position = 0;        // its bytes that are batches
  std::int64_t allocated = 0;       // its bytes that have blocks: its file's size
  std::int64_t max_timestamp = -1;  // of its batches
  std::int64_t segment_first_append = -1;
  std::uint32_t flags = 0;  // shared::PartitionFlags; the folder is synced, so that all segments have their names
};

// Ends with `ready`.
void FillPage(shared::PartitionPage& page, const PageContent& content);

// Raises the high watermark to `to`, if it is lower. Any thread: an appender stores it under the append lock, a flush
// leader without, and when a topic changes its durability both may be at it.
void RaiseWatermark(shared::PartitionPage& page, Offset to);

}  // namespace leat::log

#endif  // LEAT_LOG_PAGE_H_
