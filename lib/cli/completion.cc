#include "cli/completion.h"

#include <leat/broker.h>
#include <leat/consumer_group.h>
#include <leat/settings.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace leat::cli {
namespace {

enum class Wanted { kNothing, kTopic, kGroup, kSetting };

// By what the help calls a place, which is what a person would go by.
Wanted WantedBy(std::string_view name) {
  if (name == "TOPIC" || name == "NAME" || name == "--topic") return Wanted::kTopic;
  if (name == "GROUP" || name == "FROM" || name == "TO" || name == "--group") return Wanted::kGroup;
  if (name == "SETTING") return Wanted::kSetting;
  return Wanted::kNothing;
}

std::vector<std::string> AllSettings() {
  std::vector<std::string> names;
  for (const auto settings : {TopicSettings(), BrokerSettings()}) {
    for (const Setting& setting : settings) names.push_back(setting.name);
  }
  return names;
}

// None where the folder cannot be looked into: a completion has nobody to complain to.
std::vector<std::string> NamesIn(const std::string& folder, Wanted wanted) {
  if (wanted == Wanted::kNothing) return {};
  if (wanted == Wanted::kSetting) return AllSettings();
  const auto broker = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
  if (!broker.ok()) return {};
  auto names = wanted == Wanted::kTopic ? broker->ListTopics() : ConsumerGroup::List(*broker);
  return names.ok() ? *std::move(names) : std::vector<std::string>();
}

const CLI::Option* FindOption(const CLI::App& command, const std::string& word) {
  // -d is the program's, and may stand behind every command.
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      if (!option->get_positional() && option->check_name(word)) return option;
    }
  }
  return nullptr;
}

const CLI::App* FindCommand(const CLI::App& command, const std::string& word) {
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_name() == word) return below;
  }
  return nullptr;
}

// The line up to the word that is to be completed.
struct Line {
  const CLI::App* command;
  const CLI::Option* open = nullptr;  // whose value comes next
  std::size_t arguments = 0;          // that stand there already
};

Line Read(const CLI::App& program, const std::vector<std::string>& words, std::string& folder) {
  Line line{.command = &program};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (line.open != nullptr) {
      if (line.open->check_name("--dir")) folder = word;
      line.open = nullptr;
    } else if (word.starts_with('-')) {
      const CLI::Option* const option = FindOption(*line.command, word);
      if (option != nullptr && option->get_items_expected_max() > 0) line.open = option;
    } else if (const CLI::App* below = FindCommand(*line.command, word); below != nullptr) {
      line.command = below;
    } else {
      ++line.arguments;
    }
  }
  return line;
}

void AddOptions(const CLI::App& command, std::vector<std::string>& candidates) {
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) candidates.push_back("--" + name);
    }
  }
}

// What the argument behind those that are there is called; the last one may be there many times.
std::string ArgumentOf(const Line& line) {
  std::string name;
  std::size_t index = 0;
  for (const CLI::Option* option : line.command->get_options()) {
    if (!option->get_positional()) continue;
    if (index++ == line.arguments || option->get_items_expected_max() > 1) name = option->get_name();
  }
  return name;
}

}  // namespace

std::vector<std::string> Complete(const CLI::App& program, std::string folder,
                                  const std::vector<std::string>& words) {
  const std::string last = words.empty() ? std::string() : words.back();
  const Line line = Read(program, words, folder);
  std::vector<std::string> candidates;
  if (line.open != nullptr) {
    Wanted wanted = Wanted::kNothing;
    for (const std::string& name : line.open->get_lnames()) wanted = std::max(wanted, WantedBy("--" + name));
    candidates = NamesIn(folder, wanted);
  } else if (last.starts_with('-')) {
    AddOptions(*line.command, candidates);
  } else {
    for (const CLI::App* below : line.command->get_subcommands([](const CLI::App*) { return true; })) {
      candidates.push_back(below->get_name());
    }
    if (candidates.empty()) {
      candidates = NamesIn(folder, WantedBy(ArgumentOf(line)));
    } else if (line.arguments > 0) {
      candidates.clear();  // behind a word that is no command
    }
  }
  std::erase_if(candidates, [&](const std::string& candidate) { return !candidate.starts_with(last); });
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

}  // namespace leat::cli
