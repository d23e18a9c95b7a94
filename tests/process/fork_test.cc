// fork() gives a child its parent's memory, but not its place in the folder.
#include <leat/leat.h>
#include <signal.h>

#include <filesystem>
#include <optional>
#include <string>

#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;

bool SaysOpenedBeforeFork(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && status.ToString().find("opened before") != std::string::npos &&
         status.ToString().find("fork") != std::string::npos;
}

TEST_CASE("what was opened before a fork refuses everything in the child, and goes on in the parent") {
  const TempFolder folder;
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  auto topic = broker->EnsureTopic("t");
  REQUIRE(topic.ok());
  auto partition = topic->partition(0);
  auto producer = Producer::Open(*broker);
  auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
  REQUIRE((partition.ok() && producer.ok() && consumer.ok()));
  REQUIRE(consumer->Subscribe({"t"}).ok());
  REQUIRE(producer->Send(*topic, {.value = "first"}).ok());

  ForkedChild forked([&](ForkedChild&) {
    if (!SaysOpenedBeforeFork(producer->Send(*topic, {.value = "child's"}).status())) return 1;
    if (!SaysOpenedBeforeFork(producer->Enqueue(*topic, {.value = "child's"}))) return 2;
    if (!SaysOpenedBeforeFork(producer->Flush())) return 3;
    if (!SaysOpenedBeforeFork(consumer->Poll(0ms).status())) return 4;
    if (!SaysOpenedBeforeFork(partition->Read(0).status())) return 5;
    if (!SaysOpenedBeforeFork(partition->end().status())) return 6;
    if (!SaysOpenedBeforeFork(broker->EnsureTopic("u").status())) return 7;
    if (!SaysOpenedBeforeFork(broker->DeleteTopic("t"))) return 8;
    if (!SaysOpenedBeforeFork(broker->ListTopics().status())) return 9;
    if (!SaysOpenedBeforeFork(Producer::Open(*broker).status())) return 10;
    // Opened again, the child is a process like any other.
    auto own = Broker::Open(folder.path());
    if (!own.ok()) return 11;
    auto own_producer = Producer::Open(*own);
    if (!own_producer.ok() || !own_producer->Send("t", {.value = "second"}).ok()) return 12;
    return own->Close().ok() ? 0 : 13;
  });
  CHECK(forked.Wait() == 0);

  const auto sent = producer->Send(*topic, {.value = "third"});
  REQUIRE(sent.ok());
  CHECK(sent->offset == 2);
  CHECK(consumer->Poll(10s).size() == 3);
  CHECK(broker->Close().ok());
}

TEST_CASE("handles that a forked child destroys leave the parent's folder alone") {
  const TempFolder folder;
  auto broker = std::make_optional(Broker::Open(folder.path()));
  REQUIRE(broker->ok());
  REQUIRE((*broker)->EnsureTopic("t").ok());
  auto producer = std::make_optional(Producer::Open(**broker));
  REQUIRE((*producer)->Send("t", {.value = "first"}).ok());
  ForkedChild forked([&](ForkedChild&) {
    producer.reset();
    broker.reset();
    return 0;
  });
  CHECK(forked.Wait() == 0);
  const auto sent = (*producer)->Send("t", {.value = "second"});
  REQUIRE(sent.ok());
  CHECK(sent->offset == 1);
  CHECK((*broker)->Close().ok());
}

TEST_CASE("a living child does not keep its dead parent's place in the folder") {
  const TempFolder folder;
  // A parent that forks a child of its own, and is killed while that one lives. The grandchild ends when the test
  // lets go of its end of the line.
  int line[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
  ForkedChild parent([&](ForkedChild& self) {
    ::close(line[0]);
    auto broker = Broker::Open(folder.path());
    if (!broker.ok() || !broker->EnsureTopic("t").ok()) return 1;
    if (::fork() == 0) {
      self.Say('o');  // fork() has returned here, so the inherited descriptors are closed
      char none = 0;
      static_cast<void>(!::read(line[1], &none, 1));  // until the test is over
      ::_exit(0);
    }
    return static_cast<int>(self.Hear());
  });
  ::close(line[1]);
  REQUIRE(parent.Answer() == 'o');
  parent.Kill();
  // Alone in the folder, which only who finds every lock free can be: sealing it at close is the proof.
  {
    auto broker = Broker::Open(folder.path(), {.open_timeout = 30s});
    REQUIRE(broker.ok());
    auto producer = Producer::Open(*broker);
    REQUIRE(producer.ok());
    REQUIRE(producer->Send("t", {.value = "first"}).ok());
    REQUIRE(broker->Close().ok());
  }
  CHECK(std::filesystem::exists(folder / "t-0/00000000000000000000.index"));
  ::close(line[0]);
}

}  // namespace
}  // namespace leat
