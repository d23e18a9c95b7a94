// leat topic, leat offsets.
#include <sys/stat.h>

#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("topics are made, listed, changed and deleted") {
  const CommandLine line;
  CHECK(line.Run({"topic", "create", "b", "--partitions", "2"}).code == 0);
  CHECK(
      line.Run({"topic", "create", "a", "--config", "segment.bytes=1048576", "--config", "max.message.bytes=100000"})
          .code == 0);
  CHECK(line.Run({"topic", "list"}).out == "a\nb\n");
  const Ended again = line.Run({"topic", "create", "a"});
  CHECK(again.code == 1);
  CHECK(again.err.find("a") != std::string::npos);
  const Ended if_not = line.Run({"topic", "create", "a", "--if-not-exists"});
  CHECK(if_not.code == 0);
  CHECK(if_not.err == "leat: topic 'a' is there already, and stays as it is\n");

  const Ended altered =
      line.Run({"topic", "alter", "a", "--partitions", "3", "--config", "index.interval.bytes=100"});
  CHECK(altered.code == 0);
  CHECK(altered.err ==
        "leat: topic 'a' has 3 partitions now, 1 before: keys may go to other partitions from now on\n");
  const Ended described = line.Run({"topic", "describe", "a"});
  CHECK(described.code == 0);
  CHECK(
      described.out.find("partitions 3\n  segment.bytes=1048576\n  segment.ms=604800000\n  max.message.bytes=100000\n"
                         "  index.interval.bytes=100\n  message.timestamp.type=CreateTime\n") != std::string::npos);
  CHECK(line.Run({"topic", "alter", "a", "--config", "durability=disk", "--config", "flush.ms=100"}).code == 0);
  const Ended durable = line.Run({"topic", "describe", "a"});
  CHECK(durable.out.find("  durability=disk\n  flush.ms=100\n  flush.messages=0\n") != std::string::npos);

  CHECK(line.Run({"topic", "delete", "a"}).code == 0);
  CHECK(line.Run({"topic", "delete", "a"}).code == 1);
  CHECK(line.Run({"topic", "delete", "a", "--if-exists"}).code == 0);
  CHECK(line.Run({"topic", "list"}).out == "b\n");
}

TEST_CASE("what a topic is refused for is said, and the program ends with 1") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "users"}).code == 0);
  for (const auto* command : {"describe", "delete"}) {
    const Ended ended = line.Run({"topic", command, "usres"});
    CHECK(ended.code == 1);
    CHECK(ended.err == "leat: there is no topic 'usres' in data; did you mean 'users'?\n");
  }
  CHECK(line.Run({"topic", "alter", "users", "--partitions", "1"}).code == 1);
  CHECK(line.Run({"topic", "create", "a/b"}).code == 1);
  CHECK(line.Run({"topic", "create", "a", "--config", "segment.bytes=1"}).code == 2);
  CHECK(line.Run({"topic", "create", "a", "--config", "segment.bytes=1MiB", "--config", "max.message.bytes=2MiB"})
            .code == 1);
}

TEST_CASE("a command that only looks makes no folder, and says how to name another") {
  const CommandLine line;
  for (const auto& words : {std::vector<std::string>{"topic", "list"}, {"offsets", "t"}, {"consume", "t", "-e"}}) {
    const Ended ended = line.Run(words);
    CHECK(ended.code == 1);
    CHECK(ended.err.find("data: No such file or directory; name another with -d or LEAT_DIR") != std::string::npos);
  }
  struct stat info;
  CHECK(::stat((line / "data").c_str(), &info) != 0);
}

TEST_CASE("the option -d stands before or behind a command") {
  const CommandLine line;
  CHECK(line.Run({"-d", "other", "topic", "create", "t"}).code == 0);
  CHECK(line.Run({"topic", "list", "-d", "other"}).out == "t\n");
  CHECK(line.Run({"topic", "list", "--dir", "other"}).out == "t\n");
}

TEST_CASE("listings of topics as JSON have the same names for ever") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "-p", "1"}, "a\nb\n").code == 0);
  // Ids are made up anew each time.
  const auto without_id = [](std::string text) {
    const std::size_t at = text.find("\"id\":\"");
    return at == std::string::npos ? text : text.replace(at + 6, 22, "ID");
  };
  CHECK(without_id(line.Run({"topic", "list", "--json"}).out) == R"({"topic":"t","id":"ID","partitions":2})"
                                                                 "\n");
  const std::string described = without_id(line.Run({"topic", "describe", "t", "--json"}).out);
  CHECK(described.find(R"({"topic":"t","id":"ID","settings":{"segment.bytes":"134217728",)") == 0);
  for (const char* setting :
       {R"("max.message.bytes":"1048588")", R"("message.timestamp.type":"CreateTime")", R"("flush.messages":"0")",
        R"("retention.ms":"-1")", R"("compression.type":"producer")"}) {
    CHECK(described.find(setting) != std::string::npos);
  }
  CHECK(described.find(R"(},"partitions":[{"partition":0,"begin":0,"end":0,)") != std::string::npos);
  CHECK(line.Run({"offsets", "t", "--json"}).out == R"({"topic":"t","partition":0,"begin":0,"end":0})"
                                                    "\n"
                                                    R"({"topic":"t","partition":1,"begin":0,"end":2})"
                                                    "\n");
  CHECK(line.Run({"offsets", "t", "--at", "end", "--json"}).out == R"({"topic":"t","partition":0,"offset":0})"
                                                                   "\n"
                                                                   R"({"topic":"t","partition":1,"offset":2})"
                                                                   "\n");
}

TEST_CASE("offsets tells begin and end, or the first record at or after a time") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t", "--json"}, R"({"value":"a","timestamp":1000})"
                                               "\n"
                                               R"({"value":"b","timestamp":2000})"
                                               "\n")
              .code == 0);
  CHECK(line.Run({"offsets", "t"}).out ==
        "TOPIC  PARTITION  BEGIN  END  RECORDS\n"
        "t      0          0      2    2\n");
  CHECK(line.Run({"offsets", "t", "--at", "@1500"}).out == "TOPIC  PARTITION  OFFSET\nt      0          1\n");
  CHECK(line.Run({"offsets", "t", "--at", "@1970-01-01T00:00:02", "--json"}).out ==
        R"({"topic":"t","partition":0,"offset":1})"
        "\n");
  CHECK(line.Run({"offsets", "t", "--at", "@2001"}).out == "TOPIC  PARTITION  OFFSET\nt      0          2\n");
  CHECK(line.Run({"offsets", "x"}).code == 1);
}

TEST_CASE("offsets tells where the latest time is, which need not be the last record's") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "-p", "1", "--json"}, R"({"value":"a","timestamp":1000})"
                                                          "\n"
                                                          R"({"value":"b","timestamp":3000})"
                                                          "\n"
                                                          R"({"value":"c","timestamp":2000})"
                                                          "\n")
              .code == 0);
  CHECK(line.Run({"offsets", "t", "--at", "max"}).out ==
        "TOPIC  PARTITION  OFFSET\n"
        "t      0          0\n"
        "t      1          1\n");
}

}  // namespace
}  // namespace leat::testing
