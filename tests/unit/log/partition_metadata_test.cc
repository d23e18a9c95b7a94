#include "log/partition_metadata.h"

#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

TopicId Id(int first) {
  TopicId id{};
  for (std::size_t i = 0; i < id.size(); ++i)
    id[i] = static_cast<std::byte>(static_cast<std::size_t>(first) + i * 17);
  return id;
}

TEST_CASE("a topic id is printed as Kafka prints it") {
  CHECK(FormatTopicId(TopicId{}) == "AAAAAAAAAAAAAAAAAAAAAA");
  TopicId ones;
  ones.fill(std::byte{0xff});
  CHECK(FormatTopicId(ones) == "_____________________w");
  CHECK(FormatPartitionMetadata(TopicId{}) == "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA");
}

TEST_CASE("a topic id reads back as it was written") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/p").ok());
  CHECK(absl::IsNotFound(ReadPartitionMetadata(*files, "/p").status()));
  for (int first = 0; first < 256; first += 5) {
    REQUIRE(WritePartitionMetadata(*files, "/p", Id(first), {}).ok());
    CHECK(ReadPartitionMetadata(*files, "/p").value() == Id(first));
  }
}

TEST_CASE("what a Kafka wrote reads") {
  const auto id = ParsePartitionMetadata("version: 0\ntopic_id: XpSCprrnRieSmxtxWINfcQ", "file");
  REQUIRE(id.ok());
  CHECK(FormatTopicId(*id) == "XpSCprrnRieSmxtxWINfcQ");
  CHECK(ParsePartitionMetadata("version: 0\ntopic_id: XpSCprrnRieSmxtxWINfcQ\n", "file").ok());
}

TEST_CASE("text that is no partition metadata is refused with the file's name") {
  for (const char* text :
       {"", "version: 0\n", "version: 1\ntopic_id: XpSCprrnRieSmxtxWINfcQ", "version: 0\ntopic_id: ",
        "version: 0\ntopic_id: XpSCprrnRieSmxtxWINfc", "version: 0\ntopic_id: XpSCprrnRieSmxtxWINfcQQ",
        "version: 0\ntopic_id: XpSCprrnRieSmxtxWINfcQ==", "version: 0\ntopic_id: XpSCprrnRieSmxtxWINfc!",
        "version: 0\ntopic_id:  XpSCprrnRieSmxtxWINfcQ", "version: 0\ntopic_id: XpSCprrnRieSmxtxWINfcR"}) {
    INFO(text);
    const auto id = ParsePartitionMetadata(text, "/p/partition.metadata");
    CHECK(absl::IsDataLoss(id.status()));
    CHECK(std::string(id.status().message()).find("/p/partition.metadata") == 0);
  }
}

}  // namespace
}  // namespace leat::log
