// Processes that see different process ids: what tells the living from the dead is a lock, not a number. As root.
#include <leat/leat.h>

#include <memory>
#include <string>
#include <vector>

#include "process/mapped_control.h"
#include "process/pid_namespace.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using process_test::InNewNamespace;
using testing::ForkedChild;
using testing::TempFolder;

int WriteAndMaybeHold(const std::string& folder, ForkedChild& child, bool hold) {
  if (::getpid() != 1) return 1;
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 2;
  auto topic = broker->EnsureTopic("t");
  auto producer = Producer::Open(*broker);
  if (!topic.ok() || !producer.ok()) return 3;
  if (!producer->Send(*topic, {.value = "from within"}).ok()) return 4;
  if (hold) {
    process_test::MappedControl control(folder);
    // The first who opened the folder is in slot 0; all pids in here are 1.
    control.PageOf(0)->append_lock.store(shared::LockWord(0, control.GenerationOf(0)));
  }
  child.Say('r');
  if (child.Hear() != 'g') return 5;
  if (!producer->Send(*topic, {.value = "from within again"}).ok()) return 6;
  return broker->Close().ok() ? 0 : 7;
}

TEST_CASE("a lock held in another PID namespace is kept while its owner lives, and free when it is killed") {
  const TempFolder folder;
  ForkedChild holder([&](ForkedChild& child) {
    return InNewNamespace([&] { return WriteAndMaybeHold(folder.path(), child, true); });
  });
  REQUIRE(holder.Answer() == 'r');
  {
    auto broker = Broker::Open(folder.path(), {.max_block = 50ms});
    REQUIRE(broker.ok());
    auto producer = Producer::Open(*broker);
    REQUIRE(producer.ok());
    const auto refused = producer->Send("t", {.value = "outside"});
    CAPTURE(refused.status().ToString());
    CHECK(absl::IsUnavailable(refused.status()));
  }
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  holder.Kill();  // and with it what is in the namespace
  const auto sent = producer->Send("t", {.value = "outside"});
  CAPTURE(sent.status().ToString());
  REQUIRE(sent.ok());
  CHECK(sent->offset == 1);
}

TEST_CASE(
    "processes of several PID namespaces that are all number 1 write side by side, and one's death is its own") {
  const TempFolder folder;
  std::vector<std::unique_ptr<ForkedChild>> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(std::make_unique<ForkedChild>([&](ForkedChild& child) {
      return InNewNamespace([&] { return WriteAndMaybeHold(folder.path(), child, false); });
    }));
  }
  for (const auto& child : children) REQUIRE(child->Answer() == 'r');
  children[1]->Kill();
  for (const std::size_t i : {0U, 2U, 3U}) children[i]->Tell('g');
  for (const std::size_t i : {0U, 2U, 3U}) CHECK(children[i]->Wait() == 0);
  auto broker = Broker::Open(folder.path());
  REQUIRE(broker.ok());
  CHECK(broker->DescribeTopic("t")->partitions[0].end == 7);
}

}  // namespace
}  // namespace leat
