// Members of one group that are of different users, and that see different process ids. As root.
#include <grp.h>
#include <leat/leat.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "process/pid_namespace.h"
#include "process/wait_until.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/group_members.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using process_test::InNewNamespace;
using process_test::WaitUntil;
using testing::AssignmentOf;
using testing::ForkedChild;
using testing::TempFolder;

constexpr uid_t kNobody = 65534;

// Reads until it has read from both partitions, commits, and waits to be killed.
int ReadBothAndCommit(const std::string& folder, ForkedChild& child) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto consumer = Consumer::Open(*broker, {.group_id = "g", .auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return 2;
  for (std::size_t read = 0; read < 2;) {
    const ConsumerRecords records = consumer->Poll(1s);
    if (!records.status().ok()) return 3;
    read += records.size();
  }
  if (!consumer->Commit().ok()) return 4;
  child.Say('c');
  child.Hear();
  return 5;
}

void MakeTopic(const std::string& folder) {
  auto broker = Broker::Open(folder);
  REQUIRE(broker.ok());
  REQUIRE(broker->CreateTopic("t", {.partitions = 2}).ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  for (PartitionId p = 0; p < 2; ++p) REQUIRE(producer->Send("t", {.value = "v", .partition = p}).ok());
  REQUIRE(broker->Close().ok());
}

// Joins beside the other, who is then killed.
void TakeOver(const std::string& folder, ForkedChild& other) {
  REQUIRE(other.Answer() == 'c');
  auto broker = Broker::Open(folder);
  REQUIRE(broker.ok());
  auto consumer = Consumer::Open(*broker, {.group_id = "g", .auto_offset_reset = OffsetReset::kEarliest});
  REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
  for (int i = 0; i < 10; ++i) REQUIRE(consumer->Poll(10ms).status().ok());
  CHECK(AssignmentOf(*consumer).empty());
  const auto description = ConsumerGroup::Open(*broker, "g")->Describe();
  REQUIRE(description.ok());
  CHECK(description->members.size() == 2);
  other.Kill();
  WaitUntil([&] {
    REQUIRE(consumer->Poll(10ms).status().ok());
    return AssignmentOf(*consumer).size() == 2;
  });
  CHECK(*consumer->Position({"t", 0}) == 1);
  CHECK(*consumer->Position({"t", 1}) == 1);
  CHECK(consumer->Commit({{.partition = {"t", 0}, .offset = 0}}).ok());
  CHECK(consumer->Close().ok());
}

TEST_CASE("users of one Unix group are members of one consumer group, and take over from each other") {
  const TempFolder temp;
  const std::string folder = temp / "shared";
  REQUIRE(::chmod(temp.path().c_str(), 0755) == 0);
  REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
  REQUIRE(::chown(folder.c_str(), 0, kNobody) == 0);
  REQUIRE(::chmod(folder.c_str(), 0770) == 0);
  MakeTopic(folder);
  // The group's file is made by the one who may less, under a umask that lets in nobody else.
  ForkedChild nobody([&](ForkedChild& child) {
    ::umask(077);
    if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return 9;
    return ReadBothAndCommit(folder, child);
  });
  TakeOver(folder, nobody);
}

TEST_CASE("a member of another PID namespace lives until it is killed, whatever its pid means here") {
  const TempFolder temp;
  MakeTopic(temp / "data");
  ForkedChild within([&](ForkedChild& child) {
    return InNewNamespace([&] { return ::getpid() == 1 ? ReadBothAndCommit(temp / "data", child) : 9; });
  });
  TakeOver(temp / "data", within);
}

}  // namespace
}  // namespace leat
