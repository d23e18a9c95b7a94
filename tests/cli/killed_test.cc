// What stands on the standard output of a program that was killed holds.
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

class Chance {
 public:
  Chance() : seed_(std::random_device()()), engine_(seed_) {}
  std::size_t Below(std::size_t end) { return engine_() % end; }
  unsigned seed() const { return seed_; }

 private:
  unsigned seed_;
  std::mt19937 engine_;
};

// Without the last one if it was cut off.
std::vector<std::string> WholeLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text.substr(0, text.rfind('\n') + 1));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("every offset that was printed before the program was killed is there") {
  Chance chance;
  INFO("seed " << chance.seed());
  for (const std::string partitions : {"1", "3"}) {
    const CommandLine line;
    REQUIRE(line.Run({"topic", "create", "t", "--partitions", partitions}).code == 0);
    for (int round = 0; round < 8; ++round) {
      RunningProgram producer(line.path(), {"produce", "t", "--fake", "{{sentence}}", "-n", "1000000000",
                                            "--partitioner", "round-robin", "--print-offsets"});
      // As soon as it has begun, or some time later.
      REQUIRE(producer.PrintsBytes(1 + chance.Below(round % 2 == 0 ? 10 : 500'000)));
      producer.Signal(SIGKILL);
      const Ended killed = producer.Wait();
      CHECK(killed.code == 128 + SIGKILL);
      const auto lines = WholeLines(killed.out);
      REQUIRE_FALSE(lines.empty());
      const std::size_t space = lines.back().find(' ');
      const std::string partition = lines.back().substr(0, space), offset = lines.back().substr(space + 1);
      INFO("partition " << partition << " offset " << offset);
      // Offsets have no gaps: where the last one is, all before it are.
      CHECK(line.Run({"consume", "t", "-p", partition, "-o", offset, "-n", "1", "-e", "-f", "%p %o\n"}).out ==
            lines.back() + "\n");
    }
    CHECK(line.Run({"verify"}).code == 0);
  }
}

TEST_CASE("a group's commit is never ahead of what was printed, wherever its member was killed") {
  Chance chance;
  INFO("seed " << chance.seed());
  const CommandLine line;
  REQUIRE(
      line.Run({"topic", "create", "t", "--config", "segment.bytes=1048576", "--config", "max.message.bytes=65536"})
          .code == 0);
  REQUIRE(line.Run({"produce", "t", "--fake", "{{int 100000000 999999999}}", "-n", "2000000"}).code == 0);
  std::int64_t last = -1;
  for (int round = 0; round < 8; ++round) {
    RunningProgram member(line.path(), {"consume", "t", "-g", "g", "-o", "begin", "-f", "%o\n"});
    REQUIRE(member.PrintsBytes(1 + chance.Below(1'000'000)));
    member.Signal(SIGKILL);
    const auto lines = WholeLines(member.Wait().out);
    REQUIRE_FALSE(lines.empty());
    // What was committed before is not printed again, and nothing is left out.
    CHECK(std::stoll(lines.front()) <= last + 1);
    last = std::stoll(lines.back());
    const std::string json = line.Run({"group", "describe", "g", "--json"}).out;
    const std::string name = "\"committed\":";
    const std::size_t committed = json.find(name);
    REQUIRE(committed != std::string::npos);
    const std::string number = json.substr(committed + name.size(), 20);
    if (number.rfind("null", 0) != 0) CHECK(std::stoll(number) <= last + 1);
    if (last > 1'800'000) break;  // what is left may be less than what is waited for
  }
}

}  // namespace
}  // namespace leat::testing
