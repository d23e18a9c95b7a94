#include "cli/reading.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/report.h"
#include "cli/time_text.h"

namespace leat::cli {

absl::Status Reading::Open() {
  shared_state_ = SharedState();  // before, so that no change of it is missed
  auto broker = InGroup() ? OpenToChange(session_) : OpenToRead(session_);
  if (!broker.ok()) return broker.status();
  broker_.emplace(*std::move(broker));
  return absl::OkStatus();
}

absl::Status Reading::Begin() {
  if (absl::Status opened = Open(); !opened.ok()) return opened;
  if (absl::Status found = FindRanges(); !found.ok()) return found;
  auto consumer = Consumer::Open(*broker_, ConsumerOptionsOf());
  if (!consumer.ok()) return consumer.status();
  consumer_.emplace(*std::move(consumer));
  if (absl::Status chosen = Choose(); !chosen.ok()) return chosen;
  if (!seek_status_.ok()) return seek_status_;
  return InGroup() ? absl::OkStatus() : SeekAll();
}

ConsumerOptions Reading::ConsumerOptionsOf() {
  ConsumerOptions options;
  options.group_id = options_.group;
  options.enable_auto_commit = false;
  // Who asked for the end of a group without a place gets it as the library gives it: committed at once. All else is
  // sought; what is gone by then goes on with the oldest that there is.
  const bool latest = InGroup() && options_.from.kind == Place::Kind::kEnd;
  options.auto_offset_reset = latest ? OffsetReset::kLatest : OffsetReset::kEarliest;
  options.on_offset_reset = [](const OffsetResetEvent& event) {
    Say(fmt::format("{}: offset {} is not there any more; going on at {}, {} records are missed", event.partition,
                    event.from, event.to, event.missed));
  };
  if (InGroup()) {
    options.on_assigned = [this](Consumer& consumer, const std::vector<TopicPartition>& partitions) {
      SeekWithoutCommit(consumer, partitions);
    };
  }
  return options;
}

absl::Status Reading::FindRanges() {
  auto topics = options_.topics.TopicsOf(*broker_);
  if (!topics.ok()) return topics.status();
  auto partitions = PartitionsOf(*topics, options_.partition);
  if (!partitions.ok()) return partitions.status();
  partitions_ = *std::move(partitions);
  for (const Partition& partition : partitions_) {
    const auto begin = OffsetOf(options_.from, partition);
    if (!begin.ok()) return begin.status();
    // In a group the commit says where to begin; what was asked for is only for where there is none.
    ranges_[{partition.topic(), partition.id()}].begin = InGroup() ? 0 : *begin;
  }
  return FindEnds();
}

// An end at a time that has not come is found when it has.
absl::Status Reading::FindEnds() {
  if (!options_.until.has_value() || ends_known_) return absl::OkStatus();
  if (options_.until->kind == Place::Kind::kTime && options_.until->time > Now()) return absl::OkStatus();
  for (const Partition& partition : partitions_) {
    const auto end = OffsetOf(*options_.until, partition);
    if (!end.ok()) return end.status();
    ranges_[{partition.topic(), partition.id()}].end = *end;
  }
  ends_known_ = true;
  return absl::OkStatus();
}

absl::Status Reading::Choose() {
  if (options_.partition.has_value()) {
    std::vector<TopicPartition> names;
    for (const Partition& partition : partitions_) names.push_back({partition.topic(), partition.id()});
    if (absl::Status assigned = consumer_->Assign(names); !assigned.ok() || !InGroup()) return assigned;
    SeekWithoutCommit(*consumer_, names);
    return absl::OkStatus();
  }
  return options_.topics.by_pattern() ? consumer_->SubscribePattern(options_.topics.pattern())
                                      : consumer_->Subscribe(options_.topics.names());
}

absl::Status Reading::SeekAll() {
  for (const auto& [name, range] : ranges_) {
    // An offset that is still to come is waited for behind the end.
    const auto end = consumer_->EndOffset(name);
    if (!end.ok()) return end.status();
    if (absl::Status sought = consumer_->Seek(name, std::min(range.begin, *end)); !sought.ok()) return sought;
  }
  return absl::OkStatus();
}

void Reading::SeekWithoutCommit(Consumer& consumer, const std::vector<TopicPartition>& partitions) {
  const Place::Kind kind = options_.from.kind;
  if (kind == Place::Kind::kBegin || (kind == Place::Kind::kEnd && !options_.partition.has_value())) return;
  for (const TopicPartition& name : partitions) {
    const auto committed = consumer.Committed(name);
    if (committed.ok() && committed->has_value()) continue;
    const auto partition = std::find_if(partitions_.begin(), partitions_.end(), [&](const Partition& one) {
      return one.topic() == name.topic && one.id() == name.partition;
    });
    if (partition == partitions_.end()) continue;  // made since: from its begin
    const auto offset = OffsetOf(options_.from, *partition);
    const absl::Status sought = offset.ok() ? consumer.Seek(name, *offset) : offset.status();
    if (!sought.ok()) seek_status_ = sought;
  }
}

// A folder that nobody had open, in a copy say, is shown as its files were when it was opened. Whoever opens it for
// writing then makes the file in which processes share their state, with byte 0 of LOCK held exclusively for as long
// as that file is not to be believed (docs/format.md). 0: it is just being made.
std::uint64_t Reading::SharedState() const {
  if (const int descriptor = ::open((session_.folder + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC); descriptor >= 0) {
    struct flock lock = {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
    ::close(descriptor);
    if (asked && lock.l_type != F_UNLCK) return 0;
  }
  constexpr std::uint64_t kNone = 1;
  struct stat info;
  return ::stat((session_.folder + "/control").c_str(), &info) == 0 ? info.st_ino : kNone;
}

ConsumerRecords Reading::Poll(std::chrono::milliseconds timeout) {
  last_topic_ = nullptr;
  ConsumerRecords records = consumer_->Poll(timeout);
  if (InGroup() || !records.empty() || !records.status().ok()) return records;
  const std::uint64_t now = SharedState();
  if (now == shared_state_ || now == 0) return records;
  return ConsumerRecords(OpenAnew());
}

absl::Status Reading::OpenAnew() {
  std::map<TopicPartition, Offset> places;
  const auto assigned = consumer_->assignment();
  if (!assigned.ok()) return assigned.status();
  for (const TopicPartition& name : *assigned) {
    if (const auto place = consumer_->Position(name); place.ok()) places[name] = *place;
  }
  if (absl::Status opened = Open(); !opened.ok()) return opened;
  auto consumer = Consumer::Open(*broker_, ConsumerOptionsOf());
  if (!consumer.ok()) return consumer.status();
  consumer_.emplace(*std::move(consumer));
  if (absl::Status chosen = Choose(); !chosen.ok()) return chosen;
  // What was made since is read from its begin.
  for (const auto& [name, place] : places) {
    const absl::Status sought = consumer_->Seek(name, place);
    if (!sought.ok() && !absl::IsNotFound(sought)) return sought;
  }
  return absl::OkStatus();
}

bool Reading::Wants(const ConsumerRecord& record) {
  if (record.topic().data() != last_topic_ || record.partition() != last_partition_) {
    last_topic_ = record.topic().data();
    last_partition_ = record.partition();
    last_range_ = &ranges_[{std::string(record.topic()), record.partition()}];
  }
  Range& range = *last_range_;
  if (range.end.has_value() && record.offset() >= *range.end) return false;
  range.next = record.offset() + 1;
  return record.offset() >= range.begin;
}

absl::Status Reading::Commit() {
  if (!InGroup() || !options_.commit) return absl::OkStatus();
  std::vector<CommitRequest> places;
  for (auto& [name, range] : ranges_) {
    if (!range.next.has_value()) continue;
    places.push_back({.partition = name, .offset = *range.next});
    range.next.reset();
  }
  if (places.empty()) return absl::OkStatus();
  const absl::Status committed = consumer_->Commit(places);
  // The next Poll joins again, and whoever has the partitions now reads these records once more.
  if (!absl::IsAborted(committed)) return committed;
  Say(std::string(committed.message()));
  return absl::OkStatus();
}

absl::StatusOr<bool> Reading::Reached(const TopicPartition& name, Offset end) {
  const auto position = consumer_->Position(name);
  if (position.ok()) {
    if (*position < end) return false;
    // What comes behind the end need not be looked at.
    if (absl::Status paused = consumer_->Pause(name); !paused.ok()) return paused;
    return true;
  }
  if (!absl::IsNotFound(position.status()) || !InGroup()) return position.status();
  // Another member reads it, or nobody for the moment.
  const auto committed = consumer_->Committed(name);
  if (!committed.ok()) return committed.status();
  return committed->has_value() ? (*committed)->offset >= end : end == 0;
}

absl::StatusOr<bool> Reading::Finished() {
  if (!options_.until.has_value()) return false;
  if (absl::Status found = FindEnds(); !found.ok()) return found;
  if (!ends_known_) return false;
  bool finished = true;
  for (const auto& [name, range] : ranges_) {
    if (!range.end.has_value()) continue;
    const auto reached = Reached(name, *range.end);
    if (!reached.ok()) return reached;
    finished = finished && *reached;
  }
  return finished;
}

}  // namespace leat::cli
