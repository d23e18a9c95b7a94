// leat repair.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

constexpr const char* kLog = "data/t-0/00000000000000000000.log";

void Overwrite(const std::string& path, std::streamoff position, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(position);
  file << bytes;
}

std::map<std::string, std::string> Tree(const std::string& folder) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    tree[entry.path().string()] = entry.is_directory() ? "" : std::string(std::istreambuf_iterator<char>(file), {});
  }
  return tree;
}

// A topic of three batches, one record each, with the one in the middle damaged.
void MakeDamaged(const CommandLine& line) {
  for (const char* value : {"a\n", "b\n", "c\n"}) REQUIRE(line.Run({"produce", "t"}, value).code == 0);
  const auto size = std::filesystem::file_size(line / kLog);
  Overwrite(line / kLog, static_cast<std::streamoff>(size / 3 + 65), "!");
}

TEST_CASE("repair says what it would do, and changes not a byte of the folder") {
  const CommandLine line;
  MakeDamaged(line);
  const auto before = Tree(line / "data");
  const Ended looked = line.Run({"repair"});
  CHECK(looked.code == 3);
  CHECK(looked.out == std::string(kLog) +
                          " at 69: the checksum of the batch there is wrong: the bytes are taken out of the log, 69 "
                          "bytes; offset 1 is lost\n");
  CHECK(
      looked.err ==
      "leat: 1 thing to repair, 1 offset lost, 69 bytes to be kept in salvage/; nothing was changed; --execute does "
      "it\n");
  const Ended json = line.Run({"repair", "t", "--json"});
  CHECK(json.code == 3);
  CHECK(json.out ==
        R"({"topic":"t","partition":0,"file":"data/t-0/00000000000000000000.log","position":69,"bytes":69,)"
        R"("problem":"the checksum of the batch there is wrong",)"
        R"("remedy":"the bytes are taken out of the log","lost_begin":1,"lost_end":2,"kept_in":null})"
        "\n");
  CHECK(Tree(line / "data") == before);
}

TEST_CASE("repair --execute mends what verify finds, keeps what it cuts, and has nothing to do a second time") {
  const CommandLine line;
  MakeDamaged(line);
  REQUIRE(line.Run({"verify"}).code == 3);
  const std::string bytes = Tree(line / "data").at(line / kLog).substr(69, 69);
  const Ended done = line.Run({"repair", "--execute", "--json"});
  INFO(done.out << done.err);
  CHECK(done.code == 0);
  CHECK(done.err == "leat: 1 thing repaired, 1 offset lost, 69 bytes kept in salvage/\n");
  const std::string kept_in = R"("kept_in":")";
  const std::size_t at = done.out.find(kept_in);
  REQUIRE(at != std::string::npos);
  const std::string path =
      done.out.substr(at + kept_in.size(), done.out.find('"', at + kept_in.size()) - at - kept_in.size());
  CHECK(path.find("data/salvage/t-0/00000000000000000000.log.position-69.offset-1.crc-") == 0);
  CHECK(Tree(line / "data").at(line / path) == bytes);

  const Ended verified = line.Run({"verify"});
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e", "-f", "%o %s\\n"}).out == "0 a\n2 c\n");
  const auto before = Tree(line / "data");
  const Ended again = line.Run({"repair", "--execute"});
  CHECK(again.code == 0);
  CHECK(again.err == "leat: there is nothing to repair\n");
  CHECK(Tree(line / "data") == before);
  // No offset is given out twice.
  CHECK(line.Run({"produce", "t", "--print-offsets"}, "d\n").out == "0 3\n");
}

TEST_CASE("repair refuses a folder that somebody has open, and what is not there") {
  const CommandLine line;
  CHECK(line.Run({"repair"}).code == 1);
  REQUIRE(line.Run({"produce", "users"}, "a\n").code == 0);
  CHECK(line.Run({"repair", "user"}).err == "leat: there is no topic 'user' in data; did you mean 'users'?\n");
  CHECK(line.Run({"repair", "user"}).code == 1);
  const Ended word = line.Run({"repair", "--exeute"});
  CHECK(word.code == 2);
  CHECK(word.err ==
        "leat repair: does not know '--exeute'; did you mean '--execute'?\nleat repair --help tells more\n");
  RunningProgram member(line.path(), {"consume", "users", "-g", "g", "-o", "begin"});
  REQUIRE(member.Prints("a\n"));
  for (const char* option : {"--json", "--execute"}) {
    const Ended held = line.Run({"repair", option});
    CHECK(held.code == 1);
    CHECK(held.err.find("is open, held by pid ") != std::string::npos);
  }
}

TEST_CASE("what cannot be repaired is said, and ends with 3") {
  const CommandLine line;
  MakeDamaged(line);
  REQUIRE(line.Run({"topic", "create", "u"}).code == 0);
  std::filesystem::remove_all(line / "data/u-0");
  const Ended done = line.Run({"repair", "--execute"});
  CHECK(done.code == 3);
  CHECK(done.err.find("leat: cannot be repaired: partition 0 of topic u: ") == 0);
  CHECK(done.err.find("1 thing repaired") != std::string::npos);
}

}  // namespace
}  // namespace leat::testing
