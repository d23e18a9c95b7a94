// What counting costs: two brokers side by side, one that counts and one that does not, given the same to do in turn, by blocks of
// a millisecond or less. What the machine does meanwhile is done to both; of each, the quickest block counts.
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "harness/clock.h"
#include "harness/statistics.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

using std::chrono_literals::operator""s;

// Of memory that is used again and again, so that no page is new.
constexpr std::int64_t kMemory = 64 << 20;

struct Side {
  Broker broker;
  Topic topic;
  Partition partition;
  Producer producer;
  Consumer consumer;
};

absl::StatusOr<std::unique_ptr<Side>> Open(bool counts) {
  absl::StatusOr<Broker> broker = Broker::InMemory({.size_limit = kMemory, .metrics = counts});
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic = broker->EnsureTopic("t");
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  absl::StatusOr<Producer> producer = Producer::Open(*broker);
  if (!producer.ok()) return producer.status();
  absl::StatusOr<Consumer> consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer.status();
  if (absl::Status s = consumer->Assign({{"t", 0}}); !s.ok()) return s;
  return std::make_unique<Side>(
      Side{*std::move(broker), *std::move(topic), *std::move(partition), *std::move(producer), *std::move(consumer)});
}

// Does a block's work, and returns the nanoseconds that count.
using Block = std::function<absl::StatusOr<std::int64_t>(Side& side)>;

// What a block takes on either side at best, as a ratio. Fresh brokers, since where memory comes to lie is worth some percent,
// too.
absl::StatusOr<double> RatioOnce(const Block& block, int blocks, bool counting_first) {
  absl::StatusOr<std::unique_ptr<Side>> first = Open(counting_first), second = Open(!counting_first);
  if (!first.ok()) return first.status();
  if (!second.ok()) return second.status();
  std::int64_t best[2] = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()};
  for (int i = 0; i < blocks; ++i) {
    for (const int k : {i % 2, 1 - i % 2}) {
      const absl::StatusOr<std::int64_t> took = block(k == 0 ? **first : **second);
      if (!took.ok()) return took.status();
      best[k] = std::min(best[k], *took);
    }
  }
  const double ratio = static_cast<double>(best[0]) / static_cast<double>(best[1]);
  return counting_first ? ratio : 1 / ratio;
}

// How much longer a block takes that is counted, in percent.
absl::StatusOr<double> MoreTime(const Block& block, int openings) {
  constexpr int kBlocks = 60;
  std::vector<double> ratios;
  for (int i = 0; i < openings; ++i) {
    const absl::StatusOr<double> ratio = RatioOnce(block, kBlocks, i % 2 == 0);
    if (!ratio.ok()) return ratio.status();
    ratios.push_back(*ratio);
  }
  return 100 * (Median(ratios) - 1);
}

absl::StatusOr<std::int64_t> Timed(std::int64_t times, const std::function<absl::Status()>& one) {
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < times; ++i) {
    if (absl::Status s = one(); !s.ok()) return s;
  }
  return NowNs() - begin_ns;
}

Block Appends(std::int32_t batch, std::int64_t times) {
  auto builder = std::make_shared<BatchBuilder>();
  Values values(100);
  for (std::int32_t i = 0; i < batch; ++i) {
    if (!builder->Append(nullptr, values.Stamp(0), {}, 1)) return nullptr;
  }
  const std::span<const std::byte> sealed = builder->Seal({});
  return [builder, sealed, times](Side& side) {
    return Timed(times, [&] { return side.partition.Append(sealed).status(); });
  };
}

absl::StatusOr<std::int64_t> Sends(Side& side, std::int64_t times) {
  Values values(100);
  return Timed(times, [&] { return side.producer.Send(side.partition, {.value = values.Stamp(0)}).status(); });
}

// A batch that is just large enough that a consumer does not let the writer get ahead, and the poll that finds it.
Block AppendsAndPolls(std::int32_t batch, std::int64_t times) {
  const Block append = Appends(batch, 1);
  return [=](Side& side) {
    return Timed(times, [&]() -> absl::Status {
      if (auto appended = append(side); !appended.ok()) return appended.status();
      const ConsumerRecords records = side.consumer.Poll(0s);
      if (!records.status().ok()) return records.status();
      const bool all = records.size() == static_cast<std::size_t>(batch);
      return all ? absl::OkStatus() : absl::DataLossError("records are missing");
    });
  };
}

void Add(const Scale& scale, const char* name, const char* what, Block block, Benchmarks& benchmarks) {
  const int openings = scale.quick ? 20 : 60;
  benchmarks.push_back({.name = fmt::format("metrics/{}", name),
                        .what = what,
                        .unit = "% more time",
                        .better = Better::kLower,
                        .leat = [=](const std::string&) { return MoreTime(block, openings); },
                        .target_value = 1.0});
}

}  // namespace

void AddMetrics(const Scale& scale, Benchmarks& benchmarks) {
  Add(scale, "append_x1", "a batch of 1 x 100B appended, counted against not counted", Appends(1, 10'000),
      benchmarks);
  Add(scale, "append_x256", "a batch of 256 x 100B appended, counted against not counted", Appends(256, 200),
      benchmarks);
  Add(
      scale, "send", "one Send of 100B, counted against not counted", [](Side& side) { return Sends(side, 10'000); },
      benchmarks);
  Add(scale, "append_and_poll", "a batch of 256 x 100B appended and polled, counted against not counted",
      AppendsAndPolls(256, 200), benchmarks);
}

}  // namespace leat::bench
