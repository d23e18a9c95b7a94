// leat repair: says what would have to be done to a damaged folder, and does it when it is asked to.
#include <fmt/format.h>
#include <leat/repair.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/partition_check.h"
#include "cli/progress.h"
#include "cli/report.h"

namespace leat::cli {
namespace {

struct Options {
  std::vector<std::string> topics;
  bool execute = false;
  bool json = false;
};

Json JsonOf(const RepairStep& step) {
  Json object = {{"topic", step.partition.topic}, {"partition", step.partition.partition}, {"file", step.file}};
  object["position"] = step.position.has_value() ? Json(*step.position) : Json(nullptr);
  object["bytes"] = step.bytes;
  object["problem"] = step.problem;
  object["remedy"] = step.remedy;
  const bool lost = step.lost_end > step.lost_begin;
  object["lost_begin"] = lost ? Json(step.lost_begin) : Json(nullptr);
  object["lost_end"] = lost ? Json(step.lost_end) : Json(nullptr);
  object["kept_in"] = step.kept_in.empty() ? Json(nullptr) : Json(step.kept_in);
  return object;
}

std::string LineOf(const RepairStep& step) {
  std::string line = step.file;
  if (step.position.has_value()) line += fmt::format(" at {}", *step.position);
  line += fmt::format(": {}: {}", step.problem, step.remedy);
  if (step.bytes > 0) line += fmt::format(", {} bytes", step.bytes);
  if (step.lost_end == step.lost_begin + 1) {
    line += fmt::format("; offset {} is lost", step.lost_begin);
  } else if (step.lost_end > step.lost_begin) {
    line += fmt::format("; offsets {} to {} are lost", step.lost_begin, step.lost_end - 1);
  }
  if (!step.kept_in.empty()) line += fmt::format("; kept in {}", step.kept_in);
  return line;
}

// The library names the topic; here is the one that was perhaps meant.
absl::Status CheckTopics(const Options& options, const Session& session) {
  if (options.topics.empty()) return absl::OkStatus();
  const auto broker = OpenToRead(session);
  if (!broker.ok()) return broker.status();
  const auto known = broker->ListTopics();
  if (!known.ok()) return known.status();
  for (const std::string& topic : options.topics) {
    if (!std::binary_search(known->begin(), known->end(), topic)) return NoSuchTopic(*broker, topic);
  }
  return absl::OkStatus();
}

// What there is to be read, for the progress line.
std::int64_t BytesOf(const std::string& folder) {
  std::int64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.is_directory(error) || entry.path().filename() == "salvage") continue;
    const auto segments = ListSegments(entry.path().string());
    if (segments.ok()) bytes += segments->bytes;
  }
  return bytes;
}

void Summarize(const RepairReport& report) {
  std::int64_t bytes = 0, lost = 0;
  for (const RepairStep& step : report.steps) {
    bytes += step.bytes;
    lost += step.lost_end - step.lost_begin;
  }
  const std::string things = Counted(static_cast<std::int64_t>(report.steps.size()), "thing");
  if (report.steps.empty()) {
    if (report.left.empty()) Say("there is nothing to repair");
  } else if (report.executed) {
    Say(fmt::format("{} repaired, {} lost, {} bytes kept in salvage/", things, Counted(lost, "offset"), bytes));
  } else {
    Say(fmt::format("{} to repair, {} lost, {} bytes to be kept in salvage/; nothing was changed; --execute does it",
                    things, Counted(lost, "offset"), bytes));
  }
}

ExitCode Run(const Options& options, Session& session) {
  if (const absl::Status there = CheckTopics(options, session); !there.ok()) return FailOfReading(there);
  absl::StatusOr<RepairReport> report = absl::UnknownError("");
  {
    Progress progress(BytesOf(session.folder));
    std::int64_t shown = 0;
    const auto on_progress = [&](const RecoveryProgress& now) {
      progress.Add(now.bytes_scanned - shown);
      shown = now.bytes_scanned;
    };
    report =
        Repair(session.folder, {.topics = options.topics, .execute = options.execute, .on_progress = on_progress});
  }
  if (!report.ok()) return FailOfReading(report.status());
  for (const RepairStep& step : report->steps) session.out.Line(options.json ? OneLine(JsonOf(step)) : LineOf(step));
  if (const absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
  for (const absl::Status& left : report->left)
    Say(fmt::format("cannot be repaired: {}", std::string(left.message())));
  Summarize(*report);
  const bool damage_left = !report->left.empty() || (!report->steps.empty() && !report->executed);
  return damage_left ? ExitCode::kDamage : ExitCode::kDone;
}

}  // namespace

void AddRepair(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "repair",
                 "Says what is to be done about damage, and does it if asked to; ends with 3 while some is left",
                 "  leat repair\n"
                 "  leat -d /restored/log repair registered_user --execute");
  const auto options = std::make_shared<Options>();
  command->add_option("TOPIC", options->topics, "Topics; without one, all")->type_name("");
  command->add_flag("--execute", options->execute,
                    "Does it; what is cut out of files is kept in the folder's salvage/");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
