#include "io/fork.h"

#include <fcntl.h>

#include "place.h"
#include "support/catch.h"
#include "support/forked_child.h"

namespace leat::io {
namespace {

using testing::ForkedChild;

TEST_CASE("a forked child counts one generation more, its parent does not") {
  const std::uint32_t before = ForkGeneration();
  ForkedChild child([before](ForkedChild&) {
    ForkedChild grandchild([before](ForkedChild&) { return ForkGeneration() == before + 2 ? 0 : 1; });
    return ForkGeneration() == before + 1 ? grandchild.Wait() : 2;
  });
  CHECK(child.Wait() == 0);
  CHECK(ForkGeneration() == before);
}

TEST_CASE("a lock held by another process is seen, and gone when that process is killed") {
  Place place(Kind::kPosix);
  auto file = place.files().Open(place / "LOCK", OpenMode::kCreate);
  REQUIRE(file.ok());
  ForkedChild child([&](ForkedChild& self) {
    auto own = place.files().Open(place / "LOCK", OpenMode::kReadWrite);
    const bool locked = own.ok() && *(*own)->TryLock(3, LockKind::kExclusive);
    self.Say(locked ? 'y' : 'n');
    self.Hear();  // never comes
    return 0;
  });
  REQUIRE(child.Answer() == 'y');
  CHECK(*(*file)->IsLockedByOther(3));
  CHECK_FALSE(*(*file)->TryLock(3, LockKind::kShared));
  CHECK(*(*file)->TryLock(4, LockKind::kExclusive));
  child.Kill();
  CHECK_FALSE(*(*file)->IsLockedByOther(3));
  CHECK(*(*file)->TryLock(3, LockKind::kExclusive));
}

TEST_CASE("a forked child does not keep its parent's locks alive") {
  Place place(Kind::kPosix);
  auto watcher = place.files().Open(place / "LOCK", OpenMode::kCreate);
  REQUIRE(watcher.ok());
  // The parent, which dies, and its child, which lives on; both apart from this process.
  ForkedChild parent([&](ForkedChild& self) {
    auto lock = place.files().Open(place / "LOCK", OpenMode::kReadWrite);
    if (!lock.ok()) return 1;
    (*lock)->CloseInForkedChild();
    if (!*(*lock)->TryLock(0, LockKind::kExclusive)) return 2;
    if (::fork() == 0) {
      self.Say('c');
      self.Hear();
      ::_exit(0);
    }
    for (;;) ::pause();
  });
  REQUIRE(parent.Answer() == 'c');  // the grandchild runs
  CHECK(*(*watcher)->IsLockedByOther(0));
  parent.Kill();
  CHECK_FALSE(*(*watcher)->IsLockedByOther(0));
  parent.Tell('x');  // the grandchild may go
}

TEST_CASE("what was opened before a fork refuses to work in the child, and closes nobody's descriptor") {
  Place place(Kind::kPosix);
  auto lock = place.files().Open(place / "LOCK", OpenMode::kCreate);
  auto plain = place.files().Open(place / "plain", OpenMode::kCreate);
  REQUIRE((lock.ok() && plain.ok()));
  (*lock)->CloseInForkedChild();
  (*lock)->CloseInForkedChild();
  ForkedChild child([&](ForkedChild&) {
    if ((*lock)->TryLock(0, LockKind::kShared).status().code() != absl::StatusCode::kFailedPrecondition) return 1;
    if ((*lock)->Info().status().code() != absl::StatusCode::kFailedPrecondition) return 2;
    if (!(*plain)->WriteAt(0, Bytes("x")).ok()) return 3;
    // The next descriptors get the number that the handler has freed.
    auto reused = place.files().Open(place / "other", OpenMode::kCreate);
    lock->reset();
    return (*reused)->WriteAt(0, Bytes("x")).ok() ? 0 : 4;
  });
  CHECK(child.Wait() == 0);
  CHECK(*(*lock)->TryLock(0, LockKind::kExclusive));
}

// How many descriptors this process has.
int OpenDescriptors() {
  int open = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1) ++open;
  }
  return open;
}

TEST_CASE("any number of descriptors is closed in the child, and their places are used again") {
  Place place(Kind::kPosix);
  const int before = OpenDescriptors();
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<File>> locks;
    for (int i = 0; i < 200; ++i) {
      auto file = place.files().Open(place / std::to_string(i), OpenMode::kCreate);
      REQUIRE(file.ok());
      (*file)->CloseInForkedChild();
      locks.push_back(*std::move(file));
    }
    CHECK(OpenDescriptors() == before + 200);
    ForkedChild child([&](ForkedChild&) { return OpenDescriptors() == before + 1 ? 0 : 1; });  // 1: its own to us
    CHECK(child.Wait() == 0);
  }
  CHECK(OpenDescriptors() == before);
}

}  // namespace
}  // namespace leat::io
