// Reads a partition backwards, a piece of the log at a time.
#ifndef LEAT_CLIENT_BACKWARD_READER_H_
#define LEAT_CLIENT_BACKWARD_READER_H_

#include <leat/backward_records.h>
#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "broker/backend.h"
#include "client/records_builder.h"

namespace leat::client {

class BackwardReader {
 public:
  // At most `max_records` (0: no limit) for which `filter` (null: no filter) returns true.
  BackwardReader(broker::PartitionBackend& partition, std::shared_ptr<const TopicPartition> name,
                 const RecordFilter* filter = nullptr, std::size_t max_records = 0)
      : partition_(partition), name_(std::move(name)), filter_(filter), max_records_(max_records) {}

  // Of no partition.
  static BackwardRecords Failed(absl::Status status);

  // The nearest records before `before`, of about `max_bytes` of the log. Contract: Partition::ReadBackwards.
  BackwardRecords Read(Offset before, std::size_t max_bytes) const;
  BackwardRecords Nothing(Offset next, absl::Status status = absl::OkStatus()) const;

 private:
  absl::StatusOr<Offset> ReadPiece(broker::PartitionCursor& cursor, Offset before, std::size_t max_bytes,
                                   ConsumerRecords& records) const;
  BackwardRecords Reversed(ConsumerRecords records, Offset start) const;

  broker::PartitionBackend& partition_;
  const std::shared_ptr<const TopicPartition> name_;
  const RecordFilter* const filter_;
  const std::size_t max_records_;
};

// The offset such that `count` records, or all there are, stand from it to `before`. Compaction may have left gaps between
// them. Errors as Partition::ReadBackwards.
absl::StatusOr<Offset> StartOfLast(broker::PartitionBackend& partition, Offset before, std::int64_t count);

}  // namespace leat::client

#endif  // LEAT_CLIENT_BACKWARD_READER_H_
