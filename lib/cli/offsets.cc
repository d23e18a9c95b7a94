// leat offsets: where the partitions of a topic begin and end, or what their first record at or after a time is, or the one
// with the latest time.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/place.h"
#include "cli/report.h"
#include "cli/table.h"

namespace leat::cli {
namespace {

struct Options {
  std::string topic;
  std::optional<Place> at;
  bool json = false;
};

ExitCode AtOnePlace(const Options& options, const Topic& topic, Session& session) {
  Table table({"TOPIC", "PARTITION", "OFFSET"});
  for (PartitionId id = 0; id < topic.partition_count(); ++id) {
    const auto partition = topic.partition(id);
    if (!partition.ok()) return Fail(partition.status());
    const auto offset = OffsetOf(*options.at, *partition);
    if (!offset.ok()) return FailOfReading(offset.status());
    if (options.json) {
      session.out.Line(OneLine({{"topic", topic.name()}, {"partition", id}, {"offset", *offset}}));
    } else {
      table.Row({topic.name(), fmt::to_string(id), fmt::to_string(*offset)});
    }
  }
  if (!options.json) table.Print(session.out);
  return ExitCode::kDone;
}

ExitCode BeginAndEnd(const Options& options, const Topic& topic, Session& session) {
  Table table({"TOPIC", "PARTITION", "BEGIN", "END", "RECORDS"});
  for (PartitionId id = 0; id < topic.partition_count(); ++id) {
    const auto partition = topic.partition(id);
    if (!partition.ok()) return Fail(partition.status());
    const auto begin = partition->log_start();
    if (!begin.ok()) return FailOfReading(begin.status());
    const auto end = partition->high_watermark();
    if (!end.ok()) return FailOfReading(end.status());
    if (options.json) {
      session.out.Line(OneLine({{"topic", topic.name()}, {"partition", id}, {"begin", *begin}, {"end", *end}}));
    } else {
      table.Row({topic.name(), fmt::to_string(id), fmt::to_string(*begin), fmt::to_string(*end),
                 fmt::to_string(*end - *begin)});
    }
  }
  if (!options.json) table.Print(session.out);
  return ExitCode::kDone;
}

ExitCode Run(const Options& options, Session& session) {
  auto broker = OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto topic = FindTopic(*broker, options.topic);
  if (!topic.ok()) return Fail(topic.status());
  return options.at.has_value() ? AtOnePlace(options, *topic, session) : BeginAndEnd(options, *topic, session);
}

}  // namespace

void AddOffsets(CLI::App& program, Action& action) {
  CLI::App* const command = AddCommand(program, "offsets", "Where the partitions of a topic begin and end",
                                       "  leat offsets registered_user\n"
                                       "  leat offsets registered_user --at @-1h --json");
  const auto options = std::make_shared<Options>();
  command->add_option("TOPIC", options->topic, "The topic")->required()->type_name("");
  AddParsed(command, "--at", &options->at, ParseAskedPlace,
            "One offset a partition: the begin, the end, the first record at or after a time, or the one with the "
            "latest time",
            "begin|end|max|@TIME");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
