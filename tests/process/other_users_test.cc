// Processes of different users and with different umasks on one folder. As root.
#include <grp.h>
#include <leat/leat.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;

constexpr uid_t kNobody = 65534;

bool BecomeNobody() {
  ::umask(077);
  return ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
}

// A folder that `mode` lets in whom it says, in one that lets everybody in.
std::string MakeFolder(const TempFolder& temp, mode_t mode) {
  const std::string folder = temp / "shared";
  REQUIRE(::chmod(temp.path().c_str(), 0755) == 0);
  REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
  REQUIRE(::chown(folder.c_str(), 0, kNobody) == 0);
  REQUIRE(::chmod(folder.c_str(), mode) == 0);
  return folder;
}

constexpr TopicOptions kSmall{.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};

// Enough to roll some times.
bool SendMany(Producer& producer, std::string_view topic) {
  for (int i = 0; i < 100; ++i) {
    const auto sent = producer.Send(topic, {.value = std::string(4000, 'x')});
    if (sent.ok()) continue;
    fmt::print(stderr, "{}\n", sent.status().ToString());
    return false;
  }
  return true;
}

TEST_CASE("two users of one group write to each other's topics, whatever their umasks") {
  const TempFolder temp;
  const std::string folder = MakeFolder(temp, 0770);
  const mode_t before = ::umask(077);
  auto broker = Broker::Open(folder);
  ::umask(before);
  CAPTURE(broker.status().ToString());
  REQUIRE(broker.ok());
  REQUIRE(broker->EnsureTopic("roots", kSmall).ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  REQUIRE(SendMany(*producer, "roots"));
  ForkedChild nobody([&](ForkedChild& child) {
    if (!BecomeNobody()) return 1;
    auto own = Broker::Open(folder);
    if (!own.ok()) {
      fmt::print(stderr, "{}\n", own.status().ToString());
      return 2;
    }
    if (!own->EnsureTopic("nobodys", kSmall).ok()) return 3;
    auto own_producer = Producer::Open(*own);
    if (!own_producer.ok()) return 4;
    if (!SendMany(*own_producer, "nobodys") || !SendMany(*own_producer, "roots")) return 5;
    child.Say('w');
    if (child.Hear() != 'g') return 6;
    if (!SendMany(*own_producer, "nobodys") || !SendMany(*own_producer, "roots")) return 7;
    return own->Close().ok() ? 0 : 8;
  });
  REQUIRE(nobody.Answer() == 'w');
  CHECK(SendMany(*producer, "nobodys"));
  CHECK(SendMany(*producer, "roots"));
  // Root leaves first, so that nobody seals what root has written.
  CHECK(broker->Close().ok());
  nobody.Tell('g');
  CHECK(nobody.Wait() == 0);
  auto again = Broker::Open(folder);
  REQUIRE(again.ok());
  CHECK(again->DescribeTopic("roots")->partitions[0].end == 400);
  CHECK(again->DescribeTopic("nobodys")->partitions[0].end == 300);
}

TEST_CASE("a user who may only read is refused for writing, and follows a live folder read-only") {
  const TempFolder temp;
  const std::string folder = MakeFolder(temp, 0755);
  auto broker = Broker::Open(folder);
  REQUIRE(broker.ok());
  REQUIRE(broker->EnsureTopic("t", kSmall).ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  ForkedChild nobody([&](ForkedChild& child) {
    if (!BecomeNobody()) return 1;
    if (!absl::IsPermissionDenied(Broker::Open(folder).status())) return 2;
    auto reading = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
    if (!reading.ok()) {
      fmt::print(stderr, "{}\n", reading.status().ToString());
      return 3;
    }
    if (!absl::IsPermissionDenied(reading->EnsureTopic("u").status())) return 4;
    if (!absl::IsPermissionDenied(reading->DeleteTopic("t"))) return 5;
    auto consumer = Consumer::Open(*reading, {.auto_offset_reset = OffsetReset::kEarliest});
    if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return 6;
    child.Say('r');
    for (Offset next = 0; next < 300;) {
      const ConsumerRecords records = consumer->Poll(10min);
      if (!records.status().ok()) return 7;
      for (const ConsumerRecord& record : records) {
        if (record.offset() != next++) return 8;
        if (next % 100 == 0) child.Say('h');
      }
    }
    return 0;
  });
  REQUIRE(nobody.Answer() == 'r');
  for (int i = 0; i < 3; ++i) {
    REQUIRE(SendMany(*producer, "t"));
    REQUIRE(nobody.Answer() == 'h');
  }
  CHECK(nobody.Wait() == 0);
  CHECK(broker->Close().ok());
}

}  // namespace
}  // namespace leat
