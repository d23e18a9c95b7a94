// leat topic: makes, lists, shows, changes and deletes topics.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/table.h"
#include "cli/topic_settings.h"

namespace leat::cli {
namespace {

struct Options {
  std::string name;
  std::optional<PartitionId> partitions;
  TopicChanges changes;
  bool changes_given = false;
  bool if_not_exists = false;
  bool if_exists = false;
  bool json = false;
};

ExitCode Create(const Options& options, Session& session) {
  auto broker = OpenOrMake(session);
  if (!broker.ok()) return Fail(broker.status());
  TopicOptions topic = Changed(broker->TopicDefaults(), options.changes);
  topic.partitions = options.partitions.value_or(topic.partitions);
  auto made = broker->CreateTopic(options.name, topic);
  if (options.if_not_exists && absl::IsAlreadyExists(made.status())) {
    Say(fmt::format("topic '{}' is there already, and stays as it is", options.name));
    return ExitCode::kDone;
  }
  if (!made.ok()) return Fail(made.status());
  return ExitCode::kDone;
}

ExitCode List(const Options& options, Session& session) {
  auto broker = OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto names = broker->ListTopics();
  if (!names.ok()) return Fail(names.status());
  for (const std::string& name : *names) {
    if (!options.json) {
      session.out.Line(name);
      continue;
    }
    const auto topic = broker->FindTopic(name);
    if (absl::IsNotFound(topic.status())) continue;  // deleted meanwhile
    if (!topic.ok()) return Fail(topic.status());
    session.out.Line(OneLine({{"topic", name}, {"id", topic->id()}, {"partitions", topic->partition_count()}}));
  }
  return ExitCode::kDone;
}

Json JsonOf(const TopicDescription& topic) {
  Json settings = Json::object();
  for (const auto& [name, value] : SettingsOf(topic.options)) settings[name] = value;
  Json partitions = Json::array();
  for (const PartitionDescription& partition : topic.partitions) {
    Json one = {{"partition", partition.id},       {"begin", partition.log_start},
                {"end", partition.high_watermark}, {"bytes", partition.size_bytes},
                {"segments", partition.segments},  {"leader_epoch", partition.leader_epoch}};
    if (!partition.status.ok()) one["error"] = std::string(partition.status.message());
    partitions.push_back(std::move(one));
  }
  return {{"topic", topic.name}, {"id", topic.id}, {"settings", settings}, {"partitions", partitions}};
}

void Print(const TopicDescription& topic, Output& out) {
  out.Line(fmt::format("topic {}  id {}  partitions {}", topic.name, topic.id, topic.partitions.size()));
  for (const auto& [name, value] : SettingsOf(topic.options)) out.Line(fmt::format("  {}={}", name, value));
  Table table({"PARTITION", "BEGIN", "END", "RECORDS", "BYTES", "SEGMENTS", "EPOCH", "STATE"});
  for (const PartitionDescription& p : topic.partitions) {
    table.Row({fmt::to_string(p.id), fmt::to_string(p.log_start), fmt::to_string(p.high_watermark),
               fmt::to_string(p.high_watermark - p.log_start), fmt::to_string(p.size_bytes),
               fmt::to_string(p.segments), fmt::to_string(p.leader_epoch),
               p.status.ok() ? "well" : std::string(p.status.message())});
  }
  table.Print(out);
}

ExitCode Describe(const Options& options, Session& session) {
  auto broker = OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto topic = broker->DescribeTopic(options.name);
  if (absl::IsNotFound(topic.status())) return Fail(NoSuchTopic(*broker, options.name));
  if (!topic.ok()) return Fail(topic.status());
  if (options.json) {
    session.out.Line(OneLine(JsonOf(*topic)));
  } else {
    Print(*topic, session.out);
  }
  return ExitCode::kDone;
}

ExitCode Alter(const Options& options, Session& session) {
  auto broker = OpenToChange(session);
  if (!broker.ok()) return Fail(broker.status());
  auto topic = FindTopic(*broker, options.name);
  if (!topic.ok()) return Fail(topic.status());
  if (options.changes_given) {
    if (const absl::Status altered = broker->AlterTopic(options.name, options.changes); !altered.ok()) {
      return Fail(altered);
    }
  }
  if (options.partitions.has_value()) {
    const PartitionId before = topic->partition_count();
    if (auto more = broker->AddPartitions(options.name, *options.partitions); !more.ok()) return Fail(more.status());
    Say(fmt::format("topic '{}' has {} partitions now, {} before: keys may go to other partitions from now on",
                    options.name, *options.partitions, before));
  }
  return ExitCode::kDone;
}

ExitCode Delete(const Options& options, Session& session) {
  auto broker = OpenToChange(session);
  if (!broker.ok()) return Fail(broker.status());
  const absl::Status deleted = broker->DeleteTopic(options.name);
  if (absl::IsNotFound(deleted)) {
    if (options.if_exists) return ExitCode::kDone;
    return Fail(NoSuchTopic(*broker, options.name));
  }
  if (!deleted.ok()) return Fail(deleted);
  return ExitCode::kDone;
}

void AddName(CLI::App* command, Options& options) {
  command->add_option("NAME", options.name, "The topic")->required()->type_name("");
}

void AddSettings(CLI::App* command, Options& options) {
  command->add_option("--partitions", options.partitions, "How many; they can be raised later, never lowered")
      ->type_name("N")
      ->check(WholeNumber(1));
  command
      ->add_option_function<std::vector<std::string>>(
          "--config",
          [&options](const std::vector<std::string>& settings) {
            for (const std::string& setting : settings) {
              if (absl::Status parsed = ParseSetting(setting, &options.changes); !parsed.ok()) {
                throw CLI::ValidationError("--config", std::string(parsed.message()));
              }
            }
            options.changes_given = true;
          },
          fmt::format("A setting, as `leat settings` tells: {}", fmt::join(SettingNames(), ", ")))
      ->type_name("K=V")
      ->expected(1)
      ->take_all();
}

}  // namespace

void AddTopic(CLI::App& program, Action& action) {
  CLI::App* const topic = AddCommand(program, "topic", "Makes, lists, shows, changes and deletes topics",
                                     "  leat topic create registered_user --partitions 2\n"
                                     "  leat topic describe registered_user");
  topic->require_subcommand(1);
  const auto options = std::make_shared<Options>();

  CLI::App* const create = AddCommand(*topic, "create", "Makes a topic, and the folder if it is not there",
                                      "  leat topic create registered_user --partitions 2\n"
                                      "  leat topic create events --config segment.bytes=1073741824 --if-not-exists");
  AddName(create, *options);
  AddSettings(create, *options);
  create->add_flag("--if-not-exists", options->if_not_exists, "One that is there is taken as it is");
  WhenNamed(create, action, options, Create);

  CLI::App* const list = AddCommand(*topic, "list", "The names of all topics, sorted",
                                    "  leat topic list\n"
                                    "  leat topic list --json");
  AddJson(list, &options->json);
  WhenNamed(list, action, options, List);

  CLI::App* const describe = AddCommand(*topic, "describe", "Settings and partitions of a topic",
                                        "  leat topic describe registered_user\n"
                                        "  leat topic describe registered_user --json");
  AddName(describe, *options);
  AddJson(describe, &options->json);
  WhenNamed(describe, action, options, Describe);

  CLI::App* const alter = AddCommand(*topic, "alter", "Changes settings of a topic, and raises its partitions",
                                     "  leat topic alter registered_user --partitions 4\n"
                                     "  leat topic alter registered_user --config max.message.bytes=2097152");
  AddName(alter, *options);
  AddSettings(alter, *options);
  alter->callback([&action, options] {
    if (!options->changes_given && !options->partitions.has_value()) {
      throw CLI::ValidationError("NAME", "what is to be changed? --partitions N or --config K=V");
    }
    action = [options](Session& session) { return Alter(*options, session); };
  });

  CLI::App* const remove = AddCommand(*topic, "delete", "Deletes a topic with all its records",
                                      "  leat topic delete registered_user\n"
                                      "  leat topic delete registered_user --if-exists");
  AddName(remove, *options);
  remove->add_flag("--if-exists", options->if_exists, "None is no error");
  WhenNamed(remove, action, options, Delete);
}

}  // namespace leat::cli
