// The consumer's side of a flow.
#include <fmt/format.h>

#include <chrono>
#include <cstddef>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/values.h"

namespace leat::bench {
namespace {

using std::chrono_literals::operator""ms;

// A producer in another process may have died: nothing will come any more.
constexpr int kEmptyPollsInVain = 200;

// Knows what has to come next.
class Checker {
 public:
  explicit Checker(const Flow& flow)
      : producers_(static_cast<std::size_t>(flow.producers)),
        values_(flow.value_size),
        next_offset_(static_cast<std::size_t>(flow.partitions)),
        next_sequence_(next_offset_.size() * producers_) {}

  bool IsRight(const ConsumerRecord& record) {
    const auto partition = static_cast<std::size_t>(record.partition());
    const BytesView value = record.value();
    const std::uint64_t stamp = Values::StampOf(value);
    const std::size_t producer = Values::ProducerOf(stamp);
    if (partition >= next_offset_.size() || producer >= producers_) return false;
    const std::uint64_t expected =
        Values::MakeStamp(static_cast<int>(producer), next_sequence_[partition * producers_ + producer]++);
    return stamp == expected && record.offset() == next_offset_[partition]++ && values_.RestIsRight(value);
  }

 private:
  std::size_t producers_;
  Values values_;
  std::vector<Offset> next_offset_;
  std::vector<std::int64_t> next_sequence_;  // of each partition, of each producer
};

absl::Status WrongRecord(const ConsumerRecord& record) {
  return absl::DataLossError(fmt::format("{}-{} has a wrong record at offset {}: {} bytes, stamp {:#x}",
                                         record.topic(), record.partition(), record.offset(), record.value().size(),
                                         Values::StampOf(record.value())));
}

std::vector<TopicPartition> Names(const Topic& topic) {
  std::vector<TopicPartition> names;
  for (PartitionId id = 0; id < topic.partition_count(); ++id) names.push_back({topic.name(), id});
  return names;
}

}  // namespace

absl::StatusOr<std::int64_t> Consume(const Flow& flow, Broker& broker, const Topic& topic,
                                     const std::function<void()>& ready, Progress& progress) {
  absl::StatusOr<Consumer> consumer = Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer.status();
  if (absl::Status s = consumer->Assign(Names(topic)); !s.ok()) return s;
  Checker checker(flow);

  ready();
  std::int64_t consumed = 0;
  int empty_polls = 0;
  while (consumed < flow.records) {
    const std::int64_t before = consumed;
    const ConsumerRecords records = consumer->Poll(100ms);
    for (const ConsumerRecord& record : records) {
      if (!checker.IsRight(record)) [[unlikely]]
        return WrongRecord(record);
      ++consumed;
    }
    if (!records.status().ok()) return records.status();
    if (progress.failed.load(std::memory_order_relaxed)) return absl::AbortedError("a producer failed");
    progress.consumed.store(consumed, std::memory_order_release);
    empty_polls = consumed == before ? empty_polls + 1 : 0;
    if (empty_polls > kEmptyPollsInVain) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} records came, and then none for a long time", consumed, flow.records));
    }
  }
  const std::int64_t end_ns = NowNs();
  if (consumed > flow.records)
    return absl::DataLossError(fmt::format("{} records too many", consumed - flow.records));
  return end_ns;
}

absl::StatusOr<std::string> ConsumeRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready) {
  if (arguments.size() < 2) return absl::InvalidArgumentError("consume FOLDER FLOW...");
  const Flow flow = Flow::FromArguments({arguments.begin() + 1, arguments.end()});
  absl::StatusOr<Broker> broker = Broker::Open(arguments[0]);
  if (!broker.ok()) return broker.status();
  const absl::StatusOr<Topic> topic = MakeTopic(flow, *broker);
  if (!topic.ok()) return topic.status();
  Progress progress;
  absl::Status go;
  const absl::StatusOr<std::int64_t> end_ns = Consume(
      flow, *broker, *topic, [&] { go = ready(); }, progress);
  if (!go.ok()) return go;
  if (!end_ns.ok()) return end_ns.status();
  return std::to_string(*end_ns);
}

}  // namespace leat::bench
