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
  for (const std::string partition : {"batches-0", "compacted-0", "shapes-0", "transactions-0", "zstd-0"}) {
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

TEST_CASE("dump shows aborted transactions and producers as Kafka's own kafka-dump-log does") {
  const CommandLine line;
  const std::string golden = std::string(LEAT_GOLDEN) + "/transactions-0/";
  // version: 0 producerId: 2 firstOffset: 10 lastOffset: 16 lastStableOffset: 17
  CHECK(line.Run({"dump", golden + "00000000000000000000.txnindex"}).out ==
        "producer 2  aborted offsets 10..16  last stable offset 17\n");
  const std::string transactions = line.Run({"dump", "--json", golden + "00000000000000000027.txnindex"}).out;
  CHECK(transactions.find(R"("producer_id":2,"first_offset":38,"last_offset":44,"last_stable_offset":45})") !=
        std::string::npos);
  CHECK(line.Run({"dump", golden + "00000000000000000051.snapshot"}).out ==
        "producer 2 epoch 5  last sequence 3  last offset 50  offset delta 1  timestamp 1704067205012  "
        "coordinator epoch 0  transaction from 47\n");
  const std::string producers = line.Run({"dump", "--json", golden + "00000000000000000057.snapshot"}).out;
  CHECK(producers.find(R"("producer_id":2,"producer_epoch":6,"last_sequence":-1,"last_offset":-1,"offset_delta":0,)"
                       R"("timestamp":1795269451912,"coordinator_epoch":0,"transaction_first_offset":null})") !=
        std::string::npos);

  std::filesystem::copy(golden + "00000000000000000051.snapshot", line / "00000000000000000051.snapshot");
  Flip(line / "00000000000000000051.snapshot", 12);
  const Ended flipped = line.Run({"dump", "00000000000000000051.snapshot"});
  CHECK(flipped.code == 3);
  CHECK(flipped.err.find("position 2: the checksum is ") != std::string::npos);
  std::filesystem::copy(golden + "00000000000000000027.txnindex", line / "00000000000000000027.txnindex");
  std::filesystem::resize_file(line / "00000000000000000027.txnindex", 30);
  const Ended cut = line.Run({"dump", "00000000000000000027.txnindex"});
  CHECK(cut.code == 3);
  CHECK(cut.err.find("half of an entry") != std::string::npos);
}

TEST_CASE("dump refuses what it cannot show") {
  const CommandLine line;
  CHECK(line.Run({"dump"}).code == 2);
  CHECK(line.Run({"dump", "x.txt"}).err.find("is no .log, .index, .timeindex, .txnindex or .snapshot file") !=
        std::string::npos);
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

TEST_CASE("bytes behind the end of a log at rest are no damage, but said; the next opening cuts them off") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\nb\n").code == 0);
  std::ofstream(line / kLog, std::ios::binary | std::ios::app) << "half of a batch";
  std::filesystem::copy(line / "data", line / "copy", std::filesystem::copy_options::recursive);
  for (const std::string folder : {"data", "copy"}) {
    const Ended ended = line.Run({"-d", folder, "verify"});
    INFO(ended.out << ended.err);
    CHECK(ended.code == 0);
    CHECK(ended.out.empty());
    CHECK(ended.err.find(": 15 bytes from position ") != std::string::npos);
    CHECK(ended.err.find("2 records: no damage\n") != std::string::npos);
  }
}

TEST_CASE("verify looks at the small files, too, and at offsets that are missing") {
  const std::string partition = "data/t-0/";
  const std::pair<std::string, std::string> cases[] = {{partition + "leader-epoch-checkpoint", "0\n2\n0 0\n0 5\n"},
                                                       {partition + "partition.metadata", "version: 0\ntopic_id: x"},
                                                       {partition + "checkpoint", std::string(1024, 'x')},
                                                       {"data/topics/t", "leat topic, format 1\n"},
                                                       {partition + "00000000000000000000.snapshot", "xxxxxxxxxxxx"},
                                                       {partition + "00000000000000000000.txnindex", "xxx"}};
  for (const auto& [file, content] : cases) {
    const CommandLine line;
    REQUIRE(line.Run({"produce", "t"}, "a\nb\n").code == 0);
    std::ofstream(line / file, std::ios::binary | std::ios::trunc) << content;
    const Ended ended = line.Run({"verify"});
    INFO(file << ": " << ended.out << ended.err);
    const bool is_unknown_version = file.ends_with(".snapshot");
    CHECK(ended.code == (is_unknown_version ? 0 : 3));
    CHECK((is_unknown_version || (ended.out + ended.err).find(file) != std::string::npos));
  }
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  REQUIRE(line.Run({"produce", "t"}, "b\n").code == 0);
  Flip(line / kLog, 69 + 7);  // the base offset of the second batch: no checksum covers it
  const Ended ended = line.Run({"verify"});
  CHECK(ended.code == 3);
  CHECK(ended.out.find(" at 69: expected offset 1") != std::string::npos);
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
