#include "broker/broker_defaults.h"

#include <string>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "io/memory_file_system.h"
#include "support/catch.h"

namespace leat::broker {
namespace {

using std::chrono::milliseconds;

struct Place {
  Place() {
    environment.files = io::MakeMemoryFileSystem();
    REQUIRE(environment.files->MakeDirectory("/d").ok());
  }
  void Write(const std::string& path, std::string_view text) const {
    REQUIRE(io::ReplaceFile(*environment.files, path, text, "x", *environment.files->Info("/d")).ok());
  }
  absl::StatusOr<std::shared_ptr<LocalBackend>> Open(BrokerOptions options = {}) const {
    return OpenLocal("/d", std::move(options), environment);
  }

  Environment environment = MemoryEnvironment();
};

TEST_CASE("a topic's settings come from the application, the environment, the named file, the folder's file") {
  Place place;
  place.Write("/d/leat.properties", "retention.ms=1\nretention.bytes=1\nsegment.ms=1\nbudget.share=1000\n");
  place.Write("/own", "retention.ms=2\nretention.bytes=2\nsegment.ms=2\n");
  place.environment.variables = {{"LEAT_RETENTION_BYTES", "3"}, {"LEAT_SEGMENT_MS", "3"}};
  const auto broker = place.Open({.properties_file = "/own"});
  INFO(broker.status().ToString());
  REQUIRE(broker.ok());
  const TopicOptions wanted{
      .retention_ms = milliseconds(2), .retention_bytes = 3, .segment_ms = milliseconds(4), .budget_share = 1000};
  const auto topic = CreateTopic((*broker)->state(), "t", {.segment_ms = milliseconds(4)});
  REQUIRE(topic.ok());
  CHECK(topic->options == wanted);
  // As it was made it stays, whatever the defaults are later.
  CHECK(ReadTopic((*broker)->state(), "t")->options == wanted);
  // Who wants none gets none.
  CHECK(CreateTopic((*broker)->state(), "u", {.take_defaults = false})->options == TopicOptions{});
}

TEST_CASE("a broker's own settings come from there, too") {
  Place place;
  place.Write("/d/leat.properties", "max.block.ms=1s\noffsets.retention.minutes=5\n");
  place.environment.variables = {{"LEAT_MAX_BLOCK_MS", "2s"}};
  {
    const auto broker = place.Open();
    REQUIRE(broker.ok());
    CHECK((*broker)->state().max_block() == std::chrono::seconds(2));
    CHECK((*broker)->state().offsets_retention() == std::chrono::minutes(5));
    CHECK((*broker)->Close().ok());
  }
  const auto broker = place.Open({.max_block = milliseconds(3)});
  REQUIRE(broker.ok());
  CHECK((*broker)->state().max_block() == milliseconds(3));
}

TEST_CASE("a folder may have its file before it is made, and then a bad line keeps it from being opened") {
  Place place;
  place.Write("/d/leat.properties", "\nretention.msec=1\n");
  const absl::Status bad = place.Open().status();
  CHECK(absl::IsInvalidArgument(bad));
  CHECK(bad.message() == "/d/leat.properties:2: there is no setting 'retention.msec'; did you mean 'retention.ms'?");
  CHECK(*place.environment.files->List("/d") == std::vector<std::string>{"leat.properties"});
  place.Write("/d/leat.properties", "segment.bytes=1MiB\n");
  CHECK(place.Open().ok());
}

TEST_CASE("defaults that do not go together are found when a topic is made") {
  Place place;
  place.Write("/d/leat.properties", "segment.bytes=64KiB\n");
  const auto broker = place.Open();
  REQUIRE(broker.ok());
  const absl::Status refused = CreateTopic((*broker)->state(), "t", {}).status();
  CHECK(absl::IsInvalidArgument(refused));
  CHECK(refused.message().find("max.message.bytes is 1048588, and segment.bytes 65536") == 0);
}

TEST_CASE("a file that is named must be there; the folder's need not") {
  Place place;
  CHECK(place.Open().ok());
  const absl::Status missing = place.Open({.properties_file = "/none"}).status();
  CHECK(absl::IsNotFound(missing));
  CHECK(missing.message().find("/none") != std::string::npos);
}

TEST_CASE("what is in memory takes no defaults") {
  Environment environment = MemoryEnvironment();
  CHECK(environment.variables.empty());
  environment.variables = {{"LEAT_DURABILITY", "disk"}};
  const auto broker = OpenInMemory({}, std::move(environment));
  REQUIRE(broker.ok());
  CHECK(CreateTopic((*broker)->state(), "t", {}).ok());
}

}  // namespace
}  // namespace leat::broker
