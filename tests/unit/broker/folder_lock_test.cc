#include "broker/folder_lock.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "io/posix_file_system.h"
#include "shared/process_slot.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

using std::chrono::milliseconds;

struct LockTest {
  testing::TempFolder temp;
  std::shared_ptr<io::FileSystem> files = io::MakePosixFileSystem();
  std::shared_ptr<base::Random> random = base::SystemRandom();
  io::FileInfo like = *files->Info(temp.path());

  std::unique_ptr<io::File> Open() {
    auto file = OpenLockFile(*files, temp.path(), like);
    REQUIRE(file.ok());
    return *std::move(file);
  }

  absl::StatusOr<Held> Lock(io::File& file, bool may_share = true, milliseconds timeout = milliseconds(0)) {
    return LockForOpening(file, {.timeout = timeout,
                                 .clock = base::RealClock(),
                                 .random = *random,
                                 .may_share = [may_share] { return may_share; },
                                 .holders = [] { return std::string("it is held by a test"); }});
  }
};

TEST_CASE_METHOD(LockTest, "the first is alone, and the second shares once the first does") {
  const auto first = Open();
  const auto second = Open();
  REQUIRE(*Lock(*first) == Held::kExclusive);
  const absl::Status refused = Lock(*second).status();
  CHECK(absl::IsFailedPrecondition(refused));
  CHECK(refused.ToString().find("held by a test") != std::string::npos);
  REQUIRE(ShareFolder(*first).ok());
  CHECK(*Lock(*second) == Held::kShared);
}

TEST_CASE_METHOD(LockTest, "who waits for one that is alone gets the lock when it is shared") {
  const auto first = Open();
  const auto second = Open();
  REQUIRE(*Lock(*first) == Held::kExclusive);
  std::atomic<bool> looked{false};
  absl::StatusOr<Held> held = absl::UnknownError("");
  std::thread waiting([&] {
    looked = true;
    held = Lock(*second, true, std::chrono::minutes(1));
  });
  while (!looked) std::this_thread::yield();
  const absl::Status shared = ShareFolder(*first);
  waiting.join();
  REQUIRE(shared.ok());
  REQUIRE(held.ok());
  CHECK(*held == Held::kShared);
}

TEST_CASE_METHOD(LockTest, "what may not be shared is given back, for who holds it to be done") {
  const auto first = Open();
  const auto second = Open();
  REQUIRE(*Lock(*first) == Held::kExclusive);
  REQUIRE(ShareFolder(*first).ok());
  CHECK(absl::IsFailedPrecondition(Lock(*second, false).status()));
  // Nothing of the attempt is left: the first can be alone again.
  CHECK(*BecomeAlone(*first));
}

TEST_CASE_METHOD(LockTest, "two who cannot trust what is there do not wait for each other for ever") {
  const auto first = Open();
  const auto second = Open();
  std::atomic<int> alone{0};
  const auto take = [&](io::File& file) {
    for (int round = 0; round < 50; ++round) {
      const auto held = Lock(file, false, std::chrono::minutes(1));
      if (held.ok() && *held == Held::kExclusive) ++alone;
      file.Unlock(shared::kFolderByte).IgnoreError();
    }
  };
  std::thread other([&] { take(*second); });
  take(*first);
  other.join();
  CHECK(alone == 100);
}

TEST_CASE_METHOD(LockTest, "the last to leave is alone, the others are not") {
  const auto first = Open();
  const auto second = Open();
  REQUIRE(*Lock(*first) == Held::kExclusive);
  REQUIRE(ShareFolder(*first).ok());
  REQUIRE(*Lock(*second) == Held::kShared);
  CHECK_FALSE(*BecomeAlone(*first));
  CHECK(*BecomeAlone(*second));
}

TEST_CASE_METHOD(LockTest, "a lock file that was removed or replaced is noticed") {
  const auto file = Open();
  CHECK(LockFileStands(*files, *file));
  REQUIRE(files->Remove(file->path()).ok());
  CHECK_FALSE(LockFileStands(*files, *file));
  const auto another = Open();
  CHECK_FALSE(LockFileStands(*files, *file));
  CHECK(LockFileStands(*files, *another));
}

}  // namespace
}  // namespace leat::broker
