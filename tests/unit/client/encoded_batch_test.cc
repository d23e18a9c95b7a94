// Batches that were encoded somewhere else, appended as they are, and found again wherever they stand in a long segment.
#include <leat/batch.h>
#include <leat/broker.h>
#include <leat/consumer_records.h>
#include <leat/partition.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "support/catch.h"

namespace leat {
namespace {

Partition PartitionOf(const Broker& broker, const TopicOptions& options) {
  Broker copy = broker;
  return copy.EnsureTopic("t", options)->partition(0).value();
}

TEST_CASE("an encoded batch gets the log's time in a topic that wants it, with a checksum that is right") {
  const Broker broker = Broker::InMemory().value();
  Partition partition = PartitionOf(broker, {.timestamp_type = TimestampType::kLogAppendTime});
  BatchBuilder builder;
  REQUIRE(builder.Append("a", "1", {}, 1000));
  REQUIRE(builder.Append("b", "2", {}, 2000));
  const std::span<const std::byte> sealed = builder.Seal({});
  const auto where = partition.Append(sealed);
  REQUIRE(where.ok());
  CHECK(BatchView(sealed).max_timestamp() == 2000);  // the caller's bytes are his own

  const ConsumerRecords records = partition.Read(0);
  REQUIRE(records.status().ok());
  REQUIRE(records.size() == 2);
  for (const ConsumerRecord& r : records) {
    CHECK(r.timestamp_type() == TimestampType::kLogAppendTime);
    CHECK(r.timestamp() == where->timestamp);
    CHECK(r.timestamp() > Timestamp(std::chrono::milliseconds(2000)));
  }
}

TEST_CASE("a batch is found by its offset in a segment that has many more than its index has places") {
  const Broker broker = Broker::InMemory().value();
  Partition partition = PartitionOf(broker, {.segment_bytes = 64 << 20, .index_interval_bytes = 4096});
  const std::string value(20'000, 'x');
  constexpr Offset kRecords = 1000;  // 20 MB: the index has had to let go of every second entry again and again
  for (Offset offset = 0; offset < kRecords; ++offset) {
    BatchBuilder builder;
    REQUIRE(builder.Append(std::to_string(offset), value, {}, offset));
    REQUIRE(partition.Append(builder)->offset == offset);
  }
  for (Offset offset = 0; offset < kRecords; offset += 7) {
    const ConsumerRecords records = partition.Read(offset, 1);
    REQUIRE(records.status().ok());
    REQUIRE_FALSE(records.empty());
    const ConsumerRecord first = *records.begin();
    CHECK(first.offset() == offset);
    CHECK(std::string(first.key()) == std::to_string(offset));
    CHECK(partition.OffsetForTime(Timestamp(std::chrono::milliseconds(offset))).value() == offset);
  }
}

}  // namespace
}  // namespace leat
