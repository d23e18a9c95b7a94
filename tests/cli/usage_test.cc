// What is wrong usage, what the program says of it, and what its help has.
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using Words = std::vector<std::string>;

struct Wrong {
  Words words;
  std::string said;
};

TEST_CASE("a word that no command knows gets the one that was perhaps meant") {
  const CommandLine line;
  const Wrong cases[] = {
      {{"topc"}, "leat: does not know 'topc'; did you mean 'topic'?\nleat --help tells more\n"},
      {{"topic", "lst"}, "leat topic: does not know 'lst'; did you mean 'list'?\nleat topic --help tells more\n"},
      {{"topic", "create", "t", "--partitons", "2"},
       "leat topic create: does not know '--partitons'; did you mean '--partitions'?\n"
       "leat topic create --help tells more\n"},
      {{"consume", "t", "--from-begining"},
       "leat consume: does not know '--from-begining'; did you mean '--from-beginning'?\n"
       "leat consume --help tells more\n"},
  };
  for (const Wrong& one : cases) {
    const Ended ended = line.Run(one.words);
    CHECK(ended.err == one.said);
    CHECK(ended.code == 2);
    CHECK(ended.out.empty());
  }
}

TEST_CASE("wrong usage ends with 2, names what is wrong, and does nothing") {
  const CommandLine line;
  const Wrong cases[] = {
      {{}, "leat: a command is missing"},
      {{"topic"}, "leat topic: a command is missing"},
      {{"topic", "create"}, "NAME is required"},
      {{"topic", "create", "t", "--partitions", "0"}, "--partitions: a whole number from 1 up, not '0'"},
      {{"topic", "create", "t", "--config", "segment.byte=1"}, "did you mean 'segment.bytes'?"},
      {{"topic", "create", "t", "--config", "segment.bytes=x"},
       "segment.bytes is a whole number of bytes, perhaps with a unit (512KiB, 1GiB, 2GB), not 'x'"},
      {{"topic", "create", "t", "u"}, "does not know 'u'"},
      {{"topic", "alter", "t"}, "what is to be changed?"},
      {{"topic", "describe"}, "NAME is required"},
      {{"topic", "delete"}, "NAME is required"},
      {{"topic", "list", "x"}, "does not know 'x'"},
      {{"produce"}, "TOPIC is required"},
      {{"produce", "t", "-n", "0"}, "a whole number from 1 up, not '0'"},
      {{"produce", "t", "-p", "x"}, "a whole number from 0 up, not 'x'"},
      {{"produce", "t", "-H", "x"}, "a header is K=V, not 'x'"},
      {{"produce", "t", "--rate", "0"}, "--rate: a number above 0, not '0'"},
      {{"produce", "t", "--interval", "3"}, "a time is 500ms, 3s, 2min, 1h or 7d, not '3'"},
      {{"produce", "t", "--partitioner", "x"}, "a partitioner is key, sticky, round-robin or random, not 'x'"},
      {{"produce", "t", "--key-separator", "\\q"}, "behind a backslash stands"},
      {{"produce", "t", "--json", "--key-separator", ":"}, "excludes"},
      {{"produce", "t", "-n", "x"}, "a whole number from 1 up, not 'x'"},
      {{"produce", "t", "-p", "-1"}, "a whole number from 0 up, not '-1'"},
      {{"produce", "t", "-H"}, "--header"},
      {{"produce", "t", "--null"}, "--null"},
      {{"produce", "t", "--nul", "x"}, "did you mean '--null'?"},
      {{"produce", "t", "--rate", "x"}, "--rate: a number above 0, not 'x'"},
      {{"produce", "t", "--rate", "1", "--interval", "3s"}, "excludes"},
      {{"produce", "t", "-p", "0", "--partitioner", "key"}, "excludes"},
      {{"produce", "t", "--durability", "x"}, "a durability is process or disk, not 'x'"},
      {{"produce", "t", "--durabilty", "disk"}, "did you mean '--durability'?"},
      {{"produce", "t", "--codec", "zip"}, "a codec is none, gzip, snappy, lz4 or zstd, not 'zip'"},
      {{"produce", "t", "--codecs", "zstd"}, "did you mean '--codec'?"},
      {{"produce", "t", "--print-offset"}, "did you mean '--print-offsets'?"},
      {{"produce", "t", "--print-offsets=x"}, "--print-offsets"},
      {{"produce", "t", "--no-creat"}, "did you mean '--no-create'?"},
      {{"produce", "t", "--no-create=x"}, "--no-create"},
      {{"produce", "t", "u"}, "does not know 'u'"},
      {{"produce", "t", "--fake"}, "--fake"},
      {{"produce", "t", "--fake", "registred_user", "-n", "1"}, "did you mean 'registered_user'?"},
      {{"produce", "t", "--fake", "{{word}} {{nmae}}", "-n", "1"},
       "--fake: at character 10: there is no field 'nmae'; did you mean 'name'?"},
      {{"produce", "t", "--fake", "{{word}}"}, "--fake: would fill the disk; say how many with -n"},
      {{"produce", "t", "--seed", "1"}, "--seed requires --fake"},
      {{"produce", "t", "--fake", "{{word}}", "-n", "1", "--seed", "x"}, "a whole number from 0 up, not 'x'"},
      {{"consume"}, "TOPIC is required"},
      {{"consume", "t", "-o", "x"}, "a place is begin, end, an offset, -N (the last N) or @TIME, not 'x'"},
      {{"consume", "t", "-o", "@x"}, "a time is @2025-01-31"},
      {{"consume", "t", "--until", "-1"}, "where to end is end, an offset or @TIME, not '-1'"},
      {{"consume", "t", "-o", "1", "--from-beginning"}, "excludes"},
      {{"consume", "t", "-f", "%z"}, "behind a percent sign stands one of"},
      {{"consume", "t", "-f", "%s", "--json"}, "excludes"},
      {{"consume", "t", "--filter", "keys==x"}, "a filter is key, value or header.NAME"},
      {{"consume", "t", "--no-commit"}, "requires"},
      {{"consume", "t", "--no-comit"}, "did you mean '--no-commit'?"},
      {{"consume", "^("}, "is no regular expression"},
      {{"consume", "^[b-a]"}, "is no regular expression"},
      {{"consume", "t", "--until", "begin"}, "where to end is end, an offset or @TIME, not 'begin'"},
      {{"consume", "t", "-e", "--until", "3"}, "excludes"},
      {{"consume", "t", "-ex"}, "does not know '-x'"},
      {{"consume", "t", "-p", "x"}, "a whole number from 0 up, not 'x'"},
      {{"consume", "t", "-g", ""}, "a group has a name"},
      {{"consume", "t", "-g"}, "-g"},
      {{"consume", "t", "-n", "0"}, "a whole number from 1 up, not '0'"},
      {{"consume", "t", "-n", "-5"}, "a whole number from 1 up, not '-5'"},
      {{"consume", "t", "-f", "\\q"}, "behind a backslash stands"},
      {{"consume", "t", "--key-separator", "\\q"}, "behind a backslash stands"},
      {{"consume", "t", "--key-separator", ":", "-f", "%s"}, "excludes"},
      {{"consume", "t", "--key-separator", ":", "--json"}, "excludes"},
      {{"consume", "t", "--filter", "key"}, "a filter is key, value or header.NAME"},
      {{"offsets"}, "TOPIC is required"},
      {{"offsets", "t", "--at", "3"}, "a place to ask for is begin, end, max or @TIME, not '3'"},
  };
  for (const Wrong& one : cases) {
    const Ended ended = line.Run(one.words);
    INFO("said: " << ended.err << "wanted: " << one.said);
    CHECK(ended.err.find(one.said) != std::string::npos);
    CHECK(ended.err.find("--help tells more") != std::string::npos);
    CHECK(ended.code == 2);
    CHECK(ended.out.empty());
  }
  CHECK(line.Run({"topic", "list"}).code == 1);  // there still is no folder
}

TEST_CASE("the program says which version it is") {
  const CommandLine line;
  const Ended said = line.Run({"--version"});
  CHECK(said.code == 0);
  CHECK(said.out == "leat " LEAT_VERSION "\n");
}

TEST_CASE("the manual page has every command with its examples, and nothing that man would take for its own") {
  const CommandLine line;
  const Ended page = line.Run({"man"});
  REQUIRE(page.code == 0);
  CHECK(page.out.starts_with(".TH LEAT 1 "));
  for (const char* part : {".SS leat topic create\n", ".SS leat consume\n", ".B \\-\\-json\n", "\n.SH EXIT STATUS\n",
                           "leat topic create registered_user \\-\\-partitions 2"}) {
    CAPTURE(part);
    CHECK(page.out.find(part) != std::string::npos);
  }
  std::istringstream lines(page.out);
  for (std::string one; std::getline(lines, one);) {
    if (!one.starts_with('.')) continue;
    CAPTURE(one);
    const std::string macro = one.substr(0, one.find(' '));
    CHECK((macro == ".TH" || macro == ".SH" || macro == ".SS" || macro == ".TP" || macro == ".B" || macro == ".PP" ||
           macro == ".nf" || macro == ".fi"));
  }
}

TEST_CASE("every command's help has two examples") {
  const CommandLine line;
  const Words commands[] = {{},
                            {"topic"},
                            {"topic", "create"},
                            {"topic", "list"},
                            {"topic", "describe"},
                            {"topic", "alter"},
                            {"topic", "delete"},
                            {"produce"},
                            {"consume"},
                            {"offsets"},
                            {"dump"},
                            {"verify"},
                            {"bench"},
                            {"bench", "produce"},
                            {"bench", "consume"},
                            {"bench", "end-to-end"},
                            {"bench", "latency"},
                            {"bench", "durable"},
                            {"group"},
                            {"group", "list"},
                            {"group", "describe"},
                            {"group", "reset"},
                            {"group", "copy"},
                            {"group", "delete"}};
  for (Words words : commands) {
    words.push_back("--help");
    const Ended ended = line.Run(words);
    CHECK(ended.code == 0);
    CHECK(ended.err.empty());
    const std::size_t examples = ended.out.find("Examples:\n");
    REQUIRE(examples != std::string::npos);
    std::size_t lines = 0;
    for (std::size_t at = examples; (at = ended.out.find("leat ", at)) != std::string::npos; ++at) ++lines;
    CHECK(lines >= 2);
  }
}

}  // namespace
}  // namespace leat::testing
