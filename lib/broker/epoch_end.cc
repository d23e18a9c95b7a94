#include "broker/epoch_end.h"

#include <algorithm>

#include "broker/partition_folders.h"
#include "log/epochs.h"

namespace leat::broker {

absl::StatusOr<Offset> EndOfEpoch(Folder& folder, const TopicFile& topic, PartitionId partition, LeaderEpoch epoch) {
  const absl::StatusOr<shared::PartitionPage*> page = folder.PageOf(topic, partition);
  if (!page.ok()) return page.status();
  const Offset end = (*page)->high_watermark.load(std::memory_order_acquire);
  if (epoch < 0) return end;
  const absl::StatusOr<log::Epochs> epochs =
      log::ReadEpochs(folder.files(), PartitionFolderPath(folder.place(), topic.name, partition));
  // A log of one epoch may do without the file.
  if (absl::IsNotFound(epochs.status())) return end;
  if (!epochs.ok()) return epochs.status();
  for (const log::EpochStart& entry : epochs->entries()) {
    if (entry.epoch > epoch) return std::min(entry.start, end);
  }
  return end;
}

}  // namespace leat::broker
