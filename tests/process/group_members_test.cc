// Members of one group in several processes: closed, killed, stopped, forked.
#include <leat/leat.h>
#include <signal.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "process/wait_until.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/group_members.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using process_test::WaitUntil;
using testing::AssignmentOf;
using testing::ForkedChild;
using testing::PollAll;
using testing::TempFolder;

ConsumerOptions Options() {
  return {.group_id = "g", .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest};
}

void MakeTopic(const std::string& folder, std::int32_t partitions) {
  auto broker = Broker::Open(folder);
  REQUIRE(broker.ok());
  auto topic = broker->CreateTopic("t", {.partitions = partitions});
  REQUIRE(topic.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  for (PartitionId p = 0; p < partitions; ++p) {
    REQUIRE(producer->Send(*topic, {.value = "v", .partition = p}).ok());
  }
  REQUIRE(broker->Close().ok());
}

// A child that is a member: it polls until it has read a record of each of `partitions`, says so, and then does what it
// is told: 'c'ommit, 'p'oll, 'x' close and end; the answer is '.', 'a'borted, or '!'.
int BeMember(const std::string& folder, const ConsumerOptions& options, int partitions, ForkedChild& child) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto consumer = Consumer::Open(*broker, options);
  if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return 2;
  for (int read = 0; read < partitions;) {
    const ConsumerRecords records = consumer->Poll(100ms);
    if (!records.status().ok()) return 3;
    read += static_cast<int>(records.size());
  }
  child.Say('r');
  for (;;) {
    absl::Status done = absl::UnknownError("not told what to do");
    const char order = child.Hear();
    if (order == 'c') done = consumer->Commit();
    if (order == 'p') done = consumer->Poll(0ms).status();
    if (order == 'x') return consumer->Close().ok() && broker->Close().ok() ? 0 : 4;
    if (order == '\0') return 5;
    child.Say(done.ok() ? '.' : absl::IsAborted(done) ? 'a' : '!');
  }
}

struct Member {
  explicit Member(const std::string& folder, ConsumerOptions options = Options())
      : broker(*Broker::Open(folder)), consumer(*Consumer::Open(broker, std::move(options))) {
    REQUIRE(consumer.Subscribe({"t"}).ok());
  }
  // Polls until it owns so many.
  void AwaitPartitions(std::size_t count) {
    WaitUntil([&] {
      const ConsumerRecords records = consumer.Poll(10ms);
      REQUIRE(records.status().ok());
      return AssignmentOf(consumer).size() == count;
    });
  }
  Broker broker;
  Consumer consumer;
};

TEST_CASE("a killed member's partitions are another's, from where it has committed") {
  const TempFolder folder;
  MakeTopic(folder.path(), 3);
  ForkedChild child([&](ForkedChild& self) { return BeMember(folder.path(), Options(), 3, self); });
  REQUIRE(child.Answer() == 'r');
  child.Tell('c');
  REQUIRE(child.Answer() == '.');
  Member here(folder.path());
  CHECK(AssignmentOf(here.consumer).empty());
  child.Kill();
  here.AwaitPartitions(3);
  for (PartitionId p = 0; p < 3; ++p) CHECK(*here.consumer.Position({"t", p}) == 1);
}

TEST_CASE("a member that sleeps is woken when one in another process closes") {
  const TempFolder folder;
  MakeTopic(folder.path(), 1);
  ForkedChild child([&](ForkedChild& self) { return BeMember(folder.path(), Options(), 1, self); });
  REQUIRE(child.Answer() == 'r');
  Member here(folder.path());
  CHECK(PollAll(here.consumer).empty());
  child.Tell('x');
  const ConsumerRecords records = here.consumer.Poll(1h);
  CHECK(records.size() == 1);
  CHECK(child.Wait() == 0);
}

TEST_CASE("a stopped member is fenced, learns it when it goes on, and rejoins") {
  const TempFolder folder;
  MakeTopic(folder.path(), 2);
  ConsumerOptions impatient = Options();
  impatient.max_poll_interval = 500ms;
  ForkedChild child([&](ForkedChild& self) { return BeMember(folder.path(), impatient, 2, self); });
  REQUIRE(child.Answer() == 'r');
  REQUIRE(::kill(child.pid(), SIGSTOP) == 0);
  int status = 0;
  REQUIRE(::waitpid(child.pid(), &status, WUNTRACED) == child.pid());
  Member here(folder.path());
  here.AwaitPartitions(2);
  REQUIRE(here.consumer.Commit({{.partition = {"t", 0}, .offset = 0, .metadata = "here"}}).ok());

  REQUIRE(::kill(child.pid(), SIGCONT) == 0);
  child.Tell('c');
  CHECK(child.Answer() == 'a');
  CHECK((*here.consumer.Committed({"t", 0}))->metadata == "here");
  child.Tell('p');
  CHECK(child.Answer() == '.');
  // Polling, it is one of two.
  std::atomic<bool> stop = false;
  std::atomic<int> refused = 0;
  std::thread teller([&] {
    while (!stop) {
      child.Tell('p');
      if (child.Answer() != '.') ++refused;
    }
  });
  WaitUntil([&] {
    static_cast<void>(here.consumer.Poll(10ms));
    return here.consumer.assignment()->size() == 1;
  });
  stop = true;
  teller.join();
  CHECK(refused == 0);
  child.Tell('x');
  here.AwaitPartitions(2);
  CHECK(child.Wait() == 0);
}

TEST_CASE("a killed static member that comes back in another process has its partitions, and nobody had them") {
  const TempFolder folder;
  MakeTopic(folder.path(), 2);
  ConsumerOptions named = Options();
  named.group_instance_id = "one";
  Member here(folder.path());
  ForkedChild child([&](ForkedChild& self) { return BeMember(folder.path(), named, 1, self); });
  std::atomic<char> answer = '\0';
  std::thread listener([&] { answer = child.Answer(); });
  WaitUntil([&] {
    static_cast<void>(here.consumer.Poll(10ms));
    return answer == 'r';
  });
  listener.join();
  const auto kept = AssignmentOf(here.consumer);
  REQUIRE(kept.size() == 1);
  child.Kill();
  auto group = ConsumerGroup::Open(here.broker, "g");
  REQUIRE(group.ok());
  WaitUntil([&] {
    REQUIRE(here.consumer.Poll(10ms).status().ok());
    const auto description = group->Describe();
    REQUIRE(description.ok());
    for (const auto& member : description->members) {
      if (member.instance_id == "one" && member.away) return true;
    }
    return false;
  });
  CHECK(AssignmentOf(here.consumer) == kept);
  Member back(folder.path(), named);
  back.AwaitPartitions(1);
  CHECK(AssignmentOf(back.consumer) != kept);
  REQUIRE(here.consumer.Poll(0ms).status().ok());
  CHECK(AssignmentOf(here.consumer) == kept);
}

TEST_CASE("a member that was opened before a fork refuses everything in the child, and stays one in the parent") {
  const TempFolder folder;
  MakeTopic(folder.path(), 2);
  Member here(folder.path());
  here.AwaitPartitions(2);
  auto group = ConsumerGroup::Open(here.broker, "g");
  REQUIRE(group.ok());
  {
    ForkedChild child([&](ForkedChild&) {
      const absl::Status refused[] = {here.consumer.Commit(), here.consumer.Poll(0ms).status(),
                                      here.consumer.Committed({"t", 0}).status(), group->Describe().status(),
                                      here.consumer.Close()};
      for (const absl::Status& status : refused) {
        if (!absl::IsFailedPrecondition(status)) return 1;
      }
      const Consumer dropped = std::move(here.consumer);  // and destroyed: not the parent's membership
      return 0;
    });
    CHECK(child.Wait() == 0);
  }
  CHECK(here.consumer.Commit().ok());
  CHECK(AssignmentOf(here.consumer).size() == 2);
  CHECK(group->Describe()->members.size() == 1);
}

TEST_CASE("when all processes of a group are killed, the next one goes on alone where it has committed") {
  const TempFolder folder;
  MakeTopic(folder.path(), 4);
  {
    ForkedChild a([&](ForkedChild& self) { return BeMember(folder.path(), Options(), 4, self); });
    REQUIRE(a.Answer() == 'r');
    a.Tell('c');
    REQUIRE(a.Answer() == '.');
    ForkedChild b([&](ForkedChild& self) { return BeMember(folder.path(), Options(), 0, self); });
    REQUIRE(b.Answer() == 'r');
    a.Kill();
    b.Kill();
  }
  Member here(folder.path());
  here.AwaitPartitions(4);
  for (PartitionId p = 0; p < 4; ++p) CHECK(*here.consumer.Position({"t", p}) == 1);
}

}  // namespace
}  // namespace leat
