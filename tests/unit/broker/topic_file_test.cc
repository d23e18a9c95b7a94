#include "broker/topic_file.h"

#include <string>

#include "io/memory_file_system.h"
#include "support/catch.h"

namespace leat::broker {
namespace {

TopicFile Example() {
  return {.name = "registered_user",
          .id = base::MakeUuid(*base::SeededRandom(1)),
          .incarnation = 42,
          .options = {.partitions = 7,
                      .segment_bytes = 1 << 20,
                      .max_message_bytes = 1000,
                      .index_interval_bytes = 100,
                      .timestamp_type = TimestampType::kLogAppendTime,
                      .durability = Durability::kDisk,
                      .flush_ms = std::chrono::milliseconds(250),
                      .flush_messages = 1000,
                      .compression = Compression::kNone,
                      .compression_gzip_level = 1,
                      .compression_lz4_level = 2,
                      .compression_zstd_level = -3,
                      .retention_ms = std::chrono::hours(1),
                      .retention_bytes = 4,
                      .segment_ms = std::chrono::milliseconds(5),
                      .delete_retention_ms = std::chrono::milliseconds(6),
                      .min_compaction_lag_ms = std::chrono::milliseconds(7),
                      .max_compaction_lag_ms = std::chrono::milliseconds(8),
                      .min_cleanable_dirty_ratio = 0.1,
                      .message_timestamp_before_max_ms = std::chrono::milliseconds(9),
                      .message_timestamp_after_max_ms = kNoTimeLimit,
                      .budget_share = 10,
                      .budget_min_bytes = 11},
          .adopted = true};
}

TEST_CASE("a topic's file holds all of the topic") {
  const TopicFile topic = Example();
  const auto read = ParseTopicFile(FormatTopicFile(topic), "f");
  INFO(read.status().ToString());
  REQUIRE(read.ok());
  CHECK(*read == topic);
  const TopicFile plain{.name = "t", .id = topic.id, .options = {}};
  CHECK(*ParseTopicFile(FormatTopicFile(plain), "f") == plain);
  // Libraries that do not know these settings can read it.
  for (const char* word : {"flush", "compression", "retention", "budget", "ratio", "segment.ms", "max.ms"}) {
    CHECK(FormatTopicFile(plain).find(word) == std::string::npos);
  }
}

TEST_CASE("a topic's file with values that cannot be is refused, though its checksum is right") {
  TopicFile topic = Example();
  topic.options.partitions = 0;
  CHECK(absl::IsDataLoss(ParseTopicFile(FormatTopicFile(topic), "f").status()));
  topic = Example();
  topic.name = "../up";
  CHECK(absl::IsDataLoss(ParseTopicFile(FormatTopicFile(topic), "f").status()));
}

TEST_CASE("a topic's file is read by the topic's name, and must bear it") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/d").ok());
  REQUIRE(files->MakeDirectory("/d/topics").ok());
  CHECK(absl::IsNotFound(ReadTopicFile(*files, "/d", "registered_user").status()));
  const TopicFile topic = Example();
  for (const char* name : {"registered_user", "other"}) {
    REQUIRE(io::ReplaceFile(*files, TopicFilePath("/d", name), FormatTopicFile(topic), "x", *files->Info("/d")).ok());
  }
  CHECK(*ReadTopicFile(*files, "/d", "registered_user") == topic);
  CHECK(absl::IsDataLoss(ReadTopicFile(*files, "/d", "other").status()));
}

}  // namespace
}  // namespace leat::broker
