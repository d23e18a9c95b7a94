#include "client/partition_chooser.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat::client {
namespace {

using testing::FakeBackend;

struct Fixture {
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();

  const broker::TopicBackend& Topic(const std::string& name, std::int32_t partitions) {
    topics.push_back(backend->AddTopic(name, {.partitions = partitions}));
    return *topics.back();
  }
  std::vector<std::shared_ptr<const broker::TopicBackend>> topics;
};

}  // namespace

TEST_CASE("the same key goes to the partition that Kafka's Java client would choose") {
  Fixture f;
  const auto& topic = f.Topic("t", 7);
  PartitionChooser chooser(Partitioning::kKey, nullptr, 1000, 1);
  for (const char* key : {"", "a", "ada", "registered_user"}) {
    CHECK(*chooser.Choose(topic, {.key = key}) == PartitionForKey(key, 7));
  }
}

TEST_CASE("round robin takes each partition in turn, for each topic by itself") {
  Fixture f;
  const auto& three = f.Topic("three", 3);
  const auto& two = f.Topic("two", 2);
  PartitionChooser chooser(Partitioning::kRoundRobin, nullptr, 1000, 1);
  for (PartitionId i = 0; i < 12; ++i) {
    CHECK(*chooser.Choose(three, {.key = "ignored"}) == i % 3);
    CHECK(*chooser.Choose(two, {}) == i % 2);
  }
}

TEST_CASE("random choice finds all partitions, about equally often") {
  Fixture f;
  const auto& topic = f.Topic("t", 4);
  PartitionChooser chooser(Partitioning::kRandom, nullptr, 1000, 42);
  std::map<PartitionId, int> times;
  for (int i = 0; i < 4000; ++i) ++times[*chooser.Choose(topic, {})];
  REQUIRE(times.size() == 4);
  for (const auto& [partition, count] : times) CHECK((count > 800 && count < 1200));
}

TEST_CASE("a sticky partition stays for its bytes and then becomes another") {
  Fixture f;
  const auto& topic = f.Topic("t", 3);
  for (const Partitioning partitioning : {Partitioning::kSticky, Partitioning::kKey}) {
    PartitionChooser chooser(partitioning, nullptr, 1000, 7);
    const std::string value(100, 'x');
    std::vector<int> lengths;
    PartitionId before = -1;
    for (int i = 0; i < 200; ++i) {
      const PartitionId chosen = *chooser.Choose(topic, {.value = value});
      if (chosen != before) lengths.push_back(0);
      ++lengths.back();
      before = chosen;
    }
    CHECK(lengths.size() > 10);
    lengths.pop_back();
    for (const int length : lengths) CHECK((length >= 5 && length <= 10));
  }
}

TEST_CASE("a sticky choice among one partition, or after partitions are gone, is one that exists") {
  Fixture f;
  const auto& one = f.Topic("one", 1);
  PartitionChooser chooser(Partitioning::kSticky, nullptr, 10, 7);
  for (int i = 0; i < 10; ++i) CHECK(*chooser.Choose(one, {.value = "0123456789"}) == 0);
}

TEST_CASE("a caller's own partitioner is given topic, record and count, and its mistakes are refused") {
  Fixture f;
  const auto& topic = f.Topic("t", 4);
  PartitionId answer = 2;
  PartitionChooser chooser(
      Partitioning::kKey,
      [&](std::string_view name, const ProducerRecord& record, PartitionId count) {
        CHECK(name == "t");
        CHECK(record.value == "v");
        CHECK(count == 4);
        return answer;
      },
      1000, 1);
  CHECK(*chooser.Choose(topic, {.value = "v"}) == 2);
  for (const PartitionId wrong : {-1, 4}) {
    answer = wrong;
    CHECK(absl::IsInvalidArgument(chooser.Choose(topic, {.value = "v"}).status()));
  }
  CHECK(*chooser.Choose(topic, {.value = "v", .partition = 1}) == 1);
}

TEST_CASE("more topics than there is room for still get partitions that exist") {
  Fixture f;
  PartitionChooser chooser(Partitioning::kRoundRobin, nullptr, 1000, 1);
  for (int i = 0; i < 600; ++i) {
    const auto& topic = f.Topic("t" + std::to_string(i), 3);
    for (int j = 0; j < 3; ++j) {
      const auto chosen = chooser.Choose(topic, {});
      REQUIRE(chosen.ok());
      CHECK((*chosen >= 0 && *chosen < 3));
    }
  }
}

}  // namespace leat::client
