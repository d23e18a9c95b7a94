// leat group: where consumer groups stand, and where they are to go on.
#include <fmt/format.h>
#include <leat/consumer_group.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/reset_place.h"
#include "cli/table.h"

namespace leat::cli {
namespace {

struct Options {
  std::string group;
  std::string other;
  std::optional<ResetTarget> to;
  ResetOptions reset;
  bool all_topics = false;
  bool execute = false;
  bool json = false;
};

std::string_view NameOf(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "empty";
    case GroupState::kRebalancing:
      return "rebalancing";
    case GroupState::kStable:
      break;
  }
  return "stable";
}

Json JsonOf(const std::vector<TopicPartition>& partitions) {
  Json all = Json::array();
  for (const TopicPartition& one : partitions) all.push_back({{"topic", one.topic}, {"partition", one.partition}});
  return all;
}

Json JsonOf(const GroupMemberDescription& member) {
  return {{"member", member.id},
          {"instance", member.instance_id},
          {"host", member.host},
          {"pid", member.pid},
          {"away", member.away},
          {"topics", member.topics},
          {"assignment", JsonOf(member.assignment)},
          {"target", JsonOf(member.target)},
          {"since_poll_ms", member.since_poll.count()}};
}

Json JsonOf(const GroupPartitionDescription& one) {
  Json object = {{"topic", one.partition.topic}, {"partition", one.partition.partition}};
  if (one.committed.has_value()) {
    object["committed"] = one.committed->offset;
    object["metadata"] = one.committed->metadata;
    object["committed_at"] = one.committed->time.time_since_epoch().count();
  } else {
    object["committed"] = nullptr;
  }
  if (one.lag.ok()) {
    object["lag"] = one.lag->records;
    object["lag_bytes"] = one.lag->bytes;
    object["lag_ms"] = one.lag->time.count();
  } else {
    object["error"] = std::string(one.lag.status().message());
  }
  if (!one.member_id.empty()) object["member"] = one.member_id;
  return object;
}

void PrintJson(const GroupDescription& group, Output& out) {
  Json members = Json::array(), partitions = Json::array();
  for (const auto& member : group.members) members.push_back(JsonOf(member));
  for (const auto& partition : group.partitions) partitions.push_back(JsonOf(partition));
  Json object = {{"group", group.id},          {"state", NameOf(group.state)}, {"generation", group.generation},
                 {"assignor", group.assignor}, {"members", members},           {"partitions", partitions}};
  if (!group.status.ok()) object["error"] = std::string(group.status.message());
  out.Line(OneLine(object));
}

void Print(const GroupDescription& group, Output& out) {
  out.Line(fmt::format("group {}  {}  generation {}  {}", group.id, NameOf(group.state), group.generation,
                       Counted(static_cast<std::int64_t>(group.members.size()), "member")));
  Table partitions({"TOPIC", "PARTITION", "COMMITTED", "LAG", "LAG-BYTES", "LAG-MS", "MEMBER"});
  for (const GroupPartitionDescription& one : group.partitions) {
    const bool known = one.lag.ok();
    partitions.Row({one.partition.topic, fmt::to_string(one.partition.partition),
                    one.committed.has_value() ? fmt::to_string(one.committed->offset) : "",
                    known ? fmt::to_string(one.lag->records) : "", known ? fmt::to_string(one.lag->bytes) : "",
                    known ? fmt::to_string(one.lag->time.count()) : "", one.member_id});
  }
  if (!group.partitions.empty()) partitions.Print(out);
  Table members({"MEMBER", "INSTANCE", "HOST", "PID", "PARTITIONS", "SINCE-POLL-MS"});
  for (const GroupMemberDescription& member : group.members) {
    members.Row({member.id, member.instance_id, member.host, fmt::to_string(member.pid),
                 fmt::format("{}", fmt::join(member.assignment, ",")), fmt::to_string(member.since_poll.count())});
  }
  if (!group.members.empty()) members.Print(out);
}

void Print(const std::vector<OffsetChange>& changes, bool json, Output& out) {
  Table table({"TOPIC", "PARTITION", "FROM", "TO"});
  for (const OffsetChange& change : changes) {
    if (json) {
      Json object = {{"topic", change.partition.topic}, {"partition", change.partition.partition}};
      object["from"] = change.from.has_value() ? Json(*change.from) : Json(nullptr);
      object["to"] = change.to;
      out.Line(OneLine(object));
    } else {
      table.Row({change.partition.topic, fmt::to_string(change.partition.partition),
                 change.from.has_value() ? fmt::to_string(*change.from) : "", fmt::to_string(change.to)});
    }
  }
  if (!json) table.Print(out);
}

ExitCode List(const Options& options, Session& session) {
  auto broker = OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto ids = ConsumerGroup::List(*broker);
  if (!ids.ok()) return Fail(ids.status());
  for (const std::string& id : *ids) session.out.Line(options.json ? OneLine({{"group", id}}) : id);
  return ExitCode::kDone;
}

ExitCode Describe(const Options& options, Session& session) {
  auto broker = OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto group = ConsumerGroup::Open(*broker, options.group);
  if (!group.ok()) return Fail(group.status());
  const auto description = group->Describe();
  if (!description.ok()) return Fail(description.status());
  if (options.json) {
    PrintJson(*description, session.out);
  } else {
    Print(*description, session.out);
  }
  if (description->status.ok()) return ExitCode::kDone;
  return Fail(description->status);
}

ExitCode Delete(const Options& options, Session& session) {
  auto broker = OpenToChange(session);
  if (!broker.ok()) return Fail(broker.status());
  auto group = ConsumerGroup::Open(*broker, options.group);
  if (!group.ok()) return Fail(group.status());
  const absl::Status deleted = group->Delete();
  return deleted.ok() ? ExitCode::kDone : Fail(deleted);
}

ExitCode Copy(const Options& options, Session& session) {
  auto broker = OpenToChange(session);
  if (!broker.ok()) return Fail(broker.status());
  const auto from = ConsumerGroup::Open(*broker, options.group);
  if (!from.ok()) return Fail(from.status());
  auto to = ConsumerGroup::Open(*broker, options.other);
  if (!to.ok()) return Fail(to.status());
  const auto changes = to->CopyFrom(*from);
  if (!changes.ok()) return Fail(changes.status());
  Print(*changes, options.json, session.out);
  return ExitCode::kDone;
}

// A name that is not there gets the one that was perhaps meant.
absl::Status CheckTopics(const Broker& broker, const ResetOptions& reset) {
  for (const std::string& topic : reset.topics) {
    if (const auto found = FindTopic(broker, topic); !found.ok()) return found.status();
  }
  return absl::OkStatus();
}

ExitCode Reset(const Options& options, Session& session) {
  auto broker = options.execute ? OpenToChange(session) : OpenToRead(session);
  if (!broker.ok()) return Fail(broker.status());
  ResetOptions reset = options.reset;
  reset.dry_run = !options.execute;
  if (const absl::Status checked = CheckTopics(*broker, reset); !checked.ok()) return Fail(checked);
  auto group = ConsumerGroup::Open(*broker, options.group);
  if (!group.ok()) return Fail(group.status());
  const auto changes = group->Reset(*options.to, reset);
  if (!changes.ok()) return Fail(changes.status());
  Print(*changes, options.json, session.out);
  if (!options.execute) Say("nothing was changed; --execute does it");
  return ExitCode::kDone;
}

void AddReset(CLI::App& group, const std::shared_ptr<Options>& options, Action& action) {
  CLI::App* const reset =
      AddCommand(group, "reset", "Says where a group would go on, and puts it there with --execute",
                 "  leat group reset mailer --topic registered_user --to begin\n"
                 "  leat group reset mailer --all-topics --to PT1H --execute");
  reset->add_option("GROUP", options->group, "The group")->required()->type_name("");
  CLI::Option* const topic =
      reset
          ->add_option_function<std::vector<std::string>>(
              "--topic",
              [options](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) {
                  if (absl::Status parsed = ParseResetTopic(text, &options->reset); !parsed.ok()) {
                    throw CLI::ValidationError("--topic", std::string(parsed.message()));
                  }
                }
              },
              "All partitions of a topic, or one; may come several times")
          ->type_name("T[:P]")
          ->expected(1)
          ->take_all();
  CLI::Option* const all =
      reset->add_flag("--all-topics", options->all_topics, "All partitions that the group has committed for");
  all->excludes(topic);
  AddParsed(reset, "--to", &options->to, ParseResetPlace,
            "begin, end, an offset, N further or back from what is committed, a time, or so long ago",
            "begin|end|N|+N|-N|@TIME|PT1H")
      ->required();
  reset->add_flag("--execute", options->execute, "Does it");
  AddJson(reset, &options->json);
  reset->callback([&action, options] {
    if (!options->all_topics && options->reset.topics.empty() && options->reset.partitions.empty()) {
      throw CLI::ValidationError("GROUP", "of which topics? --topic T[:P] or --all-topics");
    }
    action = [options](Session& session) { return Reset(*options, session); };
  });
}

}  // namespace

void AddGroup(CLI::App& program, Action& action) {
  CLI::App* const group = AddCommand(program, "group", "Where consumer groups stand, and where they are to go on",
                                     "  leat group describe mailer\n"
                                     "  leat group reset mailer --all-topics --to begin --execute");
  group->require_subcommand(1);
  const auto options = std::make_shared<Options>();

  CLI::App* const list = AddCommand(*group, "list", "The names of all groups, sorted",
                                    "  leat group list\n"
                                    "  leat group list --json");
  AddJson(list, &options->json);
  WhenNamed(list, action, options, List);

  CLI::App* const describe = AddCommand(*group, "describe", "Members, partitions, commits and lag of a group",
                                        "  leat group describe mailer\n"
                                        "  leat group describe mailer --json");
  describe->add_option("GROUP", options->group, "The group")->required()->type_name("");
  AddJson(describe, &options->json);
  WhenNamed(describe, action, options, Describe);

  AddReset(*group, options, action);

  CLI::App* const copy = AddCommand(*group, "copy", "Gives a group without members the offsets of another",
                                    "  leat group copy mailer mailer-test\n"
                                    "  leat group copy mailer mailer-test --json");
  copy->add_option("FROM", options->group, "The group whose offsets these are")->required()->type_name("");
  copy->add_option("TO", options->other, "The group that gets them; made if it is not there")
      ->required()
      ->type_name("");
  AddJson(copy, &options->json);
  WhenNamed(copy, action, options, Copy);

  CLI::App* const remove = AddCommand(*group, "delete", "Deletes a group without members, with all its offsets",
                                      "  leat group delete mailer-test\n"
                                      "  leat -d /var/lib/app/log group delete mailer-test");
  remove->add_option("GROUP", options->group, "The group")->required()->type_name("");
  WhenNamed(remove, action, options, Delete);
}

}  // namespace leat::cli
