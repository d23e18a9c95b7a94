#include "group/open_group.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using testing::GroupFolder;

TEST_CASE_METHOD(GroupFolder, "a group is made when somebody wants to be in it, and found by all then") {
  const Process one = Open(), two = Open();
  CHECK(absl::IsNotFound(OpenGroupFile(one->state(), "g", GroupOpening::kExisting).status()));
  CHECK_FALSE(std::filesystem::exists(path() + "/groups"));
  const auto made = OpenGroupFile(one->state(), "g", GroupOpening::kCreate);
  REQUIRE(made.ok());
  (*made)->header().empty_since.store(4711);
  const auto found = OpenGroupFile(two->state(), "g", GroupOpening::kCreate);
  REQUIRE(found.ok());
  CHECK((*found)->header().empty_since.load() == 4711);
  CHECK((*found)->verdict() == GroupVerdict::kOurs);
  CHECK(absl::IsInvalidArgument(OpenGroupFile(one->state(), "", GroupOpening::kCreate).status()));
}

TEST_CASE_METHOD(GroupFolder, "many who make a group at once make one") {
  const Process processes[] = {Open(), Open(), Open()};
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<GroupFile>> files(12);
  std::atomic<bool> go{false};
  for (std::size_t i = 0; i < files.size(); ++i) {
    threads.emplace_back([&, i] {
      while (!go.load()) std::this_thread::yield();
      auto file = OpenGroupFile(processes[i % 3]->state(), "g", GroupOpening::kCreate);
      if (file.ok()) files[i] = *std::move(file);
    });
  }
  go.store(true);
  for (std::thread& thread : threads) thread.join();
  REQUIRE(files[0] != nullptr);
  files[0]->header().empty_since.store(4711);
  for (const auto& file : files) {
    REQUIRE(file != nullptr);
    CHECK(file->header().empty_since.load() == 4711);
  }
}

TEST_CASE_METHOD(GroupFolder, "a group's file is as its folder is, for everybody who may use that") {
  const Process one = Open();
  std::filesystem::permissions(path(), std::filesystem::perms::all);
  const Process two = Open();
  REQUIRE(OpenGroupFile(two->state(), "g", GroupOpening::kCreate).ok());
  const auto mode = std::filesystem::status(GroupPath("g")).permissions();
  CHECK((mode & std::filesystem::perms::others_write) != std::filesystem::perms::none);
  CHECK((mode & std::filesystem::perms::others_exec) == std::filesystem::perms::none);
}

TEST_CASE_METHOD(GroupFolder, "what somebody left who died while he made a group is in nobody's way") {
  const Process one = Open();
  REQUIRE(OpenGroupFile(one->state(), "a", GroupOpening::kCreate).ok());
  std::ofstream(GroupPath("g~")) << "half a file";
  one->state().control().header().header_lock.store(0);
  CHECK(OpenGroupFile(one->state(), "g", GroupOpening::kCreate).ok());
  CHECK(*ListGroups(one->state()) == std::vector<std::string>{"a", "g"});
  CHECK_FALSE(std::filesystem::exists(GroupPath("g~")));
}

TEST_CASE_METHOD(GroupFolder, "a folder that is gone has no groups to make") {
  const Process one = Open();
  std::filesystem::rename(path(), temp / "moved");
  CHECK(absl::IsFailedPrecondition(OpenGroupFile(one->state(), "g", GroupOpening::kCreate).status()));
}

}  // namespace
}  // namespace leat::group
