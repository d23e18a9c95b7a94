// leat group.
#include <csignal>
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("a group is listed, described, reset, copied and deleted") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\nb\nc\n").code == 0);
  REQUIRE(line.Run({"consume", "t", "-g", "g", "-o", "begin", "-n", "2"}).out == "a\nb\n");
  CHECK(line.Run({"group", "list"}).out == "g\n");
  CHECK(line.Run({"group", "list", "--json"}).out == "{\"group\":\"g\"}\n");
  const Ended described = line.Run({"group", "describe", "g"});
  CHECK(described.code == 0);
  CHECK(described.out.find("group g  empty  generation ") == 0);
  CHECK(described.out.find("\nt      0          2          1    ") != std::string::npos);
  const std::string json = line.Run({"group", "describe", "g", "--json"}).out;
  CHECK(json.find(R"({"group":"g","state":"empty","generation":)") == 0);
  CHECK(json.find(R"("partitions":[{"topic":"t","partition":0,"committed":2,"metadata":"","committed_at":)") !=
        std::string::npos);
  CHECK(json.find(R"("lag":1,"lag_bytes":)") != std::string::npos);

  const Ended dry = line.Run({"group", "reset", "g", "--topic", "t", "--to", "begin"});
  CHECK(dry.code == 0);
  CHECK(dry.out == "TOPIC  PARTITION  FROM  TO\nt      0          2     0\n");
  CHECK(dry.err == "leat: nothing was changed; --execute does it\n");
  CHECK(line.Run({"group", "reset", "g", "--all-topics", "--to", "-1", "--execute", "--json"}).out ==
        R"({"topic":"t","partition":0,"from":2,"to":1})"
        "\n");
  CHECK(line.Run({"consume", "t", "-g", "g", "-e", "-n", "1"}).out == "b\n");
  CHECK(line.Run({"group", "reset", "g", "--topic", "t:0", "--to", "+9", "--json"}).out ==
        R"({"topic":"t","partition":0,"from":2,"to":3})"
        "\n");
  CHECK(line.Run({"group", "reset", "g", "--topic", "t", "--to", "PT1H", "--json"}).out ==
        R"({"topic":"t","partition":0,"from":2,"to":0})"
        "\n");

  CHECK(line.Run({"group", "copy", "g", "h", "--json"}).out == R"({"topic":"t","partition":0,"from":null,"to":2})"
                                                               "\n");
  CHECK(line.Run({"consume", "t", "-g", "h", "-e"}).out == "c\n");
  CHECK(line.Run({"group", "delete", "h"}).code == 0);
  CHECK(line.Run({"group", "list"}).out == "g\n");
}

TEST_CASE("what is refused of a group is said, and the program ends with 1") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  for (const auto& words : {std::vector<std::string>{"group", "describe", "g"},
                            {"group", "delete", "g"},
                            {"group", "copy", "g", "h"},
                            {"group", "reset", "g", "--topic", "x", "--to", "begin"}}) {
    const Ended ended = line.Run(words);
    CHECK(ended.code == 1);
    CHECK_FALSE(ended.err.empty());
    CHECK(ended.out.empty());
  }
}

TEST_CASE("wrong usage of group is said, and the program ends with 2") {
  const CommandLine line;
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"group"}, "a command is missing"},
      {{"group", "lits"}, "did you mean 'list'?"},
      {{"group", "describe"}, "GROUP is required"},
      {{"group", "delete"}, "GROUP is required"},
      {{"group", "copy", "g"}, "TO is required"},
      {{"group", "reset", "g", "--all-topics"}, "--to is required"},
      {{"group", "reset", "g", "--to", "begin"}, "of which topics?"},
      {{"group", "reset", "g", "--all-topics", "--to", "x"},
       "a group can go to begin, end, N, +N, -N, @TIME or PT1H"},
      {{"group", "reset", "g", "--all-topics", "--to", "PT"}, "an ISO 8601 duration is"},
      {{"group", "reset", "g", "--topic", "t:x", "--to", "1"}, "a partition is TOPIC:NUMBER"},
  };
  for (const auto& [words, said] : cases) {
    const Ended ended = line.Run(words);
    INFO("said: " << ended.err);
    CHECK(ended.code == 2);
    CHECK(ended.err.find(said) != std::string::npos);
  }
}

TEST_CASE("a group that has members is described with them, and not reset; Ctrl-C leaves it") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  RunningProgram member(line.path(), {"consume", "t", "-g", "g", "-o", "begin"});
  REQUIRE(member.Prints("a\n"));
  const std::string json = line.Run({"group", "describe", "g", "--json"}).out;
  CHECK(json.find(R"("assignment":[{"topic":"t","partition":0}])") != std::string::npos);
  CHECK(line.Run({"group", "reset", "g", "--all-topics", "--to", "begin", "--execute"}).code == 1);
  member.Signal(SIGINT);
  CHECK(member.Wait().code == 0);
  CHECK(line.Run({"group", "reset", "g", "--all-topics", "--to", "begin", "--execute"}).code == 0);
}

}  // namespace
}  // namespace leat::testing
