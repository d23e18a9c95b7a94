#include <leat/producer.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "client/claim_state.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using testing::FakeBackend;

struct Fixture {
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  std::shared_ptr<const broker::TopicBackend> topic =
      backend->AddTopic("t", {.partitions = 2, .max_message_bytes = 1000});
  std::shared_ptr<client::ProducerState> producer =
      std::make_shared<client::ProducerState>(backend, ProducerOptions{});

  absl::StatusOr<Claim> Make(std::size_t size, const ProducerRecord& record = {}) {
    return producer->Claim(topic->partitions[0], size, record);
  }
  std::size_t batches() { return backend->partition("t").batches().size(); }
};

}  // namespace

TEST_CASE("what is written into a claim is the value of its record") {
  Fixture f;
  auto claim = f.Make(5, {.key = "k", .headers = {{"h", "1"}}});
  REQUIRE(claim.ok());
  REQUIRE(claim->value().size() == 5);
  CHECK(claim->partition() == 0);
  std::memcpy(claim->value().data(), "hello", 5);
  CHECK(f.batches() == 0);
  const auto delivery = claim->Commit();
  REQUIRE(delivery.ok());
  CHECK(delivery->offset == 0);
  const auto batches = f.backend->partition("t").batches();
  REQUIRE(batches.size() == 1);
  const BatchView batch(batches[0]);
  CHECK(batch.crc() == batch.ComputeCrc());
  RecordReader reader(batch);
  REQUIRE(reader.Next());
  CHECK(reader.record().key == "k");
  CHECK(reader.record().value == "hello");
  CHECK(reader.record().headers.Find("h") == BytesView("1"));
}

TEST_CASE("a claim that is dropped writes nothing, and its memory is used again") {
  Fixture f;
  const std::byte* place = nullptr;
  {
    auto claim = f.Make(100);
    REQUIRE(claim.ok());
    place = claim->value().data();
  }
  CHECK(f.batches() == 0);
  auto again = f.Make(100);
  REQUIRE(again.ok());
  CHECK(again->value().data() == place);
}

TEST_CASE("a claim commits once") {
  Fixture f;
  auto claim = f.Make(1);
  REQUIRE(claim.ok());
  REQUIRE(claim->Commit().ok());
  CHECK(claim->value().empty());
  CHECK(absl::IsFailedPrecondition(claim->Commit().status()));
  CHECK(f.batches() == 1);
}

TEST_CASE("a claim that was moved from is void, and what it was moved to commits") {
  Fixture f;
  auto claim = f.Make(1);
  REQUIRE(claim.ok());
  Claim other = *std::move(claim);
  CHECK(claim->value().empty());
  CHECK(claim->partition() == -1);
  CHECK(absl::IsFailedPrecondition(claim->Commit().status()));
  CHECK(other.Commit().ok());
}

TEST_CASE("a claim with a value, or one larger than the topic takes, is refused before anything is written") {
  Fixture f;
  CHECK(absl::IsInvalidArgument(f.Make(1, {.value = "already"}).status()));
  CHECK(absl::IsInvalidArgument(f.Make(1001).status()));
  CHECK(absl::IsInvalidArgument(f.Make(930, {.key = "0123456789"}).status()));
  CHECK(absl::IsInvalidArgument(f.Make(static_cast<std::size_t>(1) << 40).status()));
  CHECK(absl::IsInvalidArgument(f.Make(1, {.partition = 1}).status()));
  CHECK(f.Make(0)->Commit().ok());
}

TEST_CASE("claims of a topic go where a record of that key would") {
  Fixture f;
  for (const char* key : {"a", "b", "c", "d"}) {
    auto claim = f.producer->Claim(*f.topic, 3, {.key = key});
    REQUIRE(claim.ok());
    CHECK(claim->partition() == PartitionForKey(key, 2));
  }
  CHECK(absl::IsOutOfRange(f.producer->Claim(*f.topic, 3, {.partition = 2}).status()));
}

TEST_CASE("several claims at once do not disturb each other") {
  Fixture f;
  std::vector<Claim> claims;
  for (int i = 0; i < 20; ++i) {
    auto claim = f.Make(4);
    REQUIRE(claim.ok());
    std::memcpy(claim->value().data(), std::to_string(1000 + i).data(), 4);
    claims.push_back(*std::move(claim));
  }
  for (Claim& claim : claims) REQUIRE(claim.Commit().ok());
  const auto batches = f.backend->partition("t").batches();
  REQUIRE(batches.size() == 20);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    RecordReader reader{BatchView(batches[i])};
    REQUIRE(reader.Next());
    CHECK(reader.record().value == std::to_string(1000 + i));
  }
}

TEST_CASE("a claim outlives its producer, and its commit is then refused") {
  const auto backend = std::make_shared<FakeBackend>();
  const auto topic = backend->AddTopic("t");
  auto state = std::make_shared<client::ProducerState>(backend, ProducerOptions{});
  auto claim = state->Claim(*topic, 3, {});
  REQUIRE(claim.ok());
  state->Drop();
  state.reset();
  std::memcpy(claim->value().data(), "abc", 3);
  CHECK(absl::IsFailedPrecondition(claim->Commit().status()));
  CHECK(backend->partition("t").batches().empty());
}

}  // namespace leat
