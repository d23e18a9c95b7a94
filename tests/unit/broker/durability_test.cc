// What appends, topics and folders promise of the disk, by what they sync.
#include <memory>
#include <string>
#include <vector>

#include "broker/local_backend.h"
#include "broker/local_partition.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "log/checkpoint.h"
#include "shared/control_file.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/watched_files.h"

namespace leat::broker {
namespace {

using testing::TempFolder;
using testing::WatchedFiles;

struct Opened {
  explicit Opened(const std::string& path, BrokerOptions options = {}) {
    Environment environment = RealEnvironment();
    environment.files = files = std::make_shared<WatchedFiles>(environment.files);
    auto opened = OpenLocal(path, std::move(options), environment);
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    backend = *std::move(opened);
  }
  std::shared_ptr<const TopicBackend> Topic(std::string_view name) {
    auto topic = backend->FindTopic(name);
    if (!topic.ok()) throw std::runtime_error(topic.status().ToString());
    return *topic;
  }
  absl::StatusOr<Appended> Append(std::string_view topic, Durability durability, PartitionId partition = 0,
                                  std::size_t size = 10) {
    BatchBuilder builder;
    if (!builder.Append(nullptr, std::string(size, 'v'), {}, 1)) throw std::runtime_error("too large");
    return Topic(topic)->partitions[static_cast<std::size_t>(partition)]->Append(builder.Seal({}), durability);
  }
  PartitionDescription Describe(std::string_view topic, PartitionId partition = 0) {
    return backend->DescribeTopic(topic)->partitions[static_cast<std::size_t>(partition)];
  }
  int syncs() { return files->journal().syncs; }

  std::shared_ptr<WatchedFiles> files;
  std::shared_ptr<LocalBackend> backend;
};

TEST_CASE("a topic's durability is a floor, and an append may ask for more") {
  const TempFolder folder;
  Opened opened(folder.path());
  REQUIRE(CreateTopic(opened.backend->state(), "disk", {.durability = Durability::kDisk}).ok());
  REQUIRE(CreateTopic(opened.backend->state(), "process", {}).ok());
  for (const Durability asked : {Durability::kTopicDefault, Durability::kProcess, Durability::kDisk}) {
    const int before = opened.syncs();
    REQUIRE(opened.Append("disk", asked).ok());
    CHECK(opened.syncs() == before + 1);
    REQUIRE(opened.Append("process", asked).ok());
    CHECK(opened.syncs() == before + (asked == Durability::kDisk ? 2 : 1));
  }
  CHECK(opened.Describe("disk").flushed == 3);
  CHECK(opened.Describe("disk").high_watermark == 3);
}

TEST_CASE("a kDisk topic is one after reopening, too: with the state that was left, and after it was recovered") {
  const TempFolder folder;
  {
    Opened opened(folder.path());
    REQUIRE(CreateTopic(opened.backend->state(), "disk", {.durability = Durability::kDisk}).ok());
    REQUIRE(opened.Append("disk", Durability::kTopicDefault).ok());
  }
  for (const bool recovered : {false, true}) {
    if (recovered) REQUIRE(RealEnvironment().files->Remove(folder / "control").ok());
    Opened opened(folder.path());
    const int before = opened.syncs();
    REQUIRE(opened.Append("disk", Durability::kTopicDefault).ok());
    CHECK(opened.syncs() == before + 1);
  }
}

TEST_CASE("altering a topic's durability holds for handles that were found before") {
  const TempFolder folder;
  Opened one(folder.path()), other(folder.path());
  REQUIRE(CreateTopic(one.backend->state(), "t", {}).ok());
  const auto found_before = other.Topic("t");
  REQUIRE(other.Append("t", Durability::kTopicDefault).ok());
  REQUIRE(one.backend->AlterTopic("t", {.durability = Durability::kDisk}).ok());
  CHECK(one.Describe("t").flushed == 1);
  const auto append = [&] {
    BatchBuilder builder;
    REQUIRE(builder.Append(nullptr, "v", {}, 1));
    REQUIRE(found_before->partitions[0]->Append(builder.Seal({}), Durability::kTopicDefault).ok());
  };
  append();
  CHECK(one.Describe("t").flushed == 2);
  REQUIRE(one.backend->AlterTopic("t", {.durability = Durability::kProcess}).ok());
  append();
  CHECK(one.Describe("t").flushed == 2);
  CHECK(one.Describe("t").high_watermark == 3);
}

TEST_CASE("Flush syncs what all processes have appended to all topics") {
  const TempFolder folder;
  Opened one(folder.path()), other(folder.path());
  REQUIRE(CreateTopic(one.backend->state(), "a", {.partitions = 3}).ok());
  REQUIRE(CreateTopic(one.backend->state(), "b", {}).ok());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(one.Append("a", Durability::kProcess, i).ok());
    REQUIRE(other.Append("a", Durability::kProcess, i).ok());
  }
  REQUIRE(other.Append("b", Durability::kProcess).ok());
  REQUIRE(one.backend->Flush().ok());
  for (int i = 0; i < 3; ++i) CHECK(one.Describe("a", i).flushed == 2);
  CHECK(one.Describe("b").flushed == 1);
  const int before = one.syncs();
  REQUIRE(one.backend->Flush().ok());
  CHECK(one.syncs() == before);
}

TEST_CASE("Flush tells of the partition that could not be synced, and syncs the others") {
  const TempFolder folder;
  Opened one(folder.path());
  REQUIRE(CreateTopic(one.backend->state(), "a", {.partitions = 2}).ok());
  REQUIRE(one.Append("a", Durability::kProcess, 0).ok());
  one.files->journal().losses = 1;
  REQUIRE(one.Append("a", Durability::kProcess, 1).ok());  // this one's file is opened after the loss
  const absl::Status flushed = one.backend->Flush();
  CHECK(absl::IsDataLoss(flushed));
  CHECK(std::string(flushed.message()).find("a-0") != std::string::npos);
  CHECK(one.Describe("a", 1).flushed == 1);
  CHECK(absl::IsDataLoss(one.Describe("a", 0).status));
  CHECK(absl::IsDataLoss(one.backend->Flush()));
  CHECK(absl::IsDataLoss(one.backend->Close()) == false);  // what is lost is not sealed
  // For as long as the machine runs, also when nobody has had the folder open meanwhile.
  Opened next(folder.path());
  CHECK(absl::IsDataLoss(next.Append("a", Durability::kProcess, 0).status()));
  CHECK(next.Append("a", Durability::kProcess, 1).ok());
}

TEST_CASE("a failed sync is remembered when the rest of the shared state is not") {
  const TempFolder folder;
  {
    Opened one(folder.path());
    REQUIRE(CreateTopic(one.backend->state(), "a", {}).ok());
    REQUIRE(one.Append("a", Durability::kProcess).ok());
    one.files->journal().losses = 1;
    CHECK(absl::IsDataLoss(one.Append("a", Durability::kDisk).status()));
  }
  {
    // As when somebody has died while he sealed.
    const Environment real = RealEnvironment();
    const auto control =
        shared::ControlFile::Open(*real.files, folder / "control", real.boot_id, io::MapAccess::kReadWrite);
    REQUIRE(control.ok());
    (*control)->header().topic_generation.store(0);
  }
  Opened next(folder.path());
  CHECK(absl::IsDataLoss(next.Append("a", Durability::kProcess).status()));
  const auto checkpoint = log::ReadCheckpoint(*next.files, folder / "a-0");
  REQUIRE(checkpoint.ok());
  CHECK((!checkpoint->newest.has_value() || checkpoint->newest->end == 0));
}

TEST_CASE(
    "what is recovered on a machine that has been running all the time is stored again before it is called synced") {
  const TempFolder folder;
  const auto files = RealEnvironment().files;
  {
    Opened one(folder.path());
    REQUIRE(CreateTopic(one.backend->state(), "a", {}).ok());
    for (int i = 0; i < 3; ++i) REQUIRE(one.Append("a", Durability::kProcess).ok());
  }
  const std::int64_t size = files->Info(folder / "a-0/00000000000000000000.log")->size;
  // Only a control file that says so proves that the machine was started anew.
  enum State { kHalfClosed, kGone, kGarbage, kOtherLayout, kOtherBoot };
  const State state = GENERATE(kHalfClosed, kGone, kGarbage, kOtherLayout, kOtherBoot);
  CAPTURE(state);
  const std::string boot_id = RealEnvironment().boot_id;
  {
    const auto control = shared::ControlFile::Open(*files, folder / "control", boot_id, io::MapAccess::kReadWrite);
    REQUIRE(control.ok());
    (*control)->header().topic_generation.store(0);
    if (state == kGarbage) (*control)->header().identity.magic[0] ^= 1;
    if (state == kOtherLayout) ++(*control)->header().identity.layout_version;
  }
  if (state == kGone) REQUIRE(files->Remove(folder / "control").ok());
  Environment environment = RealEnvironment();
  const auto watched = std::make_shared<WatchedFiles>(environment.files);
  environment.files = watched;
  if (state == kOtherBoot) environment.boot_id = "another";
  REQUIRE(OpenLocal(folder.path(), {}, environment).ok());
  std::int64_t stored = 0;
  for (const std::string& note : watched->journal().Take()) {
    if (note.starts_with("store 00000000000000000000.log")) stored += std::stoll(note.substr(note.rfind(' ')));
  }
  CHECK(stored == (state == kOtherBoot ? 0 : size));
}

TEST_CASE("what a recovery cuts off is told to who opens, and counted") {
  const TempFolder folder;
  const auto files = RealEnvironment().files;
  std::int64_t size = 0;
  {
    Opened one(folder.path());
    REQUIRE(CreateTopic(one.backend->state(), "a", {}).ok());
    for (int i = 0; i < 3; ++i) REQUIRE(one.Append("a", Durability::kProcess).ok());
  }
  const std::string path = folder / "a-0/00000000000000000000.log";
  size = files->Info(path)->size;
  REQUIRE(files->Remove(folder / "a-0/checkpoint").ok());
  {
    const auto file = files->Open(path, io::OpenMode::kReadWrite);
    REQUIRE((*file)->Truncate(size - 1).ok());
  }
  Environment environment = RealEnvironment();
  environment.boot_id = "another";
  std::vector<RecoveredPartition> told;
  BrokerOptions options;
  options.on_recovered = [&](const RecoveredPartition& recovered) { told.push_back(recovered); };
  const auto opened = OpenLocal(folder.path(), options, environment);
  REQUIRE(opened.ok());
  REQUIRE(told.size() == 1);
  CHECK(told[0].partition == TopicPartition{"a", 0});
  CHECK(told[0].cut_bytes == size - size / 3 * 2 - 1);
  CHECK(told[0].cut_segments == 0);
  REQUIRE(!told[0].notes.empty());
  CHECK(told[0].notes[0].find(path) != std::string::npos);
  const shared::FolderCounters& counters = (*opened)->state().control().header().counters;
  CHECK(counters.cut_bytes.load() == static_cast<std::uint64_t>(told[0].cut_bytes));
}

TEST_CASE("a broker in memory has nothing to flush to, and one that reads only may not") {
  const auto memory = *OpenInMemory({}, MemoryEnvironment());
  CHECK(absl::IsInvalidArgument(memory->Flush()));
  const TempFolder folder;
  { Opened made(folder.path()); }
  Opened reader(folder.path(), {.mode = OpenMode::kReadOnly});
  CHECK(absl::IsPermissionDenied(reader.backend->Flush()));
}

}  // namespace
}  // namespace leat::broker
