// Reads what a person asked for: from one place of each partition, perhaps to another, by itself or in a group.
#ifndef LEAT_CLI_READING_H_
#define LEAT_CLI_READING_H_

#include <leat/broker.h>
#include <leat/consumer.h>
#include <leat/consumer_records.h>
#include <leat/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/place.h"
#include "cli/session.h"
#include "cli/topic_choice.h"

namespace leat::cli {

struct ReadingOptions {
  TopicChoice topics;
  std::optional<PartitionId> partition;
  Place from = {};
  std::optional<Place> until;
  std::string group;  // empty: none
  bool commit = true;
};

// Threads: one at a time. It stays where it is: the consumer's callbacks point to it.
class Reading {
 public:
  Reading(const Session& session, const ReadingOptions& options) : session_(session), options_(options) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  // Opens the folder, and finds what was asked for.
  absl::Status Begin();

  // As Consumer::Poll. Records outside of what was asked for are among them.
  ConsumerRecords Poll(std::chrono::milliseconds timeout);

  // Whether that record was asked for; if so, it counts as read.
  bool Wants(const ConsumerRecord& record);

  // Commits the places behind the records that count as read; nothing without a group.
  absl::Status Commit();

  // Whether everything up to the asked-for end has been read, in a group by whomever.
  absl::StatusOr<bool> Finished();

  // Leaves the group.
  absl::Status End() { return consumer_.has_value() ? consumer_->Close() : absl::OkStatus(); }

 private:
  struct Range {
    Offset begin = 0;
    std::optional<Offset> end;
    std::optional<Offset> next;  // behind what was read since the last commit
  };

  bool InGroup() const { return !options_.group.empty(); }
  ConsumerOptions ConsumerOptionsOf();
  absl::Status FindRanges();
  absl::Status FindEnds();
  absl::Status Choose();
  absl::Status SeekAll();
  std::uint64_t SharedState() const;
  absl::Status Open();
  absl::Status OpenAnew();
  void SeekWithoutCommit(Consumer& consumer, const std::vector<TopicPartition>& partitions);
  absl::StatusOr<bool> Reached(const TopicPartition& name, Offset end);

  const Session& session_;
  std::uint64_t shared_state_ = 0;  // when the folder was opened
  std::optional<Broker> broker_;
  const ReadingOptions& options_;
  std::map<TopicPartition, Range> ranges_;
  std::vector<Partition> partitions_;  // that were there at the start
  bool ends_known_ = false;
  absl::Status seek_status_;
  std::optional<Consumer> consumer_;
  // Of the record before in the same Poll: the next one is nearly always of the same partition.
  const char* last_topic_ = nullptr;
  PartitionId last_partition_ = -1;
  Range* last_range_ = nullptr;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_READING_H_
