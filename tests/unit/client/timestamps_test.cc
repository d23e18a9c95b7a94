// A record's own time may lie so far from the clock's, and no further.
#include <leat/batch.h>
#include <leat/broker.h>
#include <leat/producer.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/manual_clock.h"
#include "client/producer_state.h"
#include "record/compress.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kNow = 1'700'000'000'000;

struct Fixture {
  explicit Fixture(TopicOptions options) { backend->AddTopic("t", options); }

  absl::Status Send(std::int64_t timestamp) {
    return producer.Send("t", {.value = "v", .timestamp = Timestamp(milliseconds(timestamp))}).status();
  }
  absl::Status Enqueue(std::int64_t timestamp) {
    return producer.Enqueue("t", {.value = "v", .timestamp = Timestamp(milliseconds(timestamp))});
  }

  base::ManualClock clock{kNow};
  std::shared_ptr<testing::FakeBackend> backend = std::make_shared<testing::FakeBackend>(&clock);
  Producer producer = *client::ProducerState::Open(backend, {});
};

TEST_CASE("a time too far ahead is refused, whichever way it is sent, and says by how much") {
  Fixture f({.message_timestamp_after_max_ms = milliseconds(1000)});
  CHECK(f.Send(kNow + 1000).ok());
  const absl::Status refused = f.Send(kNow + 1001);
  CHECK(absl::IsInvalidArgument(refused));
  CHECK(refused.message().find("lies 1001 ms after the clock") != std::string::npos);
  CHECK(refused.message().find("message.timestamp.after.max.ms is 1000") != std::string::npos);
  CHECK(absl::IsInvalidArgument(f.Enqueue(kNow + 1001)));
  const ProducerRecord records[] = {{.value = "a"},
                                    {.value = "b", .timestamp = Timestamp(milliseconds(kNow + 5000))}};
  CHECK(absl::IsInvalidArgument(f.producer.Send("t", records)[0].delivery.status()));
  CHECK(f.backend->partition("t").batches().size() == 1);
}

TEST_CASE("a time too far back is refused only where the topic says so") {
  Fixture any({});
  CHECK(any.Send(0).ok());
  CHECK(any.Send(std::numeric_limits<std::int64_t>::min()).ok());
  Fixture f({.message_timestamp_before_max_ms = milliseconds(60'000)});
  CHECK(f.Send(kNow - 60'000).ok());
  CHECK(absl::IsInvalidArgument(f.Send(kNow - 60'001)));
  CHECK(absl::IsInvalidArgument(f.Send(std::numeric_limits<std::int64_t>::min())));
  CHECK(f.Send(-1).ok());  // no time
}

TEST_CASE("a record without a time of its own, and one that the log stamps, may come at any time") {
  Fixture f({.message_timestamp_before_max_ms = milliseconds(0), .message_timestamp_after_max_ms = milliseconds(0)});
  CHECK(f.producer.Send("t", {.value = "v"}).ok());
  Fixture stamped(
      {.timestamp_type = TimestampType::kLogAppendTime, .message_timestamp_after_max_ms = milliseconds(0)});
  CHECK(stamped.Send(kNow + 1'000'000'000).ok());
}

TEST_CASE("batches of one's own are looked through, too") {
  auto broker = Broker::InMemory();
  auto topic = *broker->EnsureTopic("t", {.message_timestamp_before_max_ms = milliseconds(3'600'000)});
  auto partition = *topic.partition(0);
  const std::int64_t now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  BatchBuilder builder;
  REQUIRE(builder.Append(nullptr, "a", {}, now));
  CHECK(partition.Append(builder).ok());
  REQUIRE(builder.Append(nullptr, "a", {}, now));
  REQUIRE(builder.Append(nullptr, "b", {}, now - 4'000'000));
  REQUIRE(builder.Append(nullptr, "c", {}, now));
  CHECK(absl::IsInvalidArgument(partition.Append(builder).status()));
  CHECK(absl::IsInvalidArgument(partition.Append(builder.Seal({})).status()));
  builder.Clear();
  REQUIRE(builder.Append(nullptr, "a", {}, now + 4'000'000));
  CHECK(absl::IsInvalidArgument(partition.Append(builder).status()));
  CHECK(absl::IsInvalidArgument(partition.Append(builder.Seal({})).status()));
  auto producer = *Producer::Open(*broker);
  CHECK(absl::IsInvalidArgument(
      producer.Claim(partition, 3, {.timestamp = Timestamp(milliseconds(now + 4'000'000))}).status()));
  CHECK(*partition.end() == 1);
}

// With the header's `field` of `size` bytes as it should not be, and a checksum that is right all the same.
std::vector<std::byte> Forged(std::span<const std::byte> batch, std::size_t field, std::uint64_t value,
                              std::size_t size) {
  std::vector<std::byte> forged(batch.begin(), batch.end());
  for (std::size_t i = 0; i < size; ++i) {
    forged[field + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)));
  }
  StoreBig32(forged.data() + batch_layout::kCrc,
             Crc32c(std::span<const std::byte>(forged).subspan(batch_layout::kCrcBegin)));
  return forged;
}

TEST_CASE("an encoded batch whose header is wrong about its latest record is refused, compressed or not") {
  auto broker = Broker::InMemory();
  auto partition = *broker->EnsureTopic("t")->partition(0);
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "a", {}, kNow - 5000));
  REQUIRE(builder.Append("k", "b", {}, kNow));
  REQUIRE(builder.Append("k", "c", {}, kNow - 9000));
  const auto sealed = builder.Seal({});
  record::ByteBuffer compressed;
  for (const std::span<const std::byte> batch :
       {std::span<const std::byte>(sealed),
        std::span<const std::byte>(record::CompressBatch(sealed, Codec::kLz4, 1, compressed))}) {
    for (const std::int64_t wrong : {kNow - 1, kNow + 1, std::int64_t{-1}, std::int64_t{0}}) {
      const auto forged = Forged(batch, batch_layout::kMaxTimestamp, static_cast<std::uint64_t>(wrong), 8);
      const absl::Status refused = partition.Append(forged).status();
      INFO(refused.ToString());
      CHECK(absl::IsInvalidArgument(refused));
      CHECK(refused.message().find(std::to_string(wrong)) != std::string::npos);
      CHECK(refused.message().find(std::to_string(kNow)) != std::string::npos);
    }
    CHECK(partition.Append(batch).ok());
  }
  CHECK(*partition.end() == 6);
  CHECK(*partition.OffsetForTime(Timestamp(milliseconds(kNow))) == 1);
  // Where the log stamps, it writes that field itself.
  auto stamped = *broker->EnsureTopic("stamped", {.timestamp_type = TimestampType::kLogAppendTime})->partition(0);
  CHECK(stamped.Append(Forged(sealed, batch_layout::kMaxTimestamp, 7, 8)).ok());
}

TEST_CASE("an encoded batch that says when its tombstones may go is refused") {
  auto broker = Broker::InMemory();
  auto partition = *broker->EnsureTopic("t")->partition(0);
  BatchBuilder builder;
  REQUIRE(builder.Append("k", nullptr, {}, kNow));
  const auto sealed = builder.Seal({});
  const absl::Status refused =
      partition.Append(Forged(sealed, batch_layout::kAttributes, batch_layout::kDeleteHorizonBit, 2)).status();
  CHECK(absl::IsInvalidArgument(refused));
  CHECK(refused.message().find("tombstones") != std::string::npos);
  CHECK(partition.Append(sealed).ok());
}

}  // namespace
}  // namespace leat
