// Recovers the logs of a folder whose shared state is void, many at a time.
#ifndef LEAT_BROKER_FOLDER_RECOVERY_H_
#define LEAT_BROKER_FOLDER_RECOVERY_H_

#include <functional>
#include <string>
#include <vector>

#include <leat/broker.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/partition_folders.h"
#include "broker/topic_file.h"
#include "log/page.h"
#include "log/recovery.h"

namespace leat::broker {

struct RecoveryJob {
  const TopicFile* topic;
  PartitionId partition;
  bool as_it_is = false;  // nothing is mended, and nothing said to be on the disk: a sync has failed
  absl::StatusOr<log::RecoveredLog> result = absl::UnknownError("not recovered");
};

struct RecoveryWay {
  bool writable = true;
  bool is_copy = false;
  bool surely_a_copy = false;  // where is_copy may also be a guess
  bool same_boot = false;      // the machine may not have been started anew since
  bool has_budget = false;     // for the sake of which any topic's oldest segments may have been deleted
};

// One partition, on this thread. A partition that is damaged beyond reading is an empty log with `damage`.
absl::StatusOr<log::RecoveredLog> RecoverPartition(const FolderPlace& place, const TopicFile& topic,
                                                   PartitionId partition, const RecoveryWay& way,
                                                   std::function<void(std::int64_t)> on_scanned);

// All of them, on as many threads as the machine runs at once; `on_progress` is called on this one. The first error
// that is not a partition's own damage.
absl::Status RecoverPartitions(const FolderPlace& place, std::vector<RecoveryJob>& jobs, const RecoveryWay& way,
                               const std::function<void(const RecoveryProgress&)>& on_progress);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_RECOVERY_H_
