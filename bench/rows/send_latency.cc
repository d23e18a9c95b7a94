// How long one Send takes at full speed, beside what the partition alone takes.
#include <fmt/format.h>

#include <optional>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/statistics.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::size_t kValueSize = 100;
constexpr std::int64_t kWarmup = 10'000;

struct Opened {
  Broker broker;
  Topic topic;
  Partition partition;
};

absl::StatusOr<Opened> Open(const std::string& folder) {
  absl::StatusOr<Broker> broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic = broker->EnsureTopic("latency");
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  return Opened{*std::move(broker), *std::move(topic), *std::move(partition)};
}

// Calls `append` with 0, 1, 2 ... and returns the percentile of its time in nanoseconds, the clock's own taken off.
template <typename F>
absl::StatusOr<double> TimeEach(std::int64_t count, double fraction, F append) {
  std::vector<std::int64_t> ticks;
  ticks.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < kWarmup + count; ++i) {
    const std::int64_t begin = Ticks();
    const absl::Status appended = append(i);
    const std::int64_t end = Ticks();
    if (!appended.ok()) return appended;
    if (i >= kWarmup) ticks.push_back(end - begin);
  }
  return static_cast<double>(Percentile(ticks, fraction) - TicksOfReading()) * NsPerTick();
}

absl::StatusOr<double> SendOne(const std::string& folder, std::int64_t count, double fraction) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, opened->topic.name());
  absl::StatusOr<Producer> producer = Producer::Open(opened->broker);
  if (!producer.ok()) return producer.status();
  Values values(kValueSize);
  return TimeEach(count, fraction, [&](std::int64_t i) {
    return producer->Send(opened->partition, {.value = values.Stamp(static_cast<std::uint64_t>(i))}).status();
  });
}

absl::StatusOr<double> AppendOne(const std::string& folder, std::int64_t count, double fraction) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, opened->topic.name());
  Values values(kValueSize);
  BatchBuilder builder;
  if (!builder.Append(nullptr, values.Stamp(0), {}, 1)) return absl::InternalError("a batch became too large");
  const std::span<const std::byte> batch = builder.Seal({});
  return TimeEach(count, fraction, [&](std::int64_t) { return opened->partition.Append(batch).status(); });
}

}  // namespace

void AddSendLatency(const Scale& scale, Benchmarks& benchmarks) {
  struct Point {
    const char* name;
    double fraction;
    std::optional<double> ratio;
    std::optional<double> value;
  };
  const std::int64_t count = 5 * scale.slow_records;
  for (const Point& point :
       {Point{"p50", 0.5, 2.0, {}}, Point{"p99", 0.99, {}, {}}, Point{"p99.9", 0.999, {}, 1000.0}}) {
    const double fraction = point.fraction;
    benchmarks.push_back(
        {.name = fmt::format("send/{}", point.name),
         .what = fmt::format("one Send of 100B on a resolved partition at full speed, {}", point.name),
         .unit = "ns",
         .better = Better::kLower,
         .leat = [=](const std::string& folder) { return SendOne(folder, count, fraction); },
         .reference_name = "partition alone",
         .reference = [=](const std::string& folder) { return AppendOne(folder, count, fraction); },
         .target_ratio = point.ratio,
         .target_value = point.value});
  }
}

}  // namespace leat::bench
