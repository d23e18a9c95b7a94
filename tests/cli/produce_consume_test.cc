// leat produce and leat consume.
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

const std::vector<std::string> kAll = {"consume", "t", "--from-beginning", "-e"};

std::vector<std::string> With(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_CASE("lines become records, and records lines") {
  const CommandLine line;
  const Ended sent = line.Run({"produce", "t"}, "a\n\nlast without a newline");
  CHECK(sent.code == 0);
  CHECK(sent.out.empty());
  CHECK(sent.err ==
        "leat: topic 't' was not there, and has been made with one partition\nleat: 3 records sent to 't'\n");
  const Ended read = line.Run(kAll);
  CHECK(read.code == 0);
  CHECK(read.out == "a\n\nlast without a newline\n");
  CHECK(read.err == "leat: 3 records\n");
}

TEST_CASE("keys, nulls and headers of lines are what consume prints") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t", "--key-separator", "\\t", "--null", "NULL", "-H", "a=1", "-H", "b="},
                   "k\tv\nNULL\tx:y\nk2\tNULL\n")
              .code == 0);
  CHECK(line.Run(With(kAll, {"-f", "%t-%p@%o %k/%K=%s/%S %h%%\\n"})).out ==
        "t-0@0 k/1=v/1 a=1,b=%\nt-0@1 /-1=x:y/3 a=1,b=%\nt-0@2 k2/2=/-1 a=1,b=%\n");
  CHECK(line.Run(With(kAll, {"--key-separator", ":"})).out == "k:v\n:x:y\nk2:\n");
  CHECK(line.Run(With(kAll, {"-f", "%R%s\\x21", "-n", "1"})).out == std::string("\0\0\0\1v!", 6));
}

TEST_CASE("consume --reverse begins with the newest record, of all partitions by their times") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += "{\"partition\":" + std::to_string(i % 2) + ",\"timestamp\":" + std::to_string(i) + ",\"value\":\"v" +
             std::to_string(i) + "\"}\n";
  }
  REQUIRE(line.Run({"produce", "t", "--json"}, lines).code == 0);
  std::string reversed;
  for (int i = 999; i >= 0; --i) reversed += "v" + std::to_string(i) + "\n";
  const Ended all = line.Run({"consume", "t", "--reverse"});
  CHECK(all.out == reversed);
  CHECK(all.err == "leat: 1000 records\n");
  CHECK(line.Run({"consume", "t", "--reverse", "-n", "3"}).out == "v999\nv998\nv997\n");
  CHECK(line.Run({"consume", "t", "--reverse", "-p", "1", "-o", "-2"}).out == "v999\nv997\n");
  CHECK(line.Run({"consume", "t", "--reverse", "-o", "1", "--until", "3"}).out == "v5\nv4\nv3\nv2\n");
  CHECK(line.Run({"consume", "t", "--reverse", "--filter", "value==v7"}).out == "v7\n");
  CHECK(line.Run({"consume", "t", "--reverse", "-o", "end"}).out.empty());
}

TEST_CASE("consume --speed prints the records of all partitions in the order of their times, and ends") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  std::string lines, forward;
  for (int i = 0; i < 20; ++i) {
    lines += "{\"partition\":" + std::to_string(i % 2) + ",\"timestamp\":" + std::to_string(i * 1000) +
             ",\"value\":\"v" + std::to_string(i) + "\"}\n";
    forward += "v" + std::to_string(i) + "\n";
  }
  REQUIRE(line.Run({"produce", "t", "--json"}, lines).code == 0);
  const Ended all = line.Run({"consume", "t", "--speed", "inf"});
  CHECK(all.code == 0);
  CHECK(all.out == forward);
  // A second lies between two: it is cut, or divided.
  CHECK(line.Run({"consume", "t", "--speed", "1", "--longest-gap", "1ms"}).out == forward);
  CHECK(line.Run({"consume", "t", "--speed", "1000", "-n", "3"}).out == "v0\nv1\nv2\n");
  CHECK(line.Run({"consume", "t", "--speed", "inf", "-p", "1", "-o", "-2"}).out == "v17\nv19\n");
  CHECK(line.Run({"consume", "t", "--speed", "inf", "-o", "end"}).out.empty());
  for (const char* wrong : {"0", "-1", "fast", ""}) {
    const Ended refused = line.Run({"consume", "t", "--speed", wrong});
    CHECK(refused.code == 2);
    CHECK(refused.err.find("--speed") != std::string::npos);
  }
  CHECK(line.Run({"consume", "t", "--speed", "1", "-g", "g"}).code == 2);
}

TEST_CASE("consume --reverse takes no group and says what is wrong with a topic that is not there") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "words"}, "a\n").code == 0);
  const Ended in_group = line.Run({"consume", "words", "--reverse", "-g", "g"});
  CHECK(in_group.code == 2);
  CHECK(in_group.err.find("--reverse") != std::string::npos);
  CHECK(in_group.err.find("--group") != std::string::npos);
  const Ended missing = line.Run({"consume", "wrods", "--reverse"});
  CHECK(missing.code != 0);
  CHECK(missing.err.find("words") != std::string::npos);
}

TEST_CASE("a topic as JSON is another topic's input, whatever its bytes") {
  const CommandLine line;
  const std::string lines =
      R"({"topic":"t","partition":1,"offset":0,"leader_epoch":0,"timestamp":-5,"key":"ä","value":"x\ny","headers":[]})"
      "\n"
      R"({"topic":"t","partition":1,"offset":1,"leader_epoch":0,"timestamp":1000,"key":null,"value":null,)"
      R"("headers":[{"key":"h","value":null},{"key":"h","value_base64":"//4="}]})"
      "\n"
      R"({"topic":"t","partition":1,"offset":2,"leader_epoch":0,"timestamp":1000,"key_base64":"gA==",)"
      R"("value":"","headers":[]})"
      "\n";
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "--json"}, lines).code == 0);
  CHECK(line.Run(With(kAll, {"--json"})).out == lines);
}

TEST_CASE("a bad line is named, and those before it are kept") {
  struct Bad {
    std::vector<std::string> options;
    std::string input, said;
  };
  const Bad cases[] = {
      {{"--key-separator", ":"}, "k:v\nkv\nk:w\n", "leat: line 2: has no ':' between key and value\n"},
      {{"--json"}, "{\"value\":\"v\"}\n{\n", "leat: line 2: is not JSON\n"},
      {{"--json"}, "{\"value\":\"v\"}\n3\n", "leat: line 2: is not a JSON object\n"},
      {{"--json"}, "{\"value\":\"v\"}\n{\"key\":\"k\"}\n", "line 2: has no \"value\""},
      {{"--json"}, "{\"value\":\"v\"}\n{\"valeu\":\"k\"}\n", "line 2: a record has no field \"valeu\""},
      {{"--json"}, "{\"value\":\"v\"}\n{\"value\":1}\n", "line 2: \"value\" has to be a string or null"},
      {{"--json"}, "{\"value\":\"v\"}\n{\"value_base64\":\"*\"}\n", "line 2: \"value_base64\" has to be a string of"},
      {{"--json"}, "{\"value\":\"v\"}\n{\"value\":\"\",\"timestamp\":\"x\"}\n", "line 2: \"timestamp\" has to be"},
      {{"--json"}, "{\"value\":\"v\"}\n{\"value\":\"\",\"headers\":[1]}\n", "line 2: \"headers\" has to be an array"},
      {{}, "v\n" + std::string(2 << 20, 'x') + "\n", "line 2: is longer than 1048588 bytes"},
      {{}, "v\n" + std::string(1048588, 'x') + "\n", "record 2: "},
  };
  for (const Bad& bad : cases) {
    const CommandLine line;
    const Ended ended = line.Run(With({"produce", "t"}, bad.options), bad.input);
    CHECK(ended.code == 1);
    INFO("said: " << ended.err.substr(0, 500));
    CHECK(ended.err.find(bad.said) != std::string::npos);
    CHECK(ended.err.find("leat: 1 record sent to 't'\n") != std::string::npos);
    CHECK(line.Run(kAll).out == "v\n");
  }
}

TEST_CASE("produce makes no topic that it was told not to make, and takes no partition that there is not") {
  const CommandLine line;
  CHECK(line.Run({"produce", "t", "--no-create"}, "a\n").code == 1);
  REQUIRE(line.Run({"topic", "create", "users"}).code == 0);
  const Ended unknown = line.Run({"produce", "user", "--no-create"}, "a\n");
  CHECK(unknown.code == 1);
  CHECK(unknown.err == "leat: there is no topic 'user' in data; did you mean 'users'?\n");
  const Ended partition = line.Run({"produce", "users", "-p", "1"}, "a\n");
  CHECK(partition.code == 1);
  CHECK(partition.err.find("there is no partition 1") != std::string::npos);
  CHECK(line.Run({"topic", "list"}).out == "users\n");
}

TEST_CASE("offsets of acknowledged records are printed in the order of the lines") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  CHECK(
      line.Run({"produce", "t", "--print-offsets", "--partitioner", "round-robin", "-n", "3"}, "a\nb\nc\nd\n").out ==
      "0 0\n1 0\n0 1\n");
  CHECK(line.Run({"produce", "t", "--print-offsets", "-p", "1"}, "a\nb\n").out == "1 1\n1 2\n");
}

TEST_CASE("lines are made up, and a seed repeats them") {
  const CommandLine line;
  const Ended made = line.Run({"produce", "t", "--fake", "registered_user", "-n", "3", "--seed", "1"}, "not read\n");
  CHECK(made.code == 0);
  CHECK(made.err.find("leat: 3 records sent to 't'\n") != std::string::npos);
  const std::string users = line.Run(kAll).out;
  CHECK(users.find("{\"name\":\"") == 0);
  REQUIRE(line.Run({"produce", "u", "--fake", "registered_user", "-n", "3", "--seed", "1", "--rate", "1e6"}).code ==
          0);
  CHECK(line.Run({"consume", "u", "--from-beginning", "-e"}).out == users);
  REQUIRE(line.Run({"produce", "v", "--fake", "registered_user", "-n", "3"}).code == 0);
  CHECK(line.Run({"consume", "v", "--from-beginning", "-e"}).out != users);
}

TEST_CASE("made-up lines are lines: with keys, as JSON, and with the interval between them") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t", "--fake", "{{choice k}}:{{int 7 7}}", "--key-separator", ":", "-n", "1"}).code ==
          0);
  REQUIRE(line.Run({"produce", "t", "--fake", R"({"key":"{{choice l}}","value":null})", "--json", "-n", "1"}).code ==
          0);
  CHECK(line.Run(With(kAll, {"-f", "%k=%s/%S "})).out == "k=7/1 l=/-1 ");
  RunningProgram slow(line.path(), {"produce", "u", "--fake", "{{word}}", "--interval", "1h", "--print-offsets"});
  REQUIRE(slow.Prints("0 0\n"));
  slow.Signal(SIGINT);
  const Ended ended = slow.Wait();
  CHECK(ended.code == 0);
  CHECK(ended.out == "0 0\n");
}

TEST_CASE("records are synced to the disk when that is asked for, in batches, and their offsets keep their order") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  CHECK(line.Run({"produce", "t", "--durability", "process", "-p", "0"}, "a\n").code == 0);
  CHECK(line.Run({"produce", "t", "--durability", "disk", "-p", "1"}, "b\nc\n").code == 0);
  const Ended ended = line.Run(
      {"produce", "t", "--durability", "disk", "--partitioner", "round-robin", "--print-offsets"}, "d\ne\nf\ng\n");
  CHECK(ended.code == 0);
  CHECK(ended.out == "0 1\n1 2\n0 2\n1 3\n");
  CHECK(ended.err == "leat: 4 records sent to 't'\n");
  CHECK(line.Run(With(kAll, {"-p", "0"})).out == "a\nd\nf\n");
}

TEST_CASE("what is compressed by any codec is consumed, dumped and verified as if it were not") {
  const CommandLine line;
  std::string all;
  std::uintmax_t before = 0;
  for (const std::string codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    std::string lines;
    for (int i = 0; i < 500; ++i) lines += codec + " line " + std::to_string(i) + " of some length, of some length\n";
    REQUIRE(line.Run({"produce", "t", "--codec", codec}, lines).code == 0);
    all += lines;
    const Ended dump = line.Run({"dump", "data/t-0/00000000000000000000.log", "--records"});
    CHECK(dump.code == 0);
    CHECK(dump.out.find("codec " + codec + "  ") != std::string::npos);
    CHECK(dump.out.find("value " + codec + " line 499 of") != std::string::npos);
    const std::uintmax_t size = std::filesystem::file_size(line / "data/t-0/00000000000000000000.log");
    CHECK(size - before < (codec == "none" ? 100'000U : 15'000U));
    before = size;
  }
  CHECK(line.Run(kAll).out == all);
  const Ended verified = line.Run({"verify"});
  CHECK(verified.code == 0);
  CHECK(verified.err.find("2500 records: no damage\n") != std::string::npos);
  REQUIRE(line.Run({"topic", "alter", "t", "--config", "compression.type=zstd"}).code == 0);
  REQUIRE(line.Run({"produce", "t"}, "by the topic's codec\n").code == 0);
  CHECK(line.Run({"dump", "data/t-0/00000000000000000000.log"}).out.find("offsets 2500..2500  count 1") !=
        std::string::npos);
  CHECK(line.Run({"consume", "t", "-o", "2500", "-e"}).out == "by the topic's codec\n");
}

TEST_CASE("each way to begin and to end counts for each partition by itself") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "2"}).code == 0);
  std::string lines;
  for (int i = 0; i < 6; ++i) {
    lines += R"({"partition":)" + std::to_string(i % 2) + R"(,"timestamp":)" + std::to_string(1000 * i) +
             R"(,"value":")" + std::to_string(i) + "\"}\n";
  }
  REQUIRE(line.Run({"produce", "t", "--json"}, lines).code == 0);
  const auto printed = [&](const std::vector<std::string>& options) {
    const Ended ended = line.Run(With({"consume", "t", "-f", "%s "}, options));
    CHECK(ended.code == 0);
    return ended.out;
  };
  CHECK(printed({"-o", "begin", "-e"}) == "0 2 4 1 3 5 ");
  CHECK(printed({"--from-beginning", "-e", "-p", "1"}) == "1 3 5 ");
  CHECK(printed({"-e"}).empty());
  CHECK(printed({"-o", "2", "-e"}) == "4 5 ");
  CHECK(printed({"-o", "7", "-e"}).empty());
  CHECK(printed({"-o", "-1", "-e"}) == "4 5 ");
  CHECK(printed({"-o", "-9", "-e"}) == "0 2 4 1 3 5 ");
  CHECK(printed({"-o", "@2500", "-e"}) == "4 3 5 ");
  CHECK(printed({"-o", "@1970-01-01T00:00:02.5", "-e"}) == "4 3 5 ");
  CHECK(printed({"-o", "begin", "--until", "1"}) == "0 1 ");
  CHECK(printed({"-o", "begin", "--until", "@2500"}) == "0 2 1 ");
  CHECK(printed({"-o", "begin", "--until", "end", "--filter", "value!=3", "--filter", "value!=4"}) == "0 2 1 5 ");
  CHECK(printed({"-o", "begin", "-n", "2"}) == "0 2 ");
}

TEST_CASE("a pattern takes in all topics whose names begin so") {
  const CommandLine line;
  for (const std::string topic : {"user", "user.new", "users", "other"}) {
    REQUIRE(line.Run({"produce", topic}, topic + "\n").code == 0);
  }
  CHECK(line.Run({"consume", "^user", "--from-beginning", "-e"}).out == "user\nuser.new\nusers\n");
  CHECK(line.Run({"consume", "^user$", "other", "--from-beginning", "-e"}).out == "other\nuser\n");
  CHECK(line.Run({"consume", "^user(s|\\.new)$", "--from-beginning", "-e"}).out == "user.new\nusers\n");
  CHECK(line.Run({"consume", "^.*e[rw]$", "--from-beginning", "-e"}).out == "other\nuser\nuser.new\n");
}

TEST_CASE("what cannot be read is said at once, and the program ends with 1") {
  const CommandLine line;
  const Ended folder = line.Run({"consume", "t"});
  CHECK(folder.code == 1);
  CHECK(folder.err.find("data: No such file or directory; name another with -d or LEAT_DIR\n") != std::string::npos);
  REQUIRE(line.Run({"produce", "user"}, "a\n").code == 0);
  // It does not wait for a topic of a name that was mistyped.
  const Ended topic = line.Run({"consume", "userx"});
  CHECK(topic.code == 1);
  CHECK(topic.err == "leat: there is no topic 'userx' in data; did you mean 'user'?\nleat: 0 records\n");
  const Ended grouped = line.Run({"consume", "userx", "-g", "g"});
  CHECK(grouped.code == 1);
  CHECK(line.Run({"group", "list"}).out.empty());
  const Ended partition = line.Run({"consume", "user", "-p", "1"});
  CHECK(partition.code == 1);
  CHECK(partition.err.find("there is no partition 1") != std::string::npos);
}

TEST_CASE("a pattern waits for a topic whose name it matches") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "other"}, "a\n").code == 0);
  RunningProgram follower(line.path(), {"consume", "^user", "-n", "1"});
  REQUIRE(line.Run({"produce", "users"}, "first\n").code == 0);
  CHECK(follower.Wait().out == "first\n");
}

TEST_CASE("what is published while it follows is printed, and a signal ends it with 0 and a count") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "before\n").code == 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    RunningProgram follower(line.path(), {"consume", "t", "--from-beginning"});
    REQUIRE(follower.Prints("before\n"));
    REQUIRE(line.Run({"produce", "t"}, "after\n").code == 0);
    REQUIRE(follower.Prints("after\n"));
    follower.Signal(signal);
    const Ended ended = follower.Wait();
    CHECK(ended.code == 0);
    CHECK(ended.err.find(" records\n") != std::string::npos);
  }
}

TEST_CASE("a copy that nobody had open is followed from the moment on that somebody writes to it") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "before\n").code == 0);
  std::filesystem::copy(line / "data", line / "copy", std::filesystem::copy_options::recursive);
  RunningProgram follower(line.path(), {"-d", "copy", "consume", "t", "--from-beginning"});
  REQUIRE(follower.Prints("before\n"));
  REQUIRE(line.Run({"-d", "copy", "produce", "t"}, "after\n").code == 0);
  REQUIRE(follower.Prints("after\n"));
  follower.Signal(SIGINT);
  CHECK(follower.Wait().out == "before\nafter\n");
}

TEST_CASE("commands that look do so in a folder that may only be read, and change nothing in it") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  REQUIRE(line.Run({"consume", "t", "-g", "g", "-o", "begin", "-e"}).code == 0);
  const auto files = [&] {
    std::map<std::string, std::filesystem::file_time_type> times;
    for (const auto& file : std::filesystem::recursive_directory_iterator(line / "data")) {
      times[file.path().string()] = file.last_write_time();
      std::filesystem::permissions(file.path(), std::filesystem::perms::owner_write,
                                   std::filesystem::perm_options::remove);
    }
    return times;
  };
  const auto before = files();
  for (const auto& words : {std::vector<std::string>{"topic", "list"},
                            {"topic", "describe", "t"},
                            {"offsets", "t"},
                            {"group", "list"},
                            {"group", "describe", "g"},
                            {"group", "reset", "g", "--all-topics", "--to", "begin"},
                            {"dump", "data/t-0/00000000000000000000.log"},
                            {"verify"},
                            {"consume", "t", "-o", "begin", "-e"}}) {
    const Ended ended = line.Run(words);
    INFO("said: " << ended.err);
    CHECK(ended.code == 0);
  }
  CHECK(files() == before);
  for (const auto& file : std::filesystem::recursive_directory_iterator(line / "data")) {
    std::filesystem::permissions(file.path(), std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
  }
}

TEST_CASE("a signal ends a producer that waits, and what it has sent is counted") {
  const CommandLine line;
  RunningProgram producer(line.path(), {"produce", "t", "--interval", "1h", "--print-offsets"}, "a\nb\n");
  REQUIRE(producer.Prints("0 0\n"));
  producer.Signal(SIGINT);
  const Ended ended = producer.Wait();
  CHECK(ended.code == 0);
  CHECK(ended.err.find("leat: 1 record sent to 't'\n") != std::string::npos);
}

TEST_CASE("a group goes on where it has printed") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\nb\nc\nd\n").code == 0);
  const auto printed = [&](const std::vector<std::string>& options) {
    const Ended ended = line.Run(With({"consume", "t", "-g", "g"}, options));
    CHECK(ended.code == 0);
    return ended.out;
  };
  CHECK(printed({"-o", "1", "-n", "1"}) == "b\n");
  CHECK(printed({"-o", "begin", "-e", "--no-commit"}) == "c\nd\n");
  CHECK(printed({"-n", "1"}) == "c\n");
  CHECK(printed({"-e"}) == "d\n");
  CHECK(printed({"-e"}).empty());
}

TEST_CASE("a group without a commit begins where it was told to") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\nb\nc\n").code == 0);
  const auto printed = [&](const std::string& group, const std::string& place) {
    return line.Run({"consume", "t", "-g", group, "-o", place, "-e"}).out;
  };
  CHECK(printed("begin", "begin") == "a\nb\nc\n");
  CHECK(printed("end", "end").empty());
  CHECK(printed("one", "1") == "b\nc\n");
  CHECK(printed("last", "-1") == "c\n");
  CHECK(printed("old", "@0") == "a\nb\nc\n");
}

}  // namespace
}  // namespace leat::testing
