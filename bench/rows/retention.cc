// What retention takes from those who append beside it.
#include <algorithm>
#include <chrono>
#include <string>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/statistics.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::size_t kValueSize = 1000;
constexpr std::int64_t kWarmup = 10'000;
constexpr std::int64_t kSegment = 4 << 20;

// p99.9 in nanoseconds of one append, the clock's own taken off, while segments go as quickly as they come, or stay.
absl::StatusOr<double> AppendBeside(const std::string& folder, std::int64_t count, bool retains) {
  BrokerOptions options;
  options.retention_check_interval = std::chrono::milliseconds(retains ? 10 : 3'600'000);
  absl::StatusOr<Broker> broker = Broker::Open(folder, options);
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic = broker->EnsureTopic(
      "retention", {.segment_bytes = kSegment, .retention_bytes = retains ? 2 * kSegment : std::int64_t{-1}});
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, topic->name());
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  Values values(kValueSize);
  BatchBuilder builder;
  if (!builder.Append(nullptr, values.Stamp(0), {}, 1)) return absl::InternalError("a batch became too large");
  const std::span<const std::byte> batch = builder.Seal({});
  std::vector<std::int64_t> ticks;
  ticks.reserve(static_cast<std::size_t>(count));
  // Retention looks once a second at most: it goes on until something has gone.
  constexpr std::int64_t kMostTimesAsMany = 50;
  const auto goes_on = [&](std::int64_t i) {
    if (i < kWarmup + count) return true;
    return retains && i < kMostTimesAsMany * count && partition->log_start().value_or(1) == 0;
  };
  for (std::int64_t i = 0; goes_on(i); ++i) {
    const std::int64_t begin = Ticks();
    const absl::Status appended = partition->Append(batch).status();
    const std::int64_t end = Ticks();
    if (!appended.ok()) return appended;
    if (i >= kWarmup) ticks.push_back(end - begin);
  }
  const absl::StatusOr<Offset> start = partition->log_start();
  if (!start.ok()) return start.status();
  if (retains != (*start > 0)) return absl::InternalError("retention did not do what was to be measured");
  return static_cast<double>(Percentile(ticks, 0.999) - TicksOfReading()) * NsPerTick();
}

}  // namespace

void AddRetention(const Scale& scale, Benchmarks& benchmarks) {
  // Some dozens of segments, of which all but the last go.
  const std::int64_t count = std::max<std::int64_t>(scale.slow_records, 200'000);
  benchmarks.push_back(
      {.name = "retention/beside",
       .what = "p99.9 of one append of 1KB with kProcess, while retention removes segments as they fill up",
       .unit = "ns",
       .better = Better::kLower,
       .leat = [=](const std::string& folder) { return AppendBeside(folder, count, true); },
       .reference_name = "nothing is removed",
       .reference = [=](const std::string& folder) { return AppendBeside(folder, count, false); }});
}

}  // namespace leat::bench
