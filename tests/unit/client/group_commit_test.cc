// What a group remembers of its partitions, and when.
#include <leat/leat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/group_members.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::AssignmentOf;
using testing::Names;
using testing::PollAll;
using testing::PollUntil;
using Strings = std::vector<std::string>;

const TopicPartition kT0{"t", 0};

struct Fixture {
  Broker broker = *Broker::InMemory();
  Producer producer = *Producer::Open(broker);

  Fixture() { REQUIRE(broker.CreateTopic("t", {.partitions = 1}).ok()); }
  static ConsumerOptions Options() {
    return {.group_id = "g", .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest};
  }
  Consumer Open(ConsumerOptions options = Options()) {
    auto consumer = Consumer::Open(broker, std::move(options));
    REQUIRE(consumer.ok());
    return *std::move(consumer);
  }
  Consumer Join(ConsumerOptions options = Options()) {
    Consumer consumer = Open(std::move(options));
    REQUIRE(consumer.Subscribe({"t"}).ok());
    return consumer;
  }
  void Send(const Strings& values) {
    for (const std::string& value : values) REQUIRE(producer.Send("t", {.value = value, .partition = 0}).ok());
  }
};

// -1: nothing is.
Offset CommittedIn(const Consumer& consumer, const TopicPartition& partition = kT0) {
  const auto committed = consumer.Committed(partition);
  REQUIRE(committed.ok());
  return committed->has_value() ? (*committed)->offset : -1;
}

}  // namespace

TEST_CASE("a group goes on where it has committed") {
  Fixture f;
  f.Send({"a", "b", "c"});
  {
    ConsumerOptions options = Fixture::Options();
    options.max_poll_records = 2;
    Consumer first = f.Join(std::move(options));
    CHECK(CommittedIn(first) == -1);
    CHECK(first.Poll(0ms).size() == 2);
    REQUIRE(first.Commit().ok());
    CHECK(CommittedIn(first) == 2);
    REQUIRE(first.Close().ok());
  }
  Consumer second = f.Join();
  CHECK(*second.Position(kT0) == 2);
  CHECK(PollAll(second) == Strings{"t-0@2=c"});
}

TEST_CASE("groups do not know of each other's commits") {
  Fixture f;
  f.Send({"a"});
  Consumer one = f.Join();
  CHECK(PollAll(one).size() == 1);
  REQUIRE(one.Commit().ok());
  ConsumerOptions options = Fixture::Options();
  options.group_id = "another/group \n\x01";
  Consumer other = f.Join(options);
  CHECK(CommittedIn(other) == -1);
  CHECK(PollAll(other).size() == 1);
}

TEST_CASE("a commit keeps the application's words, until a commit without") {
  Fixture f;
  f.Send({"a", "b", "c"});
  Consumer consumer = f.Join();
  CHECK(PollAll(consumer).size() == 3);
  REQUIRE(consumer.Commit({{.partition = kT0, .offset = 1, .metadata = "half done"}}).ok());
  auto committed = consumer.Committed(kT0);
  REQUIRE((committed.ok() && committed->has_value()));
  CHECK((*committed)->offset == 1);
  CHECK((*committed)->metadata == "half done");
  CHECK((*committed)->time.time_since_epoch().count() > 0);
  REQUIRE(consumer.Commit().ok());
  CHECK((*consumer.Committed(kT0))->offset == 3);
  CHECK((*consumer.Committed(kT0))->metadata.empty());
  // Backwards, too.
  REQUIRE(consumer.Commit({{.partition = kT0, .offset = 0}}).ok());
  CHECK(CommittedIn(consumer) == 0);
  REQUIRE(consumer.Commit().ok());
  CHECK(CommittedIn(consumer) == 3);
}

TEST_CASE("a commit that cannot be is refused whole") {
  Fixture f;
  Consumer consumer = f.Join();
  const std::string long_words(4097, 'x');
  CHECK(absl::IsInvalidArgument(consumer.Commit({{.partition = kT0, .offset = 0, .metadata = long_words}})));
  CHECK(absl::IsInvalidArgument(consumer.Commit({{.partition = kT0, .offset = -1}})));
  CHECK(absl::IsNotFound(consumer.Commit({{.partition = kT0, .offset = 1}, {.partition = {"t", 1}, .offset = 1}})));
  CHECK(absl::IsNotFound(consumer.Commit({{.partition = kT0, .offset = 1}, {.partition = {"u", 0}, .offset = 1}})));
  CHECK(absl::IsInvalidArgument(consumer.Commit(Durability::kDisk)));  // in memory
  CHECK(CommittedIn(consumer) == -1);
  CHECK(absl::IsNotFound(consumer.Committed({"u", 0}).status()));
}

TEST_CASE("without a group id there is nobody to remember a commit") {
  Fixture f;
  Consumer consumer = f.Open({});
  REQUIRE(consumer.Subscribe({"t"}).ok());
  for (const absl::Status& refused :
       {consumer.Commit(), consumer.Commit({{.partition = kT0, .offset = 0}}), consumer.Committed(kT0).status()}) {
    CHECK(absl::IsFailedPrecondition(refused));
    CHECK(std::string(refused.message()).find("group_id") != std::string::npos);
  }
}

TEST_CASE("what commits by itself commits what earlier polls have returned, not what the last one did") {
  Fixture f;
  f.Send({"a", "b"});
  ConsumerOptions options = Fixture::Options();
  options.enable_auto_commit = true;
  options.auto_commit_interval = 0ms;
  options.max_poll_records = 1;
  Consumer consumer = f.Join(std::move(options));
  CHECK(consumer.Poll(0ms).size() == 1);
  CHECK(CommittedIn(consumer) <= 0);
  CHECK(consumer.Poll(0ms).size() == 1);
  CHECK(CommittedIn(consumer) == 1);
  CHECK(consumer.Poll(0ms).empty());
  CHECK(CommittedIn(consumer) == 2);
}

TEST_CASE("closing commits by itself, destruction does not") {
  Fixture f;
  f.Send({"a", "b"});
  ConsumerOptions options = Fixture::Options();
  options.enable_auto_commit = true;
  options.auto_commit_interval = 1h;
  options.max_poll_records = 1;
  {
    Consumer dropped = f.Join(options);
    CHECK(dropped.Poll(0ms).size() == 1);
  }
  Consumer closed = f.Join(options);
  CHECK(CommittedIn(closed) == -1);
  CHECK(closed.Poll(0ms).size() == 1);
  REQUIRE(closed.Close().ok());
  Consumer next = f.Join(options);
  CHECK(CommittedIn(next) == 1);
}

TEST_CASE("what is taken away is committed first by whoever commits by itself") {
  Fixture f;
  f.Send({"a", "b"});
  ConsumerOptions options = Fixture::Options();
  options.enable_auto_commit = true;
  options.auto_commit_interval = 1h;
  auto first = std::make_unique<Consumer>(f.Join(options));
  CHECK(PollAll(*first).size() == 2);
  Consumer second = f.Join(options);
  REQUIRE(first->Unsubscribe().ok());
  PollUntil({&second}, [&] { return AssignmentOf(second).size() == 1; });
  CHECK(*second.Position(kT0) == 2);
}

TEST_CASE("the latest place is committed when it is found: who takes over misses nothing") {
  Fixture f;
  f.Send({"before"});
  ConsumerOptions options = Fixture::Options();
  options.auto_offset_reset = OffsetReset::kLatest;
  auto first = std::make_unique<Consumer>(f.Join(options));
  CHECK(CommittedIn(*first) == 1);
  f.Send({"meanwhile"});
  first.reset();
  Consumer second = f.Join(options);
  CHECK(PollAll(second) == Strings{"t-0@1=meanwhile"});
}

TEST_CASE("a partition that is added while there are members is read from its beginning, under latest too") {
  Fixture f;
  ConsumerOptions options = Fixture::Options();
  options.auto_offset_reset = OffsetReset::kLatest;
  Consumer consumer = f.Join(options);
  REQUIRE(f.broker.AddPartitions("t", 2).ok());
  REQUIRE(f.producer.Send("t", {.value = "first", .partition = 1}).ok());
  Strings seen;
  PollUntil({}, [&] {
    for (const std::string& record : PollAll(consumer)) seen.push_back(record);
    return !seen.empty();
  });
  CHECK(seen == Strings{"t-1@0=first"});
}

TEST_CASE("under none, a group without a commit waits for a Seek") {
  Fixture f;
  f.Send({"a"});
  ConsumerOptions options = Fixture::Options();
  options.auto_offset_reset = OffsetReset::kNone;
  Consumer consumer = f.Join(options);
  CHECK(absl::IsOutOfRange(consumer.Poll(0ms).status()));
  REQUIRE(consumer.Commit().ok());  // of no place there is
  CHECK(CommittedIn(consumer) == -1);
  REQUIRE(consumer.Seek(kT0, 0).ok());
  CHECK(PollAll(consumer).size() == 1);
}

TEST_CASE("by duration, reading begins with the oldest record that is not older") {
  Fixture f;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  REQUIRE(f.producer.Send("t", {.value = "old", .timestamp = Timestamp(now - 10h), .partition = 0}).ok());
  REQUIRE(f.producer.Send("t", {.value = "young", .timestamp = Timestamp(now - 1h), .partition = 0}).ok());
  for (const auto& [age, first] : {std::pair(20h, 0), std::pair(5h, 1), std::pair(0h, 2)}) {
    Consumer alone = f.Open({.auto_offset_reset = OffsetReset::kByDuration, .auto_offset_reset_duration = age});
    REQUIRE(alone.Assign(Names{kT0}).ok());
    CHECK(*alone.Position(kT0) == first);
  }
  ConsumerOptions options = Fixture::Options();
  options.auto_offset_reset = OffsetReset::kByDuration;
  options.auto_offset_reset_duration = 5h;
  Consumer member = f.Join(options);
  CHECK(PollAll(member) == Strings{"t-0@1=young"});
}

TEST_CASE("a committed place that retention has taken: the policy applies, and the missed records are told") {
  auto broker = Broker::InMemory({.size_limit = 1 << 20});
  REQUIRE(broker.ok());
  REQUIRE(broker->CreateTopic("t", {.partitions = 1}).ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  ConsumerOptions options = Fixture::Options();
  std::vector<std::pair<Offset, std::int64_t>> told;
  options.on_offset_reset = [&](const OffsetResetEvent& event) { told.emplace_back(event.from, event.missed); };
  const std::string value(10'000, 'x');
  {
    auto consumer = Consumer::Open(*broker, options);
    REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
    REQUIRE(producer->Send("t", {.value = value}).ok());
    CHECK(consumer->Poll(0ms).size() == 1);
    REQUIRE(consumer->Commit().ok());
  }
  for (int i = 0; i < 500; ++i) REQUIRE(producer->Send("t", {.value = value}).ok());
  auto consumer = Consumer::Open(*broker, options);
  REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
  const Offset begin = *consumer->BeginOffset(kT0);
  REQUIRE(begin > 1);
  const ConsumerRecords records = consumer->Poll(0ms);
  REQUIRE_FALSE(records.empty());
  CHECK((*records.begin()).offset() == begin);
  CHECK(told == std::vector<std::pair<Offset, std::int64_t>>{{1, begin - 1}});
  CHECK(consumer->missed() == begin - 1);
}

TEST_CASE("partitions that were assigned by hand begin where the group has committed, and may commit") {
  Fixture f;
  f.Send({"a", "b", "c"});
  {
    Consumer consumer = f.Open();
    REQUIRE(consumer.Assign(Names{kT0}).ok());
    CHECK(PollAll(consumer).size() == 3);
    REQUIRE(consumer.Commit({{.partition = kT0, .offset = 1, .metadata = "by hand"}}).ok());
  }
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign({*f.broker.FindTopic("t")->partition(0)}).ok());
  CHECK(PollAll(consumer) == Strings{"t-0@1=b", "t-0@2=c"});
  REQUIRE(consumer.Commit().ok());
  CHECK(CommittedIn(consumer) == 3);
  // While the group has members, they alone commit.
  Consumer member = f.Join();
  REQUIRE(consumer.Seek(kT0, 0).ok());
  CHECK(absl::IsFailedPrecondition(consumer.Commit()));
  CHECK(CommittedIn(consumer) == 3);
}

TEST_CASE("what is assigned by hand again keeps its place, whatever is committed; a member's goes back to that") {
  Fixture f;
  f.Send({"a", "b", "c"});
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign(Names{kT0}).ok());
  CHECK(consumer.Poll(0ms).size() == 3);
  REQUIRE(consumer.Commit({{.partition = kT0, .offset = 1}}).ok());
  REQUIRE(consumer.Assign(Names{kT0}).ok());
  CHECK(*consumer.Position(kT0) == 3);
  REQUIRE(consumer.Subscribe({"t"}).ok());
  CHECK(*consumer.Position(kT0) == 1);
  CHECK(consumer.Poll(0ms).size() == 2);
  REQUIRE(consumer.Assign(Names{kT0}).ok());
  CHECK(*consumer.Position(kT0) == 1);
  CHECK(ConsumerGroup::Open(f.broker, "g")->Describe()->members.empty());
}

TEST_CASE("by hand, a group that is deleted under a consumer is made again by its next commit") {
  Fixture f;
  f.Send({"a", "b"});
  Consumer consumer = f.Open();
  REQUIRE(consumer.Assign(Names{kT0}).ok());
  CHECK(consumer.Poll(0ms).size() == 2);
  REQUIRE(consumer.Commit().ok());
  REQUIRE(ConsumerGroup::Open(f.broker, "g")->Delete().ok());
  CHECK(CommittedIn(consumer) == -1);
  REQUIRE(consumer.Commit({{.partition = kT0, .offset = 1}}).ok());
  CHECK(CommittedIn(consumer) == 1);
  CHECK(*ConsumerGroup::List(f.broker) == Strings{"g"});
}

TEST_CASE("by hand, too, what commits by itself commits what earlier polls have returned") {
  Fixture f;
  f.Send({"a", "b"});
  ConsumerOptions options = Fixture::Options();
  options.enable_auto_commit = true;
  options.auto_commit_interval = 0ms;
  options.max_poll_records = 1;
  Consumer consumer = f.Open(options);
  REQUIRE(consumer.Assign(Names{kT0}).ok());
  CHECK(consumer.Poll(0ms).size() == 1);
  CHECK(consumer.Poll(0ms).size() == 1);
  CHECK(CommittedIn(consumer) == 1);
  REQUIRE(consumer.Close().ok());
  Consumer next = f.Open(options);
  CHECK(CommittedIn(next) == 2);
}

TEST_CASE("a topic that is made again inherits no commit") {
  Fixture f;
  f.Send({"a"});
  {
    Consumer consumer = f.Join();
    CHECK(PollAll(consumer).size() == 1);
    REQUIRE(consumer.Commit().ok());
  }
  REQUIRE(f.broker.DeleteTopic("t").ok());
  REQUIRE(f.broker.CreateTopic("t", {.partitions = 1}).ok());
  Consumer consumer = f.Join();
  CHECK(CommittedIn(consumer) == -1);
  f.Send({"new"});
  CHECK(PollAll(consumer) == Strings{"t-0@0=new"});
}

TEST_CASE("lag is told in records, bytes and time, of one partition and of all") {
  Fixture f;
  REQUIRE(f.broker.AddPartitions("t", 2).ok());
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  for (const auto& [partition, age] : {std::pair(0, 3h), std::pair(0, 1h), std::pair(1, 2h)}) {
    REQUIRE(f.producer.Send("t", {.value = "v", .timestamp = Timestamp(now - age), .partition = partition}).ok());
  }
  Consumer consumer = f.Join();
  const auto first = consumer.Lag(kT0);
  REQUIRE(first.ok());
  CHECK(first->records == 2);
  CHECK(first->bytes > 2 * 61);
  CHECK(first->time >= 3h);
  CHECK(consumer.Lag()->records == 3);
  CHECK(consumer.Lag()->time >= 3h);
  REQUIRE(consumer.Seek(kT0, 1).ok());
  CHECK(consumer.Lag(kT0)->time >= 1h);
  CHECK(consumer.Lag(kT0)->time < 2h);
  CHECK(consumer.Lag(kT0)->bytes * 2 == first->bytes);
  CHECK(PollAll(consumer).size() == 2);
  CHECK(consumer.Lag()->records == 0);
  CHECK(consumer.Lag()->bytes == 0);
  CHECK(consumer.Lag()->time == 0ms);
  CHECK(absl::IsNotFound(consumer.Lag({"u", 0}).status()));
}

TEST_CASE("commits survive the closing of the folder, and on disk if they are asked to") {
  const testing::TempFolder folder;
  const std::string path = folder / "data";
  {
    auto broker = Broker::Open(path);
    REQUIRE(broker.ok());
    REQUIRE(broker->CreateTopic("t", {.partitions = 1}).ok());
    auto producer = Producer::Open(*broker);
    REQUIRE((producer.ok() && producer->Send("t", {.value = "a"}).ok() && producer->Send("t", {.value = "b"}).ok()));
    auto consumer = Consumer::Open(*broker, Fixture::Options());
    REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
    CHECK(PollAll(*consumer).size() == 2);
    REQUIRE(consumer->Commit({{.partition = kT0, .offset = 1, .metadata = "m"}}, Durability::kDisk).ok());
    CHECK(consumer->Close().ok());
    CHECK(broker->Close().ok());
  }
  auto broker = Broker::Open(path);
  REQUIRE(broker.ok());
  auto consumer = Consumer::Open(*broker, Fixture::Options());
  REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
  CHECK((*consumer->Committed(kT0))->metadata == "m");
  CHECK(PollAll(*consumer) == Strings{"t-0@1=b"});
}

TEST_CASE("a read-only broker tells what is committed, and commits nothing") {
  const testing::TempFolder folder;
  const std::string path = folder / "data";
  auto broker = Broker::Open(path);
  REQUIRE(broker.ok());
  REQUIRE(broker->CreateTopic("t", {.partitions = 1}).ok());
  auto producer = Producer::Open(*broker);
  REQUIRE((producer.ok() && producer->Send("t", {.value = "a"}).ok() && producer->Send("t", {.value = "b"}).ok()));
  auto member = Consumer::Open(*broker, Fixture::Options());
  REQUIRE((member.ok() && member->Subscribe({"t"}).ok()));
  REQUIRE(member->Commit({{.partition = kT0, .offset = 1}}).ok());

  auto looking = Broker::Open(path, {.mode = OpenMode::kReadOnly});
  REQUIRE(looking.ok());
  auto consumer = Consumer::Open(*looking, Fixture::Options());
  REQUIRE(consumer.ok());
  CHECK(CommittedIn(*consumer) == 1);
  CHECK(absl::IsPermissionDenied(consumer->Subscribe({"t"})));
  REQUIRE(consumer->Assign(Names{kT0}).ok());
  CHECK(PollAll(*consumer) == Strings{"t-0@1=b"});
  CHECK(absl::IsPermissionDenied(consumer->Commit()));
  ConsumerOptions by_itself = Fixture::Options();
  by_itself.enable_auto_commit = true;
  auto other = Consumer::Open(*looking, by_itself);
  REQUIRE(other.ok());
  CHECK(absl::IsPermissionDenied(other->Assign(Names{kT0})));
}

TEST_CASE("a commit beyond what a power cut has left is set back, and the member is told") {
  const testing::TempFolder folder;
  const std::string path = folder / "data";
  const std::string copy = folder / "copy";
  auto broker = Broker::Open(path);
  REQUIRE(broker.ok());
  REQUIRE(broker->CreateTopic("t", {.partitions = 1}).ok());
  auto producer = Producer::Open(*broker);
  REQUIRE(producer.ok());
  for (int i = 0; i < 10; ++i) REQUIRE(producer->Send("t", {.value = std::string(1000, 'x')}).ok());
  auto consumer = Consumer::Open(*broker, Fixture::Options());
  REQUIRE((consumer.ok() && consumer->Subscribe({"t"}).ok()));
  CHECK(PollAll(*consumer).size() == 10);
  REQUIRE(consumer->Commit().ok());
  // As a disk would have it on which the group's file has arrived and not all of the log.
  std::filesystem::copy(path, copy, std::filesystem::copy_options::recursive);
  std::filesystem::resize_file(copy + "/t-0/00000000000000000000.log", 5 * 1100);

  auto recovered = Broker::Open(copy);
  REQUIRE(recovered.ok());
  const Offset end = *recovered->FindTopic("t")->partition(0)->end();
  REQUIRE((end > 0 && end < 10));
  std::vector<std::pair<Offset, Offset>> told;
  ConsumerOptions options = Fixture::Options();
  options.on_offset_reset = [&](const OffsetResetEvent& event) {
    told.emplace_back(event.from, event.to);
    CHECK(event.missed == 0);
  };
  auto member = Consumer::Open(*recovered, options);
  REQUIRE((member.ok() && member->Subscribe({"t"}).ok()));
  CHECK(told == std::vector<std::pair<Offset, Offset>>{{10, end}});
  CHECK(*member->Position(kT0) == end);
  auto later = Producer::Open(*recovered);
  REQUIRE((later.ok() && later->Send("t", {.value = "again"}).ok()));
  CHECK(PollAll(*member) == Strings{fmt::format("t-0@{}=again", end)});
}

}  // namespace leat
