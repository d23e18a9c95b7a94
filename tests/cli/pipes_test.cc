// Several of the program at once, and other programs at the end of its pipes.
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("a pipe that nobody reads any more ends it quietly, also while it waits") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\nb\n").code == 0);
  const std::string follows[] = {"leat consume t --from-beginning", "leat consume t -g g -o begin",
                                 "leat consume t --from-beginning --json",
                                 "leat produce t --fake '{{word}}' --rate 1000 --print-offsets"};
  for (const std::string& follow : follows) {
    const Ended ended = line.Shell("{ " + follow + "; echo \"ended with $?\" >&2; } | head -n 1");
    INFO(follow << ": " << ended.err);
    CHECK(ended.out.find('\n') == ended.out.size() - 1);
    CHECK(ended.err.find("ended with 0\n") != std::string::npos);
    CHECK(ended.err.find("pipe") == std::string::npos);
    CHECK(ended.err.find("closed") == std::string::npos);
  }
}

TEST_CASE("a copy by way of JSON keeps partition, timestamp, key, value and headers") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "3"}).code == 0);
  REQUIRE(line.Run({"-d", "other", "produce", "x"}, "x\n").code == 0);
  REQUIRE(line.Run({"-d", "other", "topic", "create", "t", "--partitions", "3"}).code == 0);
  const std::string user = R"({"key":"{{uuid}}","value":"{{sentence}}","timestamp":{{int 0 1700000000000}})";
  REQUIRE(line.Run({"produce", "t", "--json", "-n", "2000", "--seed", "1", "-H", "a=ä", "-H", "b=", "--fake",
                    user + R"(,"headers":[{"key":"{{word}}","value":null},{"key":"c","value_base64":"/w=="}]})"})
              .code == 0);
  REQUIRE(line.Run({"produce", "t", "--json", "-n", "500", "--seed", "2", "--fake",
                    R"({"key":null,"value_base64":"{{choice //4= AAE= gA==}}","partition":{{int 0 2}}})"})
              .code == 0);
  REQUIRE(line.Run({"produce", "t", "--json", "-p", "2"}, "{\"key\":\"deleted\",\"value\":null}\n").code == 0);
  const Ended copied = line.Shell("leat consume t --from-beginning -e --json | leat -d other produce t --json");
  CHECK(copied.code == 0);
  CHECK(copied.err.find("leat: 2501 records sent to 't'\n") != std::string::npos);
  for (const std::string partition : {"0", "1", "2"}) {
    const std::string from = line.Run({"consume", "t", "-p", partition, "-o", "begin", "-e", "--json"}).out;
    const std::string to =
        line.Run({"-d", "other", "consume", "t", "-p", partition, "-o", "begin", "-e", "--json"}).out;
    CHECK_FALSE(from.empty());
    CHECK(from == to);
  }
}

}  // namespace
}  // namespace leat::testing
