#include "broker/folder.h"

#include <leat/batch.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "broker/folder_lock.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "io/posix_file_system.h"
#include "shared/slot_lock.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

using testing::ForkedChild;
using testing::TempFolder;

absl::StatusOr<std::shared_ptr<LocalBackend>> OpenAt(const std::string& path, BrokerOptions options = {}) {
  return OpenLocal(path, std::move(options), RealEnvironment());
}

bool AppendTo(LocalBackend& backend, std::string_view topic, int batches) {
  const auto found = backend.FindTopic(topic);
  if (!found.ok()) return false;
  BatchBuilder builder;
  if (!builder.Append(nullptr, "value", {}, 0)) return false;
  for (int i = 0; i < batches; ++i) {
    if (!(*found)->partitions[0]->Append(builder.Seal({}), Durability::kTopicDefault).ok()) return false;
  }
  return true;
}

// The records that can be read in the topic's first partition; -1 when something is wrong with them.
std::int64_t CountIn(LocalBackend& backend, std::string_view topic) {
  const auto found = backend.FindTopic(topic);
  if (!found.ok()) return -1;
  const auto cursor = (*found)->partitions[0]->OpenCursor(0);
  if (!cursor.ok()) return -1;
  for (Offset at = 0;;) {
    const auto fetched = (*cursor)->Fetch(1 << 20);
    if (!fetched.ok()) return -1;
    if (fetched->bytes.empty()) return at;
    at = fetched->end;
  }
}

TEST_CASE("what is not a folder of leat's is refused, and left as it is") {
  const TempFolder temp;
  const auto files = io::MakePosixFileSystem();
  CHECK(absl::IsNotFound(OpenAt(temp / "none", {.mode = OpenMode::kExisting}).status()));
  CHECK(absl::IsNotFound(OpenAt(temp / "none/deeper").status()));
  CHECK(absl::IsInvalidArgument(OpenAt("").status()));
  REQUIRE(files->MakeDirectory(temp / "empty").ok());
  CHECK(absl::IsNotFound(OpenAt(temp / "empty", {.mode = OpenMode::kExisting}).status()));
  CHECK(absl::IsNotFound(OpenAt(temp / "empty", {.mode = OpenMode::kReadOnly}).status()));
  CHECK(files->List(temp / "empty")->empty());
  REQUIRE(files->Open(temp / "file", io::OpenMode::kCreate).ok());
  CHECK(absl::IsFailedPrecondition(OpenAt(temp / "file").status()));
  const absl::Status foreign = OpenAt(temp.path()).status();
  CHECK(absl::IsFailedPrecondition(foreign));
  CHECK(foreign.ToString().find("\"empty\"") != std::string::npos);
  CHECK(files->List(temp.path())->size() == 2);
}

TEST_CASE("a folder opens with all its records whatever has become of the control file") {
  const TempFolder temp;
  const std::string path = temp / "data";
  const std::string control = temp / "data/control";
  {
    const auto backend = OpenAt(path);
    REQUIRE(backend.ok());
    REQUIRE(CreateTopic((*backend)->state(), "t", {}).ok());
    REQUIRE(AppendTo(**backend, "t", 10));
  }
  const auto files = io::MakePosixFileSystem();
  const int damage = GENERATE(0, 1, 2, 3, 4);
  if (damage == 0) {
    REQUIRE(files->Remove(control).ok());
  } else {
    const auto file = files->Open(control, io::OpenMode::kReadWrite);
    REQUIRE(file.ok());
    const std::string garbage(100'000, 'x');
    if (damage == 1) REQUIRE((*file)->WriteAt(0, std::as_bytes(std::span(garbage))).ok());
    if (damage == 2) REQUIRE((*file)->Truncate(0).ok());
    if (damage == 3) REQUIRE((*file)->Truncate(5000).ok());
    const std::uint32_t other_layout = 99;
    if (damage == 4) REQUIRE((*file)->WriteAt(8, std::as_bytes(std::span(&other_layout, 1))).ok());
  }
  const auto backend = OpenAt(path);
  INFO(backend.status().ToString());
  REQUIRE(backend.ok());
  CHECK(CountIn(**backend, "t") == 10);
  CHECK(AppendTo(**backend, "t", 1));
}

TEST_CASE("a folder copied while it is in use opens, with nobody's locks in it") {
  const TempFolder temp;
  const auto original = OpenAt(temp / "data");
  REQUIRE(original.ok());
  Folder& folder = (*original)->state();
  REQUIRE(CreateTopic(folder, "t", {}).ok());
  REQUIRE(AppendTo(**original, "t", 10));
  // Locks held at the moment of the copy.
  REQUIRE(folder.locker()->Lock(folder.control().header().header_lock, "list").ok());
  REQUIRE(folder.locker()->Lock(folder.control().page(0).append_lock, "append").ok());
  std::filesystem::copy(temp / "data", temp / "copy", std::filesystem::copy_options::recursive);
  folder.locker()->Unlock(folder.control().page(0).append_lock);
  folder.locker()->Unlock(folder.control().header().header_lock);

  const auto copy = OpenAt(temp / "copy");
  INFO(copy.status().ToString());
  REQUIRE(copy.ok());
  CHECK(CountIn(**copy, "t") == 10);
  CHECK(AppendTo(**copy, "t", 5));
  CHECK(CreateTopic((*copy)->state(), "u", {}).ok());
  CHECK(CountIn(**original, "t") == 10);
}

TEST_CASE("what a killed process appended is there for the survivors and for the next opener") {
  const TempFolder temp;
  const std::string path = temp / "data";
  const bool with_survivor = GENERATE(true, false);
  auto survivor = OpenAt(path);
  REQUIRE(survivor.ok());
  REQUIRE(CreateTopic((*survivor)->state(), "t", {.segment_bytes = 64 << 10, .max_message_bytes = 1000}).ok());
  if (!with_survivor) {
    REQUIRE((*survivor)->Close().ok());
    survivor->reset();
  }
  ForkedChild child([&](ForkedChild& self) {
    const auto backend = OpenAt(path);
    if (!backend.ok() || !AppendTo(**backend, "t", 3000)) return 1;
    self.Say('d');
    self.Hear();
    return 0;
  });
  REQUIRE(child.Answer() == 'd');
  child.Kill();
  if (with_survivor) {
    CHECK(CountIn(**survivor, "t") == 3000);
    CHECK(AppendTo(**survivor, "t", 10));
  }
  const auto next = OpenAt(path);
  REQUIRE(next.ok());
  CHECK(CountIn(**next, "t") == (with_survivor ? 3010 : 3000));
  CHECK(AppendTo(**next, "t", 10));
  const auto names = (*next)->state().files().List(path + "/t-0");
  REQUIRE(names.ok());
  if (!with_survivor) {
    for (const std::string& name : *names) {
      INFO(name);
      CHECK((!name.starts_with("next-") || !name.ends_with(".tmp") || name.starts_with("next-0-")));
    }
  }
}

TEST_CASE("who inherits a slot and cannot settle what names it leaves it to the next one to settle") {
  const TempFolder temp;
  const auto backend = OpenAt(temp / "data");
  REQUIRE(backend.ok());
  Folder& folder = (*backend)->state();
  REQUIRE(CreateTopic(folder, "t", {}).ok());
  const shared::ControlFile& control = folder.control();
  for (std::uint32_t i = 0; i < shared::kMaxSlots; ++i) control.slot(i).state = shared::kSlotUsed;
  const std::uint32_t inherited = folder.slot()->index() == 0 ? 1 : 0;
  control.slot(inherited).generation = 7;
  control.page(0).append_lock = shared::LockWord(inherited, 7);

  const std::filesystem::path topic = temp / "data/topics/t";
  REQUIRE(std::filesystem::exists(topic));
  std::filesystem::copy(topic, temp / "kept");
  std::filesystem::resize_file(topic, 1);
  CHECK_FALSE(OpenAt(temp / "data").ok());
  CHECK(control.slot(inherited).generation == 8);
  CHECK(control.slot(inherited).state == shared::kSlotUsed);

  std::filesystem::copy(temp / "kept", topic, std::filesystem::copy_options::overwrite_existing);
  const auto next = OpenAt(temp / "data");
  REQUIRE(next.ok());
  CHECK((*next)->state().slot()->inherited());
  CHECK(control.page(0).append_lock == 0);
}

TEST_CASE("who is kept out names the process that keeps it out") {
  const TempFolder temp;
  const std::string path = temp / "data";
  REQUIRE(OpenAt(path).ok());
  ForkedChild child([&](ForkedChild& self) {
    const auto files = io::MakePosixFileSystem();
    const auto lock = OpenLockFile(*files, path, {});
    if (!lock.ok() || !(*lock)->TryLock(0, io::LockKind::kExclusive).ok()) return 1;
    self.Say('l');
    self.Hear();
    return 0;
  });
  REQUIRE(child.Answer() == 'l');
  const absl::Status refused = OpenAt(path, {.open_timeout = std::chrono::milliseconds(30)}).status();
  INFO(refused.ToString());
  CHECK(absl::IsFailedPrecondition(refused));
  CHECK(refused.ToString().find("pid " + std::to_string(child.pid())) != std::string::npos);
  child.Kill();
  CHECK(OpenAt(path).ok());
}

TEST_CASE("a forked child's inherited broker refuses, ends without harm, and the child opens its own") {
  const TempFolder temp;
  const std::string path = temp / "data";
  auto backend = OpenAt(path);
  REQUIRE(backend.ok());
  REQUIRE(CreateTopic((*backend)->state(), "t", {}).ok());
  REQUIRE(AppendTo(**backend, "t", 2000));  // far enough for the housekeeper to run
  auto topic = (*backend)->FindTopic("t");
  REQUIRE(topic.ok());
  ForkedChild child([&](ForkedChild&) {
    if (!absl::IsFailedPrecondition((*backend)->Usable())) return 1;
    if (AppendTo(**backend, "t", 1)) return 2;
    if ((*topic)->partitions[0]->OpenCursor(0).ok()) return 3;
    if (!absl::IsFailedPrecondition((*backend)->Close())) return 4;
    topic->reset();
    backend->reset();
    const auto own = OpenAt(path);
    if (!own.ok() || CountIn(**own, "t") != 2000 || !AppendTo(**own, "t", 5)) return 5;
    return (*own)->Close().ok() ? 0 : 6;
  });
  CHECK(child.Wait() == 0);
  CHECK((*backend)->Usable().ok());
  CHECK(CountIn(**backend, "t") == 2005);
  CHECK(AppendTo(**backend, "t", 1));
  CHECK((*backend)->Close().ok());
}

TEST_CASE("a page of a deleted topic is used again once somebody has been alone in the folder") {
  const TempFolder temp;
  for (int i = 0; i < 3; ++i) {
    const auto backend = OpenAt(temp / "data");
    REQUIRE(backend.ok());
    Folder& folder = (*backend)->state();
    REQUIRE(CreateTopic(folder, "t", {.partitions = 3}).ok());
    REQUIRE(AppendTo(**backend, "t", 1));
    REQUIRE(DeleteTopic(folder, "t").ok());
    CHECK(folder.control().page_count() == 3);
  }
}

TEST_CASE("closing while others append ends their appends with a status") {
  const TempFolder temp;
  for (int i = 0; i < 20; ++i) {
    const auto backend = OpenAt(temp / "data");
    REQUIRE(backend.ok());
    if (i == 0) REQUIRE(CreateTopic((*backend)->state(), "t", {}).ok());
    const auto topic = (*backend)->FindTopic("t");
    REQUIRE(topic.ok());
    absl::Status last;
    std::atomic<std::int64_t> appended{0};
    std::thread appender([&] {
      BatchBuilder builder;
      if (!builder.Append(nullptr, "value", {}, 0)) return;
      while (last.ok()) {
        last = (*topic)->partitions[0]->Append(builder.Seal({}), Durability::kTopicDefault).status();
        if (last.ok()) ++appended;
      }
    });
    while (appended < 10) std::this_thread::yield();
    const absl::Status closed = (*backend)->Close();
    appender.join();
    CHECK(closed.ok());
    CHECK(absl::IsFailedPrecondition(last));
  }
}

TEST_CASE("many openers at once of a new folder all get in") {
  const TempFolder temp;
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(8);
  for (absl::Status& result : results) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10 && result.ok(); ++round) result = OpenAt(temp / "data").status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) {
    INFO(result.ToString());
    CHECK(result.ok());
  }
}

}  // namespace
}  // namespace leat::broker
