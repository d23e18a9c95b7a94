// Byte 0 of the file LOCK: who may do what to a folder.
//
// Whoever uses the folder holds the byte shared. Whoever must be alone - to make the folder, to recover it, to seal
// it when the last one closes - holds it exclusive, and gets it only by asking once and not waiting: never by
// upgrading a shared lock, for two who upgrade wait for each other for ever.
#ifndef LEAT_BROKER_FOLDER_LOCK_H_
#define LEAT_BROKER_FOLDER_LOCK_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "io/file_system.h"

namespace leat::broker {

inline constexpr std::string_view kLockFileName = "LOCK";

// Opens LOCK, making it if need be, and sees to it that no forked child keeps it open.
absl::StatusOr<std::unique_ptr<io::File>> OpenLockFile(io::FileSystem& files, const std::string& folder,
                                                       const io::FileInfo& like);

enum class Held : std::uint8_t { kShared, kExclusive };

struct LockRequest {
  std::chrono::nanoseconds timeout;
  const base::Clock& clock;
  base::Random& random;

  // Asked with the shared lock held: whether what the others share may be trusted. If not, the lock is given back and
  // the exclusive one tried again.
  std::function<absl::StatusOr<bool>()> may_share;

  // Completes the message when the time is over: who is in the way.
  std::function<std::string()> holders;
};

// Takes byte 0 as whichever is to be had: exclusive if nobody is there, else shared, waiting while somebody is alone
// in the folder. kFailedPrecondition after the time-out.
absl::StatusOr<Held> LockForOpening(io::File& lock_file, const LockRequest& request);

// From exclusive to shared without letting go between.
absl::Status ShareFolder(io::File& lock_file);

// Gives the shared lock up and, if nobody else has it, takes the exclusive one: whether.
absl::StatusOr<bool> BecomeAlone(io::File& lock_file);

// Whether `lock_file` is still what stands at its path: if not, the folder was removed or replaced under us.
bool LockFileStands(io::FileSystem& files, const io::File& lock_file);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_LOCK_H_
