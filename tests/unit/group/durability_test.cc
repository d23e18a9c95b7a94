#include "group/durability.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "group/group.h"
#include "group/layout.h"
#include "group/offset.h"
#include "io/failing_file_system.h"
#include "support/catch.h"
#include "support/group_folder.h"
#include "support/watched_files.h"

namespace leat::group {
namespace {

using testing::GroupFolder;
using testing::PollingMember;

TEST_CASE("offsets from 0 on and metadata up to 4,096 bytes may be committed") {
  CHECK(CheckOffset(0, "").ok());
  CHECK(CheckOffset(std::int64_t{1} << 62, std::string(kMetadataMax, 'x')).ok());
  CHECK(absl::IsInvalidArgument(CheckOffset(-1, "")));
  CHECK(absl::IsInvalidArgument(CheckOffset(0, std::string(kMetadataMax + 1, 'x'))));
}

TEST_CASE("a commit to disk is synced, and after a failed sync none is promised any more, by nobody") {
  GroupFolder folder;
  broker::Environment environment = broker::RealEnvironment();
  const auto failing = std::make_shared<io::FailingFileSystem>(environment.files);
  environment.files = failing;
  const auto backend = *broker::OpenLocal(folder.path(), {}, environment);
  GroupFolder::Topic(backend, "t", 1);
  PollingMember one(backend, "g", {"t"});
  REQUIRE(one.Poll().ok());
  const std::vector<OffsetToCommit> commit = {{.place = one->owned()[0].place, .offset = 7}};

  const int before = failing->calls(FileCall::kSync);
  REQUIRE(one->Commit(commit, Durability::kProcess).ok());
  CHECK(failing->calls(FileCall::kSync) == before);
  REQUIRE(one->Commit(commit, Durability::kDisk).ok());
  CHECK(failing->calls(FileCall::kSync) == before + 1);

  failing->FailAt(1, absl::DataLossError("the disk is gone"), FileCall::kSync);
  const absl::Status failed = one->Commit(commit, Durability::kDisk);
  CHECK(absl::IsDataLoss(failed));
  CHECK(std::string(failed.message()).find("the disk is gone") != std::string::npos);
  CHECK(std::string(failed.message()).find("/groups/g") != std::string::npos);
  // It would report success now.
  CHECK(absl::IsDataLoss(one->Commit(commit, Durability::kDisk)));
  CHECK(one->Commit(commit, Durability::kProcess).ok());
  REQUIRE(one->Leave().ok());
  const auto group = Group::Open(backend->local_folder(), "g", GroupOpening::kExisting);
  REQUIRE(group.ok());
  CHECK(absl::IsDataLoss((*group)->SetOffsets({}, Durability::kDisk)));
}

TEST_CASE("who did not make a group's file stores it again before the first commit to disk, and syncs the names") {
  GroupFolder folder;
  const auto maker = *broker::OpenLocal(folder.path(), {}, broker::RealEnvironment());
  GroupFolder::Topic(maker, "t", 2);
  PollingMember one(maker, "g", {"t"});
  REQUIRE(one.Poll().ok());
  REQUIRE(
      one->Commit(std::vector<OffsetToCommit>{{.place = one->owned()[0].place, .offset = 7}}, Durability::kProcess)
          .ok());
  REQUIRE(one->Leave().ok());

  broker::Environment environment = broker::RealEnvironment();
  const auto files = std::make_shared<testing::WatchedFiles>(environment.files);
  environment.files = files;
  const auto backend = *broker::OpenLocal(folder.path(), {}, environment);
  const auto group = Group::Open(backend->local_folder(), "g", GroupOpening::kExisting);
  REQUIRE(group.ok());
  const std::vector<NamedOffset> offset = {
      {.partition = {"t", 0}, .topic_id = (*backend->FindTopic("t"))->id, .offset = 9}};
  const bool damaged = GENERATE(false, true);
  CAPTURE(damaged);
  if (damaged) {
    // A bit of an extent's head, as when its page never reached the disk and was read anew.
    const auto file = *environment.files->Open(folder.path() + "/groups/g", io::OpenMode::kReadWrite);
    const std::byte wrong{0x55};
    REQUIRE(file->WriteAt(static_cast<std::int64_t>(kExtentsAt), std::span(&wrong, 1), {}).ok());
  }
  files->journal().Take();
  const absl::Status first = (*group)->SetOffsets(offset, Durability::kDisk);
  CHECK(absl::IsDataLoss(first) == damaged);
  if (damaged) return;
  REQUIRE(first.ok());
  const auto names = files->journal().Take();
  CHECK(std::count(names.begin(), names.end(), "sync folder groups") == 1);
  CHECK(std::count(names.begin(), names.end(), "sync g") == 1);
  REQUIRE((*group)->SetOffsets(offset, Durability::kDisk).ok());
  CHECK(files->journal().Take() == std::vector<std::string>{"sync g"});
}

TEST_CASE("whatever call of the disk fails while somebody joins and commits, the group is whole") {
  for (int at = 1;; ++at) {
    GroupFolder folder;
    broker::Environment environment = broker::RealEnvironment();
    const auto failing = std::make_shared<io::FailingFileSystem>(environment.files);
    environment.files = failing;
    const auto backend = *broker::OpenLocal(folder.path(), {}, environment);
    GroupFolder::Topic(backend, "t", 8);
    const int before = failing->calls(FileCall::kAny);
    failing->FailAt(at, absl::ResourceExhaustedError("disk full"), FileCall::kAny);
    bool all = false;
    {
      auto member = Member::Join(backend->local_folder(), "g", {}, {"t"});
      if (member.ok() && (*member)->Look().ok()) {
        const std::string text(4096, 'x');
        std::vector<OffsetToCommit> commits;
        for (const GroupPartition& partition : (*member)->owned()) {
          commits.push_back({.place = partition.place, .offset = 7, .metadata = text});
        }
        all = (*member)->Commit(commits, Durability::kDisk).ok() && (*member)->Leave().ok();
      }
    }
    CAPTURE(at, all);
    const bool failed = failing->calls(FileCall::kAny) >= before + at;
    failing->FailAt(0, {}, FileCall::kAny);
    PollingMember next(backend, "g", {"t"});
    REQUIRE(next.Poll().ok());
    REQUIRE(next.count() == 8);
    const auto group = Group::Open(backend->local_folder(), "g", GroupOpening::kExisting);
    REQUIRE(group.ok());
    REQUIRE((*group)->damage().ok());
    const std::size_t remembered = (*group)->Offsets()->size();
    CHECK((remembered == 0 || remembered == 8));
    if (all) CHECK(remembered == 8);
    if (!failed) break;
    REQUIRE(at < 1000);
  }
}

}  // namespace
}  // namespace leat::group
