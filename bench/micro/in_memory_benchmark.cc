// Single operations on a broker in memory, by one thread.
#include <benchmark/benchmark.h>
#include <leat/leat.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace leat {
namespace {

struct Opened {
  Broker broker;
  Topic topic;
  Partition partition;
};

absl::StatusOr<Opened> Open() {
  absl::StatusOr<Broker> broker = Broker::InMemory({.size_limit = 64 << 20});
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic = broker->EnsureTopic("benchmark", {.segment_bytes = 8 << 20});
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  return Opened{*std::move(broker), *std::move(topic), *std::move(partition)};
}

void SendToPartition(benchmark::State& state) {
  absl::StatusOr<Opened> opened = Open();
  if (!opened.ok()) return state.SkipWithError(opened.status().ToString().c_str());
  absl::StatusOr<Producer> producer = Producer::Open(opened->broker);
  if (!producer.ok()) return state.SkipWithError(producer.status().ToString().c_str());
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    if (!producer->Send(opened->partition, {.value = value}).ok()) return state.SkipWithError("Send failed");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SendToPartition)->Arg(10)->Arg(100)->Arg(1024);

void SendByKey(benchmark::State& state) {
  absl::StatusOr<Opened> opened = Open();
  if (!opened.ok()) return state.SkipWithError(opened.status().ToString().c_str());
  absl::StatusOr<Producer> producer = Producer::Open(opened->broker);
  if (!producer.ok()) return state.SkipWithError(producer.status().ToString().c_str());
  const std::string value(100, 'x');
  for (auto _ : state) {
    if (!producer->Send(opened->topic, {.key = "key", .value = value}).ok())
      return state.SkipWithError("Send failed");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SendByKey);

void AppendBuiltBatch(benchmark::State& state) {
  absl::StatusOr<Opened> opened = Open();
  if (!opened.ok()) return state.SkipWithError(opened.status().ToString().c_str());
  const std::string value(100, 'x');
  BatchBuilder builder;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      if (!builder.Append(nullptr, value, {}, 1)) return state.SkipWithError("the batch became too large");
    }
    if (!opened->partition.Append(builder).ok()) return state.SkipWithError("Append failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(AppendBuiltBatch)->Arg(1)->Arg(16)->Arg(256);

void PollNothing(benchmark::State& state) {
  absl::StatusOr<Opened> opened = Open();
  if (!opened.ok()) return state.SkipWithError(opened.status().ToString().c_str());
  absl::StatusOr<Consumer> consumer = Consumer::Open(opened->broker);
  if (!consumer.ok()) return state.SkipWithError(consumer.status().ToString().c_str());
  if (!consumer->Assign(std::vector<Partition>{opened->partition}).ok()) return state.SkipWithError("Assign failed");
  for (auto _ : state) {
    const ConsumerRecords records = consumer->Poll(std::chrono::nanoseconds(0));
    benchmark::DoNotOptimize(records.empty());
  }
}
BENCHMARK(PollNothing);

}  // namespace
}  // namespace leat
