#include "broker/local_backend.h"

#include <leat/batch.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "broker/local_partition.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "io/posix_file_system.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

using std::chrono::milliseconds;
using testing::TempFolder;

std::shared_ptr<LocalBackend> OpenAt(const std::string& path, BrokerOptions options = {}) {
  auto opened = OpenLocal(path, std::move(options), RealEnvironment());
  INFO(opened.status().ToString());
  REQUIRE(opened.ok());
  return *std::move(opened);
}

std::shared_ptr<LocalBackend> OpenMemory(std::int64_t size_limit = 0) {
  auto opened = OpenInMemory({.size_limit = size_limit}, MemoryEnvironment());
  INFO(opened.status().ToString());
  REQUIRE(opened.ok());
  return *std::move(opened);
}

std::shared_ptr<const TopicBackend> Make(LocalBackend& backend, std::string_view name, TopicOptions options = {}) {
  const auto made = CreateTopic(backend.state(), name, options);
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  auto found = backend.FindTopic(name);
  INFO(found.status().ToString());
  REQUIRE(found.ok());
  return *found;
}

absl::StatusOr<Appended> Append(PartitionBackend& partition, std::string_view value, int count = 1) {
  BatchBuilder builder;
  for (int i = 0; i < count; ++i) {
    if (!builder.Append(nullptr, value, {}, 1'700'000'000'000)) return absl::InternalError("refused by the builder");
  }
  return partition.Append(builder.Seal({}), Durability::kTopicDefault);
}

// How many records there are from `offset` on; -1 when reading fails.
std::int64_t CountFrom(PartitionBackend& partition, Offset offset) {
  auto cursor = partition.OpenCursor(offset);
  if (!cursor.ok()) return -1;
  Offset at = offset;
  for (;;) {
    const auto fetched = (*cursor)->Fetch(1 << 20);
    if (!fetched.ok()) return -1;
    if (fetched->bytes.empty()) return at - offset;
    at = fetched->end;
  }
}

TEST_CASE("what is appended is read, by another opening of the folder too") {
  const TempFolder temp;
  const std::string path = temp / "data";
  const auto first = OpenAt(path);
  const auto topic = Make(*first, "users", {.partitions = 2});
  REQUIRE(topic->partitions.size() == 2);
  const auto appended = Append(*topic->partitions[1], "ada", 3);
  INFO(appended.status().ToString());
  REQUIRE(appended.ok());
  CHECK(appended->base_offset == 0);
  CHECK(CountFrom(*topic->partitions[1], 0) == 3);
  CHECK(CountFrom(*topic->partitions[0], 0) == 0);

  const auto second = OpenAt(path);
  CHECK(second->state().slot()->index() != first->state().slot()->index());
  const auto seen = second->FindTopic("users");
  REQUIRE(seen.ok());
  CHECK((*seen)->id == topic->id);
  CHECK(CountFrom(*(*seen)->partitions[1], 0) == 3);
  REQUIRE(Append(*(*seen)->partitions[1], "grace").ok());
  CHECK(CountFrom(*topic->partitions[1], 0) == 4);
}

TEST_CASE("a folder that was closed opens with all records, and again after another boot") {
  const TempFolder temp;
  const std::string path = temp / "data";
  Environment environment = RealEnvironment();
  for (int round = 0; round < 4; ++round) {
    environment.boot_id = round < 2 ? "one boot" : "another boot " + std::to_string(round);
    const auto backend = OpenLocal(path, {}, environment);
    INFO(round << ": " << backend.status().ToString());
    REQUIRE(backend.ok());
    if (round == 0) Make(**backend, "t");
    const auto topic = (*backend)->FindTopic("t");
    REQUIRE(topic.ok());
    CHECK(CountFrom(*(*topic)->partitions[0], 0) == round * 5);
    REQUIRE(Append(*(*topic)->partitions[0], "value", 5).ok());
    const absl::Status closed = (*backend)->Close();
    INFO(closed.ToString());
    CHECK(closed.ok());
  }
}

TEST_CASE("a topic that is deleted refuses its old handles, and another of its name is another topic") {
  const TempFolder temp;
  const auto backend = OpenAt(temp / "data");
  const auto other = OpenAt(temp / "data");
  const auto old_topic = Make(*backend, "t");
  REQUIRE(Append(*old_topic->partitions[0], "v").ok());
  const auto elsewhere = other->FindTopic("t");
  REQUIRE(elsewhere.ok());
  REQUIRE(Append(*(*elsewhere)->partitions[0], "v").ok());
  const std::uint64_t generation = other->TopicListGeneration();
  const absl::Status deleted = DeleteTopic(backend->state(), "t");
  INFO(deleted.ToString());
  REQUIRE(deleted.ok());
  backend->DropDeleted();
  CHECK(other->TopicListGeneration() != generation);
  CHECK(absl::IsNotFound(Append(*old_topic->partitions[0], "v").status()));
  CHECK(absl::IsNotFound(Append(*(*elsewhere)->partitions[0], "v").status()));
  CHECK(absl::IsNotFound(other->FindTopic("t").status()));
  CHECK(absl::IsNotFound(DeleteTopic(backend->state(), "t")));

  const auto new_topic = Make(*backend, "t");
  CHECK(new_topic->id != old_topic->id);
  REQUIRE(Append(*new_topic->partitions[0], "v").ok());
  CHECK(absl::IsNotFound(Append(*old_topic->partitions[0], "v").status()));
  const auto there = other->FindTopic("t");
  REQUIRE(there.ok());
  CHECK(CountFrom(*(*there)->partitions[0], 0) == 1);
}

TEST_CASE("settings and partitions that one opening changes are seen by another") {
  const TempFolder temp;
  const auto backend = OpenAt(temp / "data");
  const auto other = OpenAt(temp / "data");
  Make(*backend, "t", {.max_message_bytes = 300});
  const auto before = other->FindTopic("t");
  REQUIRE(before.ok());
  CHECK(absl::IsInvalidArgument(Append(*(*before)->partitions[0], std::string(400, 'v')).status()));
  REQUIRE(backend->AlterTopic("t", {.max_message_bytes = 3000}).ok());
  REQUIRE(AddPartitions(backend->state(), "t", 3).ok());
  const auto after = other->FindTopic("t");
  REQUIRE(after.ok());
  CHECK((*after)->id == (*before)->id);
  CHECK((*after)->options.max_message_bytes == 3000);
  REQUIRE((*after)->partitions.size() == 3);
  CHECK(Append(*(*after)->partitions[0], std::string(400, 'v')).ok());
  CHECK(Append(*(*after)->partitions[2], "v").ok());
  CHECK(absl::IsInvalidArgument(AddPartitions(backend->state(), "t", 3).status()));
  CHECK(absl::IsInvalidArgument(backend->AlterTopic("t", {.segment_bytes = 1})));
  CHECK(absl::IsNotFound(backend->AlterTopic("none", {})));
}

TEST_CASE("read-only openings see a live folder, and a closed one, and write nothing") {
  const TempFolder temp;
  const std::string path = temp / "data";
  const BrokerOptions reading{.mode = OpenMode::kReadOnly};
  CHECK(absl::IsNotFound(OpenLocal(path, reading, RealEnvironment()).status()));
  {
    const auto writer = OpenAt(path);
    const auto topic = Make(*writer, "t");
    REQUIRE(Append(*topic->partitions[0], "v", 2).ok());
    const auto reader = OpenAt(path, reading);
    CHECK(reader->state().has_control());
    const auto seen = reader->FindTopic("t");
    REQUIRE(seen.ok());
    CHECK(CountFrom(*(*seen)->partitions[0], 0) == 2);
    REQUIRE(Append(*topic->partitions[0], "v", 2).ok());
    CHECK(CountFrom(*(*seen)->partitions[0], 0) == 4);
    CHECK(absl::IsPermissionDenied(Append(*(*seen)->partitions[0], "v").status()));
    CHECK(absl::IsPermissionDenied(CreateTopic(reader->state(), "u", {}).status()));
    CHECK(absl::IsPermissionDenied(DeleteTopic(reader->state(), "t")));
  }
  Environment later = RealEnvironment();
  later.boot_id = "another boot";
  const auto reader = OpenLocal(path, reading, later);
  REQUIRE(reader.ok());
  CHECK_FALSE((*reader)->state().has_control());
  const auto seen = (*reader)->FindTopic("t");
  INFO(seen.status().ToString());
  REQUIRE(seen.ok());
  CHECK(CountFrom(*(*seen)->partitions[0], 0) == 4);
  CHECK(absl::IsPermissionDenied(Append(*(*seen)->partitions[0], "v").status()));
}

TEST_CASE("a closed broker says so, and closing it twice does nothing") {
  const TempFolder temp;
  const auto backend = OpenAt(temp / "data");
  const auto topic = Make(*backend, "t");
  auto cursor = topic->partitions[0]->OpenCursor(0);
  REQUIRE(cursor.ok());
  CHECK(backend->Close().ok());
  CHECK(backend->Close().ok());
  CHECK(absl::IsFailedPrecondition(backend->Usable()));
  CHECK(absl::IsFailedPrecondition(Append(*topic->partitions[0], "v").status()));
  CHECK(absl::IsFailedPrecondition(topic->partitions[0]->Offsets().status()));
  CHECK(absl::IsFailedPrecondition((*cursor)->Fetch(1000).status()));
  CHECK(absl::IsFailedPrecondition(backend->FindTopic("t").status()));
  CHECK(absl::IsFailedPrecondition(CreateTopic(backend->state(), "u", {}).status()));
  CHECK((*cursor)->Ready());
}

TEST_CASE("a partition, a cursor and what it fetched outlive the backend") {
  const TempFolder temp;
  auto backend = OpenAt(temp / "data");
  auto topic = Make(*backend, "t");
  REQUIRE(Append(*topic->partitions[0], "value").ok());
  auto cursor = topic->partitions[0]->OpenCursor(0);
  REQUIRE(cursor.ok());
  const auto fetched = (*cursor)->Fetch(1000);
  REQUIRE(fetched.ok());
  backend.reset();
  CHECK(absl::IsFailedPrecondition((*cursor)->Fetch(1000).status()));
  topic.reset();
  cursor->reset();
  CHECK(BatchView(fetched->bytes).count() == 1);
}

TEST_CASE("in memory all works as in a folder, and nothing is left") {
  const auto backend = OpenMemory();
  const auto topic = Make(*backend, "t", {.partitions = 2});
  for (int i = 0; i < 100; ++i) REQUIRE(Append(*topic->partitions[0], "value", 10).ok());
  CHECK(CountFrom(*topic->partitions[0], 0) == 1000);
  CHECK(absl::IsInvalidArgument(CreateTopic(backend->state(), "d", {.durability = Durability::kDisk}).status()));
  BatchBuilder builder;
  REQUIRE(builder.Append(nullptr, "v", {}, 0));
  CHECK(absl::IsInvalidArgument(topic->partitions[0]->Append(builder.Seal({}), Durability::kDisk).status()));
  CHECK(DeleteTopic(backend->state(), "t").ok());
  backend->DropDeleted();
  CHECK(backend->ListTopics()->empty());
  CHECK(OpenMemory()->ListTopics()->empty());
  CHECK(backend->Close().ok());
}

TEST_CASE("in memory the oldest segments go when the limit is reached") {
  const auto backend = OpenMemory(1 << 20);
  const auto topic = Make(*backend, "t");
  CHECK(topic->options.segment_bytes == 256 << 10);
  const std::string value(1000, 'v');
  for (int i = 0; i < 10'000; ++i) {
    const auto appended = Append(*topic->partitions[0], value);
    INFO(i << ": " << appended.status().ToString());
    REQUIRE(appended.ok());
  }
  const auto offsets = topic->partitions[0]->Offsets();
  REQUIRE(offsets.ok());
  CHECK(offsets->end == 10'000);
  CHECK(offsets->log_start > 9'000 - 1'000);
  auto cursor = topic->partitions[0]->OpenCursor(0);
  REQUIRE(cursor.ok());
  CHECK(absl::IsOutOfRange((*cursor)->Fetch(1000).status()));
  CHECK(CountFrom(*topic->partitions[0], offsets->log_start) == 10'000 - offsets->log_start);
}

TEST_CASE("in memory an append fails when all segments are held, and works again when they are let go") {
  const auto backend = OpenMemory(1 << 20);
  const auto topic = Make(*backend, "t");
  auto cursor = topic->partitions[0]->OpenCursor(0);
  REQUIRE(cursor.ok());
  const std::string value(1000, 'v');
  std::vector<FetchedBatches> held;
  absl::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) {
    status = Append(*topic->partitions[0], value).status();
    auto fetched = (*cursor)->Fetch(1);
    REQUIRE(fetched.ok());
    held.push_back(*std::move(fetched));
  }
  INFO(status.ToString());
  CHECK(absl::IsResourceExhausted(status));
  CHECK(BatchView(held[0].bytes).count() == 1);
  held.clear();
  cursor->reset();
  status = Append(*topic->partitions[0], value).status();
  INFO(status.ToString());
  CHECK(status.ok());
}

TEST_CASE("a folder that is removed under an opening is told, and not taken for one without topics") {
  const TempFolder temp;
  const auto backend = OpenAt(temp / "data");
  Make(*backend, "t");
  REQUIRE(io::RemoveTree(backend->state().files(), temp / "data").ok());
  const absl::Status status = CreateTopic(backend->state(), "u", {}).status();
  CHECK(absl::IsFailedPrecondition(status));
  CHECK(std::string(status.message()).find("removed") != std::string::npos);
  CHECK(absl::IsFailedPrecondition(backend->FindTopic("t").status()));
  CHECK(backend->Close().ok());
}

}  // namespace
}  // namespace leat::broker
