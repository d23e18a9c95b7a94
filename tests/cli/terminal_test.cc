// What is different when a person sits in front of the program.
#include <string>

#include "cli/program.h"
#include "cli/terminal.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("lines that are typed become records at once, and Ctrl-D ends them") {
  const CommandLine line;
  TerminalProgram producer(line.path(), {"produce", "t", "--print-offsets"});
  REQUIRE(producer.Shows("made with one partition\r\n"));
  producer.Type("first\n");
  REQUIRE(producer.Shows("0 0\r\n"));
  producer.Type("second\n");
  REQUIRE(producer.Shows("0 1\r\n"));
  producer.Type(TerminalProgram::kCtrlD);
  const Ended ended = producer.Wait();
  CHECK(ended.code == 0);
  CHECK(ended.out.find("leat: 2 records sent to 't'\r\n") != std::string::npos);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "first\nsecond\n");
}

TEST_CASE("Ctrl-C ends what follows and what waits for lines with 0, and what was done is counted") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "before\n").code == 0);
  TerminalProgram follower(line.path(), {"consume", "t", "-g", "g", "-o", "begin"});
  REQUIRE(follower.Shows("before\r\n"));
  follower.Type(TerminalProgram::kCtrlC);
  const Ended followed = follower.Wait();
  CHECK(followed.code == 0);
  CHECK(followed.out.find("leat: 1 record\r\n") != std::string::npos);
  CHECK(line.Run({"group", "describe", "g"}).out.find("empty") != std::string::npos);

  TerminalProgram producer(line.path(), {"produce", "t", "--print-offsets"});
  producer.Type("typed\n");
  REQUIRE(producer.Shows("0 1\r\n"));
  producer.Type(TerminalProgram::kCtrlC);
  const Ended produced = producer.Wait();
  CHECK(produced.code == 0);
  CHECK(produced.out.find("leat: 1 record sent to 't'\r\n") != std::string::npos);
}

}  // namespace
}  // namespace leat::testing
