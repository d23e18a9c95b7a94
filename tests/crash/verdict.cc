#include "crash/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "crash/expect.h"
#include "crash/scenario.h"

namespace leat::testing {
namespace {

constexpr const char* kAfterTheCrash = "after the crash";
// In the place of a record that is not there.
constexpr const char* kCompacted = "compacted";

// The records of a partition, as they are compared between two openings.
using Found = std::map<std::string, std::vector<std::string>>;

// What of `first` is not in `second`, and, unless that may have `more`, the other way round. More there may be of an append
// that was told to be uncertain: readers see it once somebody has synced it.
std::string Difference(const Found& first, const Found& second, bool more) {
  std::string difference;
  for (const auto& [name, records] : first) {
    const auto other = second.find(name);
    if (other == second.end()) {
      difference += fmt::format("{} is gone; ", name);
    } else if (!std::equal(records.begin(), records.end(), other->second.begin(),
                           more ? other->second.begin() +
                                      static_cast<std::ptrdiff_t>(std::min(records.size(), other->second.size()))
                                : other->second.end())) {
      difference += fmt::format("{} had {} records, and then {}; ", name, records.size(), other->second.size());
    }
  }
  for (const auto& [name, records] : second) {
    if (!first.contains(name)) difference += fmt::format("{} is new, with {} records; ", name, records.size());
  }
  return difference;
}

class Judgement {
 public:
  Judgement(const SimulatedMachine& machine, const Bounds& bounds, Crash crash)
      : machine_(machine), bounds_(bounds), crash_(crash) {}

  void Run() {
    Look(OpenMode::kReadOnly);
    const Found first = Look(OpenMode::kCreate);
    const Found second = Look(OpenMode::kCreate);
    const std::string difference = Difference(first, second, crash_ != Crash::kPower);
    Expect(difference.empty(), "another opening shows something else: " + difference);
    GoOn();
  }

 private:
  Broker Open(OpenMode mode) const {
    return Expect(machine_.Open(kFolder, {.mode = mode, .max_block = std::chrono::seconds(20)}), "opening");
  }

  Found Look(OpenMode mode) {
    if (mode == OpenMode::kReadOnly) {
      // Until the first opening had come to its end there was no folder.
      const auto opened = machine_.Open(kFolder, {.mode = mode});
      if (!opened.ok() && NothingIsPromised()) return {};
    }
    Broker broker = Open(mode);
    Found found;
    for (std::size_t i = 0; i < bounds_.after.size(); ++i) LookAtTopic(broker, i, found);
    Expect(broker.Close(), "closing");
    return found;
  }

  bool NothingIsPromised() const {
    return std::all_of(bounds_.before.begin(), bounds_.before.end(), [](const KnownTopic& topic) {
      return topic.phase == Phase::kCreating || topic.phase == Phase::kGone;
    });
  }

  void LookAtTopic(Broker& broker, std::size_t which, Found& found) {
    const KnownTopic& after = bounds_.after[which];
    const std::optional<KnownTopic> before =
        which < bounds_.before.size() ? std::optional(bounds_.before[which]) : std::nullopt;
    const Phase phase_before = before.has_value() ? before->phase : Phase::kCreating;
    const auto described = broker.DescribeTopic(after.name);
    const bool there = described.ok() && (after.id.empty() || described->id == after.id);
    if (!described.ok()) {
      Expect(absl::IsNotFound(described.status()), after.name + ": " + described.status().ToString());
    }
    if (phase_before == Phase::kGone) {
      Expect(!there || after.id.empty(), after.name + " was deleted, and is there again");
      return;
    }
    if (!there) {
      Expect(phase_before == Phase::kCreating || after.phase == Phase::kDeleting || after.phase == Phase::kGone,
             after.name + " was there, and is not");
      return;
    }
    if (after.id.empty() && described->partitions.empty()) return;
    const auto count = static_cast<PartitionId>(described->partitions.size());
    Expect(count >= (before.has_value() ? before->partitions_at_least : 1) && count <= after.partitions_at_most,
           fmt::format("{} has {} partitions", after.name, count));
    const Topic topic = Expect(broker.FindTopic(after.name), "finding " + after.name);
    for (const PartitionDescription& partition : described->partitions) {
      const auto p = static_cast<std::size_t>(partition.id);
      if (crash_ != Crash::kFailedDisk) Expect(partition.status, fmt::format("{}-{}", after.name, partition.id));
      const KnownPartition none;
      const KnownPartition& sure = before.has_value() && p < before->partitions.size() ? before->partitions[p] : none;
      auto records = LookAtPartition(topic, partition, sure, after.partitions[p], after.compacts);
      LookAtCommits(broker, topic, partition, sure, after.partitions[p]);
      found[fmt::format("{}-{}", after.name, partition.id)] = std::move(records);
    }
  }

  std::vector<std::string> LookAtPartition(const Topic& topic, const PartitionDescription& described,
                                           const KnownPartition& before, const KnownPartition& after,
                                           bool compacts) const {
    const std::string name = fmt::format("{}-{}", topic.name(), described.id);
    Partition partition = Expect(topic.partition(described.id), name);
    const Offset begin = Expect(partition.log_start(), name);
    Expect(begin >= before.trimmed && begin <= after.trimming,
           fmt::format("{} begins with {}; trims to {} were acknowledged, to {} asked for", name, begin,
                       before.trimmed, after.trimming));
    std::vector<std::string> values(static_cast<std::size_t>(begin), "trimmed");
    const Offset end = Expect(partition.high_watermark(), name);
    while (static_cast<Offset>(values.size()) < end) {
      const auto at = static_cast<Offset>(values.size());
      const ConsumerRecords records = partition.Read(at);
      Expect(records.status(), fmt::format("reading {} at {}", name, at));
      if (compacts && records.empty()) values.resize(static_cast<std::size_t>(end), kCompacted);
      for (const ConsumerRecord& record : records) {
        if (compacts && record.offset() > static_cast<Offset>(values.size())) {
          values.resize(static_cast<std::size_t>(record.offset()), kCompacted);
        }
        Expect(record.offset() == static_cast<Offset>(values.size()),
               fmt::format("{}: offset {} where {} was to come", name, record.offset(), values.size()));
        values.emplace_back(record.value().is_null() ? BytesView(kTombstone) : record.value());
      }
      Expect(static_cast<Offset>(values.size()) > at, fmt::format("{}: nothing at {} of {}", name, at, end));
    }
    // What earlier judgements appended.
    while (!values.empty() && values.back().starts_with(kAfterTheCrash)) values.pop_back();
    const Offset sure = crash_ == Crash::kPower ? before.on_disk : before.certain;
    Expect(static_cast<Offset>(values.size()) >= sure,
           fmt::format("{}: {} records, of which {} were acknowledged", name, values.size(), sure));
    Expect(values.size() <= after.sent.size(),
           fmt::format("{}: {} records, though only {} were sent", name, values.size(), after.sent.size()));
    for (auto i = static_cast<std::size_t>(begin); i < values.size(); ++i) {
      if (compacts && values[i] == kCompacted) continue;
      Expect(values[i] == after.sent[i].Value(), fmt::format("{}: another record at {} than was sent", name, i));
    }
    if (compacts) LookAtKeys(name, begin, values, after);
    return values;
  }

  // What compaction has taken out was replaced by something that is there; but for tombstones whose time was over, and then
  // nothing is there of what they had deleted.
  static void LookAtKeys(const std::string& name, Offset begin, const std::vector<std::string>& values,
                         const KnownPartition& after) {
    std::map<std::string, std::size_t> newest, newest_there;
    for (auto i = static_cast<std::size_t>(begin); i < values.size(); ++i) {
      newest[after.sent[i].Key()] = i;
      if (values[i] != kCompacted) newest_there[after.sent[i].Key()] = i;
    }
    for (const auto& [key, offset] : newest) {
      if (values[offset] != kCompacted) continue;
      Expect(after.sent[offset].is_tombstone,
             fmt::format("{}: the last record of {}, at {}, is gone", name, key, offset));
      // An older tombstone says the same.
      const auto left = newest_there.find(key);
      Expect(left == newest_there.end() || after.sent[left->second].is_tombstone,
             fmt::format("{}: {} was deleted at {}, and its value at {} is there again", name, key, offset,
                         left == newest_there.end() ? 0 : left->second));
    }
  }

  void LookAtCommits(Broker& broker, const Topic& topic, const PartitionDescription& described,
                     const KnownPartition& before, const KnownPartition& after) const {
    const std::string name = fmt::format("the commit for {}-{}", topic.name(), described.id);
    auto consumer = Expect(Consumer::Open(broker, {.group_id = kGroup, .enable_auto_commit = false}), name);
    const auto committed = consumer.Committed({topic.name(), described.id});
    Expect(committed.status(), name);
    const std::size_t sure = crash_ == Crash::kPower ? before.commits_on_disk : before.commits_certain;
    if (!committed->has_value()) {
      Expect(sure == 0, name + " is gone");
      return;
    }
    const Offset offset = (*committed)->offset;
    const auto first = after.commits.begin() + static_cast<std::ptrdiff_t>(sure == 0 ? 0 : sure - 1);
    const bool as_committed = std::find(first, after.commits.end(), offset) != after.commits.end();
    // Set back to the end of what is left.
    const bool set_back = offset == described.high_watermark &&
                          std::any_of(first, after.commits.end(), [&](Offset o) { return o > offset; });
    Expect(as_committed || set_back, fmt::format("{} is {}, which was not committed, or long before", name, offset));
  }

  // All that is there takes records and keeps them.
  void GoOn() const {
    Broker broker = Open(OpenMode::kCreate);
    auto producer = Expect(Producer::Open(broker), "a producer");
    for (const std::string& name : Expect(broker.ListTopics(), "the topics")) {
      const Topic topic = Expect(broker.FindTopic(name), name);
      for (PartitionId p = 0; p < topic.partition_count(); ++p) {
        Partition partition = Expect(topic.partition(p), name);
        const auto sent = producer.Send(partition, {.key = "later", .value = kAfterTheCrash}, Durability::kDisk);
        if (crash_ == Crash::kFailedDisk && absl::IsDataLoss(sent.status())) continue;
        Expect(sent.status(), fmt::format("appending to {}-{}", name, p));
        const ConsumerRecords records = partition.Read(sent->offset);
        Expect(records.status(), "reading what was appended");
        std::vector<std::string> values;
        for (const ConsumerRecord& record : records) values.emplace_back(record.value());
        Expect(values == std::vector<std::string>{kAfterTheCrash}, "not what was appended");
      }
    }
    Expect(broker.Close(), "closing");
  }

  const SimulatedMachine& machine_;
  const Bounds& bounds_;
  const Crash crash_;
};

}  // namespace

std::string Judge(const SimulatedMachine& machine, const Bounds& bounds, Crash crash) {
  return VerdictOf(Judgement(machine, bounds, crash));
}

}  // namespace leat::testing
