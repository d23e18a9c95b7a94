// What is different when a person sits in front of the program.
#include <csignal>
#include <string>
#include <utility>
#include <vector>

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

TEST_CASE("headings are bold and errors red on a terminal, unless NO_COLOR or a simple terminal says otherwise") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  const std::vector<std::string> listing = {"offsets", "t"}, failing = {"offsets", "u"};
  const Ended coloured = TerminalProgram(line.path(), listing).Wait();
  CHECK(coloured.out.find("\x1b[1m") == 0);
  CHECK(TerminalProgram(line.path(), failing).Wait().out.find("\x1b[31mleat:\x1b[m there is no topic") == 0);
  CHECK(TerminalProgram(line.path(), listing, {.environment = {{"NO_COLOR", ""}}}).Wait().out == coloured.out);
  using Environment = std::vector<std::pair<std::string, std::string>>;
  for (const Environment& environment : {Environment{{"NO_COLOR", "1"}}, Environment{{"TERM", "dumb"}}}) {
    const Ended plain = TerminalProgram(line.path(), listing, {.environment = environment}).Wait();
    CHECK(plain.out == WithoutEscapes(coloured.out));
    const Ended failed = TerminalProgram(line.path(), failing, {.environment = environment}).Wait();
    CHECK(failed.out.find("leat: there is no topic") == 0);
  }
  // A pipe and a file are no terminal.
  CHECK(line.Run(listing).out.find('\x1b') == std::string::npos);
  CHECK(line.Run(failing).err.find('\x1b') == std::string::npos);
}

TEST_CASE("verify shows no progress where nobody sees it") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t", "--fake", "{{sentence}}", "-n", "10000"}).code == 0);
  CHECK(line.Run({"verify"}).err.find('\r') == std::string::npos);
}

TEST_CASE("a terminal that is closed ends what follows, and its group is left") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  RunningProgram member(line.path(), {"consume", "t", "-g", "g", "-o", "begin"});
  REQUIRE(member.Prints("a\n"));
  member.Signal(SIGHUP);
  CHECK(member.Wait().code == 0);
  CHECK(line.Run({"group", "describe", "g"}).out.find("empty") != std::string::npos);
  // nohup
  const Ended kept = line.Shell("trap '' HUP; \"" LEAT_PROGRAM
                                "\" consume t -g g -n 1 & member=$!\n"
                                "until leat group describe g | grep -q '  stable  '; do :; done\n"
                                "kill -HUP $member; echo b | leat produce t; wait $member");
  CHECK(kept.out == "b\n");
}

}  // namespace
}  // namespace leat::testing
