// leat verify: looks at every byte of a folder's logs.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/partition_check.h"
#include "cli/report.h"

namespace leat::cli {
namespace {

struct Options {
  std::vector<std::string> topics;
  bool json = false;
};

// A partition, and where its log ended before its files were looked at.
struct Checked {
  std::string folder;
  PartitionDescription state;
};

absl::StatusOr<std::vector<Checked>> PartitionsOf(const Broker& broker, const Options& options, DamageList& damage) {
  std::vector<std::string> names = options.topics;
  if (names.empty()) {
    auto all = broker.ListTopics();
    if (!all.ok()) return all.status();
    names = *std::move(all);
  }
  std::vector<Checked> partitions;
  for (const std::string& name : names) {
    const auto topic = broker.DescribeTopic(name);
    if (absl::IsNotFound(topic.status())) return NoSuchTopic(broker, name);
    if (absl::IsDataLoss(topic.status())) {
      damage.Add({.file = fmt::format("{}/topics/{}", broker.folder(), name),
                  .expected = "a topic's file",
                  .found = std::string(topic.status().message())});
      continue;
    }
    if (!topic.ok()) return topic.status();
    for (const PartitionDescription& partition : topic->partitions) {
      partitions.push_back({fmt::format("{}/{}-{}", broker.folder(), name, partition.id), partition});
    }
  }
  return partitions;
}

// Whoever has the folder open for writing holds a lock on byte 0 of its LOCK (docs/format.md).
bool IsOpenElsewhere(const std::string& folder) {
  const int descriptor = ::open((folder + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return asked && lock.l_type != F_UNLCK;
}

absl::StatusOr<std::int64_t> BytesOf(const std::vector<Checked>& partitions) {
  std::int64_t bytes = 0;
  for (const Checked& partition : partitions) {
    const auto segments = ListSegments(partition.folder);
    if (!segments.ok()) return segments.status();
    bytes += segments->bytes;
  }
  return bytes;
}

ExitCode Run(const Options& options, Session& session) {
  auto broker = OpenToRead(session);
  if (!broker.ok()) return FailOfReading(broker.status());
  const bool at_rest = !IsOpenElsewhere(session.folder);
  DamageList damage(options.json, session.out);
  const auto partitions = PartitionsOf(*broker, options, damage);
  if (!partitions.ok()) return FailOfReading(partitions.status());
  const auto bytes = BytesOf(*partitions);
  if (!bytes.ok()) return Fail(bytes.status());
  std::int64_t batches = 0, records = 0, done = 0;
  {
    Progress progress(*bytes);
    for (const Checked& partition : *partitions) {
      const std::int64_t before = damage.count();
      PartitionCheck check(partition.folder, partition.state.log_start, partition.state.end, at_rest, damage,
                           progress);
      if (const absl::Status run = check.Run(); !run.ok()) return Fail(run);
      // What the library has found, if the files did not show it.
      if (absl::IsDataLoss(partition.state.status) && damage.count() == before) {
        damage.Add({.file = partition.folder,
                    .expected = "a log that can be opened",
                    .found = std::string(partition.state.status.message())});
      }
      batches += check.batches();
      records += check.records();
      if (const absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
    }
    done = progress.done();
  }
  Say(fmt::format("{}, {} bytes, {} batches, {}: {}",
                  Counted(static_cast<std::int64_t>(partitions->size()), "partition"), done, batches,
                  Counted(records, "record"), damage.count() == 0 ? "no damage" : Counted(damage.count(), "damage")));
  return damage.count() == 0 ? ExitCode::kDone : ExitCode::kDamage;
}

}  // namespace

void AddVerify(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "verify", "Looks at every batch, record, index entry and checkpoint; ends with 3 on damage",
                 "  leat verify\n"
                 "  leat -d /backup/log verify registered_user --json");
  const auto options = std::make_shared<Options>();
  command->add_option("TOPIC", options->topics, "Topics; without one, all")->type_name("");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
