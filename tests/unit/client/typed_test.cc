#include <leat/typed.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/consumer_state.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using testing::FakeBackend;
using std::chrono_literals::operator""ms;
using Values = std::vector<std::int32_t>;

template <typename T>
concept HasBegin = requires(T&& t) {
  std::forward<T>(t).begin();
};
static_assert(HasBegin<TypedRecords<int, int>&> && !HasBegin<TypedRecords<int, int>>);
static_assert(!std::is_copy_constructible_v<TypedRecords<int, int>>);

struct Fixture {
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  std::shared_ptr<const broker::TopicBackend> topic = backend->AddTopic("t", {.partitions = 2});
  Producer producer = *client::ProducerState::Open(backend, {});
  Consumer consumer = *client::ConsumerState::Open(backend, {.auto_offset_reset = OffsetReset::kEarliest});
  TypedProducer<std::string, std::int32_t> typed{producer};

  Fixture() { REQUIRE(consumer.Subscribe({"t"}).ok()); }
  void Send(std::int32_t value, PartitionId partition = 0) {
    REQUIRE(typed.Send("t", {.key = "k", .value = value, .partition = partition}).ok());
  }
  void SendMalformed(PartitionId partition = 0) {
    REQUIRE(producer.Send("t", {.key = "k", .value = "three", .partition = partition}).ok());
  }
};

template <typename Records>
Values ValuesOf(const Records& records) {
  Values values;
  for (const auto& record : records) values.push_back(record.value());
  return values;
}

}  // namespace

TEST_CASE("typed keys and values come back as they were sent") {
  Fixture f;
  const auto where = f.typed.Send("t", {.key = "ada", .value = 1815, .headers = {{"h", "1"}}, .partition = 1});
  REQUIRE(where.ok());
  CHECK(where->partition == 1);
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer);
  const auto records = consumer.Poll(0ms);
  REQUIRE(records.size() == 1);
  for (const auto& record : records) {
    CHECK(record.ok());
    CHECK(record.key() == "ada");
    CHECK(record.value() == 1815);
    CHECK(record.topic() == "t");
    CHECK(record.partition() == 1);
    CHECK(record.offset() == 0);
    CHECK(record.headers().Find("h") == BytesView("1"));
  }
}

TEST_CASE("enqueued values are serialized before Enqueue returns") {
  Fixture f;
  int called = 0;
  REQUIRE(
      f.typed
          .Enqueue("t", {.key = "k", .value = 7, .partition = 0}, [&](const absl::StatusOr<Delivery>&) { ++called; })
          .ok());
  REQUIRE(f.producer.Flush().ok());
  CHECK(called == 1);
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer);
  CHECK(ValuesOf(consumer.Poll(0ms)) == Values{7});
}

TEST_CASE("a view as a value is one into the log") {
  Fixture f;
  REQUIRE(f.producer.Send("t", {.value = "text", .partition = 0}).ok());
  TypedConsumer<std::nullptr_t, std::string_view> consumer(f.consumer);
  const auto records = consumer.Poll(0ms);
  REQUIRE(records.size() == 1);
  CHECK(records.begin()->value() == "text");
  CHECK(records.begin()->value().data() == records.begin()->record().value().as_string_view().data());
}

TEST_CASE("a record that does not deserialize stops the consumer before it, after what came before, and sticks") {
  Fixture f;
  f.Send(1);
  f.Send(2);
  f.SendMalformed();
  f.Send(4);
  f.Send(10, 1);
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer);
  Values values;
  for (int i = 0; i < 4; ++i) {
    const auto records = consumer.Poll(0ms);
    for (const std::int32_t value : ValuesOf(records)) values.push_back(value);
    if (!records.status().ok()) break;
  }
  CHECK(values == Values{1, 2, 10});
  for (int i = 0; i < 3; ++i) {
    const auto records = consumer.Poll(0ms);
    CHECK(records.empty());
    CHECK(absl::IsInvalidArgument(records.status()));
    CHECK(std::string(records.status().message()).find("t-0@2") != std::string::npos);
    REQUIRE(records.failed_partition() != nullptr);
    CHECK(*records.failed_partition() == TopicPartition{"t", 0});
    CHECK(*f.consumer.Position({"t", 0}) == 2);
  }
  REQUIRE(f.consumer.Seek({"t", 0}, 3).ok());
  CHECK(ValuesOf(consumer.Poll(0ms)) == Values{4});
}

TEST_CASE("a seek past the malformed record, before its error was told, makes it void") {
  Fixture f;
  f.Send(1);
  f.SendMalformed();
  f.Send(3);
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer);
  CHECK(ValuesOf(consumer.Poll(0ms)) == Values{1});
  REQUIRE(f.consumer.Seek({"t", 0}, 2).ok());
  CHECK(ValuesOf(consumer.Poll(0ms)) == Values{3});
}

TEST_CASE("when told to, the consumer yields the error of a record among the others") {
  Fixture f;
  f.Send(1);
  f.SendMalformed();
  f.Send(3);
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer, OnMalformed::kYield);
  const auto records = consumer.Poll(0ms);
  CHECK(records.status().ok());
  REQUIRE(records.size() == 3);
  const auto& malformed = *std::next(records.begin());
  CHECK(!malformed.ok());
  CHECK(absl::IsInvalidArgument(malformed.status()));
  CHECK(malformed.offset() == 1);
  CHECK(malformed.record().value() == "three");
  CHECK_THROWS_AS(malformed.value(), std::bad_optional_access);
  CHECK(consumer.malformed() == 1);
}

TEST_CASE("when told to, the consumer steps over what does not deserialize, and counts it") {
  Fixture f;
  f.Send(1);
  f.SendMalformed();
  f.Send(3);
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer, OnMalformed::kSkip);
  CHECK(ValuesOf(consumer.Poll(0ms)) == Values{1, 3});
  CHECK(consumer.malformed() == 1);
}

TEST_CASE("what does not serialize is not sent") {
  Fixture f;
  const auto odd = FunctionSerde<int>([](int value) { return std::to_string(value); },
                                      [](std::string_view) -> absl::StatusOr<int> { return 1; });
  struct Refusing {
    absl::StatusOr<BytesView> Serialize(const int&, std::string&) const { return absl::InvalidArgumentError("no"); }
    absl::StatusOr<int> Deserialize(BytesView) const { return 1; }
  };
  TypedProducer<int, int, std::remove_const_t<decltype(odd)>, Refusing> typed(f.producer, odd, Refusing());
  CHECK(absl::IsInvalidArgument(typed.Send("t", {.key = 1, .value = 2}).status()));
  CHECK(absl::IsInvalidArgument(typed.Enqueue("t", {.key = 1, .value = 2})));
  CHECK(f.backend->partition("t", 0).batches().empty());
}

TEST_CASE("errors of the consumer come through, with their partition") {
  Fixture f;
  f.backend->partition("t", 1).DamageAt(0, absl::DataLossError("bad"));
  TypedConsumer<std::string, std::int32_t> consumer(f.consumer);
  const auto records = consumer.Poll(0ms);
  CHECK(absl::IsDataLoss(records.status()));
  REQUIRE(records.failed_partition() != nullptr);
  CHECK(records.failed_partition()->partition == 1);
}

}  // namespace leat
