// What reading backwards returns: records, the newest first.
#ifndef LEAT_BACKWARD_RECORDS_H_
#define LEAT_BACKWARD_RECORDS_H_

#include <leat/consumer_records.h>
#include <leat/record.h>
#include <leat/types.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"

namespace leat {
namespace client {
class BackwardReader;
}  // namespace client
inline namespace v1 {

// A range of ConsumerRecord in the reverse of the log's order, of one partition.
//
//   for (leat::Offset before = *partition.high_watermark();;) {
//     const leat::BackwardRecords records = partition.ReadBackwards(before);
//     if (!records.status().ok()) return records.status();
//     if (records.empty()) break;  // the log's start
//     for (const leat::ConsumerRecord& r : records) fmt::print("{}: {}\n", r.offset(), r.value());
//     before = records.next();
//   }
//
// Either there are records or status() is an error, never both. An empty one with an OK status: there is nothing before.
//
// Threads: reading is safe from all threads. Lifetime: as ConsumerRecords; the bytes stay where they are in the log, and
// each record costs some 60 bytes here, because a log can only be decoded forwards. It only moves; moving it leaves its
// records good.
class [[nodiscard]] BackwardRecords {
 public:
  using iterator = std::vector<ConsumerRecord>::const_iterator;
  using const_iterator = iterator;
  using value_type = ConsumerRecord;

  // Empty, with an OK status.
  BackwardRecords() = default;

  // The newest record is the first. Not of a temporary, which would be gone before the iterator is used.
  iterator begin() const& { return newest_first_.begin(); }
  iterator end() const& { return newest_first_.end(); }
  iterator begin() const&& = delete;
  iterator end() const&& = delete;
  // How many records there are, and whether there is none.
  std::size_t size() const { return newest_first_.size(); }
  bool empty() const { return newest_first_.empty(); }

  // Why there are no records: Partition::ReadBackwards and Consumer::PollBackwards list the errors.
  const absl::Status& status() const { return status_; }
  // The partition that the records, or status(), are of; nullptr when there are neither.
  const TopicPartition* partition() const { return partition_.get(); }

  // Before which offset to read on. Without records, the offset that was asked for, or the log's start.
  Offset next() const { return next_; }

 private:
  friend class client::BackwardReader;

  ConsumerRecords records_;  // holds the bytes
  std::vector<ConsumerRecord> newest_first_;
  std::shared_ptr<const TopicPartition> partition_;
  Offset next_ = 0;
  absl::Status status_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_BACKWARD_RECORDS_H_
