// What a slot says of the process that took it last, for messages and for who asks.
#ifndef LEAT_SHARED_SLOT_HOLDER_H_
#define LEAT_SHARED_SLOT_HOLDER_H_

#include <cstdint>
#include <string>

#include "shared/layout.h"

namespace leat::shared {

struct SlotHolder {
  std::int32_t pid = 0;  // in its own PID namespace
  std::string host;
  // The process that has this pid here is the one: same host name, same start. What follows is unknown otherwise.
  bool is_here = false;
  bool stopped = false;
  std::string program;
};

// Whether it is alive is not asked: the lock on the slot's byte tells that.
SlotHolder HolderOf(const Slot& slot);

}  // namespace leat::shared

#endif  // LEAT_SHARED_SLOT_HOLDER_H_
