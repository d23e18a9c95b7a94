#include "settings/defaults.h"

#include <chrono>
#include <string>

#include "support/catch.h"

namespace leat::settings {
namespace {

using std::chrono::milliseconds;

TopicOptions Applied(const Defaults& defaults, TopicOptions options = {}) {
  defaults.Apply(options);
  return options;
}

TEST_CASE("defaults fill what an application left as it was") {
  Defaults defaults;
  CHECK(defaults.empty());
  CHECK(Applied(defaults) == TopicOptions{});
  REQUIRE(defaults.AddFile("retention.ms=7d\npartitions=4\nmax.block.ms=1s\n", "f").ok());
  CHECK_FALSE(defaults.empty());
  CHECK(Applied(defaults) == TopicOptions{.partitions = 4, .retention_ms = std::chrono::hours(7 * 24)});
  const TopicOptions own{.partitions = 2, .retention_ms = milliseconds(5), .retention_bytes = 9};
  CHECK(Applied(defaults, own) == own);

  BrokerOptions broker{.open_timeout = milliseconds(7)};
  defaults.Apply(broker);
  CHECK(broker.max_block == std::chrono::seconds(1));
  CHECK(broker.open_timeout == milliseconds(7));
  CHECK(broker.offsets_retention == BrokerOptions{}.offsets_retention);
}

TEST_CASE("what is added later wins, setting by setting") {
  Defaults defaults;
  REQUIRE(defaults.AddFile("retention.ms=1\nsegment.ms=1\nretention.bytes=1\nretention.bytes=2", "f").ok());
  REQUIRE(defaults.AddFile("retention.ms=3\nsegment.ms=3", "g").ok());
  REQUIRE(defaults.AddVariables({{"LEAT_SEGMENT_MS", "4"}, {"LEAT_MAX_BLOCK_MS", "5s"}}).ok());
  CHECK(Applied(defaults) ==
        TopicOptions{.retention_ms = milliseconds(3), .retention_bytes = 2, .segment_ms = milliseconds(4)});
  BrokerOptions broker;
  defaults.Apply(broker);
  CHECK(broker.max_block == std::chrono::seconds(5));
}

TEST_CASE("a line that is no setting is refused, with its place") {
  const auto refused = [](std::string_view text) {
    const absl::Status status = Defaults().AddFile(text, "d/leat.properties");
    CHECK(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  CHECK(refused("retention.ms=1\n\nretention.byte=1") ==
        "d/leat.properties:3: there is no setting 'retention.byte'; did you mean 'retention.bytes'?");
  CHECK(refused("max.blok.ms=1") ==
        "d/leat.properties:1: there is no setting 'max.blok.ms'; did you mean 'max.block.ms'?");
  CHECK(refused("segment.bytes=big").find("d/leat.properties:1: segment.bytes is a whole number of bytes") == 0);
  CHECK(refused("segment.bytes").find("not ''") != std::string::npos);
  CHECK(refused("retention.ms=-2") ==
        "d/leat.properties:1: retention.ms is -2; it can be from 0 to 9223372036854775807, or -1 (unlimited)");
  CHECK(refused("=1").find("d/leat.properties:1: ") == 0);
}

TEST_CASE("a variable that resembles a setting's name is refused, and others are left alone") {
  Defaults defaults;
  REQUIRE(defaults
              .AddVariables(
                  {{"LEAT_DIR", "x"}, {"LEAT_MODEL_SEED", "1"}, {"RETENTION_MS", "1"}, {"PATH", ""}, {"LEAT_", ""}})
              .ok());
  CHECK(defaults.empty());
  CHECK(
      defaults.AddVariables({{"LEAT_RETENTON_MS", "1"}}).message() ==
      "the environment variable LEAT_RETENTON_MS: there is no setting of that name; did you mean LEAT_RETENTION_MS?");
  CHECK(defaults.AddVariables({{"LEAT_RETENTION_MS", "1w"}})
            .message()
            .find("the environment variable LEAT_RETENTION_MS: retention.ms is a whole number of milliseconds") == 0);
  CHECK(absl::IsInvalidArgument(defaults.AddVariables({{"LEAT_RETENTION_MS", ""}})));
}

}  // namespace
}  // namespace leat::settings
