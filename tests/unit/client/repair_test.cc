// Repair: a folder is written, something is done to its files, and what is left of the records after a repair is held
// against what they were.
#include <leat/broker.h>
#include <leat/producer.h>
#include <leat/repair.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "broker/environment.h"
#include "broker/folder_repair.h"
#include "io/failing_file_system.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::ForkedChild;
using testing::TempFolder;
namespace fs = std::filesystem;

constexpr int kRecords = 1500;

std::string ValueOf(Offset offset) { return fmt::format("{:08}", offset) + std::string(200, 'x'); }

// Sends kRecords records in batches of seven, over several segments. False: something was refused.
bool Fill(Broker& broker) {
  auto topic = broker.EnsureTopic("t", {.segment_bytes = 64 << 10, .max_message_bytes = 8192});
  if (!topic.ok()) return false;
  auto partition = topic->partition(0);
  if (!partition.ok()) return false;
  BatchBuilder batch;
  for (Offset offset = 0; offset < kRecords; ++offset) {
    const std::string value = ValueOf(offset);
    if (!batch.Append({}, value, {}, 1000 + offset)) return false;
    if ((offset + 1) % 7 != 0 && offset + 1 != kRecords) continue;
    if (!partition->Append(batch).ok()) return false;
  }
  return true;
}

enum class Left { kClosed, kKilled, kCopied };

// A folder as it is left behind by one who closed it, or was killed; and a copy of the latter, in which nothing of the
// shared state holds.
std::string MakeFolder(const TempFolder& temp, Left left) {
  const std::string folder = temp / "data";
  if (left == Left::kClosed) {
    auto broker = Broker::Open(folder);
    REQUIRE(broker.ok());
    REQUIRE(Fill(*broker));
    REQUIRE(broker->Close().ok());
    return folder;
  }
  ForkedChild child([&](ForkedChild& self) {
    auto broker = Broker::Open(folder);
    self.Say(broker.ok() && Fill(*broker) ? 'y' : 'n');
    return self.Hear() == 'y' ? 0 : 1;
  });
  REQUIRE(child.Answer() == 'y');
  child.Kill();
  if (left == Left::kCopied) fs::copy(folder, temp / "copy", fs::copy_options::recursive);
  return left == Left::kCopied ? temp / "copy" : folder;
}

std::map<std::string, std::string> Content(const std::string& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    std::string bytes;
    if (entry.is_regular_file()) {
      std::ifstream file(entry.path(), std::ios::binary);
      bytes.assign(std::istreambuf_iterator<char>(file), {});
    }
    content[entry.path().string()] = std::move(bytes);
  }
  return content;
}

std::vector<std::string> LogsOf(const std::string& folder) {
  std::vector<std::string> logs;
  for (const auto& entry : fs::directory_iterator(folder + "/t-0")) {
    if (entry.path().extension() == ".log") logs.push_back(entry.path().string());
  }
  std::sort(logs.begin(), logs.end());
  return logs;
}

void Change(const std::string& file, std::streamoff position, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(position);
  stream << bytes;
}

// The offsets that can be read, from the log's start to its end; each with its own value. -1 is the end.
std::vector<Offset> ReadAll(const std::string& folder) {
  auto broker = Broker::Open(folder, {.mode = OpenMode::kExisting});
  INFO(broker.status().ToString());
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  std::vector<Offset> offsets;
  Offset next = *partition->log_start();
  const Offset end = *partition->high_watermark();
  while (next < end) {
    const ConsumerRecords records = partition->Read(next);
    INFO("at offset " << next << " of " << end << ": " << records.status().ToString());
    REQUIRE(records.status().ok());
    if (records.empty()) break;
    for (const ConsumerRecord& record : records) {
      REQUIRE(record.value() == ValueOf(record.offset()));
      REQUIRE((offsets.empty() || record.offset() > offsets.back()));
      offsets.push_back(record.offset());
      next = record.offset() + 1;
    }
  }
  offsets.push_back(-1);
  offsets.push_back(end);
  return offsets;
}

// Repairs, and sees to it that all that was promised of that holds. Returns what was done.
RepairReport RepairAndCheck(const std::string& folder) {
  const auto before = Content(folder);
  const auto plan = Repair(folder);
  INFO(plan.status().ToString());
  REQUIRE(plan.ok());
  CHECK_FALSE(plan->executed);
  CHECK(Content(folder) == before);
  auto done = Repair(folder, {.execute = true});
  INFO(done.status().ToString());
  REQUIRE(done.ok());
  CHECK(done->left.empty());
  REQUIRE(done->steps.size() == plan->steps.size());
  std::vector<bool> lost(kRecords, false);
  for (const RepairStep& step : done->steps) {
    UNSCOPED_INFO(step.file << " at " << step.position.value_or(-1) << ": " << step.problem << ": " << step.remedy
                            << ", lost " << step.lost_begin << " to " << step.lost_end);
    for (Offset o = step.lost_begin; o < std::min<Offset>(step.lost_end, kRecords); ++o) {
      lost[static_cast<std::size_t>(o)] = true;
    }
    if (!step.kept_in.empty() && step.position.has_value()) {
      // Byte for byte what stood there.
      const std::string& file = before.at(step.file);
      const std::string was =
          file.substr(static_cast<std::size_t>(*step.position), static_cast<std::size_t>(step.bytes));
      CHECK(Content(folder).at(step.kept_in) == was);
    }
  }
  const auto again = Repair(folder);
  REQUIRE(again.ok());
  CHECK(again->steps.empty());
  const std::vector<Offset> offsets = ReadAll(folder);
  std::vector<Offset> wanted;
  for (Offset o = 0; o < kRecords; ++o) {
    if (!lost[static_cast<std::size_t>(o)]) wanted.push_back(o);
  }
  wanted.push_back(-1);
  wanted.push_back(kRecords);
  CHECK(offsets == wanted);
  // It is a log like any other again.
  auto broker = Broker::Open(folder);
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  BatchBuilder batch;
  REQUIRE(batch.Append({}, "more", {}, 1));
  const auto delivery = partition->Append(batch);
  INFO(delivery.status().ToString());
  REQUIRE(delivery.ok());
  CHECK(delivery->offset == kRecords);
  return *std::move(done);
}

TEST_CASE("there is nothing to repair in a folder that was closed, or whose processes were killed") {
  for (const Left left : {Left::kClosed, Left::kKilled}) {
    const TempFolder temp;
    CHECK(RepairAndCheck(MakeFolder(temp, left)).steps.empty());
  }
}

TEST_CASE("a damaged batch is taken out and kept, and what comes behind it can be read again") {
  for (const Left left : {Left::kClosed, Left::kKilled}) {
    const TempFolder temp;
    const std::string folder = MakeFolder(temp, left);
    Change(LogsOf(folder)[1], 5000, "!!");
    const RepairReport report = RepairAndCheck(folder);
    REQUIRE(report.steps.size() == 1);
    CHECK(report.steps[0].lost_end - report.steps[0].lost_begin == 7);
    CHECK(report.steps[0].kept_in.find("/salvage/t-0/") != std::string::npos);
    CHECK(report.steps[0].problem == "the checksum of the batch there is wrong");
  }
}

TEST_CASE("a batch is found again behind bytes that are no batch") {
  const TempFolder temp;
  const std::string folder = MakeFolder(temp, Left::kClosed);
  Change(LogsOf(folder)[0], 3000, std::string(5000, '\xff'));
  const RepairReport report = RepairAndCheck(folder);
  REQUIRE(report.steps.size() == 1);
  CHECK(report.steps[0].lost_end - report.steps[0].lost_begin > 7);
  CHECK(report.steps[0].lost_end - report.steps[0].lost_begin < 40);
}

TEST_CASE("base offset and leader epoch, which no checksum covers, are set right from their neighbours") {
  for (const std::streamoff field : {3, 7, 12, 15}) {
    const TempFolder temp;
    const std::string folder = MakeFolder(temp, Left::kClosed);
    Change(LogsOf(folder)[0], field, "\x41");
    const RepairReport report = RepairAndCheck(folder);
    REQUIRE(report.steps.size() == 1);
    CHECK(report.steps[0].lost_begin == report.steps[0].lost_end);
    CHECK(report.steps[0].bytes == 0);
  }
}

TEST_CASE(
    "a file that is missing, and one that is cut short, cost their own records only, and no offset is used twice") {
  for (const Left left : {Left::kClosed, Left::kKilled, Left::kCopied}) {
    for (const std::size_t which : {0U, 1U, 2U}) {
      // Nothing was ever closed: that the log began earlier, nobody knows any more.
      if (left == Left::kCopied && which == 0) continue;
      const TempFolder temp;
      const std::string folder = MakeFolder(temp, left);
      fs::remove(LogsOf(folder)[which]);
      CHECK_FALSE(RepairAndCheck(folder).steps.empty());
    }
    const TempFolder temp;
    const std::string folder = MakeFolder(temp, left);
    fs::resize_file(LogsOf(folder)[1], 10000);
    CHECK_FALSE(RepairAndCheck(folder).steps.empty());
  }
}

TEST_CASE("the end of a log that was closed may be missing: offsets go on where they were") {
  const TempFolder temp;
  const std::string folder = MakeFolder(temp, Left::kClosed);
  fs::remove(LogsOf(folder).back());
  CHECK(RepairAndCheck(folder).steps.size() == 1);
}

TEST_CASE("wrong indexes and small files are made anew") {
  for (const std::string file :
       {".index", ".timeindex", "checkpoint", "leader-epoch-checkpoint", "partition.metadata"}) {
    const TempFolder temp;
    const std::string folder = MakeFolder(temp, Left::kClosed);
    std::string path = folder + "/t-0/" + file;
    if (file.front() == '.') path = fs::path(LogsOf(folder)[1]).replace_extension(file).string();
    Change(path, 3, "??????");
    if (file == "checkpoint") Change(path, 515, "??????");
    const RepairReport report = RepairAndCheck(folder);
    INFO(file);
    REQUIRE_FALSE(report.steps.empty());
  }
}

TEST_CASE("whatever is changed in a log's files, a repair leaves all that is right, and loses what it says") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::uintmax_t bound) { return static_cast<std::streamoff>(random() % bound); };
  for (int round = 0; round < 12; ++round) {
    const TempFolder temp;
    const Left left = round % 2 == 0 ? Left::kClosed : Left::kKilled;
    const std::string folder = MakeFolder(temp, left);
    const int changes = 1 + static_cast<int>(random() % 5);
    for (int i = 0; i < changes; ++i) {
      const auto logs = LogsOf(folder);
      // Not the active one's allocated room: what stands there is nobody's.
      const std::string& log = logs[random() % (logs.size() - 1)];
      const auto size = fs::file_size(log);
      std::string bytes(1 + random() % (random() % 2 == 0 ? 1 : 4096), '\0');
      if (random() % 2 == 0) std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
      const std::streamoff position = below(size);
      Change(log, position, bytes.substr(0, static_cast<std::size_t>(size) - static_cast<std::size_t>(position)));
    }
    RepairAndCheck(folder);
  }
}

TEST_CASE(
    "a repair that ends at any call is begun again, and loses nothing more, also if somebody opened the folder "
    "between") {
  const auto damage = [](const std::string& folder) {
    const auto logs = LogsOf(folder);
    Change(logs[0], 3000, std::string(500, '\xff'));
    Change(logs[1], 7, "\x41");
    fs::remove(logs[2]);
    Change(folder + "/t-0/partition.metadata", 3, "?");
  };
  for (const Left left : {Left::kClosed, Left::kKilled}) {
    std::vector<Offset> expected;
    {
      const TempFolder temp;
      const std::string folder = MakeFolder(temp, left);
      damage(folder);
      REQUIRE(Repair(folder, {.execute = true}).ok());
      expected = ReadAll(folder);
      CHECK(expected.size() > kRecords / 2);
    }
    bool ended = false;
    for (int call = 1; !ended; call += 1 + call / 40) {
      const TempFolder temp;
      const std::string folder = MakeFolder(temp, left);
      damage(folder);
      // From one call on, none does anything any more: to the files, that is a death.
      broker::Environment environment = broker::RealEnvironment();
      const auto files = std::make_shared<io::FailingFileSystem>(environment.files);
      files->FailFrom(call, absl::InternalError("dead"));
      environment.files = files;
      ended = broker::RepairFolder(folder, {.execute = true}, environment).ok();
      INFO("dead from call " << call << " on");
      if (call % 2 == 0) REQUIRE(Broker::Open(folder).ok());
      const auto again = Repair(folder, {.execute = true});
      INFO(again.status().ToString());
      REQUIRE(again.ok());
      CHECK(again->left.empty());
      CHECK(ReadAll(folder) == expected);
      const auto nothing = Repair(folder);
      REQUIRE(nothing.ok());
      CHECK(nothing->steps.empty());
    }
  }
}

TEST_CASE("a folder that somebody has open is not repaired, nor looked at, and the error says who has it") {
  const TempFolder temp;
  const std::string folder = MakeFolder(temp, Left::kClosed);
  ForkedChild child([&](ForkedChild& self) {
    auto broker = Broker::Open(folder);
    self.Say(broker.ok() ? 'y' : 'n');
    self.Hear();
    return 0;
  });
  REQUIRE(child.Answer() == 'y');
  for (const bool execute : {false, true}) {
    const auto report = Repair(folder, {.execute = execute});
    CHECK(absl::IsFailedPrecondition(report.status()));
    CHECK(report.status().ToString().find(fmt::format("pid {}", child.pid())) != std::string::npos);
  }
}

TEST_CASE("a topic that is not there, and a folder that is not leat's, are not repaired") {
  const TempFolder temp;
  CHECK(absl::IsNotFound(Repair(temp / "none").status()));
  CHECK(absl::IsNotFound(Repair(temp.path()).status()));
  const std::string folder = MakeFolder(temp, Left::kClosed);
  CHECK(absl::IsNotFound(Repair(folder, {.topics = {"u"}}).status()));
  CHECK(absl::IsInvalidArgument(Repair("").status()));
}

TEST_CASE("what cannot be repaired is named, and the rest is repaired") {
  const TempFolder temp;
  const std::string folder = MakeFolder(temp, Left::kClosed);
  {
    auto broker = Broker::Open(folder);
    REQUIRE(broker.ok());
    REQUIRE(broker->EnsureTopic("u").ok());
  }
  fs::remove_all(folder + "/u-0");
  Change(LogsOf(folder)[0], 100, "!");
  const auto report = Repair(folder, {.execute = true});
  REQUIRE(report.ok());
  CHECK(report->steps.size() == 1);
  REQUIRE(report->left.size() == 1);
  CHECK(report->left[0].ToString().find("partition 0 of topic u") != std::string::npos);
}

}  // namespace
}  // namespace leat
