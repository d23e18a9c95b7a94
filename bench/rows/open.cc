// Opening a folder that was left by kill -9, and what an open partition costs.
#include "rows/open.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <leat/leat.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr char kTopic[] = "many";
constexpr std::int32_t kRecordsEach = 16;

absl::StatusOr<Topic> ManyPartitions(Broker& broker, std::int32_t partitions) {
  return broker.EnsureTopic(kTopic, {.partitions = partitions, .segment_bytes = 16 << 20});
}

absl::Status Fill(Broker& broker, std::int32_t partitions) {
  absl::StatusOr<Topic> topic = ManyPartitions(broker, partitions);
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Producer> producer = Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  Values values(100);
  for (PartitionId id = 0; id < partitions; ++id) {
    absl::StatusOr<Partition> partition = topic->partition(id);
    if (!partition.ok()) return partition.status();
    for (std::int32_t i = 0; i < kRecordsEach; ++i) {
      const auto sent = producer->Send(*partition, {.value = values.Stamp(static_cast<std::uint64_t>(i))});
      if (!sent.ok()) return sent.status();
    }
  }
  return absl::OkStatus();
}

// Leaves the folder as a process does that was killed while it had all partitions open.
absl::Status FillAndKill(const std::string& folder, std::int32_t partitions) {
  absl::StatusOr<Child> child = Child::Start("fill", {folder, std::to_string(partitions)});
  if (!child.ok()) return child.status();
  child->Kill();
  return absl::OkStatus();
}

// Until every partition has told its end.
absl::Status OpenAll(Broker& broker) {
  absl::StatusOr<Topic> topic = broker.FindTopic(kTopic);
  if (!topic.ok()) return topic.status();
  for (PartitionId id = 0; id < topic->partition_count(); ++id) {
    absl::StatusOr<Partition> partition = topic->partition(id);
    if (!partition.ok()) return partition.status();
    const absl::StatusOr<Offset> end = partition->end();
    if (!end.ok()) return end.status();
    if (*end != kRecordsEach) {
      return absl::DataLossError(fmt::format("partition {} ends at {} instead of {}", id, *end, kRecordsEach));
    }
  }
  return absl::OkStatus();
}

// Milliseconds a partition.
absl::StatusOr<double> OpenAfterKill(const std::string& folder, std::int32_t partitions) {
  if (absl::Status s = FillAndKill(folder, partitions); !s.ok()) return s;
  const std::int64_t begin_ns = NowNs();
  absl::StatusOr<Broker> broker = Broker::Open(folder, {.mode = OpenMode::kExisting});
  if (!broker.ok()) return broker.status();
  if (absl::Status s = OpenAll(*broker); !s.ok()) return s;
  const double milliseconds = SecondsSince(begin_ns) * 1e3 / partitions;
  const DeletedAtEnd deleted(*broker, kTopic);
  return milliseconds;
}

// What is needed at least to open as many files: one open, fstat and mmap each.
absl::StatusOr<double> OpenFiles(const std::string& folder, std::int32_t partitions) {
  constexpr std::size_t kSize = 1 << 16;
  for (std::int32_t i = 0; i < partitions; ++i) {
    const int file = open(fmt::format("{}/{}", folder, i).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, kSize) != 0) return absl::UnavailableError("a file could not be made");
    close(file);
  }
  std::vector<std::pair<int, void*>> opened;
  const std::int64_t begin_ns = NowNs();
  for (std::int32_t i = 0; i < partitions; ++i) {
    const int file = open(fmt::format("{}/{}", folder, i).c_str(), O_RDWR | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) return absl::UnavailableError("a file could not be opened");
    opened.emplace_back(file, mmap(nullptr, kSize, PROT_READ, MAP_SHARED, file, 0));
  }
  const double milliseconds = SecondsSince(begin_ns) * 1e3 / partitions;
  for (const auto& [file, mapping] : opened) {
    if (mapping != MAP_FAILED) munmap(mapping, kSize);
    close(file);
  }
  return milliseconds;
}

// What the kernel says in a field of /proc/self/status, in KiB; 0 when it does not.
double ResidentKiB(std::string_view field) {
  std::FILE* const file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) return 0;
  char line[256];
  double found = 0;
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    if (std::string_view(line).starts_with(field)) found = std::strtod(line + field.size() + 1, nullptr);
  }
  std::fclose(file);
  return found;
}

// In a process of its own: memory that was freed before would be used again, and not be counted.
absl::StatusOr<double> MemoryOfPartition(const std::string& folder, std::int32_t partitions, bool own) {
  absl::StatusOr<Child> child = Child::Start("fill", {folder, std::to_string(partitions)});
  if (!child.ok()) return child.status();
  if (absl::Status s = child->Go(); !s.ok()) return s;
  const absl::StatusOr<std::string> said = child->Finish();
  if (!said.ok()) return said.status();
  double anonymous = 0;
  double mapped = 0;
  if (std::sscanf(said->c_str(), "%lf %lf", &anonymous, &mapped) != 2) return absl::InternalError(*said);
  return (own ? anonymous : mapped) / partitions;
}

void AddMemory(const char* name, const char* what, std::int32_t partitions, bool own, Benchmarks& benchmarks) {
  benchmarks.push_back({.name = fmt::format("open/{}", name),
                        .what = what,
                        .unit = "KiB/partition",
                        .better = Better::kLower,
                        .leat = [=](const std::string& folder) { return MemoryOfPartition(folder, partitions, own); },
                        .most_rounds = 1});
}

}  // namespace

absl::StatusOr<std::string> FillRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready) {
  if (arguments.size() != 2) return absl::InvalidArgumentError("fill FOLDER PARTITIONS");
  absl::StatusOr<Broker> broker = Broker::Open(arguments[0]);
  if (!broker.ok()) return broker.status();
  const double anonymous = ResidentKiB("RssAnon");
  const double mapped = ResidentKiB("RssFile");
  if (absl::Status s = Fill(*broker, std::atoi(arguments[1].c_str())); !s.ok()) return s;
  std::string grown = fmt::format("{} {}", ResidentKiB("RssAnon") - anonymous, ResidentKiB("RssFile") - mapped);
  if (absl::Status s = ready(); !s.ok()) return s;
  const DeletedAtEnd deleted(*broker, kTopic);
  return grown;
}

void AddOpen(const Scale& scale, Benchmarks& benchmarks) {
  const std::int32_t partitions = scale.quick ? 100 : 1000;
  benchmarks.push_back({.name = "open/after_kill",
                        .what = fmt::format("opening {} partitions that a killed process left", partitions),
                        .unit = "ms/partition",
                        .better = Better::kLower,
                        .leat = [=](const std::string& folder) { return OpenAfterKill(folder, partitions); },
                        .reference_name = "open+fstat+mmap",
                        .reference = [=](const std::string& folder) { return OpenFiles(folder, partitions); },
                        .target_value = 1.0,
                        .most_rounds = 2});
  AddMemory("own_memory", "an open partition that was written to: the process's own memory", partitions, true,
            benchmarks);
  AddMemory("mapped_memory", "the same: resident pages of mapped files", partitions, false, benchmarks);
}

}  // namespace leat::bench
