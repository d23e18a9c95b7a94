// The completion of words, the program's and bash's, and what is installed.
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using Words = std::vector<std::string>;

std::string Complete(const CommandLine& line, Words words) {
  words.insert(words.begin(), "complete");
  const Ended ended = line.Run(words);
  CHECK(ended.code == 0);
  return ended.out;
}

TEST_CASE("commands, options, topics and groups are completed") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "users"}).code == 0);
  REQUIRE(line.Run({"topic", "create", "uploads"}).code == 0);
  REQUIRE(line.Run({"consume", "users", "-g", "mailer", "-o", "begin", "-e"}).code == 0);
  CHECK(Complete(line, {"to"}) == "top\ntopic\n");
  CHECK(Complete(line, {"topic", "de"}) == "delete\ndescribe\n");
  CHECK(Complete(line, {"consume", "--from"}) == "--from-beginning\n");
  CHECK(Complete(line, {"consume", "u"}) == "uploads\nusers\n");
  CHECK(Complete(line, {"consume", "users", "-g", ""}) == "mailer\n");
  CHECK(Complete(line, {"group", "describe", "m"}) == "mailer\n");
  CHECK(Complete(line, {"verify", "users", "up"}) == "uploads\n");
  CHECK(Complete(line, {"group", "reset", "mailer", "--topic", "us"}) == "users\n");
  // Where a file is wanted, bash knows better; where there is no folder, nobody does.
  CHECK(Complete(line, {"dump", "da"}).empty());
  CHECK(Complete(line, {"-d", "other", "consume", ""}).empty());
  CHECK(Complete(line, {"-d", "data", "consume", ""}) == "uploads\nusers\n");
}

// All commands that there are, as the completion lists them.
void AddCommands(const CommandLine& line, const Words& above, std::vector<Words>& commands) {
  Words words = above;
  words.emplace_back("");
  std::istringstream names(Complete(line, words));
  for (std::string name; std::getline(names, name);) {
    words.back() = name;
    commands.push_back(words);
    AddCommands(line, words, commands);
  }
}

TEST_CASE("each command that there is has two examples under its help, and a word that is nearly one is recognized") {
  const CommandLine line;
  std::vector<Words> commands;
  AddCommands(line, {}, commands);
  CHECK(commands.size() >= 20);
  for (Words words : commands) {
    words.emplace_back("--help");
    const Ended ended = line.Run(words);
    INFO(words[0] << " " << words[1]);
    CHECK(ended.code == 0);
    CHECK(ended.err.empty());
    std::size_t at = ended.out.find("Examples:\n"), examples = 0;
    REQUIRE(at != std::string::npos);
    while ((at = ended.out.find("\n  leat ", at)) != std::string::npos) ++examples, ++at;
    // One may stand in the middle of a pipe.
    CHECK(examples + (ended.out.find("| leat ") != std::string::npos ? 1 : 0) >= 2);
    words.pop_back();
    const std::string meant = words.back();
    words.back() += "x";
    const Ended wrong = line.Run(words);
    CHECK(wrong.code == 2);
    CHECK(wrong.err.find("did you mean '" + meant + "'?") != std::string::npos);
  }
}

// What `command` prints; its end is checked.
std::string Shell(const std::string& command) {
  std::string out;
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char piece[4096];
  for (std::size_t got = 0; (got = std::fread(piece, 1, sizeof piece, pipe)) > 0;) out.append(piece, got);
  INFO(out);
  CHECK(::pclose(pipe) == 0);
  return out;
}

TEST_CASE("the program and its completion are installed, and bash completes with them") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "users"}).code == 0);
  const std::string prefix = line / "prefix";
  Shell("cmake --install '" LEAT_BUILD "' --component program --prefix '" + prefix + "' 2>&1");
  REQUIRE(std::filesystem::exists(prefix + "/bin/leat"));
  const std::string script = prefix + "/share/bash-completion/completions/leat";
  REQUIRE(std::filesystem::exists(script));
  const auto completed = [&](const std::string& words) {
    return Shell("cd '" + line.path() + "' && PATH='" + prefix + "/bin':$PATH bash -c 'source \"" + script +
                 "\"; complete -p leat >/dev/null; COMP_WORDS=(" + words +
                 "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _leat; echo \"${COMPREPLY[*]}\"'");
  };
  CHECK(completed("leat ver") == "verify\n");
  CHECK(completed("leat consume us") == "users\n");
  CHECK(completed("leat consume --from-b") == "--from-beginning\n");
  CHECK(completed("leat nothing \"\"").size() <= 1);
}

}  // namespace
}  // namespace leat::testing
