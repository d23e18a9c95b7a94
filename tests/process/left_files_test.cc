// Files that a killed process leaves behind do not gather.
#include <leat/leat.h>

#include <filesystem>
#include <string>

#include "process/wait_until.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::ForkedChild;
using testing::TempFolder;

constexpr TopicOptions kSmall{.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};

// How many segments are made ready in the name of slot `slot`.
int CountPrepared(const std::string& partition, const std::string& slot) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(partition)) {
    count += entry.path().filename().string().starts_with("next-" + slot + "-") ? 1 : 0;
  }
  return count;
}

TEST_CASE("a segment that a killed process had made ready is removed by those who go on") {
  const TempFolder folder;
  const std::string partition = folder / "t-0";
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  auto topic = broker->EnsureTopic("t", kSmall);
  REQUIRE(topic.ok());
  // The second to come has slot 1.
  ForkedChild child([&](ForkedChild& self) {
    auto own = Broker::Open(folder.path());
    auto producer = Producer::Open(*own);
    if (!producer.ok()) return 1;
    while (CountPrepared(partition, "1") == 0) {
      if (!producer->Send("t", {.value = std::string(5000, 'x')}).ok()) return 2;
    }
    self.Say('p');
    return static_cast<int>(self.Hear());
  });
  REQUIRE(child.Answer() == 'p');
  child.Kill();
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  process_test::WaitUntil([&] {
    REQUIRE(producer->Send(*topic, {.value = std::string(5000, 'x')}).ok());
    return CountPrepared(partition, "1") == 0;
  });
  CHECK(broker->Close().ok());
}

}  // namespace
}  // namespace leat
