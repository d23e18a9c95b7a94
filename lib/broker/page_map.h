// Finds a partition's page in the control file by the partition's name.
#ifndef LEAT_BROKER_PAGE_MAP_H_
#define LEAT_BROKER_PAGE_MAP_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/mutex.h"
#include "base/random.h"
#include "shared/control_file.h"

namespace leat::broker {

// A process's own map over the pages that are published. Pages are only added while anybody else is in the folder, so
// what has been found stays true; a look-up that fails looks at what has come since.
//
// Threads: safe from all threads.
class PageMap {
 public:
  explicit PageMap(shared::ControlFile& control) : control_(control) {}

  // The page that is ready and not of a deleted topic; null when there is none.
  shared::PartitionPage* Find(const base::Uuid& topic_id, std::int32_t partition) ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets everything: after pages were given back, under the exclusive folder lock.
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Key = std::pair<base::Uuid, std::int32_t>;

  void LookAgain() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Enter(std::uint32_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  shared::ControlFile& control_;
  base::Mutex mutex_;
  absl::flat_hash_map<Key, std::uint32_t> pages_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::uint32_t> unsettled_ ABSL_GUARDED_BY(mutex_);  // seen, but free or not ready then
  std::uint32_t seen_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_PAGE_MAP_H_
