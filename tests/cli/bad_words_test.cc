// Two kinds of bad input for every line of the synopsis of topic, group, offsets, dump, verify, repair and top: what is
// said of them, and what the program ends with. (usage_test.cc has produce and consume.)
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using Words = std::vector<std::string>;

struct Bad {
  Words words;
  std::string said;  // behind the command's name, up to the end of the line
};

TEST_CASE("what is wrong usage of a command is said in one line, and the program ends with 2") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t"}).code == 0);
  const Bad cases[] = {
      {{"topic", "create", "u", "--partitions", "x"}, "--partitions: a whole number from 1 up, not 'x'"},
      {{"topic", "create", "u", "--partitions", "0"}, "--partitions: a whole number from 1 up, not '0'"},
      {{"topic", "create", "u", "--config", "x"}, "--config: a setting is K=V, not 'x'"},
      {{"topic", "create", "u", "--config"}, "--config: 1 required K=V missing"},
      {{"topic", "create", "u", "--if-exists"}, "does not know '--if-exists'"},
      {{"topic", "create", "u", "--if-not-exist"}, "does not know '--if-not-exist'; did you mean '--if-not-exists'?"},
      {{"topic", "alter", "t", "--partitions", "x"}, "--partitions: a whole number from 1 up, not 'x'"},
      {{"topic", "alter", "t", "--config", "durability=tape"}, "--config: durability is process or disk, not 'tape'"},
      {{"topic", "alter", "t", "--config", "flush.ms=x"},
       "--config: flush.ms is a whole number of milliseconds, or a time with its unit (500ms, 30s, 5min, 1h, 7d), "
       "not "
       "'x'"},
      {{"topic", "alter", "t", "--config", "retention.ms=-2"},
       "--config: retention.ms is -2; it can be from 0 to 9223372036854775807, or -1 (unlimited)"},
      {{"topic", "alter", "t", "--config", "partitions=2"}, "--config: partitions cannot be changed as a setting"},
      {{"topic", "alter", "t", "u"}, "does not know 'u'"},
      {{"topic", "delete", "t", "u"}, "does not know 'u'"},
      {{"topic", "delete", "t", "--if-exist"}, "does not know '--if-exist'; did you mean '--if-exists'?"},
      {{"topic", "describe", "t", "u"}, "does not know 'u'"},
      {{"topic", "describe", "t", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"topic", "list", "x"}, "does not know 'x'"},
      {{"topic", "list", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"group", "list", "x"}, "does not know 'x'"},
      {{"group", "list", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"group", "describe", "g", "h"}, "does not know 'h'"},
      {{"group", "describe", "g", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"group", "copy"}, "FROM is required"},
      {{"group", "copy", "g", "h", "i"}, "does not know 'i'"},
      {{"group", "copy", "g", "h", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"group", "delete"}, "GROUP is required"},
      {{"group", "delete", "g", "h"}, "does not know 'h'"},
      {{"group", "reset"}, "GROUP is required"},
      {{"group", "reset", "g", "--all-topics", "--topic", "t", "--to", "begin"}, "--topic excludes --all-topics"},
      {{"group", "reset", "g", "--topic", "t:-1", "--to", "1"}, "--topic: a partition is TOPIC:NUMBER, not 't:-1'"},
      {{"group", "reset", "g", "--all-topics", "--to", "@x"},
       "--to: a time is @2025-01-31, @2025-01-31T12:30:15, @1735689600000 (ms since 1970) or @-1h, not '@x'"},
      {{"group", "reset", "g", "--all-topics", "--to", "1", "--excute"},
       "does not know '--excute'; did you mean '--execute'?"},
      {{"offsets", "t", "u"}, "does not know 'u'"},
      {{"offsets", "t", "--at", "x"}, "--at: a place to ask for is begin, end, max or @TIME, not 'x'"},
      {{"offsets", "t", "--at"}, "--at: 1 required begin|end|max|@TIME missing"},
      {{"offsets", "t", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"dump"}, "FILE is required"},
      {{"dump", "."}, "FILE: '.' is no .log, .index, .timeindex, .txnindex or .snapshot file"},
      {{"dump", "x.log", "--record"}, "does not know '--record'; did you mean '--records'?"},
      {{"dump", "x.log", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"trim", "t"}, "--before is required"},
      {{"trim", "t:x", "--before", "1"}, "TOPIC: a partition is TOPIC:NUMBER, not 't:x'"},
      {{"trim", "t", "--before", "-1"}, "--before: where to end is end, an offset or @TIME, not '-1'"},
      {{"trim", "t", "--before", "1", "--excute"}, "does not know '--excute'; did you mean '--execute'?"},
      {{"verify", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"repair", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"top", "--jsn"}, "does not know '--jsn'; did you mean '--json'?"},
      {{"top", "--interval"}, "--interval: 1 required T missing"},
      {{"top", "-n", "x"}, "--count: a whole number from 1 up, not 'x'"},
  };
  for (const Bad& one : cases) {
    std::string command = "leat " + one.words[0];
    if (one.words[0] == "topic" || one.words[0] == "group") command += " " + one.words[1];
    const Ended ended = line.Run(one.words);
    CHECK(ended.err == command + ": " + one.said + "\n" + command + " --help tells more\n");
    CHECK(ended.code == 2);
    CHECK(ended.out.empty());
  }
}

TEST_CASE("a request that fails is said in one line, and the program ends with 1") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "users"}).code == 0);
  const Bad cases[] = {
      {{"topic", "alter", "user", "--partitions", "2"}, "there is no topic 'user' in data; did you mean 'users'?"},
      {{"offsets", "user"}, "there is no topic 'user' in data; did you mean 'users'?"},
      {{"trim", "user", "--before", "1"}, "there is no topic 'user' in data; did you mean 'users'?"},
      {{"trim", "users", "--before", "1"}, "partition 0 of topic 'users' ends with offset 0: nothing was deleted"},
      {{"verify", "user"}, "there is no topic 'user' in data; did you mean 'users'?"},
      {{"repair", "user"}, "there is no topic 'user' in data; did you mean 'users'?"},
      {{"dump", "x.snapshot"}, "x.snapshot: No such file or directory"},
      {{"dump", "x.txnindex"}, "x.txnindex: No such file or directory"},
      {{"dump", "x.index"}, "x.index: No such file or directory"},
  };
  for (const Bad& one : cases) {
    const Ended ended = line.Run(one.words);
    CHECK(ended.err == "leat: " + one.said + "\n");
    CHECK(ended.code == 1);
    CHECK(ended.out.empty());
  }
}

}  // namespace
}  // namespace leat::testing
