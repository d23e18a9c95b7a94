#include "crash/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace leat::testing {
namespace {

constexpr std::size_t kTopicsAtMost = 4;

Durability AnyLevel(std::uint64_t choice) {
  constexpr Durability kLevels[] = {Durability::kTopicDefault, Durability::kProcess, Durability::kDisk};
  return kLevels[choice % std::size(kLevels)];
}

// Often none.
std::optional<Compression> AnyCodec(std::uint64_t choice) {
  constexpr Compression kCodecs[] = {Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd};
  return choice < std::size(kCodecs) ? std::optional(kCodecs[choice]) : std::nullopt;
}

}  // namespace

void Scenario::Run(int steps) {
  for (int i = 0; i < steps; ++i) Step();
}

void Scenario::Step() {
  if (!broker_.has_value() && !Open()) return;
  const std::optional<std::size_t> topic = ChooseTopic();
  if (!topic.has_value()) return MakeTopic();
  switch (const std::uint64_t choice = Chance(100); choice) {
    case 0:
    case 1:
    case 2:
      return MakeTopic();
    case 3:
      return DeleteTopic(*topic);
    case 4:
    case 5:
      return AddPartition(*topic);
    case 6:
    case 7:
      return Alter(*topic);
    case 8:
    case 9:
    case 10:
      return Close();
    case 11:
    case 12:
    case 13:
      return Flush();
    default:
      if (choice < 20) return static_cast<void>(machine_.WriteBack(random_()));
      if (choice < 23) return machine_.Advance(std::chrono::seconds(Chance(60)));
      if (choice < 37) return Commit(*topic);
      if (choice < 41) return Trim(*topic);
      if (choice < 47) return Compact(*topic);
      return Send(*topic);
  }
}

bool Scenario::Open() {
  auto broker = machine_.Open(kFolder, {.max_block = std::chrono::seconds(20)});
  if (!broker.ok()) return false;
  auto producer = Producer::Open(*broker);
  if (!producer.ok()) return false;
  broker_ = *std::move(broker);
  producer_.emplace(*std::move(producer));
  return true;
}

void Scenario::Close() {
  producer_.reset();
  if (broker_.has_value()) broker_->Close().IgnoreError();
  broker_.reset();
}

std::optional<std::size_t> Scenario::ChooseTopic() {
  const Known known = ledger_.Copy();
  std::vector<std::size_t> there;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].phase == Phase::kThere) there.push_back(i);
  }
  if (there.empty()) return std::nullopt;
  return there[Chance(there.size())];
}

void Scenario::MakeTopic() {
  const std::string name = fmt::format("topic-{}", Chance(kTopicsAtMost));
  const auto partitions = static_cast<PartitionId>(1 + Chance(3));
  for (const KnownTopic& topic : ledger_.Copy()) {
    if (topic.name == name && topic.phase != Phase::kGone) return;
  }
  TopicOptions options{.partitions = partitions, .segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};
  options.durability = Chance(2) == 0 ? Durability::kDisk : Durability::kProcess;
  if (Chance(3) == 0) options.flush_messages = static_cast<std::int64_t>(1 + Chance(20));
  const bool compacts = Chance(2) == 0;
  // Which also lets itself be trimmed.
  if (compacts) options.cleanup_policy = CleanupPolicy::kCompactAndDelete;
  // Less than a machine is sometimes left alone.
  options.delete_retention_ms = std::chrono::seconds(20);
  options.compression = AnyCodec(Chance(8));
  std::size_t which = 0;
  ledger_.Note([&](Known& known) {
    which = known.size();
    known.push_back(
        {.name = name, .compacts = compacts, .partitions_at_least = partitions, .partitions_at_most = partitions});
    known.back().partitions.resize(static_cast<std::size_t>(partitions));
  });
  const auto made = broker_->CreateTopic(name, options);
  if (!made.ok()) {
    // It may be there all the same, or come to be; no other of that name is made until that is settled.
    ledger_.Note([&](Known& known) { known[which].phase = Phase::kDeleting; });
    const absl::Status deleted = broker_->DeleteTopic(name);
    if (deleted.ok() || absl::IsNotFound(deleted)) {
      ledger_.Note([&](Known& known) { known[which].phase = Phase::kGone; });
    }
    return;
  }
  ledger_.Note([&](Known& known) {
    known[which].id = made->id();
    known[which].phase = Phase::kThere;
  });
}

void Scenario::DeleteTopic(std::size_t which) {
  const std::string name = ledger_.Copy()[which].name;
  ledger_.Note([&](Known& known) { known[which].phase = Phase::kDeleting; });
  const absl::Status deleted = broker_->DeleteTopic(name);
  if (deleted.ok() || absl::IsNotFound(deleted)) {
    ledger_.Note([&](Known& known) { known[which].phase = Phase::kGone; });
  }
}

void Scenario::AddPartition(std::size_t which) {
  const KnownTopic topic = ledger_.Copy()[which];
  const PartitionId count = topic.partitions_at_most + 1;
  if (count > 5) return;
  ledger_.Note([&](Known& known) {
    known[which].partitions_at_most = count;
    known[which].partitions.resize(static_cast<std::size_t>(count));
  });
  if (broker_->AddPartitions(topic.name, count).ok()) {
    ledger_.Note([&](Known& known) { known[which].partitions_at_least = count; });
  }
}

void Scenario::Alter(std::size_t which) {
  const std::string name = ledger_.Copy()[which].name;
  const Durability durability = Chance(2) == 0 ? Durability::kDisk : Durability::kProcess;
  broker_->AlterTopic(name, {.durability = durability}).IgnoreError();
}

void Scenario::Send(std::size_t which) {
  const KnownTopic topic = ledger_.Copy()[which];
  const auto partition = static_cast<PartitionId>(Chance(static_cast<std::uint64_t>(topic.partitions_at_least)));
  const Durability durability = AnyLevel(Chance(3));
  std::vector<Sent> batch(Chance(4) == 0 ? 1 + Chance(6) : 1);
  for (Sent& record : batch) {
    record = {.serial = next_serial_++,
              .size = static_cast<std::uint32_t>(16 + Chance(Chance(5) == 0 ? 9000 : 600)),
              .is_tombstone = topic.compacts && Chance(4) == 0};
  }
  const auto found = broker_->FindTopic(topic.name);
  if (!found.ok()) return;  // a failing disk
  auto handle = found->partition(partition);
  if (!handle.ok()) return;
  ledger_.Note([&](Known& known) {
    auto& sent = known[which].partitions[static_cast<std::size_t>(partition)].sent;
    sent.insert(sent.end(), batch.begin(), batch.end());
  });
  std::vector<std::string> values;
  std::vector<ProducerRecord> records;
  for (const Sent& record : batch) values.push_back(record.Value());
  std::vector<std::string> keys;
  for (const Sent& record : batch) keys.push_back(record.Key());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    records.push_back({.key = keys[i], .value = batch[i].is_tombstone ? BytesView() : BytesView(values[i])});
  }
  const auto delivery = producer_->Send(*handle, records, durability);
  if (!delivery.ok()) return NotSent(which, partition, batch.size(), delivery.status());
  const bool to_disk = durability == Durability::kDisk || found->options().durability == Durability::kDisk;
  Landed(which, partition, delivery->offset, batch.size(), to_disk);
}

void Scenario::Landed(std::size_t which, PartitionId partition, Offset offset, std::size_t count, bool to_disk) {
  std::string wrong;
  ledger_.Note([&](Known& known) {
    KnownPartition& there = known[which].partitions[static_cast<std::size_t>(partition)];
    const auto first = static_cast<std::ptrdiff_t>(there.sent.size() - count);
    if (offset < there.certain || offset > first) {
      wrong = fmt::format("{}-{}: a record landed at {}, though {} are certain and {} were sent before it",
                          known[which].name, partition, offset, there.certain, first);
      return;
    }
    // What was uncertain and would stand there is not in the log.
    there.sent.erase(there.sent.begin() + offset, there.sent.begin() + first);
    there.certain = offset + static_cast<Offset>(count);
    if (to_disk) there.on_disk = there.certain;
  });
  if (!wrong.empty()) throw std::runtime_error(wrong);
}

void Scenario::NotSent(std::size_t which, PartitionId partition, std::size_t count, const absl::Status& status) {
  if (AppendIsUncertain(status)) return;
  ledger_.Note([&](Known& known) {
    auto& sent = known[which].partitions[static_cast<std::size_t>(partition)].sent;
    sent.resize(sent.size() - count);
  });
}

void Scenario::Flush() {
  const Known before = ledger_.Copy();
  if (!broker_->Flush().ok()) return;
  ledger_.Note([&](Known& known) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (known[i].phase != Phase::kThere) continue;
      for (std::size_t p = 0; p < before[i].partitions.size(); ++p) {
        known[i].partitions[p].on_disk = before[i].partitions[p].certain;
      }
    }
  });
}

void Scenario::Trim(std::size_t which) {
  const KnownTopic topic = ledger_.Copy()[which];
  const auto partition = static_cast<PartitionId>(Chance(static_cast<std::uint64_t>(topic.partitions_at_least)));
  const auto p = static_cast<std::size_t>(partition);
  const auto to = static_cast<Offset>(Chance(static_cast<std::uint64_t>(topic.partitions[p].certain) + 1));
  const auto found = broker_->FindTopic(topic.name);
  if (!found.ok()) return;  // a failing disk
  auto handle = found->partition(partition);
  if (!handle.ok()) return;
  ledger_.Note([&](Known& known) {
    Offset& trimming = known[which].partitions[p].trimming;
    trimming = std::max(trimming, to);
  });
  const auto begins = handle->Trim(to);
  if (!begins.ok()) return;
  ledger_.Note([&](Known& known) { known[which].partitions[p].trimmed = *begins; });
}

void Scenario::Compact(std::size_t which) {
  if (!ledger_.Copy()[which].compacts) return;
  const auto report = broker_->CompactTopic(ledger_.Copy()[which].name);
  if (!report.ok()) return;  // a failing disk
  ledger_.Note([&](Known& known) {
    for (const PartitionCompaction& partition : report->partitions) {
      known[which].compacted_away += partition.records_removed;
      known[which].tombstones_gone += partition.tombstones_removed;
    }
  });
}

void Scenario::Commit(std::size_t which) {
  const KnownTopic topic = ledger_.Copy()[which];
  const auto partition = static_cast<PartitionId>(Chance(static_cast<std::uint64_t>(topic.partitions_at_least)));
  const auto p = static_cast<std::size_t>(partition);
  const auto offset = static_cast<Offset>(Chance(static_cast<std::uint64_t>(topic.partitions[p].certain) + 1));
  const bool to_disk = Chance(2) == 0;
  auto consumer = Consumer::Open(*broker_, {.group_id = kGroup, .enable_auto_commit = false});
  if (!consumer.ok()) return;
  const TopicPartition name{topic.name, partition};
  if (!consumer->Assign(std::vector<TopicPartition>{name}).ok()) return;
  std::size_t number = 0;
  ledger_.Note([&](Known& known) {
    known[which].partitions[p].commits.push_back(offset);
    number = known[which].partitions[p].commits.size();
  });
  const absl::Status committed = consumer->Commit({{.partition = name, .offset = offset}},
                                                  to_disk ? Durability::kDisk : Durability::kTopicDefault);
  if (!committed.ok()) return;
  ledger_.Note([&](Known& known) {
    known[which].partitions[p].commits_certain = number;
    if (to_disk) known[which].partitions[p].commits_on_disk = number;
  });
}

}  // namespace leat::testing
