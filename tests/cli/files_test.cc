// leat dump, leat verify: files as they lie on the disk.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

constexpr const char* kLog = "data/t-0/00000000000000000000.log";

void Flip(const std::string& path, std::streamoff position) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(position);
  const char byte = static_cast<char>(file.get());
  file.seekp(position);
  file.put(static_cast<char>(byte ^ 1));
}

// What kafka-dump-log says of the batches of one file, as `dump --json` says it.
std::vector<std::string> KafkasBatches(const std::string& dump, const std::string& file) {
  std::ifstream lines(dump, std::ios::binary);
  std::vector<std::string> batches;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("Dumping ", 0) == 0) inside = line == "Dumping " + file;
    if (!inside || line.rfind("baseOffset: ", 0) != 0) continue;
    std::istringstream words(line);
    std::map<std::string, std::string> fields;
    for (std::string name, value; words >> name >> value;) fields[name.substr(0, name.size() - 1)] = value;
    batches.push_back("\"position\":" + fields["position"] + ",\"base_offset\":" + fields["baseOffset"] +
                      ",\"last_offset\":" + fields["lastOffset"] + ",\"count\":" + fields["count"] +
                      ",\"size\":" + fields["size"] + ",\"leader_epoch\":" + fields["partitionLeaderEpoch"] +
                      ",\"codec\":\"" + fields["compresscodec"] + "\",\"timestamp_type\":\"CreateTime\"," +
                      "\"max_timestamp\":" + fields["CreateTime"] + ",\"producer_id\":" + fields["producerId"] +
                      ",\"producer_epoch\":" + fields["producerEpoch"] +
                      ",\"base_sequence\":" + fields["baseSequence"] +
                      ",\"transactional\":" + fields["isTransactional"] + ",\"control\":" + fields["isControl"] +
                      ",\"crc\":" + fields["crc"] + ",\"valid\":" + fields["isvalid"] + "}");
  }
  return batches;
}

TEST_CASE("dump and Kafka's own kafka-dump-log agree batch by batch") {
  const CommandLine line;
  std::size_t compared = 0;
  for (const std::string partition : {"batches-0", "compacted-0", "shapes-0", "transactions-0"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(LEAT_GOLDEN) + "/" + partition)) {
      if (entry.path().extension() != ".log") continue;
      const Ended ended = line.Run({"dump", "--json", entry.path().string()});
      INFO(entry.path().string() << ": " << ended.err);
      CHECK(ended.code == 0);
      std::vector<std::string> ours;
      std::istringstream lines(ended.out);
      for (std::string one; std::getline(lines, one);) ours.push_back(one.substr(one.find("\"position\"")));
      const auto kafkas =
          KafkasBatches(std::string(LEAT_GOLDEN) + "/" + partition + ".dump.txt", entry.path().filename().string());
      CHECK(ours == kafkas);
      compared += kafkas.size();
    }
  }
  CHECK(compared > 50);
}

TEST_CASE("dump shows records, index entries, and bytes that are not right") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t", "--json"}, R"({"key":"k","value":"v","timestamp":5})"
                                               "\n")
              .code == 0);
  const Ended records = line.Run({"dump", kLog, "--records"});
  CHECK(records.code == 0);
  CHECK(records.out.find("position 0  offsets 0..0  count 1  ") == 0);
  CHECK(records.out.find("right\n  offset 0  timestamp 5  key k  value v\n") != std::string::npos);
  const std::string json = line.Run({"dump", kLog, "--records", "--json"}).out;
  CHECK(json.find(R"({"topic":"t","partition":0,"offset":0,)") != std::string::npos);

  Flip(line / kLog, 65);
  const Ended damaged = line.Run({"dump", kLog});
  CHECK(damaged.code == 3);
  CHECK(damaged.out.find("WRONG: the bytes have ") != std::string::npos);
  const std::string golden = std::string(LEAT_GOLDEN) + "/batches-0/00000000000000000000.";
  CHECK(line.Run({"dump", golden + "index"}).out.find("offset 114  position 5695\n") == 0);
  CHECK(line.Run({"dump", golden + "timeindex", "--json"}).out.find("{\"file\":") == 0);
}

TEST_CASE("dump refuses what it cannot show") {
  const CommandLine line;
  CHECK(line.Run({"dump"}).code == 2);
  CHECK(line.Run({"dump", "x.txt"}).err.find("is no .log, .index or .timeindex file") != std::string::npos);
  const Ended missing = line.Run({"dump", "x.log"});
  CHECK(missing.code == 1);
  CHECK(missing.err == "leat: x.log: No such file or directory\n");
}

std::string Lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "a line of some length, number " + std::to_string(i) + "\n";
  return lines;
}

TEST_CASE("verify finds nothing in what was written, at rest, live, and in a copy") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--config", "segment.bytes=70000", "--config", "max.message.bytes=9000"})
              .code == 0);
  REQUIRE(line.Run({"produce", "t"}, Lines(20000)).code == 0);
  const auto is_well = [&](const Ended& ended) {
    INFO("printed: " << ended.out << ended.err);
    CHECK(ended.code == 0);
    CHECK(ended.out.empty());
    CHECK(ended.err.find("20000 records: no damage\n") != std::string::npos);
  };
  is_well(line.Run({"verify"}));
  std::filesystem::copy(line / "data", line / "copy", std::filesystem::copy_options::recursive);
  is_well(line.Run({"-d", "copy", "verify", "t", "--json"}));
  RunningProgram member(line.path(), {"consume", "t", "-g", "g", "-o", "-1"});
  REQUIRE(member.Prints("number 19999\n"));
  is_well(line.Run({"verify"}));
}

TEST_CASE("verify names file, position and offsets of every kind of damage, and ends with 3") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--config", "segment.bytes=70000", "--config", "max.message.bytes=9000"})
              .code == 0);
  REQUIRE(line.Run({"produce", "t"}, Lines(5000)).code == 0);
  const std::string index = "data/t-0/00000000000000000000.index",
                    time_index = "data/t-0/00000000000000000000.timeindex";
  struct Case {
    std::string file;
    std::streamoff position;
    std::string found;
  };
  const Case cases[] = {
      {kLog, 100, std::string(kLog) + " at 0: expected checksum "},
      {kLog, 16, std::string(kLog) + " at 0: expected a batch or the end of the file, found no batch"},
      {index, 7, index + " at 0: expected the position of the batch"},
      {time_index, 7, time_index + " at 0: expected the greatest timestamp"}};
  for (const Case& one : cases) {
    Flip(line / one.file, one.position);
    const Ended ended = line.Run({"verify"});
    INFO("printed: " << ended.out << ended.err);
    CHECK(ended.code == 3);
    CHECK(ended.out.find(one.found) != std::string::npos);
    CHECK(ended.err.find(" damage") != std::string::npos);
    Flip(line / one.file, one.position);
  }
  Flip(line / kLog, 100);
  CHECK(line.Run({"verify", "--json"})
            .out.find(R"({"file":"data/t-0/00000000000000000000.log","position":0,"expected":)") == 0);
  const Ended consumed = line.Run({"consume", "t", "--from-beginning", "-e"});
  CHECK(consumed.code == 3);
  CHECK(consumed.err.find("00000000000000000000.log") != std::string::npos);
}

TEST_CASE("verify refuses a topic that is not there, and options that it does not know") {
  const CommandLine line;
  CHECK(line.Run({"verify"}).code == 1);
  REQUIRE(line.Run({"topic", "create", "users"}).code == 0);
  CHECK(line.Run({"verify", "user"}).err == "leat: there is no topic 'user' in data; did you mean 'users'?\n");
  CHECK(line.Run({"verify", "--jsno"}).code == 2);
}

}  // namespace
}  // namespace leat::testing
