// leat top.
#include <csignal>
#include <string>

#include "cli/program.h"
#include "cli/terminal.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("top shows topics, groups and processes, in lines and as JSON") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "-p", "0"}, "a\nb\nc\n").code == 0);
  REQUIRE(line.Run({"consume", "t", "-g", "g", "-o", "begin", "-n", "1"}).code == 0);
  const Ended lines = line.Run({"top", "-n", "1"});
  CHECK(lines.code == 0);
  CHECK(
      lines.out.find("1 topic, 1 group, 0 processes\nTOPIC  PARTITIONS  RECORDS  BYTES  RECORDS/S  BYTES/S  READ/S  "
                     "BYTES READ/S  SYNCS/S  APPEND P99  SYNC P99  ERRORS\n"
                     "t      2           3        ") != std::string::npos);
  CHECK(lines.out.find("  -          -        -       -             -        -           -         0\n"
                       "GROUP  MEMBERS  LAG\ng      0        2\n") != std::string::npos);
  CHECK(line.Run({"top", "--once"}).out.find("GROUP  MEMBERS  LAG\n") != std::string::npos);
  CHECK(line.Run({"top", "--once", "-n", "2"}).code == 2);
  const Ended json = line.Run({"top", "-n", "2", "--interval", "10ms", "--json"});
  CHECK(json.code == 0);
  const std::size_t second = json.out.find('\n') + 1;
  CHECK(json.out.find("{\"time\":") == 0);
  CHECK(json.out.find(R"("topics":[{"topic":"t","partitions":2,"records":3,"bytes":)") != std::string::npos);
  CHECK(json.out.find(R"("records_per_second":null)") < second);
  CHECK(
      json.out.find(
          R"("records_per_second":0.0,"bytes_per_second":0.0,"read_records_per_second":0.0,"read_bytes_per_second":0.0,)"
          R"("syncs_per_second":0.0,"append_p99_ns":null,"sync_p99_ns":null,"errors":0}],"groups":[{"group":"g","members":0,"lag":2}],)"
          R"("processes":[]})") > second);
}

TEST_CASE("top names the processes that have the folder open, and tells the rate at which they publish") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t"}).code == 0);
  RunningProgram publisher(line.path(), {"produce", "t", "--fake", "{{int 0 9}}", "-n", "1000000000"});
  // In the last line of ten, at the latest, a rate is above 0.
  const Ended json = line.Run({"top", "-n", "30", "--interval", "100ms", "--json"});
  INFO(json.out.substr(0, 2000));
  CHECK(json.code == 0);
  CHECK(json.out.find(R"("program":"leat","stopped":false}]})") != std::string::npos);
  const std::string rate = R"("records_per_second":)";
  bool above = false;
  for (std::size_t at = 0; (at = json.out.find(rate, at)) != std::string::npos; ++at) {
    const char first = json.out[at + rate.size()];
    above = above || (first >= '1' && first <= '9');
  }
  CHECK(above);
  publisher.Signal(SIGINT);
  CHECK(publisher.Wait().code == 0);
}

TEST_CASE("at a terminal top draws anew when its size changes, and leaves the terminal as it was") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "a_topic_with_a_name"}, "a\n").code == 0);
  for (const std::string_view end : {std::string_view("q"), TerminalProgram::kCtrlC}) {
    TerminalProgram top(line.path(), {"top", "--interval", "1h"});
    REQUIRE(top.Shows("a_topic_with_a_name"));
    REQUIRE(top.Shows("q ends it"));
    const std::size_t shown = top.written().size();
    top.Resize(10, 24);
    // Of the line, what ten columns show.
    REQUIRE(top.Shows("a_topic_wi\x1b[K"));
    CHECK(top.written().size() > shown);
    top.Type(end);
    const Ended ended = top.Wait();
    CHECK(ended.code == 0);
    CHECK(ended.out.find("\x1b[?1049h") != std::string::npos);
    CHECK(ended.out.find("\x1b[?25h\x1b[?1049l") != std::string::npos);
  }
}

TEST_CASE("top refuses what is no number, no time, and no folder") {
  const CommandLine line;
  CHECK(line.Run({"top", "-n", "0"}).err.find("a whole number from 1 up, not '0'") != std::string::npos);
  CHECK(line.Run({"top", "--interval", "3"}).err.find("a time is 500ms, 3s, 2min, 1h or 7d, not '3'") !=
        std::string::npos);
  CHECK(line.Run({"top", "--interval", "3"}).code == 2);
  CHECK(line.Run({"top", "x"}).code == 2);
  CHECK(line.Run({"top", "-n", "1"}).code == 1);
}

}  // namespace
}  // namespace leat::testing
