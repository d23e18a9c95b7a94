#include "broker/topics.h"

#include <leat/batch.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "broker/open_local.h"
#include "broker/topic_mending.h"
#include "broker/topic_name.h"
#include "io/failing_file_system.h"
#include "io/memory_file_system.h"
#include "io/posix_file_system.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

using testing::ForkedChild;
using testing::TempFolder;

Environment Over(std::shared_ptr<io::FileSystem> files) {
  Environment environment = RealEnvironment();
  environment.files = std::move(files);
  return environment;
}

// What is wrong with a folder in which nobody is in the middle of anything: each topic's folders are there and hold
// its id, no other folder is, nothing is pending.
std::string WhatIsWrong(LocalBackend& backend) {
  Folder& folder = backend.state();
  const auto names = ListTopicNames(folder.place());
  if (!names.ok()) return names.status().ToString();
  if (!names->pending.empty()) return "pending: " + names->pending.front();
  std::vector<std::string> wanted;
  for (const std::string& name : names->topics) {
    const auto topic = backend.FindTopic(name);
    if (!topic.ok()) return topic.status().ToString();
    BatchBuilder builder;
    if (!builder.Append(nullptr, "v", {}, 0)) return "no batch";
    for (const auto& partition : (*topic)->partitions) {
      const auto appended = partition->Append(builder.Seal({}), Durability::kTopicDefault);
      if (!appended.ok()) return appended.status().ToString();
      wanted.push_back(PartitionFolderName(name, partition->id()));
    }
  }
  const auto entries = folder.files().List(folder.path());
  if (!entries.ok()) return entries.status().ToString();
  for (const std::string& entry : *entries) {
    const bool of_partition = ParsePartitionFolderName(entry).has_value() || entry.ends_with("-delete");
    if (of_partition && std::find(wanted.begin(), wanted.end(), entry) == wanted.end()) return "left over: " + entry;
  }
  return "";
}

absl::Status Do(LocalBackend& backend, int what) {
  switch (what) {
    case 0:
      return CreateTopic(backend.state(), "new", {.partitions = 2}).status();
    case 1:
      return AddPartitions(backend.state(), "old", 3).status();
    case 2:
      return backend.AlterTopic("old", {.max_message_bytes = 5000});
    default:
      return DeleteTopic(backend.state(), "old");
  }
}

TEST_CASE("names that are taken, or would be mistaken for one another, are refused") {
  const auto backend = *OpenInMemory({}, MemoryEnvironment());
  REQUIRE(CreateTopic(backend->state(), "a.b", {}).ok());
  CHECK(absl::IsAlreadyExists(CreateTopic(backend->state(), "a.b", {}).status()));
  CHECK(absl::IsInvalidArgument(CreateTopic(backend->state(), "a_b", {}).status()));
  CHECK(absl::IsInvalidArgument(CreateTopic(backend->state(), "a/b", {}).status()));
  CHECK(absl::IsInvalidArgument(ReadTopic(backend->state(), "../leat.meta").status()));
  REQUIRE(CreateTopic(backend->state(), std::string(249, 'n'), {.partitions = 11}).ok());
  CHECK(DeleteTopic(backend->state(), std::string(249, 'n')).ok());
  CHECK(*ListTopics(backend->state()) == std::vector<std::string>{"a.b"});
}

TEST_CASE(
    "whichever call fails while topics are made and deleted, the same works afterwards and nothing is left over") {
  const int what = GENERATE(0, 1, 2, 3);
  std::string wrong;
  int n = 1;
  for (bool beyond = false; !beyond && wrong.empty(); ++n) {
    const auto files = std::make_shared<io::FailingFileSystem>(io::MakeMemoryFileSystem());
    const auto backend = OpenLocal("/d", {}, Over(files));
    REQUIRE(backend.ok());
    REQUIRE(CreateTopic((*backend)->state(), "old", {}).ok());
    const int before = files->calls();
    files->FailAt(n, absl::ResourceExhaustedError("full"));
    const absl::Status status = Do(**backend, what);
    beyond = files->calls() - before < n;
    files->Heal();
    if (!status.ok()) {
      // Done or not when it failed; it can be done now, or is.
      const absl::Status again = Do(**backend, what);
      const bool done = again.ok() || absl::IsAlreadyExists(again) || absl::IsNotFound(again) ||
                        (what == 1 && absl::IsInvalidArgument(again));
      if (!done) wrong = again.ToString();
    }
    // Whatever comes next mends what is left.
    const absl::Status next = CreateTopic((*backend)->state(), "next", {}).status();
    if (wrong.empty()) wrong = next.ok() ? WhatIsWrong(**backend) : next.ToString();
    if (!wrong.empty()) wrong += " (call " + std::to_string(n) + ", operation " + std::to_string(what) + ")";
  }
  INFO(wrong);
  CHECK(wrong.empty());
  CHECK(n > 5);
}

TEST_CASE("a process that dies while it makes or deletes a topic leaves nothing half done to the others") {
  const int what = GENERATE(0, 1, 2, 3);
  const TempFolder temp(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp");
  std::string wrong;
  bool finished = false;
  for (int n = 1; !finished && wrong.empty(); ++n) {
    const std::string path = temp / std::to_string(n);
    const auto survivor = OpenLocal(path, {}, RealEnvironment());
    REQUIRE(survivor.ok());
    REQUIRE(CreateTopic((*survivor)->state(), "old", {}).ok());
    ForkedChild child([&](ForkedChild&) {
      const auto files = std::make_shared<io::FailingFileSystem>(io::MakePosixFileSystem());
      const auto backend = OpenLocal(path, {}, Over(files));
      if (!backend.ok()) return 2;
      files->FailFrom(n, absl::InternalError("dead"));
      const bool done = Do(**backend, what).ok();
      ::_exit(done ? 1 : 0);  // with its slot, as when killed
    });
    const int code = child.Wait();
    REQUIRE(code != 2);
    finished = code == 1;
    const absl::Status next = CreateTopic((*survivor)->state(), "next", {}).status();
    wrong = next.ok() ? WhatIsWrong(**survivor) : next.ToString();
    if (!wrong.empty()) wrong += " (call " + std::to_string(n) + ")";
    io::RemoveTree((*survivor)->state().files(), path).IgnoreError();
  }
  INFO(wrong);
  CHECK(wrong.empty());
}

TEST_CASE("a process that dies with the list of topics locked blocks nobody") {
  const TempFolder temp;
  const auto survivor = OpenLocal(temp / "data", {}, RealEnvironment());
  REQUIRE(survivor.ok());
  ForkedChild child([&](ForkedChild& self) {
    const auto backend = OpenLocal(temp / "data", {}, RealEnvironment());
    if (!backend.ok()) return 1;
    Folder& folder = (*backend)->state();
    if (!folder.locker()->Lock(folder.control().header().header_lock, "the list").ok()) return 1;
    self.Say('l');
    self.Hear();
    return 1;
  });
  REQUIRE(child.Answer() == 'l');
  child.Kill();
  CHECK(CreateTopic((*survivor)->state(), "t", {}).ok());
}

TEST_CASE("a stopped process that has the list of topics locked is named after max_block") {
  const TempFolder temp;
  const auto survivor = OpenLocal(temp / "data", {.max_block = std::chrono::milliseconds(50)}, RealEnvironment());
  REQUIRE(survivor.ok());
  ForkedChild child([&](ForkedChild& self) {
    const auto backend = OpenLocal(temp / "data", {}, RealEnvironment());
    if (!backend.ok()) return 1;
    Folder& folder = (*backend)->state();
    if (!folder.locker()->Lock(folder.control().header().header_lock, "the list").ok()) return 1;
    self.Say('l');
    self.Hear();
    return 1;
  });
  REQUIRE(child.Answer() == 'l');
  const absl::Status status = CreateTopic((*survivor)->state(), "t", {}).status();
  CHECK(absl::IsUnavailable(status));
  CHECK(status.ToString().find(std::to_string(child.pid())) != std::string::npos);
}

TEST_CASE("a partition's folder whose id cannot be read while its topic is deleted does not come back as a topic") {
  const TempFolder folder;
  const auto files = std::make_shared<io::FailingFileSystem>(io::MakePosixFileSystem());
  for (const bool once_more : {false, true}) {
    auto backend = OpenLocal(folder.path(), {}, Over(files));
    REQUIRE(backend.ok());
    REQUIRE(CreateTopic((*backend)->state(), "a", {}).ok());
    files->FailAt(1, absl::DataLossError("Input/output error"), FileCall::kRead, "partition.metadata");
    CHECK(absl::IsDataLoss(DeleteTopic((*backend)->state(), "a")));
    // Whoever comes next finishes it.
    if (once_more) CHECK(absl::IsNotFound(DeleteTopic((*backend)->state(), "a")));
    REQUIRE((*backend)->Close().ok());
    backend->reset();
    const auto again = OpenLocal(folder.path(), {}, Over(files));
    REQUIRE(again.ok());
    CHECK(absl::IsNotFound((*again)->FindTopic("a").status()));
    CHECK(WhatIsWrong(**again) == "");
  }
}

}  // namespace
}  // namespace leat::broker
