// Files that are missing, empty, foreign, truncated, too many, or of another version of leat.
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "damage/attempt.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

namespace fs = std::filesystem;

constexpr FolderSpec kSegments{.batches = 250, .value_size = 800};

// What is done to which file, and which word the message then has; none: without consequence.
struct Damage {
  std::string file;
  enum { kRemove, kEmpty, kForeign, kHalve } how;
  std::string named;
};

std::vector<Damage> Damages() {
  const std::string first = "t-0/00000000000000000000";
  std::vector<Damage> damages = {
      {"topics/t", Damage::kEmpty, "topics/t"},     {"topics/t", Damage::kForeign, "topics/t"},
      {"topics/t", Damage::kHalve, "topics/t"},     {"leat.meta", Damage::kEmpty, "leat.meta"},
      {"leat.meta", Damage::kForeign, "leat.meta"}, {"leat.meta", Damage::kHalve, "leat.meta"},
      {first + ".log", Damage::kRemove, "t-0"},     {first + ".log", Damage::kEmpty, first + ".log"},
      {first + ".log", Damage::kForeign, first},    {first + ".log", Damage::kHalve, first + ".log"},
  };
  // All of it stands elsewhere, too, or is found again.
  for (const std::string file :
       {"control", "LOCK", "t-0/checkpoint", "t-0/leader-epoch-checkpoint", "t-0/partition.metadata",
        "t-0/00000000000000000000.index", "t-0/00000000000000000000.timeindex"}) {
    for (const auto how : {Damage::kRemove, Damage::kEmpty, Damage::kForeign, Damage::kHalve}) {
      damages.push_back({file, how, ""});
    }
  }
  return damages;
}

void Do(const Damage& damage, const std::string& folder, const Content& content) {
  const std::string path = folder + "/" + damage.file;
  const std::string& bytes = content.at(damage.file);
  if (damage.how == Damage::kRemove) fs::remove(path);
  if (damage.how == Damage::kEmpty) WriteFile(path, "");
  if (damage.how == Damage::kForeign) WriteFile(path, "This is somebody's shopping list: milk, eggs, bread.\n");
  if (damage.how == Damage::kHalve) WriteFile(path, bytes.substr(0, bytes.size() / 2));
}

TEST_CASE("a file that is missing, empty, foreign or cut is named, or without consequence") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kSegments);
  const Content content = ReadContent(folder);
  for (const Damage& damage : Damages()) {
    Restore(folder, content);
    Do(damage, folder, content);
    const Outcome outcome = Attempt(folder, kSegments);
    INFO(fmt::format("{}, {}: opened {}, {} right, '{}', '{}', '{}'", damage.file, static_cast<int>(damage.how),
                     outcome.opened, outcome.right, outcome.error, outcome.append_error, outcome.status));
    CHECK(outcome.signal == 0);
    CHECK_FALSE(outcome.wrong);
    if (damage.named.empty()) {
      CHECK((outcome.right == kSegments.batches && outcome.read_again && outcome.error.empty()));
    } else {
      CHECK(outcome.right < kSegments.batches);
      CHECK((outcome.error + outcome.status).find(damage.named) != std::string::npos);
    }
  }
}

TEST_CASE("files that leat knows nothing of are left alone") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kSegments);
  const std::vector<std::string> others = {"notes.txt", "t-0/notes.txt", "t-0/00000000000000000000.txnindex",
                                           "t-0/7.log"};
  for (const std::string& name : others) WriteFile(folder + "/" + name, "mine");
  fs::create_directory(folder + "/backup");
  for (int opening = 0; opening < 2; ++opening) {
    if (opening == 1) PretendReboot(folder);
    const Outcome outcome = Attempt(folder, kSegments);
    INFO(outcome.error << outcome.append_error << outcome.status);
    CHECK((outcome.right >= kSegments.batches && outcome.read_again));
    for (const std::string& name : others) CHECK(ReadContent(folder).at(name) == "mine");
  }
}

TEST_CASE("a folder of a later version is refused by its version, and left as it is") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kSegments);
  Content content = ReadContent(folder);
  for (const std::string file : {"leat.meta", "topics/t"}) {
    std::string text = content.at(file);
    const std::size_t version = text.find('1');
    REQUIRE(version != std::string::npos);
    text.replace(version, 1, "9");
    WriteFile(folder + "/" + file, text);
    const Outcome outcome = Attempt(folder, kSegments);
    INFO(outcome.error);
    CHECK(outcome.error.starts_with("FAILED_PRECONDITION"));
    CHECK(outcome.error.find(file) != std::string::npos);
    CHECK(outcome.error.find('9') != std::string::npos);
    CHECK(ReadContent(folder).at(file) == text);
    WriteFile(folder + "/" + file, content.at(file));
  }
  CHECK(Attempt(folder, kSegments).right == kSegments.batches);
}

TEST_CASE("records over the limit and offsets out of range are refused with both numbers") {
  auto broker = Broker::InMemory();
  REQUIRE(broker.ok());
  auto topic = broker->CreateTopic("t", {.max_message_bytes = 5000});
  REQUIRE(topic.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  const auto large = producer->Send(*topic, {.value = std::string(6000, 'x')}).status();
  CHECK(absl::IsInvalidArgument(large));
  CHECK(std::string(large.message()).find("5000") != std::string::npos);
  CHECK(std::string(large.message()).find("60") != std::string::npos);
  REQUIRE(producer->Send(*topic, {.value = "v"}).ok());
  auto partition = topic->partition(0);
  for (const Offset offset :
       {Offset{-1}, Offset{2}, std::numeric_limits<Offset>::max(), std::numeric_limits<Offset>::min()}) {
    const auto status = partition->Read(offset).status();
    CHECK(absl::IsOutOfRange(status));
    CHECK(std::string(status.message()).find(std::to_string(offset)) != std::string::npos);
  }
  CHECK(absl::IsOutOfRange(topic->partition(1).status()));
  CHECK(absl::IsOutOfRange(topic->partition(-1).status()));
}

}  // namespace
}  // namespace leat::testing
