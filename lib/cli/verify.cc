// leat verify: looks at every byte of a folder's logs.
#include <fmt/format.h>
#include <leat/consumer_group.h>
#include <leat/folder_use.h>

#include <fstream>
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
  std::string topic_id;
  bool may_have_gaps = false;
  PartitionDescription state;
};

// docs/format.md: it was compacted.
bool WasCompacted(const std::string& partition_folder) {
  return std::ifstream(partition_folder + "/compaction").is_open();
}

// docs/format.md: a Kafka wrote the topic's logs, or they were repaired.
bool MayHaveGaps(const std::string& folder, const std::string& topic) {
  std::ifstream file(fmt::format("{}/topics/{}", folder, topic));
  for (std::string line; std::getline(file, line);) {
    if (line == "adopted=1") return true;
  }
  return false;
}

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
    const bool may_have_gaps = MayHaveGaps(broker.folder(), name);
    for (const PartitionDescription& partition : topic->partitions) {
      const std::string folder = fmt::format("{}/{}-{}", broker.folder(), name, partition.id);
      partitions.push_back({folder, topic->id, may_have_gaps || WasCompacted(folder), partition});
    }
  }
  return partitions;
}

// What the library says of a group's file.
absl::Status CheckGroups(const Broker& broker, DamageList& damage) {
  const auto ids = ConsumerGroup::List(broker);
  if (!ids.ok()) return ids.status();
  for (const std::string& id : *ids) {
    const auto group = ConsumerGroup::Open(broker, id);
    if (!group.ok()) continue;
    const auto described = group->Describe();
    const absl::Status found = described.ok() ? described->status : described.status();
    if (absl::IsNotFound(found)) continue;  // deleted meanwhile
    if (!absl::IsDataLoss(found)) {
      if (!found.ok()) return found;
      continue;
    }
    damage.Add({.file = fmt::format("{}/groups", broker.folder()),
                .expected = fmt::format("whole offsets of group '{}'", id),
                .found = std::string(found.message())});
  }
  return absl::OkStatus();
}

// What the shared state, or the files where nobody has the folder open, say of a partition must be possible.
void CheckState(const Checked& partition, DamageList& damage) {
  const PartitionDescription& state = partition.state;
  if (state.log_start <= state.high_watermark && state.high_watermark <= state.end && state.log_start >= 0) return;
  damage.Add({.file = partition.folder,
              .expected = "log start, high watermark and end in this order",
              .found = fmt::format("{}, {} and {}", state.log_start, state.high_watermark, state.end)});
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
  const auto use = WhoUses(session.folder);
  if (!use.ok()) return Fail(use.status());
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
      CheckState(partition, damage);
      PartitionCheck check(partition.folder, partition.state, partition.topic_id, partition.may_have_gaps,
                           !use->in_use, damage, progress);
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
  if (options.topics.empty()) {
    if (const absl::Status groups = CheckGroups(*broker, damage); !groups.ok()) return FailOfReading(groups);
  }
  Say(fmt::format("{}, {} bytes, {} batches, {}: {}",
                  Counted(static_cast<std::int64_t>(partitions->size()), "partition"), done, batches,
                  Counted(records, "record"), damage.count() == 0 ? "no damage" : Counted(damage.count(), "damage")));
  return damage.count() == 0 ? ExitCode::kDone : ExitCode::kDamage;
}

}  // namespace

void AddVerify(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "verify", "Looks at every batch, record, index entry and small file; ends with 3 on damage",
                 "  leat verify\n"
                 "  leat -d /backup/log verify registered_user --json");
  const auto options = std::make_shared<Options>();
  command->add_option("TOPIC", options->topics, "Topics; without one, all")->type_name("");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
