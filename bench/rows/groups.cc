// What a group costs who reads: on Poll's way, and a commit.
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/statistics.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

using namespace std::chrono_literals;

constexpr char kTopic[] = "group";
constexpr std::int32_t kBatch = 256;

// In the processor's caches at best, so that it is Poll that is measured and not memory; read again and again.
constexpr std::int64_t kLogBytes = std::int64_t{16} << 20;

absl::Status Fill(Broker& broker, std::int32_t partitions, std::int64_t batches) {
  auto topic = broker.CreateTopic(kTopic, {.partitions = partitions});
  if (!topic.ok()) return topic.status();
  Values values(100);
  BatchBuilder builder;
  for (std::int64_t i = 0; i < batches; ++i) {
    for (std::int32_t record = 0; record < kBatch; ++record) {
      if (!builder.Append(nullptr, values.Stamp(0), {}, 1)) return absl::InternalError("a batch became too large");
    }
    auto partition = topic->partition(static_cast<PartitionId>(i % partitions));
    if (!partition.ok()) return partition.status();
    if (const auto appended = partition->Append(builder); !appended.ok()) return appended.status();
  }
  return absl::OkStatus();
}

enum class Reader { kMember, kAssigned };

absl::StatusOr<Consumer> OpenReader(const Broker& broker, Reader reader, ConsumerOptions options,
                                    std::int32_t partitions) {
  options.auto_offset_reset = OffsetReset::kEarliest;
  if (reader == Reader::kMember) options.group_id = "readers";
  auto consumer = Consumer::Open(broker, std::move(options));
  if (!consumer.ok()) return consumer;
  std::vector<TopicPartition> all;
  for (PartitionId p = 0; p < partitions; ++p) all.push_back({kTopic, p});
  absl::Status reads = reader == Reader::kMember ? consumer->Subscribe({kTopic}) : consumer->Assign(all);
  if (!reads.ok()) return reads;
  return consumer;
}

// Millions of records a second, each decoded, in the best of `rounds` over the whole log: what others do on the machine
// meanwhile would be more than what is to be seen.
absl::StatusOr<double> PollAll(const std::string& folder, Reader reader, ConsumerOptions options, int rounds) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  const std::int64_t batches = kLogBytes / (kBatch * 110);
  if (absl::Status s = Fill(*broker, 1, batches); !s.ok()) return s;
  const DeletedAtEnd deleted(*broker, kTopic);
  auto consumer = OpenReader(*broker, reader, std::move(options), 1);
  if (!consumer.ok()) return consumer.status();
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    if (absl::Status s = consumer->SeekToBegin(); !s.ok()) return s;
    const std::int64_t begin_ns = NowNs();
    for (std::int64_t left = batches * kBatch; left > 0;) {
      const ConsumerRecords polled = consumer->Poll(1s);
      if (!polled.status().ok()) return polled.status();
      for (const ConsumerRecord& record : polled) left -= record.value().size() == 100 ? 1 : 0;
    }
    best = std::max(best, static_cast<double>(batches * kBatch) / 1e6 / SecondsSince(begin_ns));
  }
  return best;
}

// Nanoseconds. Between two commits every partition moves on by a record.
absl::StatusOr<double> CommitEach(const std::string& folder, std::int32_t partitions, std::int64_t count,
                                  double fraction) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  if (absl::Status s = Fill(*broker, partitions, partitions); !s.ok()) return s;
  const DeletedAtEnd deleted(*broker, kTopic);
  auto consumer = OpenReader(*broker, Reader::kMember, {.enable_auto_commit = false}, partitions);
  if (!consumer.ok()) return consumer.status();
  std::vector<std::int64_t> ticks;
  for (std::int64_t i = -1000; i < count; ++i) {
    for (PartitionId p = 0; p < partitions; ++p) {
      if (absl::Status s = consumer->Seek({kTopic, p}, (i + 1000) % kBatch); !s.ok()) return s;
    }
    const std::int64_t begin = Ticks();
    const absl::Status committed = consumer->Commit();
    const std::int64_t end = Ticks();
    if (!committed.ok()) return committed;
    if (i >= 0) ticks.push_back(end - begin);
  }
  return static_cast<double>(Percentile(ticks, fraction) - TicksOfReading()) * NsPerTick();
}

void AddPoll(const char* name, const char* what, const ConsumerOptions& options, int rounds,
             std::optional<double> target, Benchmarks& benchmarks) {
  benchmarks.push_back(
      {.name = fmt::format("group/{}", name),
       .what = what,
       .unit = "M msg/s",
       .leat = [=](const std::string& folder) { return PollAll(folder, Reader::kMember, options, rounds); },
       .reference_name = "assigned",
       .reference = [=](const std::string& folder) { return PollAll(folder, Reader::kAssigned, options, rounds); },
       .target_ratio = target});
}

}  // namespace

void AddGroups(const Scale& scale, Benchmarks& benchmarks) {
  const int rounds = scale.quick ? 40 : 120;
  AddPoll("poll", "a member of a group reads a full log of 100Bx256 and decodes it", {}, rounds, 0.98, benchmarks);
  AddPoll("poll_one_batch", "the same, a batch a Poll", {.fetch_max_bytes = 1}, rounds, {}, benchmarks);
  struct Point {
    const char* name;
    std::int32_t partitions;
    double fraction;
    std::optional<double> target;
  };
  for (const Point& point : {Point{"commit_p50", 1, 0.5, 1000.0}, Point{"commit_p99.9", 1, 0.999, {}},
                             Point{"commit_16_partitions_p50", 16, 0.5, 1000.0}}) {
    benchmarks.push_back({.name = fmt::format("group/{}", point.name),
                          .what = fmt::format("one Commit of {} partition{} that moved", point.partitions,
                                              point.partitions == 1 ? "" : "s"),
                          .unit = "ns",
                          .better = Better::kLower,
                          .leat =
                              [=, count = scale.slow_records](const std::string& folder) {
                                return CommitEach(folder, point.partitions, count, point.fraction);
                              },
                          .target_value = point.target});
  }
}

}  // namespace leat::bench
