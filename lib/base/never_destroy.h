// For what a forked child has of its parent and can neither use nor destroy.
#ifndef LEAT_BASE_NEVER_DESTROY_H_
#define LEAT_BASE_NEVER_DESTROY_H_

#include <memory>

namespace leat::base {

// Keeps `object` until the process ends, which does not destroy it either. In a forked child: a condition variable on
// which a thread waits that is not there cannot be destroyed, because glibc waits for it. Safe from all threads.
void NeverDestroy(std::shared_ptr<const void> object);

}  // namespace leat::base

#endif  // LEAT_BASE_NEVER_DESTROY_H_
