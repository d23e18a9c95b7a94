// A process that is stopped is not dead: who needs what it holds is told its pid, and goes on when it goes on.
#include <leat/leat.h>
#include <signal.h>

#include <chrono>
#include <string>

#include "process/mapped_control.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::ForkedChild;
using testing::TempFolder;

// A child that has written one record, and then has the partition's append lock in its process's name for as long as
// it is told nothing: where an append is stopped between its lock and its unlock.
int HoldAppendLock(const std::string& folder, ForkedChild& child) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto topic = broker->EnsureTopic("t");
  auto producer = Producer::Open(*broker);
  if (!topic.ok() || !producer.ok()) return 1;
  if (!producer->Send(*topic, {.value = "before"}).ok()) return 1;
  process_test::MappedControl control(folder);
  shared::PartitionPage* page = control.PageOf(0);
  if (page == nullptr) return 1;
  page->append_lock.store(control.WordOf(::getpid()), std::memory_order_seq_cst);
  child.Say('l');
  if (child.Hear() != 'u') return 1;
  page->append_lock.store(0, std::memory_order_seq_cst);
  if (!producer->Send(*topic, {.value = "after"}).ok()) return 1;
  return broker->Close().ok() ? 0 : 1;
}

TEST_CASE("a stopped owner of the append lock is named after max_block, and nothing is lost") {
  const TempFolder folder;
  ForkedChild stopped([&](ForkedChild& child) { return HoldAppendLock(folder.path(), child); });
  REQUIRE(stopped.Answer() == 'l');
  REQUIRE(::kill(stopped.pid(), SIGSTOP) == 0);
  int status = 0;
  REQUIRE(::waitpid(stopped.pid(), &status, WUNTRACED) == stopped.pid());
  REQUIRE(WIFSTOPPED(status));

  auto broker = Broker::Open(folder.path(), {.max_block = 50ms});
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  REQUIRE(topic.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  const auto refused = producer->Send(*topic, {.value = "refused"});
  REQUIRE(absl::IsUnavailable(refused.status()));
  CHECK(IsRetriable(refused.status()));
  const std::string message(refused.status().message());
  CAPTURE(message);
  CHECK(message.find("pid " + std::to_string(stopped.pid())) != std::string::npos);
  CHECK(message.find("stopped") != std::string::npos);

  // Readers need no lock.
  auto partition = topic->partition(0);
  REQUIRE(partition.ok());
  CHECK(partition->Read(0).size() == 1);

  REQUIRE(::kill(stopped.pid(), SIGCONT) == 0);
  stopped.Tell('u');
  REQUIRE(stopped.Wait() == 0);
  const auto sent = producer->Send(*topic, {.value = "at last"});
  REQUIRE(sent.ok());
  CHECK(sent->offset == 2);
  const ConsumerRecords records = partition->Read(0);
  CHECK(records.size() == 3);
  CHECK(broker->Close().ok());
}

TEST_CASE("an owner of the append lock that is killed is followed at once") {
  const TempFolder folder;
  ForkedChild owner([&](ForkedChild& child) { return HoldAppendLock(folder.path(), child); });
  REQUIRE(owner.Answer() == 'l');
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  auto topic = broker->FindTopic("t");
  auto producer = Producer::Open(*broker);
  REQUIRE((topic.ok() && producer.ok()));
  owner.Kill();
  const auto sent = producer->Send(*topic, {.value = "next"});
  REQUIRE(sent.ok());
  CHECK(sent->offset == 1);
}

}  // namespace
}  // namespace leat
