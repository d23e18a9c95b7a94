// Where the records of a leader epoch end: what tells a place in the log from one in a future that did not come.
#ifndef LEAT_BROKER_EPOCH_END_H_
#define LEAT_BROKER_EPOCH_END_H_

#include <leat/types.h>

#include "absl/status/statusor.h"
#include "broker/folder.h"
#include "broker/topic_file.h"

namespace leat::broker {

// Kafka's OffsetForLeaderEpoch: one past the last record of that epoch or an older one, which is the end of the log when
// none younger has begun. After a power loss the log goes on in a new epoch, so what was said of an old one's records
// beyond this is void. -1, an epoch that nobody knows: the end of the log.
absl::StatusOr<Offset> EndOfEpoch(Folder& folder, const TopicFile& topic, PartitionId partition, LeaderEpoch epoch);

}  // namespace leat::broker

#endif  // LEAT_BROKER_EPOCH_END_H_
