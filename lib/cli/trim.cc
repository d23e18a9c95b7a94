// leat trim: deletes a topic's oldest records, after it has said which.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/place.h"
#include "cli/report.h"
#include "cli/table.h"
#include "cli/topic_choice.h"

namespace leat::cli {
namespace {

struct Options {
  TopicPlace what;
  std::optional<Place> before;
  bool execute = false;
  bool json = false;
};

// What is to go of one partition.
struct Cut {
  Partition partition;
  Offset begin = 0;
  Offset before = 0;
  Offset end = 0;
};

absl::StatusOr<Cut> CutOf(const Options& options, const Partition& partition) {
  const auto begin = partition.log_start();
  if (!begin.ok()) return begin.status();
  const auto end = partition.high_watermark();
  if (!end.ok()) return end.status();
  // Not OffsetOf for an offset: what is behind the end is a mistake, and the log's to refuse.
  if (options.before->kind == Place::Kind::kOffset) {
    if (options.before->number > *end) {
      return absl::OutOfRangeError(fmt::format("partition {} of topic '{}' ends with offset {}: nothing was deleted",
                                               partition.id(), partition.topic(), *end));
    }
    return Cut{partition, *begin, std::max(*begin, options.before->number), *end};
  }
  const auto before = OffsetOf(*options.before, partition);
  if (!before.ok()) return before.status();
  return Cut{partition, *begin, std::max(*begin, *before), *end};
}

// All of them, before anything is deleted.
absl::StatusOr<std::vector<Cut>> CutsOf(const Options& options, const Topic& topic) {
  const auto partitions = PartitionsOf({topic}, options.what.partition);
  if (!partitions.ok()) return partitions.status();
  std::vector<Cut> cuts;
  for (const Partition& partition : *partitions) {
    auto cut = CutOf(options, partition);
    if (!cut.ok()) return cut.status();
    cuts.push_back(*std::move(cut));
  }
  return cuts;
}

ExitCode Run(const Options& options, Session& session) {
  auto broker = options.execute ? OpenToChange(session) : OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto topic = FindTopic(*broker, options.what.topic);
  if (!topic.ok()) return Fail(topic.status());
  auto cuts = CutsOf(options, *topic);
  if (!cuts.ok()) return FailOfReading(cuts.status());
  Table table({"TOPIC", "PARTITION", "BEGIN", "NEW BEGIN", "END", "DELETED"});
  std::int64_t deleted = 0;
  for (Cut& cut : *cuts) {
    if (options.execute) {
      // It may begin later by now.
      const auto begins = cut.partition.Trim(cut.before);
      if (!begins.ok()) return FailOfReading(begins.status());
      cut.before = *begins;
    }
    deleted += cut.before - cut.begin;
    if (options.json) {
      session.out.Line(OneLine({{"topic", topic->name()},
                                {"partition", cut.partition.id()},
                                {"begin", cut.begin},
                                {"new_begin", cut.before},
                                {"end", cut.end},
                                {"deleted", options.execute}}));
    } else {
      table.Row({topic->name(), fmt::to_string(cut.partition.id()), fmt::to_string(cut.begin),
                 fmt::to_string(cut.before), fmt::to_string(cut.end), fmt::to_string(cut.before - cut.begin)});
    }
  }
  if (!options.json) table.Print(session.out);
  if (const absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
  if (!options.execute)
    Say(fmt::format("{} to delete; nothing was changed; --execute does it", Counted(deleted, "record")));
  return ExitCode::kDone;
}

}  // namespace

void AddTrim(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "trim", "Says which of a topic's oldest records would go, and deletes them with --execute",
                 "  leat trim registered_user --before @-7d\n"
                 "  leat trim registered_user:0 --before 1000 --execute");
  const auto options = std::make_shared<Options>();
  AddParsed(command, "TOPIC", &options->what, ParseTopicPlace, "The topic, all of it or as TOPIC:PARTITION", "")
      ->required();
  AddParsed(command, "--before", &options->before, ParseLastPlace,
            "The first record that stays: the end, an offset, or the first one at or after a time", "end|N|@TIME")
      ->required();
  command->add_flag("--execute,--yes", options->execute, "Does it: there is no way back");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
