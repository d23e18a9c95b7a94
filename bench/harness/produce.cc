// The producers' side of a flow.
#include <sched.h>

#include <chrono>
#include <memory>
#include <utility>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/values.h"

namespace leat::bench {
namespace {

// Memory is reused at once: no record may be overwritten before it was read.
void WaitForConsumer(const Flow& flow, std::int64_t sent, std::int64_t window, const Progress& progress) {
  if (flow.memory == 0) return;
  while (sent - progress.consumed.load(std::memory_order_acquire) > window && !progress.failed.load()) sched_yield();
}

// One batch's worth onto a partition. `sequence` is the number of its first record.
class Sender {
 public:
  Sender(const Flow& flow, Producer producer, int number)
      : flow_(flow), producer_(std::move(producer)), number_(number) {
    if (flow.road == Road::kSendMany) {
      values_ = Values(flow.value_size, static_cast<std::size_t>(flow.batch));
      records_.resize(static_cast<std::size_t>(flow.batch));
    }
  }

  absl::Status Send(Partition& partition, std::int64_t sequence) {
    switch (flow_.road) {
      case Road::kSend:
        return SendEach(partition, sequence);
      case Road::kSendMany:
        return SendMany(partition, sequence);
      case Road::kBuilder:
        return Append(partition, sequence);
      case Road::kEnqueue:
        return Enqueue(partition, sequence);
    }
    return absl::InternalError("no such road");
  }

  absl::Status Flush() { return flow_.road == Road::kEnqueue ? producer_.Flush() : absl::OkStatus(); }

 private:
  BytesView Value(std::int64_t sequence, std::size_t index = 0) {
    return values_.Stamp(Values::MakeStamp(number_, sequence), index);
  }

  absl::Status SendEach(const Partition& partition, std::int64_t sequence) {
    for (std::int32_t i = 0; i < flow_.batch; ++i) {
      const auto sent = producer_.Send(partition, {.value = Value(sequence + i)});
      if (!sent.ok()) return sent.status();
    }
    return absl::OkStatus();
  }

  absl::Status SendMany(const Partition& partition, std::int64_t sequence) {
    for (std::int32_t i = 0; i < flow_.batch; ++i) {
      const auto index = static_cast<std::size_t>(i);
      records_[index].value = Value(sequence + i, index);
    }
    return producer_.Send(partition, std::span<const ProducerRecord>(records_)).status();
  }

  absl::Status Append(Partition& partition, std::int64_t sequence) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    for (std::int32_t i = 0; i < flow_.batch; ++i) {
      if (!builder_.Append(nullptr, Value(sequence + i), {}, now.count())) {
        return absl::InternalError("a batch became too large");
      }
    }
    return partition.Append(builder_).status();
  }

  absl::Status Enqueue(const Partition& partition, std::int64_t sequence) {
    for (std::int32_t i = 0; i < flow_.batch; ++i) {
      if (absl::Status s = producer_.Enqueue(partition, {.value = Value(sequence + i)}); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  const Flow& flow_;
  Producer producer_;
  int number_;
  Values values_{flow_.value_size};
  std::vector<ProducerRecord> records_;
  BatchBuilder builder_;
};

absl::StatusOr<std::vector<Partition>> AllPartitions(const Topic& topic) {
  std::vector<Partition> partitions;
  for (PartitionId id = 0; id < topic.partition_count(); ++id) {
    absl::StatusOr<Partition> partition = topic.partition(id);
    if (!partition.ok()) return partition.status();
    partitions.push_back(*std::move(partition));
  }
  return partitions;
}

}  // namespace

absl::Status Produce(const Flow& flow, Broker& broker, const Topic& topic, int number,
                     const std::function<void()>& ready, Progress& progress) {
  absl::StatusOr<Producer> producer = Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  absl::StatusOr<std::vector<Partition>> partitions = AllPartitions(topic);
  if (!partitions.ok()) return partitions.status();
  Sender sender(flow, *std::move(producer), number);
  const std::int64_t share = flow.records / flow.producers;
  const std::int64_t rounds = share / flow.batch / flow.partitions;
  const std::int64_t window = flow.memory > 0 ? flow.memory / 2 / BatchBytes(flow) * flow.batch : 0;

  ready();
  bool warm = false;
  std::int64_t sent = 0;
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (Partition& partition : *partitions) {
      if (!warm && sent >= flow.warmup) {
        progress.begin_ns.store(NowNs());
        warm = true;
      }
      if (absl::Status s = sender.Send(partition, round * flow.batch); !s.ok()) {
        progress.failed.store(true);
        return s;
      }
      sent += flow.batch;
      WaitForConsumer(flow, sent, window, progress);
    }
  }
  return sender.Flush();
}

absl::StatusOr<std::string> ProduceRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready) {
  if (arguments.size() < 3) return absl::InvalidArgumentError("produce FOLDER NUMBER FLOW...");
  const Flow flow = Flow::FromArguments({arguments.begin() + 2, arguments.end()});
  absl::StatusOr<Broker> broker = Broker::Open(arguments[0]);
  if (!broker.ok()) return broker.status();
  const absl::StatusOr<Topic> topic = MakeTopic(flow, *broker);
  if (!topic.ok()) return topic.status();
  Progress progress;
  absl::Status go;
  const absl::Status produced = Produce(
      flow, *broker, *topic, std::atoi(arguments[1].c_str()), [&] { go = ready(); }, progress);
  if (!go.ok()) return go;
  if (!produced.ok()) return produced;
  return std::to_string(NowNs());
}

}  // namespace leat::bench
