#include <leat/settings.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "settings/table.h"
#include "support/catch.h"

namespace leat {
namespace {

using std::chrono::milliseconds;

std::string Refused(std::string_view name, std::string_view value) {
  TopicOptions options;
  const absl::Status status = SetTopicSetting(name, value, &options);
  CHECK(options == TopicOptions{});
  return absl::IsInvalidArgument(status) ? std::string(status.message()) : "not refused: " + status.ToString();
}

TopicOptions With(std::string_view name, std::string_view value) {
  TopicOptions options;
  const absl::Status status = SetTopicSetting(name, value, &options);
  INFO(status.ToString());
  CHECK(status.ok());
  return options;
}

TEST_CASE("a setting is set by Kafka's name, from what Kafka takes") {
  CHECK(With("retention.ms", "604800000") == TopicOptions{.retention_ms = std::chrono::hours(7 * 24)});
  CHECK(With("retention.bytes", "-1") == TopicOptions{});
  CHECK(With("segment.bytes", "1073741824") == TopicOptions{.segment_bytes = 1 << 30});
  CHECK(With("partitions", "3") == TopicOptions{.partitions = 3});
  CHECK(With("min.cleanable.dirty.ratio", "0.25") == TopicOptions{.min_cleanable_dirty_ratio = 0.25});
  CHECK(With("cleanup.policy", "compact") == TopicOptions{.cleanup_policy = CleanupPolicy::kCompact});
  CHECK(With("cleanup.policy", "delete,compact") == With("cleanup.policy", "compact,delete"));
  CHECK(With("compression.type", "zstd") == TopicOptions{.compression = Compression::kZstd});
  CHECK(With("compression.type", "uncompressed") == TopicOptions{.compression = Compression::kNone});
  CHECK(With("compression.type", "producer") == TopicOptions{});
  CHECK(With("message.timestamp.type", "LogAppendTime") ==
        TopicOptions{.timestamp_type = TimestampType::kLogAppendTime});
  CHECK(With("max.compaction.lag.ms", "9223372036854775807") == TopicOptions{});
}

TEST_CASE("times and sizes may have units, also with a fraction that is whole in the end") {
  CHECK(With("retention.ms", "7d").retention_ms == std::chrono::hours(7 * 24));
  CHECK(With("retention.ms", "1.5h").retention_ms == std::chrono::minutes(90));
  CHECK(With("retention.ms", "2m") == With("retention.ms", "2min"));
  CHECK(With("retention.ms", "30s").retention_ms == milliseconds(30'000));
  CHECK(With("retention.ms", "5ms").retention_ms == milliseconds(5));
  CHECK(With("segment.bytes", "1GiB").segment_bytes == 1 << 30);
  CHECK(With("segment.bytes", "0.5MiB").segment_bytes == 512 << 10);
  CHECK(With("segment.bytes", "100kB").segment_bytes == 100'000);
  CHECK(With("retention.bytes", "2TB").retention_bytes == 2'000'000'000'000);
  CHECK(With("retention.bytes", "70000B").retention_bytes == 70'000);
  CHECK(With("retention.ms", "unlimited").retention_ms == milliseconds(-1));
  CHECK(With("message.timestamp.after.max.ms", "unlimited").message_timestamp_after_max_ms == kNoTimeLimit);
}

TEST_CASE("what is no value of a setting is refused, and how it is written is said") {
  CHECK(
      Refused("retention.ms", "1w") ==
      "retention.ms is a whole number of milliseconds, or a time with its unit (500ms, 30s, 5min, 1h, 7d), not '1w'");
  CHECK(Refused("segment.bytes", "x") ==
        "segment.bytes is a whole number of bytes, perhaps with a unit (512KiB, 1GiB, 2GB), not 'x'");
  CHECK(Refused("cleanup.policy", "drop") == "cleanup.policy is delete, compact or compact,delete, not 'drop'");
  CHECK(Refused("durability", "tape") == "durability is process or disk, not 'tape'");
  CHECK(Refused("compression.gzip.level", "1.5") == "compression.gzip.level is a whole number, not '1.5'");
  CHECK(Refused("min.cleanable.dirty.ratio", "half") == "min.cleanable.dirty.ratio is a number (0.5), not 'half'");
  for (const char* text : {"", " 1", "1 d", "-7d", "d", ".5d", "1.d", "1.5ms", "0x10", "+1", "1e3", "nan",
                           "99999999999999999999", "9999999999999d", "0.33333333d", "unlimit"}) {
    CHECK(Refused("retention.ms", text).find("not '" + std::string(text) + "'") != std::string::npos);
  }
  CHECK(Refused("segment.ms", "unlimited").find("not 'unlimited'") != std::string::npos);
}

TEST_CASE("a value beyond its range is refused, with the range") {
  CHECK(Refused("retention.ms", "-2") ==
        "retention.ms is -2; it can be from 0 to 9223372036854775807, or -1 (unlimited)");
  CHECK(Refused("compression.gzip.level", "0") ==
        "compression.gzip.level is 0; it can be from 1 to 9, or -1 (zlib's own choice)");
  CHECK(Refused("segment.bytes", "4GiB") == "segment.bytes is 4294967296; it can be from 65536 to 2147483647");
  CHECK(Refused("partitions", "4294967297") == "partitions is 4294967297; it can be from 1 to 65536");
  CHECK(Refused("flush.ms", "-1") == "flush.ms is -1; it can be from 0 (not asked for) to 31536000000");
  CHECK(Refused("min.cleanable.dirty.ratio", "nan") == "min.cleanable.dirty.ratio is nan; it can be from 0 to 1");
  CHECK(Refused("min.cleanable.dirty.ratio", "1.5") == "min.cleanable.dirty.ratio is 1.5; it can be from 0 to 1");
}

TEST_CASE("an unknown setting is refused with the nearest name") {
  CHECK(Refused("retention.msec", "1") == "there is no setting 'retention.msec'; did you mean 'retention.ms'?");
  CHECK(Refused("log.retention.ms", "1") == "there is no setting 'log.retention.ms'; did you mean 'retention.ms'?");
  CHECK(Refused("colour", "red").find("there is no setting 'colour'; there are partitions, segment.bytes, ") == 0);
  BrokerOptions broker;
  CHECK(SetBrokerSetting("max.blok.ms", "1", &broker).message() ==
        "there is no setting 'max.blok.ms'; did you mean 'max.block.ms'?");
}

TEST_CASE("changes take all settings but those that a topic has for ever") {
  for (const Setting& setting : TopicSettings()) {
    TopicChanges changes;
    const absl::Status status = SetTopicSetting(setting.name, setting.default_value, &changes);
    CHECK(status.ok() == setting.alterable);
    CHECK(setting.alterable == (setting.name != "partitions"));
  }
  TopicChanges changes;
  REQUIRE(SetTopicSetting("retention.ms", "1s", &changes).ok());
  REQUIRE(SetTopicSetting("compression.type", "producer", &changes).ok());
  const TopicOptions before{.partitions = 2, .compression = Compression::kLz4, .retention_bytes = 5};
  CHECK(Changed(before, changes) ==
        TopicOptions{
            .partitions = 2, .compression = std::nullopt, .retention_ms = milliseconds(1000), .retention_bytes = 5});
  CHECK(Changed(before, {}) == before);
}

TEST_CASE("what is written as text reads as it was") {
  for (const Setting& setting : TopicSettings()) {
    CHECK(With(setting.name, setting.default_value) == TopicOptions{});
  }
  TopicOptions options{.partitions = 9, .retention_ms = std::chrono::hours(1), .min_cleanable_dirty_ratio = 0.1};
  TopicOptions read;
  for (const auto& [name, value] : TextOf(options)) REQUIRE(SetTopicSetting(name, value, &read).ok());
  CHECK(read == options);

  BrokerOptions broker;
  REQUIRE(SetBrokerSetting("offsets.retention.minutes", "60", &broker).ok());
  CHECK(broker.offsets_retention == std::chrono::hours(1));
  REQUIRE(SetBrokerSetting("offsets.retention.minutes", "90s", &broker).ok());
  CHECK(broker.offsets_retention == std::chrono::seconds(90));
  std::vector<std::string> texts;
  for (const auto& [name, value] : TextOf(broker)) texts.push_back(name + "=" + value);
  CHECK(std::find(texts.begin(), texts.end(), "offsets.retention.minutes=90000ms") != texts.end());
  CHECK(std::find(texts.begin(), texts.end(), "max.block.ms=60000") != texts.end());
}

TEST_CASE("defaults are told in units, too") {
  std::set<std::string> told;
  for (const Setting& setting : TopicSettings()) told.insert(setting.name + " " + setting.default_with_unit);
  for (const char* one : {"segment.bytes 128MiB", "segment.ms 7d", "message.timestamp.after.max.ms 1h",
                          "retention.ms unlimited", "max.compaction.lag.ms unlimited", "flush.ms 0", "partitions 1",
                          "index.interval.bytes 4KiB", "max.message.bytes 1048588", "compression.gzip.level -1",
                          "min.cleanable.dirty.ratio 0.5", "durability process"}) {
    INFO(one);
    CHECK(told.contains(one));
  }
}

TEST_CASE("every setting says what there is to know of it, and no two are called alike") {
  std::set<std::string> names;
  for (const auto settings : {TopicSettings(), BrokerSettings()}) {
    for (const Setting& setting : settings) {
      INFO(setting.name);
      CHECK(names.insert(setting.name).second);
      for (const std::string& text : {setting.about, setting.more, setting.less}) {
        CHECK(text.ends_with('.'));
        CHECK(text.find("  ") == std::string::npos);
      }
      CHECK((setting.unlike_kafka.empty() || setting.unlike_kafka.ends_with('.')));
      CHECK(setting.variable.starts_with("LEAT_"));
      CHECK(setting.variable.find_first_of(".abcdefghijklmnopqrstuvwxyz") == std::string::npos);
    }
  }
}

TEST_CASE("no number that is in a setting's range is too large for its field") {
  for (const settings::TopicRow& row : settings::TopicTable()) {
    if (std::get_if<0>(&row.field) == nullptr) continue;
    CHECK(row.range.first >= std::numeric_limits<std::int32_t>::min());
    CHECK(row.range.last <= std::numeric_limits<std::int32_t>::max());
  }
}

TEST_CASE("a word is meant that differs in a third of its letters at most") {
  const std::vector<std::string> words = {"topic", "produce", "consume", "top"};
  CHECK(NearestWord("topc", words) == "topic");
  CHECK(NearestWord("consme", words) == "consume");
  CHECK(NearestWord("ropduce", words) == "produce");
  CHECK(NearestWord("tpo", words) == "top");
  CHECK(NearestWord("xtop", words) == "top");
  CHECK_FALSE(NearestWord("verify", words).has_value());
  CHECK_FALSE(NearestWord("x", {}).has_value());
  CHECK_FALSE(NearestWord(std::string(1 << 20, 't'), words).has_value());
}

}  // namespace
}  // namespace leat
