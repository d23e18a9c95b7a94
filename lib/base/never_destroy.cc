#include "base/never_destroy.h"

#include <utility>
#include <vector>

#include "base/mutex.h"

namespace leat::base {

void NeverDestroy(std::shared_ptr<const void> object) {
  static auto* const mutex = new Mutex;
  static auto* const kept = new std::vector<std::shared_ptr<const void>>;
  const MutexLock lock(*mutex);
  kept->push_back(std::move(object));
}

}  // namespace leat::base
