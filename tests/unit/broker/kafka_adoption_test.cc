#include "broker/kafka_adoption.h"

#include <leat/batch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "io/posix_file_system.h"
#include "log/partition_metadata.h"
#include "support/catch.h"
#include "support/log_files.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

namespace fs = std::filesystem;

std::int64_t LinesIn(const std::string& path) {
  std::ifstream file(path);
  return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
}

// Records that a consumer sees; -1 when reading fails.
std::int64_t RecordsIn(PartitionBackend& partition) {
  const auto offsets = partition.Offsets();
  if (!offsets.ok()) return -1;
  auto cursor = partition.OpenCursor(offsets->log_start);
  if (!cursor.ok()) return -1;
  std::int64_t count = 0;
  for (;;) {
    const auto fetched = (*cursor)->Fetch(1 << 20);
    if (!fetched.ok()) {
      UNSCOPED_INFO(fetched.status().ToString());
      return -1;
    }
    if (fetched->bytes.empty())
      UNSCOPED_INFO("ended at " << (*cursor)->position() << " of " << offsets->log_start << ".."
                                << offsets->high_watermark);
    if (fetched->bytes.empty()) return (*cursor)->position() == offsets->high_watermark ? count : -1;
    for (std::span<const std::byte> rest = fetched->bytes; !rest.empty();) {
      const BatchView batch(rest);
      if (!batch.is_control()) count += batch.count();
      rest = rest.subspan(batch.size_bytes());
    }
  }
}

std::string GoldenRoot() { return fs::path(testing::GoldenFolder("keyed-0")).parent_path().string(); }

TEST_CASE("a log directory that a real Kafka wrote opens with all its topics and records") {
  const testing::TempFolder temp;
  const std::string path = temp / "kafka-logs";
  fs::create_directory(path);
  for (const char* name : {"keyed-0", "keyed-1", "keyed-2", "batches-0", "trimmed-0", "transactions-0",
                           "transactions-1", "shapes-0", "epochs-0", "empty-0", "empty-1"}) {
    fs::copy(GoldenRoot() + "/" + name, path + "/" + name, fs::copy_options::recursive);
  }
  for (const auto& file : fs::directory_iterator(GoldenRoot() + "/log-dir")) {
    fs::copy(file.path(), path + "/" + file.path().filename().string());
  }
  for (int opening = 0; opening < 3; ++opening) {
    Environment environment = RealEnvironment();
    environment.boot_id = opening < 2 ? "one boot" : "the next boot";
    const auto backend = OpenLocal(path, {}, environment);
    INFO(opening << ": " << backend.status().ToString());
    REQUIRE(backend.ok());
    const std::vector<std::string> topics = *(*backend)->ListTopics();
    REQUIRE(topics.size() == 7);
    for (const std::string& name : topics) {
      const auto topic = (*backend)->FindTopic(name);
      INFO(name << " " << topic.status().ToString());
      REQUIRE(topic.ok());
      std::int64_t records = 0;
      for (const auto& partition : (*topic)->partitions) records += RecordsIn(*partition);
      CHECK(records == LinesIn(GoldenRoot() + "/" + name + ".expected.jsonl"));
      CHECK((*topic)->id ==
            log::FormatTopicId(*log::ReadPartitionMetadata((*backend)->state().files(), path + "/" + name + "-0")));
    }
    CHECK((*backend)->Close().ok());
  }
}

TEST_CASE(
    "a Kafka's folder that is added later becomes a topic at the next opening, with the partitions that are "
    "missing") {
  const testing::TempFolder temp;
  const std::string path = temp / "data";
  REQUIRE(OpenLocal(path, {}, RealEnvironment()).ok());
  fs::copy(GoldenRoot() + "/keyed-2", path + "/keyed-2", fs::copy_options::recursive);
  const auto backend = OpenLocal(path, {}, RealEnvironment());
  INFO(backend.status().ToString());
  REQUIRE(backend.ok());
  const auto topic = (*backend)->FindTopic("keyed");
  REQUIRE(topic.ok());
  REQUIRE((*topic)->partitions.size() == 3);
  CHECK(RecordsIn(*(*topic)->partitions[0]) == 0);
  const std::int64_t before = RecordsIn(*(*topic)->partitions[2]);
  CHECK(before > 0);
  BatchBuilder builder;
  REQUIRE(builder.Append(nullptr, "v", {}, 0));
  for (const int p : {0, 2}) {
    const auto appended =
        (*topic)->partitions[static_cast<std::size_t>(p)]->Append(builder.Seal({}), Durability::kProcess);
    INFO(appended.status().ToString());
    CHECK(appended.ok());
  }
  CHECK(RecordsIn(*(*topic)->partitions[2]) == before + 1);
}

}  // namespace
}  // namespace leat::broker
