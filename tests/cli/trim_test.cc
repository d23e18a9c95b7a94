// leat trim.
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("trim says what would go, deletes it when it is asked to, and does no more the second time") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "--partition", "0"}, "a\nb\nc\nd\n").code == 0);
  const Ended asked = line.Run({"trim", "t:0", "--before", "3"});
  CHECK(asked.code == 0);
  CHECK(asked.err == "leat: 3 records to delete; nothing was changed; --execute does it\n");
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "a\nb\nc\nd\n");

  for (int i = 0; i < 2; ++i) {
    const Ended done = line.Run({"trim", "t:0", "--before", "3", i == 0 ? "--execute" : "--yes", "--json"});
    CHECK(done.code == 0);
    CHECK(done.err.empty());
    CHECK(done.out.find("\"new_begin\":3") != std::string::npos);
    CHECK(done.out.find("\"deleted\":true") != std::string::npos);
    CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "d\n");
  }
  CHECK(line.Run({"trim", "t", "--before", "end", "--execute"}).code == 0);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out.empty());
  CHECK(line.Run({"verify"}).code == 0);
}

TEST_CASE("trim by time deletes what is older") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t"}).code == 0);
  REQUIRE(line.Run({"produce", "t"}, "a\nb\n").code == 0);
  CHECK(line.Run({"trim", "t", "--before", "@-1h", "--execute"}).code == 0);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "a\nb\n");
  CHECK(line.Run({"trim", "t", "--before", "@4102444800000", "--execute"}).code == 0);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out.empty());
}

TEST_CASE("trim deletes nothing where an offset is behind a partition's end, or there is no such partition") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "--partition", "0"}, "a\nb\n").code == 0);
  const Ended behind = line.Run({"trim", "t", "--before", "2", "--execute"});
  CHECK(behind.code == 1);
  CHECK(behind.err == "leat: partition 1 of topic 't' ends with offset 0: nothing was deleted\n");
  CHECK(line.Run({"trim", "t:7", "--before", "0", "--execute"}).code == 1);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "a\nb\n");
}

}  // namespace
}  // namespace leat::testing
