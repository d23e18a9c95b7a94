// Commands that only look, in a folder that others are writing to, and in one that they may only read.
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using Words = std::vector<std::string>;

const std::vector<Words> kLooking = {{"topic", "list"},
                                     {"topic", "describe", "t"},
                                     {"offsets", "t"},
                                     {"offsets", "t", "--at", "@-1h"},
                                     {"offsets", "t", "--at", "max"},
                                     {"group", "list"},
                                     {"group", "describe", "g"},
                                     {"dump", "data/t-0/00000000000000000000.log"},
                                     {"verify"},
                                     {"top", "-n", "1"},
                                     {"metrics"},
                                     {"metrics", "--openmetrics"},
                                     {"consume", "t", "-o", "-5", "-n", "5"},
                                     {"consume", "t", "--from-beginning", "-n", "1000", "--json"},
                                     {"consume", "t", "--from-beginning", "-e", "--filter", "value==x"}};

TEST_CASE("commands that look do so while two processes publish as quickly as they can") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2", "--config", "segment.bytes=4194304"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "-p", "0"}, "first\n").code == 0);
  REQUIRE(line.Run({"consume", "t", "-g", "g", "-o", "begin", "-e"}).code == 0);
  const Words publishing = {"produce", "t", "--fake", "{{int 0 9}}", "-n", "1000000000", "--partitioner", "random"};
  RunningProgram one(line.path(), publishing), other(line.path(), publishing);
  for (const Words& words : kLooking) {
    const Ended ended = line.Run(words);
    INFO(words[0] << " " << words.back() << ": " << ended.err.substr(0, 500));
    CHECK(ended.code == 0);
  }
  for (RunningProgram* publisher : {&one, &other}) {
    publisher->Signal(SIGINT);
    const Ended ended = publisher->Wait();
    CHECK(ended.code == 0);
    CHECK(ended.err.find("records sent to 't'\n") != std::string::npos);
  }
  CHECK(line.Run({"verify"}).code == 0);
}

TEST_CASE("commands that look do so for somebody who may only read, live and in a copy") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\nb\n").code == 0);
  REQUIRE(line.Run({"consume", "t", "-g", "g", "-o", "begin", "-e"}).code == 0);
  std::filesystem::copy(line / "data", line / "copy", std::filesystem::copy_options::recursive);
  // Where nobody but its owner may look into the build, its program would not be there for others.
  std::filesystem::copy_file(LEAT_PROGRAM, line / "program");
  REQUIRE(line.Shell("chmod 755 . && chmod 755 program && chmod -R a+rX,a-w data copy").code == 0);
  for (const std::string folder : {"data", "copy"}) {
    RunningProgram open(line.path(), {"-d", "data", "consume", "t"});  // as root or as owner
    for (const Words& words : kLooking) {
      std::string script = "./program -d " + folder;
      for (const std::string& word : words) script += " '" + word + "'";
      if (words[0] == "dump") script = "./program dump " + folder + "/t-0/00000000000000000000.log";
      if (words[0] == "consume") script += " -e";
      const Ended ended = line.Shell(script, {.root = false});
      INFO(script << ": " << ended.err);
      CHECK(ended.code == 0);
    }
    const Ended refused = line.Shell("echo x | ./program -d " + folder + " produce t", {.root = false});
    CHECK(refused.code == 1);
  }
  REQUIRE(line.Shell("chmod -R u+w data copy").code == 0);
  CHECK(line.Run({"-d", "copy", "consume", "t", "--from-beginning", "-e"}).out == "a\nb\n");
}

}  // namespace
}  // namespace leat::testing
