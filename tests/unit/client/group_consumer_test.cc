// Consumers as members of a group: who reads what.
#include <leat/leat.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/group_members.h"

namespace leat {
namespace {

using namespace std::chrono_literals;
using testing::AssignmentOf;
using testing::Divided;
using testing::Names;
using testing::PollAll;
using testing::PollUntil;
using Strings = std::vector<std::string>;

struct Fixture {
  Broker broker = *Broker::InMemory();
  Producer producer = *Producer::Open(broker);

  void Make(const std::string& topic, std::int32_t partitions) {
    REQUIRE(broker.CreateTopic(topic, {.partitions = partitions}).ok());
  }
  ConsumerOptions Options() const {
    return {.group_id = "g", .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest};
  }
  Consumer Open(ConsumerOptions options) {
    auto consumer = Consumer::Open(broker, std::move(options));
    INFO(consumer.status().ToString());
    REQUIRE(consumer.ok());
    return *std::move(consumer);
  }
  Consumer Join(const Strings& topics) { return Join(topics, Options()); }
  Consumer Join(const Strings& topics, ConsumerOptions options) {
    Consumer consumer = Open(std::move(options));
    const absl::Status subscribed = consumer.Subscribe(topics);
    INFO(subscribed.ToString());
    REQUIRE(subscribed.ok());
    return consumer;
  }
  void Send(const std::string& topic, PartitionId partition, const Strings& values) {
    for (const std::string& value : values) {
      REQUIRE(producer.Send(topic, {.value = value, .partition = partition}).ok());
    }
  }
};

// Notes what its callbacks are told.
struct Heard {
  Strings events;

  RebalanceCallback As(const std::string& what) {
    return [this, what](Consumer&, const Names& partitions) {
      std::string event = what;
      for (const TopicPartition& partition : partitions) event += fmt::format(" {}", partition);
      events.push_back(event);
    };
  }
  ConsumerOptions Into(ConsumerOptions options) {
    options.on_assigned = As("assigned");
    options.on_revoked = As("revoked");
    options.on_lost = As("lost");
    return options;
  }
};

}  // namespace

TEST_CASE("the only member of a group has all partitions when Subscribe returns") {
  Fixture f;
  f.Make("t", 3);
  Consumer consumer = f.Join({"t"});
  CHECK(AssignmentOf(consumer) == Names{{"t", 0}, {"t", 1}, {"t", 2}});
  CHECK_FALSE(consumer.member_id().empty());
  f.Send("t", 1, {"a", "b"});
  CHECK(PollAll(consumer) == Strings{"t-1@0=a", "t-1@1=b"});
}

TEST_CASE("members divide the partitions, and each record comes to one of them") {
  Fixture f;
  f.Make("t", 6);
  Consumer a = f.Join({"t"});
  Consumer b = f.Join({"t"});
  Consumer c = f.Join({"t"});
  PollUntil({&a, &b, &c}, [&] { return Divided({&a, &b, &c}, 6, 2, 2); });
  for (PartitionId p = 0; p < 6; ++p) f.Send("t", p, {"v"});
  Strings seen;
  for (Consumer* member : {&a, &b, &c}) {
    for (const std::string& record : PollAll(*member)) seen.push_back(record);
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == Strings{"t-0@0=v", "t-1@0=v", "t-2@0=v", "t-3@0=v", "t-4@0=v", "t-5@0=v"});
}

TEST_CASE("what stays with a member goes on being read while the rest moves") {
  Fixture f;
  f.Make("t", 4);
  Consumer a = f.Join({"t"});
  for (PartitionId p = 0; p < 4; ++p) f.Send("t", p, {"1"});
  CHECK(PollAll(a).size() == 4);
  Consumer b = f.Join({"t"});
  PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 4, 2, 2); });
  // Nothing was committed: what moved comes again, what stayed does not.
  const Names kept = AssignmentOf(a);
  for (PartitionId p = 0; p < 4; ++p) f.Send("t", p, {"2"});
  for (const TopicPartition& partition : kept) CHECK(*a.Position(partition) == 1);
  CHECK(PollAll(a).size() == 2);
}

TEST_CASE("a partition is given to another only when its owner has polled") {
  Fixture f;
  f.Make("t", 2);
  Consumer a = f.Join({"t"});
  Consumer b = f.Join({"t"});
  for (int i = 0; i < 100; ++i) REQUIRE(b.Poll(0ms).status().ok());
  CHECK(AssignmentOf(b).empty());
  CHECK(AssignmentOf(a).size() == 2);
  REQUIRE(a.Poll(0ms).status().ok());
  CHECK(AssignmentOf(a).size() == 1);
  PollUntil({&b}, [&] { return AssignmentOf(b).size() == 1; });
}

TEST_CASE("more members than partitions: the others stand by, and take over") {
  Fixture f;
  f.Make("t", 1);
  auto a = std::make_unique<Consumer>(f.Join({"t"}));
  Consumer b = f.Join({"t"});
  f.Send("t", 0, {"v"});
  CHECK(PollAll(b).empty());
  CHECK(PollAll(*a) == Strings{"t-0@0=v"});
  REQUIRE(a->Commit().ok());
  a.reset();  // leaves, as Close does
  PollUntil({&b}, [&] { return AssignmentOf(b).size() == 1; });
  f.Send("t", 0, {"w"});
  CHECK(PollAll(b) == Strings{"t-0@1=w"});
}

TEST_CASE("a member that sleeps in Poll is woken by a partition that becomes its own") {
  Fixture f;
  f.Make("t", 1);
  Consumer a = f.Join({"t"});
  Consumer b = f.Join({"t"});
  f.Send("t", 0, {"v"});
  Strings seen;
  std::thread poller([&] {
    for (const ConsumerRecord& r : b.Poll(1h)) seen.emplace_back(r.value());
  });
  const absl::Status closed = a.Close();
  poller.join();
  CHECK(closed.ok());
  CHECK(seen == Strings{"v"});
}

TEST_CASE("members with different subscriptions share what they have in common only") {
  Fixture f;
  f.Make("x", 2);
  f.Make("y", 2);
  Consumer a = f.Join({"x"});
  Consumer b = f.Join({"x", "y"});
  PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 4, 2, 2); });
  CHECK(AssignmentOf(a) == Names{{"x", 0}, {"x", 1}});
  CHECK(AssignmentOf(b) == Names{{"y", 0}, {"y", 1}});
}

TEST_CASE("a pattern follows topics that are made later, and they are divided") {
  Fixture f;
  f.Make("log.a", 2);
  Consumer a = f.Open(f.Options());
  REQUIRE(a.SubscribePattern("log\\..*").ok());
  Consumer b = f.Open(f.Options());
  REQUIRE(b.SubscribePattern("log\\..*").ok());
  PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 2, 1, 1); });
  f.Make("log.b", 2);
  f.Make("other", 2);
  PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 4, 2, 2); });
}

TEST_CASE("a member may subscribe to something else") {
  Fixture f;
  f.Make("x", 1);
  f.Make("y", 1);
  Consumer a = f.Join({"x"});
  CHECK(AssignmentOf(a) == Names{{"x", 0}});
  REQUIRE(a.Subscribe({"y"}).ok());
  PollUntil({&a}, [&] { return AssignmentOf(a) == Names{{"y", 0}}; });
}

TEST_CASE("callbacks hear what comes and what goes, in this order") {
  Fixture f;
  f.Make("t", 2);
  Heard heard;
  Consumer a = f.Join({"t"}, heard.Into(f.Options()));
  CHECK(heard.events == Strings{"assigned t-0 t-1"});
  {
    Consumer b = f.Join({"t"});
    PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 2, 1, 1); });
    REQUIRE(heard.events.size() == 2);
    CHECK((heard.events[1] == "revoked t-0" || heard.events[1] == "revoked t-1"));
  }
  PollUntil({&a}, [&] { return AssignmentOf(a).size() == 2; });
  REQUIRE(heard.events.size() == 3);
  CHECK((heard.events[2] == "assigned t-0" || heard.events[2] == "assigned t-1"));
  REQUIRE(a.Close().ok());
  REQUIRE(heard.events.size() == 4);
  CHECK(heard.events[3] == "revoked t-0 t-1");
}

TEST_CASE("what on_revoked commits is where the next owner begins") {
  Fixture f;
  f.Make("t", 1);
  ConsumerOptions options = f.Options();
  absl::Status committed = absl::UnknownError("not called");
  options.on_revoked = [&](Consumer& consumer, const Names& partitions) {
    committed = consumer.Commit({{.partition = partitions.at(0), .offset = 2, .metadata = "as far as that"}});
  };
  Consumer a = f.Join({"t"}, std::move(options));
  f.Send("t", 0, {"a", "b", "c"});
  CHECK(PollAll(a).size() == 3);
  Consumer b = f.Join({"t"});
  REQUIRE(a.Unsubscribe().ok());
  CHECK(committed.ok());
  PollUntil({}, [&] {
    REQUIRE(b.Poll(0ms).status().ok());
    return AssignmentOf(b).size() == 1;
  });
  CHECK((*b.Committed({"t", 0}))->metadata == "as far as that");
  CHECK(*b.Position({"t", 0}) >= 2);
}

TEST_CASE("a callback may call its consumer, but neither poll nor subscribe") {
  Fixture f;
  f.Make("t", 1);
  f.Send("t", 0, {"a", "b", "c"});
  ConsumerOptions options = f.Options();
  std::vector<absl::Status> allowed;
  std::vector<absl::Status> refused;
  options.on_assigned = [&](Consumer& consumer, const Names& partitions) {
    allowed.push_back(consumer.Seek(partitions.at(0), 1));
    allowed.push_back(consumer.Commit());
    allowed.push_back(consumer.Position(partitions.at(0)).status());
    allowed.push_back(consumer.assignment().status());
    refused.push_back(consumer.Poll(0ms).status());
    refused.push_back(consumer.Subscribe({"u"}));
    refused.push_back(consumer.Unsubscribe());
    refused.push_back(consumer.Close());
  };
  Consumer a = f.Join({"t"}, std::move(options));
  CHECK(allowed.size() == 4);
  CHECK(refused.size() == 4);
  for (const absl::Status& status : allowed) CHECK(status.ok());
  for (const absl::Status& status : refused) CHECK(absl::IsFailedPrecondition(status));
  CHECK(PollAll(a) == Strings{"t-0@1=b", "t-0@2=c"});
}

TEST_CASE("a static member that comes back has its partitions, and nobody had them meanwhile") {
  Fixture f;
  f.Make("t", 4);
  ConsumerOptions named = f.Options();
  named.group_instance_id = "one";
  Consumer b = f.Join({"t"});
  Names had;
  {
    Consumer a = f.Join({"t"}, named);
    PollUntil({&a, &b}, [&] { return Divided({&a, &b}, 4, 2, 2); });
    had = AssignmentOf(a);
    REQUIRE(a.Close().ok());
  }
  for (int i = 0; i < 100; ++i) REQUIRE(b.Poll(0ms).status().ok());
  CHECK(AssignmentOf(b).size() == 2);
  Consumer a = f.Join({"t"}, named);
  PollUntil({&a, &b}, [&] { return AssignmentOf(a) == had; });
}

TEST_CASE("a second member of the same instance id fences the first, which says so until it subscribes again") {
  Fixture f;
  f.Make("t", 2);
  Heard heard;
  ConsumerOptions named = f.Options();
  named.group_instance_id = "one";
  Consumer a = f.Join({"t"}, heard.Into(named));
  Consumer b = f.Join({"t"}, named);
  CHECK(absl::IsAborted(a.Commit()));
  CHECK(absl::IsAborted(a.Poll(0ms).status()));
  CHECK(absl::IsAborted(a.Poll(1h).status()));
  CHECK(heard.events == Strings{"assigned t-0 t-1", "lost t-0 t-1"});
  PollUntil({&b}, [&] { return AssignmentOf(b).size() == 2; });
  REQUIRE(a.Subscribe({"t"}).ok());
  CHECK(absl::IsAborted(b.Poll(0ms).status()));
  PollUntil({&a}, [&] { return AssignmentOf(a).size() == 2; });
}

TEST_CASE("an own assignor decides, and a wrong answer of it is an error of Poll") {
  Fixture f;
  f.Make("t", 3);
  ConsumerOptions options = f.Options();
  bool wrong = false;
  options.assignor = [&](const AssignmentRequest& request) {
    std::vector<Names> answer(request.members.size());
    for (const auto& topic : request.topics) {
      for (PartitionId p = 0; p < topic.partitions; ++p) answer[0].push_back({topic.name, p});
    }
    if (wrong) answer[0].push_back({"nowhere", 0});
    return answer;
  };
  Consumer a = f.Join({"t"}, options);
  PollUntil({&a}, [&] { return AssignmentOf(a).size() == 3; });
  Consumer b = f.Join({"t"}, options);
  PollUntil({&a, &b}, [&] { return AssignmentOf(a).size() + AssignmentOf(b).size() == 3; });
  wrong = true;
  Consumer c = f.Open(options);
  REQUIRE(c.Subscribe({"t"}).ok());
  CHECK(absl::IsInvalidArgument(c.Poll(0ms).status()));
}

TEST_CASE("members that divide in different ways are not of one group") {
  Fixture f;
  f.Make("t", 1);
  Consumer a = f.Join({"t"});
  ConsumerOptions options = f.Options();
  options.assigning = Assigning::kRange;
  Consumer b = f.Open(std::move(options));
  const absl::Status refused = b.Subscribe({"t"});
  CHECK(absl::IsFailedPrecondition(refused));
  CHECK(std::string(refused.message()).find("sticky") != std::string::npos);
  CHECK(absl::IsFailedPrecondition(b.Poll(0ms).status()));  // nothing is subscribed
}

TEST_CASE("a consumer without a group reads everything beside a group") {
  Fixture f;
  f.Make("t", 2);
  Consumer member = f.Join({"t"});
  Consumer alone = f.Join({"t"}, {.auto_offset_reset = OffsetReset::kEarliest});
  CHECK(AssignmentOf(alone).size() == 2);
  CHECK(AssignmentOf(member).size() == 2);
  CHECK(alone.member_id().empty());
}

TEST_CASE("a topic that is deleted is lost, told once, and read anew when it is made again") {
  Fixture f;
  f.Make("t", 1);
  Heard heard;
  Consumer a = f.Join({"t"}, heard.Into(f.Options()));
  f.Send("t", 0, {"old", "older"});
  CHECK(PollAll(a).size() == 2);
  REQUIRE(a.Commit().ok());
  REQUIRE(f.broker.DeleteTopic("t").ok());
  absl::Status told;
  for (int i = 0; i < 3 && told.ok(); ++i) told = a.Poll(1s).status();
  CHECK(absl::IsNotFound(told));
  PollUntil({&a}, [&] { return AssignmentOf(a).empty(); });
  CHECK(heard.events == Strings{"assigned t-0", "lost t-0"});
  f.Make("t", 1);
  f.Send("t", 0, {"new"});
  PollUntil({}, [&] {
    const ConsumerRecords records = a.Poll(0ms);
    return records.size() == 1 && std::string((*records.begin()).value()) == "new";
  });
}

TEST_CASE("a group's options are checked") {
  Fixture f;
  CHECK(absl::IsInvalidArgument(Consumer::Open(f.broker, {.group_id = std::string(300, 'x')}).status()));
  CHECK(absl::IsInvalidArgument(Consumer::Open(f.broker, {.group_instance_id = "one"}).status()));
  CHECK(absl::IsInvalidArgument(Consumer::Open(f.broker, {.group_id = "g", .session_timeout = 0ms}).status()));
  CHECK(absl::IsInvalidArgument(Consumer::Open(f.broker, {.group_id = "g", .max_poll_interval = -1ms}).status()));
  CHECK(absl::IsInvalidArgument(Consumer::Open(f.broker, {.group_id = "g", .auto_commit_interval = -1ms}).status()));
  CHECK(absl::IsInvalidArgument(Consumer::Open(f.broker, {.auto_offset_reset_duration = -1ms}).status()));
}

TEST_CASE("a closed consumer refuses everything, and closing it again does nothing") {
  Fixture f;
  f.Make("t", 1);
  Consumer a = f.Join({"t"});
  REQUIRE(a.Close().ok());
  CHECK(a.Close().ok());
  CHECK(absl::IsFailedPrecondition(a.Poll(0ms).status()));
  CHECK(absl::IsFailedPrecondition(a.Subscribe({"t"})));
  CHECK(absl::IsFailedPrecondition(a.Commit()));
  CHECK(a.member_id().empty());
}

}  // namespace leat
