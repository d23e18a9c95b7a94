// Which times of their own records may bring along.
#ifndef LEAT_CLIENT_TIMESTAMPS_H_
#define LEAT_CLIENT_TIMESTAMPS_H_

#include <leat/batch.h>
#include <leat/record.h>

#include <cstdint>

#include "absl/status/status.h"
#include "base/clock.h"
#include "broker/backend.h"

namespace leat::client {

// kInvalidArgument, naming the time, the limit and how far off it is, when the topic's message.timestamp.before.max.ms or
// .after.max.ms refuses `timestamp`. Kafka's rules: -1, which stands for no time, is never refused, and neither is anything
// where the log's clock stamps records.
absl::Status CheckTimestamp(const broker::PartitionBackend& partition, std::int64_t timestamp,
                            const base::Clock& clock);

// Of a record that is about to be sent. Without a time of its own it has the clock's.
inline absl::Status CheckTimestamp(const broker::PartitionBackend& partition, const ProducerRecord& record,
                                   const base::Clock& clock) {
  if (!record.timestamp.has_value()) [[likely]]
    return absl::OkStatus();
  return CheckTimestamp(partition, record.timestamp->time_since_epoch().count(), clock);
}

// Of all records of a batch, which is not compressed.
absl::Status CheckTimestamps(const broker::PartitionBackend& partition, BatchView batch, const base::Clock& clock);

// Of a batch that an application has encoded, and which is not compressed: what its header says of its latest record is what
// all searches by time go by, retention too, so it has to be so. kInvalidArgument, naming both. Where the log's clock stamps,
// now or where the batch comes from, the header's time is that of all records.
absl::Status CheckHeaderTime(const broker::PartitionBackend& partition, BatchView batch);

// CheckTimestamps of records that stand in a builder.
absl::Status CheckTimestamps(const broker::PartitionBackend& partition, BatchBuilder& builder,
                             const base::Clock& clock);

}  // namespace leat::client

#endif  // LEAT_CLIENT_TIMESTAMPS_H_
