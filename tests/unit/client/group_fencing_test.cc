// Members that were taken for dead, with the clock in the test's hands.
#include <leat/leat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/manual_clock.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "client/consumer_state.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/group_members.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::AssignmentOf;
using testing::Names;
using testing::PollAll;
using Strings = std::vector<std::string>;

const TopicPartition kT0{"t", 0};

struct Fixture {
  base::ManualClock clock;
  std::shared_ptr<broker::LocalBackend> backend;
  std::unique_ptr<Producer> producer;
  Strings events;

  Fixture() {
    broker::Environment environment = broker::MemoryEnvironment();
    environment.clock = &clock;
    backend = *broker::OpenInMemory({}, std::move(environment));
    REQUIRE(broker::CreateTopic(backend->state(), "t", {.partitions = 2}).ok());
    producer = std::make_unique<Producer>(*client::ProducerState::Open(backend, {}));
  }
  ~Fixture() {
    producer.reset();
    backend->Close().IgnoreError();
  }
  ConsumerOptions Options() {
    ConsumerOptions options{.group_id = "g",
                            .max_poll_interval = 10s,
                            .enable_auto_commit = false,
                            .auto_offset_reset = OffsetReset::kEarliest};
    options.on_assigned = [this](Consumer&, const Names& names) { Note("assigned", names); };
    options.on_revoked = [this](Consumer&, const Names& names) { Note("revoked", names); };
    options.on_lost = [this](Consumer& consumer, const Names& names) {
      Note("lost", names);
      CHECK(absl::IsAborted(consumer.Commit()));
    };
    return options;
  }
  void Note(const std::string& what, const Names& names) {
    events.push_back(fmt::format("{} {}", what, names.size()));
  }
  Consumer Join(ConsumerOptions options) {
    auto consumer = client::ConsumerState::Open(backend, std::move(options));
    REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
    return *std::move(consumer);
  }
  // So much time passes, in which only this one polls.
  void PassPolling(Consumer& consumer, std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += 200ms) {
      clock.Advance(200ms);
      REQUIRE(consumer.Poll(0ms).status().ok());
    }
  }
};

}  // namespace

TEST_CASE("who does not poll for max_poll_interval loses its partitions, may not commit, hears it, and rejoins") {
  Fixture f;
  ConsumerOptions quiet = f.Options();
  quiet.on_assigned = quiet.on_revoked = quiet.on_lost = nullptr;
  Consumer sleeper = f.Join(f.Options());
  for (PartitionId p = 0; p < 2; ++p) {
    REQUIRE(f.producer->Send("t", {.value = "v", .partition = p}).ok());
  }
  CHECK(PollAll(sleeper).size() == 2);
  REQUIRE(sleeper.Commit({{.partition = kT0, .offset = 1}}).ok());
  Consumer other = f.Join(quiet);
  f.PassPolling(other, 9s);
  CHECK(AssignmentOf(other).empty());
  f.PassPolling(other, 3s);
  CHECK(AssignmentOf(other).size() == 2);
  // What was committed does not come again; what was not does.
  CHECK(*other.Position(kT0) == 1);

  const absl::Status refused = sleeper.Commit();
  CHECK(absl::IsAborted(refused));
  CHECK(std::string(refused.message()).find("joins again") != std::string::npos);
  CHECK(absl::IsAborted(sleeper.Commit({{.partition = {"t", 1}, .offset = 1}})));
  CHECK_FALSE(sleeper.Committed({"t", 1})->has_value());
  CHECK(f.events == Strings{"assigned 2"});
  CHECK(sleeper.Poll(0ms).status().ok());
  CHECK(f.events == Strings{"assigned 2", "lost 2"});
  for (int i = 0; i < 10 && AssignmentOf(sleeper).empty(); ++i) {
    f.PassPolling(other, 200ms);
    f.PassPolling(sleeper, 200ms);
  }
  CHECK(AssignmentOf(sleeper).size() == 1);
  CHECK(AssignmentOf(other).size() == 1);
  CHECK(f.events == Strings{"assigned 2", "lost 2", "assigned 1"});
  CHECK(sleeper.Commit().ok());
}

TEST_CASE("who was taken for dead and subscribes to something else has lost its partitions, and is a member again") {
  Fixture f;
  REQUIRE(broker::CreateTopic(f.backend->state(), "u", {.partitions = 1}).ok());
  Consumer sleeper = f.Join(f.Options());
  ConsumerOptions quiet = f.Options();
  quiet.on_assigned = quiet.on_revoked = quiet.on_lost = nullptr;
  Consumer other = f.Join(quiet);
  f.PassPolling(other, 12s);
  REQUIRE(sleeper.Subscribe({"u"}).ok());
  CHECK(f.events == Strings{"assigned 2", "lost 2", "assigned 1"});
  CHECK(AssignmentOf(sleeper) == Names{{"u", 0}});
  CHECK(AssignmentOf(other).size() == 2);
}

TEST_CASE("without on_lost, on_revoked hears of both") {
  Fixture f;
  ConsumerOptions options = f.Options();
  options.on_lost = nullptr;
  Consumer sleeper = f.Join(options);
  ConsumerOptions quiet = f.Options();
  quiet.on_assigned = quiet.on_revoked = quiet.on_lost = nullptr;
  Consumer other = f.Join(quiet);
  f.PassPolling(other, 12s);
  CHECK(sleeper.Poll(0ms).status().ok());
  CHECK(f.events == Strings{"assigned 2", "revoked 2"});
}

TEST_CASE("who processes for long, but not for max_poll_interval, stays") {
  Fixture f;
  Consumer slow = f.Join(f.Options());
  for (int i = 0; i < 5; ++i) {
    f.clock.Advance(9s);
    REQUIRE(slow.Poll(0ms).status().ok());
    REQUIRE(slow.Commit().ok());
  }
  CHECK(AssignmentOf(slow).size() == 2);
  CHECK(f.events == Strings{"assigned 2"});
}

TEST_CASE("who is woken again and again without a look at its records lives, too") {
  Fixture f;
  Consumer woken = f.Join(f.Options());
  ConsumerOptions quiet = f.Options();
  quiet.on_assigned = quiet.on_revoked = quiet.on_lost = nullptr;
  Consumer other = f.Join(quiet);
  for (int i = 0; i < 100; ++i) {
    f.clock.Advance(200ms);
    woken.Wake();
    REQUIRE(woken.Poll(0ms).status().ok());
    REQUIRE(other.Poll(0ms).status().ok());
  }
  CHECK(AssignmentOf(woken).size() == 1);
  CHECK(AssignmentOf(other).size() == 1);
}

TEST_CASE("a member that was taken for dead and closes leaves without a commit, and says so") {
  Fixture f;
  ConsumerOptions options = f.Options();
  options.enable_auto_commit = true;
  Consumer sleeper = f.Join(options);
  REQUIRE(f.producer->Send("t", {.value = "v", .partition = 0}).ok());
  CHECK(PollAll(sleeper).size() == 1);
  ConsumerOptions quiet = f.Options();
  quiet.on_assigned = quiet.on_revoked = quiet.on_lost = nullptr;
  Consumer other = f.Join(quiet);
  f.PassPolling(other, 12s);
  CHECK(absl::IsAborted(sleeper.Close()));
  CHECK(f.events == Strings{"assigned 2", "lost 2"});
  CHECK_FALSE(other.Committed(kT0)->has_value());
}

TEST_CASE("what commits by itself does so every auto_commit_interval") {
  Fixture f;
  ConsumerOptions options = f.Options();
  options.enable_auto_commit = true;
  options.auto_commit_interval = 5s;
  Consumer consumer = f.Join(options);
  REQUIRE(f.producer->Send("t", {.value = "v", .partition = 0}).ok());
  CHECK(PollAll(consumer).size() == 1);
  f.PassPolling(consumer, 4s);
  CHECK_FALSE(consumer.Committed(kT0)->has_value());
  f.PassPolling(consumer, 2s);
  REQUIRE(consumer.Committed(kT0)->has_value());
  CHECK((*consumer.Committed(kT0))->offset == 1);
}

TEST_CASE("a static member that stays away for longer than session_timeout loses its partitions") {
  Fixture f;
  ConsumerOptions named = f.Options();
  named.group_instance_id = "one";
  named.session_timeout = 30s;
  {
    Consumer away = f.Join(named);
    REQUIRE(away.Close().ok());
  }
  ConsumerOptions quiet = f.Options();
  quiet.on_assigned = quiet.on_revoked = quiet.on_lost = nullptr;
  Consumer other = f.Join(quiet);
  f.PassPolling(other, 29s);
  CHECK(AssignmentOf(other).empty());
  f.PassPolling(other, 2s);
  CHECK(AssignmentOf(other).size() == 2);
}

}  // namespace leat
