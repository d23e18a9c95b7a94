#include "broker/folder_lock.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "broker/nap.h"
#include "shared/process_slot.h"

namespace leat::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kFirstNap = milliseconds(1);
constexpr nanoseconds kLongestNap = milliseconds(20);

// A nap of random length: two openers that met must not meet again for ever.
nanoseconds Jittered(nanoseconds nap, base::Random& random) {
  return nap / 2 + nanoseconds(static_cast<std::int64_t>(random.Next() % static_cast<std::uint64_t>(nap.count())));
}

// One try. False: neither is to be had now.
absl::StatusOr<bool> TryEither(io::File& lock_file, const LockRequest& request, Held& held) {
  absl::StatusOr<bool> alone = lock_file.TryLock(shared::kFolderByte, io::LockKind::kExclusive);
  if (!alone.ok()) return alone.status();
  held = Held::kExclusive;
  if (*alone) return true;
  absl::StatusOr<bool> with_others = lock_file.TryLock(shared::kFolderByte, io::LockKind::kShared);
  if (!with_others.ok()) return with_others.status();
  if (!*with_others) return false;
  held = Held::kShared;
  absl::StatusOr<bool> trusted = request.may_share();
  if (trusted.ok() && *trusted) return true;
  if (absl::Status status = lock_file.Unlock(shared::kFolderByte); !status.ok()) return status;
  return trusted;
}

}  // namespace

absl::StatusOr<std::unique_ptr<io::File>> OpenLockFile(io::FileSystem& files, const std::string& folder,
                                                       const io::FileInfo& like) {
  const std::string path = io::JoinPath(folder, kLockFileName);
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(path, io::OpenMode::kReadWrite);
  if (absl::IsNotFound(file.status())) {
    file = files.Open(path, io::OpenMode::kCreate);
    // Another process may be making it at the same time, with the same permissions.
    if (file.ok()) {
      if (absl::Status status = (*file)->TakePermissionsOf(like); !status.ok()) return status;
    }
  }
  if (file.ok()) (*file)->CloseInForkedChild();
  return file;
}

absl::StatusOr<Held> LockForOpening(io::File& lock_file, const LockRequest& request) {
  const nanoseconds began = request.clock.Monotonic();
  nanoseconds nap = kFirstNap;
  for (;;) {
    Held held{};
    const absl::StatusOr<bool> taken = TryEither(lock_file, request, held);
    if (!taken.ok()) return taken.status();
    if (*taken) return held;
    const nanoseconds waited = request.clock.Monotonic() - began;
    if (waited >= request.timeout) {
      return absl::FailedPreconditionError(
          fmt::format("{}: waited {} ms for the folder (open_timeout): {}", lock_file.path(),
                      std::chrono::duration_cast<milliseconds>(waited).count(), request.holders()));
    }
    Nap(std::min(Jittered(nap, request.random), request.timeout - waited));
    nap = std::min(nap * 2, kLongestNap);
  }
}

absl::Status ShareFolder(io::File& lock_file) {
  const absl::StatusOr<bool> shared = lock_file.TryLock(shared::kFolderByte, io::LockKind::kShared);
  if (!shared.ok()) return shared.status();
  LEAT_CHECK(*shared);  // nobody can be in the way of who was alone
  return absl::OkStatus();
}

absl::StatusOr<bool> BecomeAlone(io::File& lock_file) {
  if (absl::Status status = lock_file.Unlock(shared::kFolderByte); !status.ok()) return status;
  return lock_file.TryLock(shared::kFolderByte, io::LockKind::kExclusive);
}

bool LockFileStands(io::FileSystem& files, const io::File& lock_file) {
  const absl::StatusOr<io::FileInfo> there = files.Info(lock_file.path());
  if (absl::IsNotFound(there.status())) return false;
  const absl::StatusOr<io::FileInfo> ours = lock_file.Info();
  // An answer that does not come is no proof.
  return !there.ok() || !ours.ok() || there->id == ours->id;
}

}  // namespace leat::broker
