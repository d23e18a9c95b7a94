// leat bench: what it prints, and that nothing is left of it.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "cli/terminal.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using Words = std::vector<std::string>;

// The names in the folder in which it ran.
std::vector<std::string> LeftIn(const CommandLine& line) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(line.path())) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST_CASE("each bench tells rates and percentiles, and leaves nothing behind") {
  const CommandLine line;
  const Words benches[] = {
      {"produce", "-n", "1000", "--batch", "10"},      {"produce", "-n", "1000", "--codec", "zstd"},
      {"consume", "-n", "1000", "--record-size", "8"}, {"end-to-end", "-n", "1000", "--rate", "1e6"},
      {"latency", "-n", "20", "--rate", "1e6"},        {"durable", "-n", "5"}};
  for (const Words& bench : benches) {
    Words words = {"bench"};
    words.insert(words.end(), bench.begin(), bench.end());
    const Ended text = line.Run(words);
    INFO(text.out << text.err);
    CHECK(text.code == 0);
    CHECK(text.out.find(bench[0] + ": " + bench[2] + " records of ") == 0);
    for (const std::string part : {" records/s  ", " MB/s\n", ": p50 ", "  p90 ", "  p99 ", "  p99.9 ", "  max "}) {
      CHECK(text.out.find(part) != std::string::npos);
    }
    CHECK(text.err.find("which is deleted afterwards\n") != std::string::npos);
    words.push_back("--json");
    const Ended json = line.Run(words);
    CHECK(json.code == 0);
    CHECK(json.out.find("{\"bench\":\"" + bench[0] + "\",\"records\":" + bench[2] + ",\"record_size\":") == 0);
    for (const std::string part :
         {"\"batch\":", "\"seconds\":", "\"records_per_second\":", "\"bytes_per_second\":", "\"latency_of\":",
          "\"p50_ns\":", "\"p90_ns\":", "\"p99_ns\":", "\"p999_ns\":", "\"max_ns\":", "\"complete\":true}\n"}) {
      CHECK(json.out.find(part) != std::string::npos);
    }
  }
  CHECK(LeftIn(line).empty());
}

TEST_CASE("a bench that is interrupted tells what it has, and leaves nothing behind") {
  const CommandLine line;
  for (const std::string bench : {"produce", "end-to-end", "latency"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      RunningProgram running(line.path(), {"bench", bench, "--rate", "0.001", "-n", "1000", "--json"});
      REQUIRE(running.Says("which is deleted afterwards\n"));
      running.Signal(signal);
      const Ended ended = running.Wait();
      INFO(bench << ": " << ended.out << ended.err);
      CHECK(ended.code == 0);
      CHECK(ended.out.find("\"complete\":false}\n") != std::string::npos);
      CHECK(ended.err.find("leat: ended early, after ") != std::string::npos);
    }
  }
  CHECK(LeftIn(line).empty());
}

TEST_CASE("a bench that fails says why, and leaves nothing behind") {
  const CommandLine line;
  // No file may grow as large as a segment.
  const Ended ended = line.Run({"bench", "produce", "-n", "100000"}, "", {.largest_file = 4096});
  INFO(ended.out << ended.err);
  CHECK(ended.code == 1);
  CHECK(ended.out.empty());
  CHECK(LeftIn(line).empty());
  const Ended nowhere = line.Run({"-d", "no/such/folder", "bench", "produce"});
  CHECK(nowhere.code == 1);
  CHECK(nowhere.err.find("no/such: No such file or directory; name another place with -d\n") != std::string::npos);
}

TEST_CASE("a bench does not touch the folder that it lies beside") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  const auto before = std::filesystem::last_write_time(line / "data");
  REQUIRE(line.Run({"bench", "produce", "-n", "100"}).code == 0);
  CHECK(line.Run({"topic", "list"}).out == "t\n");
  CHECK(std::filesystem::last_write_time(line / "data") == before);
  CHECK(LeftIn(line) == std::vector<std::string>{"data"});
}

TEST_CASE("a bench shows on a terminal how far it has come, and takes the line away") {
  const CommandLine line;
  TerminalProgram bench(line.path(), {"bench", "produce", "--rate", "100", "--batch", "1", "-n", "1000000"});
  REQUIRE(bench.Shows(" of 1000000 records  "));
  REQUIRE(bench.Shows(" s left"));
  bench.Type(TerminalProgram::kCtrlC);
  const Ended ended = bench.Wait();
  CHECK(ended.code == 0);
  CHECK(ended.out.find("\r\x1b[Kleat: ended early, after ") != std::string::npos);
  CHECK(line.Run({"bench", "produce", "-n", "100"}).err.find('\x1b') == std::string::npos);
  CHECK(LeftIn(line).empty());
}

TEST_CASE("wrong usage of bench is said, and the program ends with 2") {
  const CommandLine line;
  const std::pair<Words, std::string> cases[] = {
      {{"bench"}, "leat bench: a command is missing"},
      {{"bench", "prodcue"}, "does not know 'prodcue'; did you mean 'produce'?"},
      {{"bench", "produce", "--record-size", "7"}, "--record-size"},
      {{"bench", "produce", "--codec", "lz5"}, "a codec is none, gzip, snappy, lz4 or zstd, not 'lz5'"},
      {{"bench", "consume", "--codek", "lz4"}, "did you mean '--codec'?"},
      {{"bench", "produce", "--record-size", "x"}, "--record-size"},
      {{"bench", "produce", "--batch", "0"}, "--batch: a whole number from 1 up, not '0'"},
      {{"bench", "produce", "--batch", "1000", "--record-size", "100000"},
       "--batch: a batch takes 16 MiB at most, 167 of records of 100000 bytes"},
      {{"bench", "consume", "--rate", "5"}, "does not know '--rate'"},
      {{"bench", "consume", "-n", "0"}, "a whole number from 1 up, not '0'"},
      {{"bench", "end-to-end", "--rate", "0"}, "--rate: a number above 0, not '0'"},
      {{"bench", "end-to-end", "-n", "x"}, "a whole number from 1 up, not 'x'"},
      {{"bench", "latency", "--batch", "2"}, "does not know '--batch'"},
      {{"bench", "durable", "--batch", "x"}, "--batch: a whole number from 1 up, not 'x'"},
      {{"bench", "durable", "-n", "0"}, "a whole number from 1 up, not '0'"},
      {{"bench", "latency", "--rate", "-1"}, "--rate: a number above 0, not '-1'"},
  };
  for (const auto& [words, said] : cases) {
    const Ended ended = line.Run(words);
    INFO("said: " << ended.err << "wanted: " << said);
    CHECK(ended.code == 2);
    CHECK(ended.err.find(said) != std::string::npos);
    CHECK(ended.out.empty());
  }
  CHECK(LeftIn(line).empty());
}

}  // namespace
}  // namespace leat::testing
