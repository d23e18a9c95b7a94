#include "process/stepper/ledger.h"

#include <fmt/format.h>

#include "process/killer/content.h"

namespace leat::process_test {
namespace {

absl::Status Wrong(std::string text) { return absl::DataLossError(text); }

}  // namespace

absl::Status Ledger::Check(Broker& broker, Operation operation, std::uint64_t number, bool finished) {
  auto topic = broker.FindTopic(kTopic);
  if (!topic.ok()) return topic.status();
  auto partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  // A batch that was published by somebody who died before he raised the watermark is shown by the next append.
  if (auto s = AppendOne(broker, *partition); !s.ok()) return s;
  if (operation == Operation::kCompact) return CheckCompacted(*partition, number);
  const Offset first_of_child = next_;
  if (auto s = ReadNew(*partition); !s.ok()) return s;
  if (auto s = CheckWriter(operation, number, finished); !s.ok()) return s;
  if (operation == Operation::kTrim) {
    if (auto s = CheckStart(*partition, first_of_child, finished); !s.ok()) return s;
  }
  const bool topics = operation == Operation::kCreate || operation == Operation::kDelete;
  return topics ? UseOwnTopic(broker, number) : absl::OkStatus();
}

absl::Status Ledger::ReadNew(Partition& partition) {
  for (;;) {
    const ConsumerRecords records = partition.Read(next_);
    if (!records.status().ok()) return records.status();
    if (records.empty()) break;
    for (const ConsumerRecord& record : records) {
      if (record.offset() != next_) return Wrong(fmt::format("offset {} instead of {}", record.offset(), next_));
      ++next_;
      const auto content = Decode(record.value());
      if (!content.has_value()) return Wrong(fmt::format("offset {}: not what was written", record.offset()));
      if (content->first != seen_[content->writer]++) {
        return Wrong(fmt::format("offset {}: record {} of writer {} comes again, or too early", record.offset(),
                                 content->first, content->writer));
      }
    }
  }
  auto end = partition.end();
  if (!end.ok()) return end.status();
  return *end == next_ ? absl::OkStatus() : Wrong(fmt::format("read up to {} of {}", next_, *end));
}

absl::Status Ledger::CheckCompacted(Partition& partition, std::uint64_t number) {
  for (std::uint64_t i = 0; i < kBefore; ++i) last_[KeyOf(i)] = {number, i};
  last_[KeyOf(sent_ - 1)] = {0, sent_ - 1};
  const auto end = partition.end();
  if (!end.ok()) return end.status();
  decltype(last_) found;
  for (next_ = 0; next_ < *end;) {
    const ConsumerRecords records = partition.Read(next_);
    if (!records.status().ok()) return records.status();
    if (records.empty()) break;
    for (const ConsumerRecord& record : records) {
      if (record.offset() < next_) return Wrong(fmt::format("offset {} comes again", record.offset()));
      next_ = record.offset() + 1;
      const auto content = Decode(record.value());
      if (!content.has_value()) return Wrong(fmt::format("offset {}: not what was written", record.offset()));
      found[std::string(record.key().as_string_view())] = {content->writer, content->first};
    }
  }
  if (next_ != *end) return Wrong(fmt::format("read up to {} of {}", next_, *end));
  return found == last_ ? absl::OkStatus() : Wrong("a key has another last record than was sent");
}

absl::Status Ledger::CheckStart(Partition& partition, Offset wanted, bool finished) {
  const auto start = partition.log_start();
  if (!start.ok()) return start.status();
  if (*start < (finished ? wanted : start_) || *start > wanted) {
    return Wrong(fmt::format("the log begins at {}; it began at {} and was trimmed to {}", *start, start_, wanted));
  }
  start_ = *start;
  const ConsumerRecords records = partition.Read(*start);
  if (!records.status().ok()) return records.status();
  if (records.empty() || (*records.begin()).offset() != *start) return Wrong("nothing is where the log begins");
  return absl::OkStatus();
}

absl::Status Ledger::CheckWriter(Operation operation, std::uint64_t number, bool finished) const {
  if (operation == Operation::kOpen || operation == Operation::kOpenAlone || operation == Operation::kRecover) {
    return absl::OkStatus();
  }
  const bool appends =
      operation == Operation::kAppend || operation == Operation::kAppendToDisk || operation == Operation::kRoll;
  const auto found = seen_.find(number);
  const std::uint64_t there = found == seen_.end() ? 0 : found->second;
  const std::uint64_t at_least = kBefore + (appends && finished ? 1 : 0);
  const std::uint64_t at_most = kBefore + (appends ? 1 : 0);
  if (there >= at_least && there <= at_most) return absl::OkStatus();
  return Wrong(fmt::format("{} records of writer {} instead of {} to {}", there, number, at_least, at_most));
}

absl::Status Ledger::AppendOne(Broker& broker, Partition& partition) {
  auto end = partition.end();
  if (!end.ok()) return end.status();
  auto producer = Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  const std::string value = Encode({.writer = 0, .first = sent_, .count = 1}, 200);
  auto appended = producer->Send(partition, {.key = KeyOf(sent_), .value = value});
  if (!appended.ok()) return appended.status();
  ++sent_;
  return appended->offset == *end ? absl::OkStatus()
                                  : Wrong(fmt::format("appended at {}, not at the end {}", appended->offset, *end));
}

absl::Status Ledger::UseOwnTopic(Broker& broker, std::uint64_t number) {
  const std::string name = fmt::format("own-{}", number);
  auto topic = broker.EnsureTopic(name, {.partitions = 2});
  if (!topic.ok()) return topic.status();
  auto producer = Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  for (PartitionId id = 0; id < 2; ++id) {
    auto partition = topic->partition(id);
    if (!partition.ok()) return partition.status();
    auto appended = producer->Send(*partition, {.value = "x"});
    if (!appended.ok()) return appended.status();
    if (appended->offset != 0) return Wrong(fmt::format("{}-{} is not empty", name, id));
  }
  return broker.DeleteTopic(name);
}

}  // namespace leat::process_test
