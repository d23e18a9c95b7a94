// leat compact: compacts a topic now.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/place.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/table.h"
#include "cli/topic_choice.h"

namespace leat::cli {
namespace {

struct Options {
  TopicPlace what;
  bool finished_only = false;
  bool json = false;
};

absl::StatusOr<std::int64_t> BytesOf(const Broker& broker, const TopicPlace& what) {
  const auto topic = broker.DescribeTopic(what.topic);
  if (!topic.ok()) return topic.status();
  std::int64_t bytes = 0;
  for (const PartitionDescription& partition : topic->partitions) {
    if (what.partition.value_or(partition.id) == partition.id) bytes += partition.size_bytes;
  }
  return bytes;
}

void Show(const PartitionCompaction& partition, const std::string& topic, const Options& options, Session& session,
          Table& table) {
  if (options.json) {
    Json object = {{"topic", topic},
                   {"partition", partition.id},
                   {"clean_to", partition.clean_to},
                   {"records_removed", partition.records_removed},
                   {"tombstones_removed", partition.tombstones_removed},
                   {"keyless_records", partition.keyless_records},
                   {"bytes_read", partition.bytes_read},
                   {"bytes_written", partition.bytes_written},
                   {"bytes_freed", partition.bytes_freed},
                   {"segments_removed", partition.segments_removed},
                   {"rounds", partition.rounds}};
    if (!partition.status.ok()) object["error"] = std::string(partition.status.message());
    session.out.Line(OneLine(object));
  } else {
    table.Row({topic, fmt::to_string(partition.id), fmt::to_string(partition.clean_to),
               fmt::to_string(partition.records_removed), fmt::to_string(partition.tombstones_removed),
               fmt::to_string(partition.bytes_freed), fmt::to_string(partition.segments_removed)});
  }
}

ExitCode Run(const Options& options, Session& session) {
  auto broker = OpenToChange(session);
  if (!broker.ok()) return Fail(broker.status());
  // For the name that was perhaps meant.
  if (const auto topic = FindTopic(*broker, options.what.topic); !topic.ok()) return Fail(topic.status());
  const auto bytes = BytesOf(*broker, options.what);
  if (!bytes.ok()) return FailOfReading(bytes.status());
  CompactionRequest request{.partition = options.what.partition, .finish_active_segments = !options.finished_only};
  absl::StatusOr<CompactionReport> report;
  {
    // What was compacted before is read once, the rest twice; which is which, the library knows.
    Progress progress(2 * *bytes);
    request.on_progress = [&progress](std::int64_t some) {
      progress.Add(some);
      return true;
    };
    report = broker->CompactTopic(options.what.topic, request);
  }
  if (!report.ok()) return Fail(report.status());
  Table table({"TOPIC", "PARTITION", "CLEAN TO", "REMOVED", "TOMBSTONES", "BYTES FREED", "SEGMENTS REMOVED"});
  absl::Status first;
  std::int64_t removed = 0, freed = 0;
  for (const PartitionCompaction& partition : report->partitions) {
    Show(partition, report->topic, options, session, table);
    first.Update(partition.status);
    removed += partition.records_removed;
    freed += partition.bytes_freed;
  }
  if (!options.json) table.Print(session.out);
  if (const absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
  Say(fmt::format("{} removed, {} bytes freed", Counted(removed, "record"), freed));
  if (!first.ok()) return FailOfReading(first);
  return ExitCode::kDone;
}

}  // namespace

void AddCompact(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "compact", "Keeps of each key of a compacted topic the last record, now",
                 "  leat compact registered_user\n"
                 "  leat compact registered_user:0 --finished-only --json");
  const auto options = std::make_shared<Options>();
  AddParsed(command, "TOPIC", &options->what, ParseTopicPlace, "The topic, all of it or as TOPIC:PARTITION", "")
      ->required();
  command->add_flag("--finished-only", options->finished_only,
                    "Leaves the segments that are being written to as they are");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
