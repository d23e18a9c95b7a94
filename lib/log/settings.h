// What one partition's log is opened with.
#ifndef LEAT_LOG_SETTINGS_H_
#define LEAT_LOG_SETTINGS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include <leat/types.h>
#include "absl/status/status.h"
#include "base/clock.h"
#include "io/file_system.h"
#include "shared/control_file.h"
#include "shared/slot_lock.h"

namespace leat::log {

class Log;

// The broker's side of a log: who counts space, and who does the work that no appender should wait for.
class LogOwner {
 public:
  virtual ~LogOwner() = default;

  // A segment is about to take `bytes` more (negative: gave them back). Not OK: they are not to be had; `log`'s
  // append then fails with it. May be called under any lock of `log`, so it may only try other logs' locks, never
  // wait for one; with negative bytes it takes no lock of a log at all.
  virtual absl::Status Reserve(Log& log, std::int64_t bytes) = 0;

  // The disk had no room for `bytes` that a segment of `log` was to take: removes what may go. Whether something did.
  // Called under any lock of `log`, as Reserve.
  virtual bool MakeRoom(Log& log, std::int64_t bytes) {
    static_cast<void>(log);
    return bytes < 0;
  }

  // An append has failed for want of room, after all that could be removed without waiting was. Called without a lock, so it
  // may wait for those who are removing something. Whether it is worth another try.
  virtual bool AwaitRoom(Log& log) {
    static_cast<void>(log);
    return false;
  }

  // Asks for a call of log.Housekeep() on the housekeeper's thread, soon. Cheap, and called on the append path.
  virtual void Poke(Log& log) = 0;
};

struct LogSettings {
  // The folder of the partition, and what its new files take their permissions from.
  std::shared_ptr<io::FileSystem> files;
  std::string folder;
  io::FileInfo like;

  // For messages.
  std::string topic;
  PartitionId partition = 0;

  // The state that is shared. `locker` is null in a read-only log, which takes no lock and writes nothing; `page` may
  // then be private memory.
  shared::ControlFile* control = nullptr;
  shared::PartitionPage* page = nullptr;
  const shared::Locker* locker = nullptr;
  std::uint32_t slot = 0;  // of this process: names its prepared segments
  const base::Clock* clock = nullptr;
  LogOwner* owner = nullptr;  // null: nobody counts, nobody helps

  std::int64_t segment_bytes = 128 << 20;
  std::int64_t segment_ms = std::numeric_limits<std::int64_t>::max();  // at first (Log::SetSegmentMs)
  std::int64_t max_message_bytes = 1048588;
  std::int64_t index_interval_bytes = 4096;
  bool mapped_writes = true;  // store through the mapping; else pwrite (io::FileSystemTraits)
  bool needs_sync = true;     // there is a medium to sync to
  bool counts = true;         // what is done, in the page's counters; who may not write there counts nothing
  bool allow_gaps = false;    // offsets may be missing between batches: a log that Kafka compacted
};

}  // namespace leat::log

#endif  // LEAT_LOG_SETTINGS_H_
