// What kDisk costs, and what it costs the others.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/bounds.h"
#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/statistics.h"
#include "harness/sync_count.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::size_t kValueSize = 100;

struct Opened {
  Broker broker;
  Topic topic;
  Partition partition;
};

absl::StatusOr<Opened> Open(const std::string& folder, Durability durability = Durability::kDisk) {
  absl::StatusOr<Broker> broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic = broker->EnsureTopic("disk", {.durability = durability});
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  return Opened{*std::move(broker), *std::move(topic), *std::move(partition)};
}

// What the threads of a measurement came to.
struct Acknowledged {
  double per_second = 0;
  double per_sync = 0;
};

absl::StatusOr<Acknowledged> SendFrom(const std::string& folder, int threads, std::int64_t records_each) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, opened->topic.name());
  absl::StatusOr<Producer> producer = Producer::Open(opened->broker);
  if (!producer.ok()) return producer.status();
  std::vector<absl::Status> results(static_cast<std::size_t>(threads));
  const std::int64_t syncs_before = SyncCount();
  const std::int64_t begin_ns = NowNs();
  std::vector<std::thread> running;
  for (absl::Status& result : results) {
    running.emplace_back([&] {
      Values values(kValueSize);
      for (std::int64_t i = 0; i < records_each && result.ok(); ++i) {
        result = producer->Send(opened->partition, {.value = values.Stamp(static_cast<std::uint64_t>(i))}).status();
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  const double seconds = SecondsSince(begin_ns);
  for (const absl::Status& result : results) {
    if (!result.ok()) return result;
  }
  const auto records = static_cast<double>(threads * records_each);
  return Acknowledged{.per_second = records / seconds,
                      .per_sync = records / static_cast<double>(SyncCount() - syncs_before)};
}

constexpr double kMedian = 0.5;

// How long one takes, at the median: other users of the disk hold up some.
absl::StatusOr<double> SendAlone(const std::string& folder, std::int64_t records) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, opened->topic.name());
  absl::StatusOr<Producer> producer = Producer::Open(opened->broker);
  if (!producer.ok()) return producer.status();
  Values values(kValueSize);
  std::vector<std::int64_t> times;
  for (std::int64_t i = 0; i < records; ++i) {
    const std::int64_t begin_ns = NowNs();
    const auto sent = producer->Send(opened->partition, {.value = values.Stamp(static_cast<std::uint64_t>(i))});
    if (!sent.ok()) return sent.status();
    times.push_back(NowNs() - begin_ns);
  }
  return static_cast<double>(Percentile(times, kMedian)) / 1e3;
}

// The bytes of one record's batch, written behind the last and synced, again and again; in a file that grows by each, or
// one that has its blocks already, as a segment has.
enum class Raw { kGrows, kHasBlocks };

absl::StatusOr<double> WriteAndSync(const std::string& folder, std::int64_t records, Raw raw) {
  const std::string path = folder + "/raw";
  const int descriptor = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  const auto size = static_cast<std::size_t>(BatchBytes({.value_size = kValueSize, .batch = 1}));
  const std::vector<std::byte> bytes(size, std::byte{'x'});
  std::vector<std::int64_t> times;
  bool good = descriptor >= 0;
  if (good && raw == Raw::kHasBlocks)
    good = fallocate(descriptor, 0, 0, records * static_cast<std::int64_t>(size)) == 0;
  for (std::int64_t i = 0; good && i < records; ++i) {
    const std::int64_t begin_ns = NowNs();
    good =
        pwrite(descriptor, bytes.data(), size, i * static_cast<std::int64_t>(size)) == static_cast<ssize_t>(size) &&
        fdatasync(descriptor) == 0;
    times.push_back(NowNs() - begin_ns);
  }
  const absl::Status error = good ? absl::OkStatus() : absl::UnavailableError(std::strerror(errno));
  if (descriptor >= 0) close(descriptor);
  if (!good) return error;
  return static_cast<double>(Percentile(times, kMedian)) / 1e3;
}

// The flow's bytes in pieces of 1 MiB, synced every so often: what the disk takes.
absl::StatusOr<double> SyncedLog(const Flow& flow, const std::string& folder, std::int64_t window) {
  constexpr std::int64_t kPiece = 1 << 20;
  const std::string path = folder + "/raw";
  const int descriptor = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  const std::vector<std::byte> piece(kPiece, std::byte{'x'});
  const std::int64_t size = LogBytes(flow);
  const std::int64_t begin_ns = NowNs();
  bool good = descriptor >= 0;
  for (std::int64_t position = 0; good && position < size; position += kPiece) {
    const std::int64_t count = std::min(kPiece, size - position);
    good = pwrite(descriptor, piece.data(), static_cast<std::size_t>(count), position) == count;
    const bool sync = (position + count) % window == 0 || position + count == size;
    if (good && sync) good = fdatasync(descriptor) == 0;
  }
  const double seconds = SecondsSince(begin_ns);
  const absl::Status error = good ? absl::OkStatus() : absl::UnavailableError(std::strerror(errno));
  if (descriptor >= 0) close(descriptor);
  if (!good) return error;
  return static_cast<double>(flow.records) / 1e6 / seconds;
}

// Enqueued without a pause, acknowledged when it is on the disk, or (kProcess) without a sync.
absl::StatusOr<double> Pipeline(const Flow& flow, const std::string& folder,
                                Durability durability = Durability::kDisk) {
  absl::StatusOr<Opened> opened = Open(folder, durability);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, opened->topic.name());
  absl::StatusOr<Producer> producer =
      Producer::Open(opened->broker, {.batch_size = 256 << 10, .buffer_memory = 64 << 20});
  if (!producer.ok()) return producer.status();
  Values values(kValueSize);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < flow.records; ++i) {
    const absl::Status enqueued =
        producer->Enqueue(opened->partition, {.value = values.Stamp(static_cast<std::uint64_t>(i))});
    if (!enqueued.ok()) return enqueued;
  }
  if (absl::Status flushed = producer->Flush(); !flushed.ok()) return flushed;
  return static_cast<double>(flow.records) / 1e6 / SecondsSince(begin_ns);
}

// p99.9 of one append after the other with kProcess, in a topic of its own, with or without somebody else in the
// process who syncs all the time.
absl::StatusOr<double> Beside(const std::string& folder, std::int64_t count, bool with_writer) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, opened->topic.name());
  absl::StatusOr<Topic> topic = opened->broker.EnsureTopic("process");
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted_too(opened->broker, topic->name());
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  Values values(kValueSize);
  BatchBuilder builder;
  if (!builder.Append(nullptr, values.Stamp(0), {}, 1)) return absl::InternalError("a batch became too large");
  const std::span<const std::byte> batch = builder.Seal({});

  std::atomic<bool> over{false};
  absl::Status written;
  std::thread writer([&] {
    while (with_writer && !over.load() && written.ok()) written = opened->partition.Append(batch).status();
  });
  std::vector<std::int64_t> ticks;
  ticks.reserve(static_cast<std::size_t>(count));
  absl::Status appended;
  for (std::int64_t i = 0; i < count && appended.ok(); ++i) {
    const std::int64_t begin = Ticks();
    appended = partition->Append(batch).status();
    ticks.push_back(Ticks() - begin);
  }
  over.store(true);
  writer.join();
  appended.Update(written);
  if (!appended.ok()) return appended;
  return static_cast<double>(Percentile(ticks, 0.999) - TicksOfReading()) * NsPerTick();
}

}  // namespace

void AddDisk(const Scale& scale, Benchmarks& benchmarks) {
  const std::int64_t syncs = scale.slow_records / 100;
  for (const Raw raw : {Raw::kGrows, Raw::kHasBlocks}) {
    const bool grows = raw == Raw::kGrows;
    benchmarks.push_back(
        {.name = grows ? "disk/one_thread" : "disk/one_thread_blocks",
         .what = grows ? "one Send of 100B with kDisk, p50" : "the same beside a file that has its blocks already",
         .unit = "us",
         .better = Better::kLower,
         .leat = [=](const std::string& folder) { return SendAlone(folder, syncs); },
         .reference_name = "pwrite+fdatasync",
         .reference = [=](const std::string& folder) { return WriteAndSync(folder, syncs, raw); },
         .target_ratio = grows ? std::optional(1.1) : std::nullopt});
  }
  const std::int64_t each = std::max<std::int64_t>(syncs / 8, 1);
  benchmarks.push_back({.name = "disk/64_threads",
                        .what = "Sends of 100B with kDisk from 64 threads to one partition",
                        .unit = "k acks/s",
                        .leat = [=](const std::string& folder) -> absl::StatusOr<double> {
                          const auto acknowledged = SendFrom(folder, 64, each);
                          if (!acknowledged.ok()) return acknowledged.status();
                          return acknowledged->per_second / 1e3;
                        },
                        .reference_name = "one thread",
                        .reference = [=](const std::string& folder) -> absl::StatusOr<double> {
                          const auto acknowledged = SendFrom(folder, 1, syncs);
                          if (!acknowledged.ok()) return acknowledged.status();
                          return acknowledged->per_second / 1e3;
                        }});
  benchmarks.push_back({.name = "disk/acks_per_sync",
                        .what = "the same: how many share an fdatasync",
                        .unit = "acks/sync",
                        .leat = [=](const std::string& folder) -> absl::StatusOr<double> {
                          const auto acknowledged = SendFrom(folder, 64, each);
                          if (!acknowledged.ok()) return acknowledged.status();
                          return acknowledged->per_sync;
                        },
                        .target_value = 28});
  const Flow flow = FlowOf(scale.bytes, kValueSize, 256);
  benchmarks.push_back({.name = "disk/pipelined",
                        .what = "100B by Producer::Enqueue with kDisk, until the last is acknowledged",
                        .unit = "M msg/s",
                        .leat = [flow](const std::string& folder) { return Pipeline(flow, folder); },
                        .reference_name = "raw log",
                        .reference = [flow](const std::string& folder) { return RawLog(flow, folder); },
                        .target_ratio = 0.4});
  benchmarks.push_back(
      {.name = "disk/pipelined_synced",
       .what = "the same beside a raw log that is synced every 16 MiB",
       .unit = "M msg/s",
       .leat = [flow](const std::string& folder) { return Pipeline(flow, folder); },
       .reference_name = "raw log, synced",
       .reference = [flow](const std::string& folder) { return SyncedLog(flow, folder, std::int64_t{16} << 20); }});
  benchmarks.push_back(
      {.name = "disk/pipelined_cost",
       .what = "the same beside Enqueue with kProcess: what the syncs take away",
       .unit = "M msg/s",
       .leat = [flow](const std::string& folder) { return Pipeline(flow, folder); },
       .reference_name = "kProcess",
       .reference = [flow](const std::string& folder) { return Pipeline(flow, folder, Durability::kProcess); },
       .target_ratio = 0.75});
  const std::int64_t count = 5 * scale.slow_records;
  benchmarks.push_back({.name = "disk/beside",
                        .what = "p99.9 of one append of 100B with kProcess, beside one who appends with kDisk",
                        .unit = "ns",
                        .better = Better::kLower,
                        .leat = [=](const std::string& folder) { return Beside(folder, count, true); },
                        .reference_name = "nobody beside it",
                        .reference = [=](const std::string& folder) { return Beside(folder, count, false); }});
}

}  // namespace leat::bench
