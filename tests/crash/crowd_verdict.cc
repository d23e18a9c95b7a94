#include <fmt/format.h>

#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "crash/crowd.h"
#include "crash/expect.h"
#include "crash/scenario.h"

namespace leat::testing {
namespace {

constexpr std::string_view kLater = "after the crash";

// Of a partition, from its begin to its end.
std::vector<std::string> ReadAll(Partition& partition, const std::string& name) {
  std::vector<std::string> values;
  const Offset end = Expect(partition.high_watermark(), name);
  while (static_cast<Offset>(values.size()) < end) {
    const ConsumerRecords records = partition.Read(static_cast<Offset>(values.size()));
    Expect(records.status(), name);
    if (records.empty()) throw Wrong(fmt::format("{}: nothing at {} of {}", name, values.size(), end));
    for (const ConsumerRecord& record : records) {
      if (record.offset() != static_cast<Offset>(values.size())) {
        throw Wrong(fmt::format("{}: offset {} where {} was to come", name, record.offset(), values.size()));
      }
      values.emplace_back(record.value());
    }
  }
  return values;
}

class CrowdJudgement {
 public:
  CrowdJudgement(const SimulatedMachine& machine, const CrowdKnown& before, const CrowdKnown& after)
      : machine_(machine), before_(before), after_(after) {}

  void Run() {
    const auto first = Look();
    if (Look() != first) throw Wrong("another opening shows something else");
    GoOn();
  }

 private:
  using Found = std::vector<std::vector<std::string>>;

  Found Look() {
    Broker broker = Expect(machine_.Open(kFolder), "opening");
    Found found;
    for (std::size_t topic = 0; topic < std::size(kCrowdTopics); ++topic) {
      for (PartitionId p = 0; p < kCrowdPartitions; ++p) found.push_back(LookAt(broker, topic, p));
    }
    for (std::size_t thread = 0; thread < after_.own.size(); ++thread) LookAtOwn(broker, thread);
    Expect(broker.Close(), "closing");
    return found;
  }

  std::vector<std::string> LookAt(const Broker& broker, std::size_t topic, PartitionId p) {
    const std::string name = fmt::format("{}-{}", kCrowdTopics[topic], p);
    Partition partition = Expect(Expect(broker.FindTopic(kCrowdTopics[topic]), name).partition(p), name);
    std::vector<std::string> values = ReadAll(partition, name);
    CheckSent(values, topic, p, name);
    for (std::size_t serial = 0; serial < after_.records.size(); ++serial) {
      const CrowdRecord& record = after_.records[serial];
      if (record.topic != topic || record.partition != p || record.offset < 0) continue;
      const auto at = static_cast<std::size_t>(record.offset);
      const bool sure = serial < before_.records.size() && before_.records[serial].answer == Answer::kDisk;
      if (at >= values.size() && sure) {
        throw Wrong(
            fmt::format("{}: {} records, though the one at {} was acknowledged as synced", name, values.size(), at));
      }
      if (at < values.size() && values[at] != record.sent.Value()) {
        throw Wrong(fmt::format("{}: another record at {} than was acknowledged", name, at));
      }
    }
    return values;
  }

  // Each was sent to that partition, once, and those of one thread stand in their order.
  void CheckSent(const std::vector<std::string>& values, std::size_t topic, PartitionId p,
                 const std::string& name) const {
    std::vector<std::int64_t> last(after_.own.size(), -1);
    for (std::size_t at = 0; at < values.size(); ++at) {
      std::size_t serial = 0;
      const std::string& value = values[at];
      std::from_chars(value.data(), value.data() + value.size(), serial);
      const auto wrong = [&](std::string_view what) { throw Wrong(fmt::format("{}: at {}: {}", name, at, what)); };
      if (serial >= after_.records.size()) wrong("a record that was not sent");
      const CrowdRecord& record = after_.records[serial];
      if (record.topic != topic || record.partition != p) wrong("a record of another partition");
      if (value != record.sent.Value()) wrong("other bytes than were sent");
      if (static_cast<std::int64_t>(serial) <= last[record.thread]) wrong("a record that comes late or again");
      last[record.thread] = static_cast<std::int64_t>(serial);
    }
  }

  void LookAtOwn(const Broker& broker, std::size_t thread) const {
    const auto found = broker.DescribeTopic(OwnTopic(thread));
    if (!found.ok() && !absl::IsNotFound(found.status())) throw Wrong(found.status().ToString());
    // Both may have come between, and back.
    if (before_.own[thread] != after_.own[thread]) return;
    if (before_.own[thread] == Phase::kThere && !found.ok()) throw Wrong(OwnTopic(thread) + " was there, and is not");
    if (before_.own[thread] == Phase::kGone && found.ok()) throw Wrong(OwnTopic(thread) + " is there, and was not");
    if (found.ok() && !found->partitions[0].status.ok()) throw Wrong(found->partitions[0].status.ToString());
  }

  void GoOn() const {
    Broker broker = Expect(machine_.Open(kFolder), "opening");
    auto producer = Expect(Producer::Open(broker), "a producer");
    for (const std::string& name : Expect(broker.ListTopics(), "the topics")) {
      const Topic topic = Expect(broker.FindTopic(name), name);
      for (PartitionId p = 0; p < topic.partition_count(); ++p) {
        Partition partition = Expect(topic.partition(p), name);
        const auto sent =
            Expect(producer.Send(partition, {.value = kLater}, Durability::kDisk), "appending to " + name);
        if (ReadAll(partition, name).at(static_cast<std::size_t>(sent.offset)) != kLater) {
          throw Wrong(name + ": not what was appended");
        }
      }
    }
    Expect(broker.Close(), "closing");
  }

  const SimulatedMachine& machine_;
  const CrowdKnown& before_;
  const CrowdKnown& after_;
};

}  // namespace

std::string JudgeCrowd(const SimulatedMachine& machine, const CrowdKnown& before, const CrowdKnown& after) {
  return VerdictOf(CrowdJudgement(machine, before, after));
}

}  // namespace leat::testing
