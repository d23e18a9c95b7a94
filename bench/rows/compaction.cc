// How quickly a topic is compacted, beside a copy of the same bytes, and what that takes from those who append beside it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/statistics.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::size_t kValueSize = 1000;
constexpr std::size_t kBatch = 16;
constexpr const char* kTopic = "compaction";
constexpr std::int64_t kWarmup = 10'000;

struct Opened {
  Broker broker;
  Partition partition;
};

absl::StatusOr<Opened> Open(const std::string& folder) {
  absl::StatusOr<Broker> broker =
      Broker::Open(folder, {.compaction_check_interval = std::chrono::hours(24)});  // when it is told to
  if (!broker.ok()) return broker.status();
  TopicOptions options{.segment_bytes = 16 << 20};
  options.cleanup_policy = CleanupPolicy::kCompact;
  absl::StatusOr<Topic> topic = broker->EnsureTopic(kTopic, options);
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  return Opened{*std::move(broker), *std::move(partition)};
}

// Records of 1 KB whose keys come up twice on average, at random: half of them is to go.
absl::Status Fill(Partition& partition, std::int64_t bytes) {
  Values values(kValueSize);
  BatchBuilder builder;
  std::uint64_t state = 88172645463325252;
  const auto keys = static_cast<std::uint64_t>(bytes) / kValueSize / 2;
  for (std::int64_t written = 0; written < bytes;) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      if (!builder.Append(fmt::format("key-{:012}", state % keys), values.Stamp(state), {}, 1)) {
        return absl::InternalError("a batch became too large");
      }
    }
    written += static_cast<std::int64_t>(builder.size());
    if (const auto appended = partition.Append(builder); !appended.ok()) return appended.status();
  }
  return absl::OkStatus();
}

std::int64_t SizeOf(const std::string& folder) {
  std::int64_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/" + kTopic + "-0")) {
    if (entry.path().extension() == ".log") size += static_cast<std::int64_t>(entry.file_size());
  }
  return size;
}

// MB of the log a second, from the first byte that is read to the last that is synced.
absl::StatusOr<double> Compact(const std::string& folder, std::int64_t bytes, bool writing) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, kTopic);
  if (absl::Status filled = Fill(opened->partition, bytes); !filled.ok()) return filled;
  // Beside one who appends all the time, at 20,000 batches a second.
  std::atomic<bool> stop{false};
  absl::Status appended;
  std::thread writer([&] {
    Values values(100);
    BatchBuilder builder;
    for (std::uint64_t i = 0; writing && appended.ok() && !stop.load(std::memory_order_relaxed); ++i) {
      if (!builder.Append("live", values.Stamp(i), {}, 1)) return;
      appended = opened->partition.Append(builder).status();
      const std::int64_t next = NowNs() + 50'000;
      while (NowNs() < next) std::this_thread::yield();
    }
  });
  const std::int64_t begin = NowNs();
  const auto report = opened->broker.CompactTopic(kTopic);
  const double seconds = SecondsSince(begin);
  stop.store(true, std::memory_order_relaxed);
  writer.join();
  if (!appended.ok()) return appended;
  if (!report.ok()) return report.status();
  const PartitionCompaction& done = report->partitions[0];
  if (!done.status.ok()) return done.status;
  if (done.bytes_freed < bytes / 4) return absl::InternalError("compaction did not do what was to be measured");
  return static_cast<double>(bytes) / 1e6 / seconds;
}

// What a compaction cannot do without: half of the bytes are written anew and synced, and all of them read.
absl::StatusOr<double> Copy(const std::string& folder, std::int64_t bytes) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, kTopic);
  if (absl::Status filled = Fill(opened->partition, bytes); !filled.ok()) return filled;
  if (absl::Status flushed = opened->broker.Flush(); !flushed.ok()) return flushed;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/" + kTopic + "-0")) {
    if (entry.path().extension() == ".log") paths.push_back(entry.path().string());
  }
  std::vector<char> piece(1 << 20);
  const std::int64_t total = SizeOf(folder);
  const std::int64_t begin = NowNs();
  bool writes = false;
  for (const std::string& path : paths) {
    const int from = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const int to = ::open((path + ".copy").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0) return absl::InternalError(std::strerror(errno));
    for (ssize_t size = 0; (size = ::read(from, piece.data(), piece.size())) > 0;) {
      if ((writes = !writes) && ::write(to, piece.data(), static_cast<std::size_t>(size)) != size) {
        return absl::InternalError(std::strerror(errno));
      }
    }
    ::fdatasync(to);
    ::close(from);
    ::close(to);
  }
  return static_cast<double>(total) / 1e6 / SecondsSince(begin);
}

// p99.9 in nanoseconds of one append, the clock's own taken off, while another topic's partition is compacted again and again,
// or nothing is done.
absl::StatusOr<double> AppendBeside(const std::string& folder, std::int64_t count, bool compacts) {
  absl::StatusOr<Opened> opened = Open(folder);
  if (!opened.ok()) return opened.status();
  const DeletedAtEnd deleted(opened->broker, kTopic);
  if (absl::Status filled = Fill(opened->partition, 64 << 20); !filled.ok()) return filled;
  std::atomic<bool> stop{false};
  absl::Status compacted;
  std::thread compactor([&] {
    while (compacts && compacted.ok() && !stop.load(std::memory_order_relaxed)) {
      const auto report = opened->broker.CompactTopic(kTopic);
      compacted = report.ok() ? report->partitions[0].status : report.status();
    }
  });
  Values values(kValueSize);
  BatchBuilder builder;
  std::vector<std::int64_t> ticks;
  ticks.reserve(static_cast<std::size_t>(count));
  absl::Status failed;
  for (std::int64_t i = 0; i < kWarmup + count && failed.ok(); ++i) {
    if (!builder.Append(fmt::format("key-{}", i % 1000), values.Stamp(static_cast<std::uint64_t>(i)), {}, 1)) break;
    const std::span<const std::byte> batch = builder.Seal({});
    const std::int64_t begin = Ticks();
    failed = opened->partition.Append(batch).status();
    const std::int64_t end = Ticks();
    if (i >= kWarmup) ticks.push_back(end - begin);
    builder.Clear();
  }
  stop.store(true, std::memory_order_relaxed);
  compactor.join();
  if (!failed.ok()) return failed;
  if (!compacted.ok()) return compacted;
  return static_cast<double>(Percentile(ticks, 0.999) - TicksOfReading()) * NsPerTick();
}

}  // namespace

void AddCompaction(const Scale& scale, Benchmarks& benchmarks) {
  const std::int64_t bytes = scale.bytes / 2;
  benchmarks.push_back(
      {.name = "compaction/rate",
       .what = "compacting 1KB records of which half go, from the first byte read to the last synced",
       .unit = "MB/s",
       .leat = [=](const std::string& folder) { return Compact(folder, bytes, false); },
       .reference_name = "read all, write and sync half",
       .reference = [=](const std::string& folder) { return Copy(folder, bytes); }});
  benchmarks.push_back({.name = "compaction/live",
                        .what = "the same beside one who appends 20,000 batches a second",
                        .unit = "MB/s",
                        .leat = [=](const std::string& folder) { return Compact(folder, bytes, true); },
                        .reference_name = "read all, write and sync half",
                        .reference = [=](const std::string& folder) { return Copy(folder, bytes); },
                        .target_value = 200});
  const std::int64_t count = std::max<std::int64_t>(scale.slow_records, 200'000);
  benchmarks.push_back(
      {.name = "compaction/beside",
       .what = "p99.9 of one append of 1KB with kProcess, while its log is compacted again and again",
       .unit = "ns",
       .better = Better::kLower,
       .leat = [=](const std::string& folder) { return AppendBeside(folder, count, true); },
       .reference_name = "nothing is compacted",
       .reference = [=](const std::string& folder) { return AppendBeside(folder, count, false); }});
}

}  // namespace leat::bench
