#include "shared/slot_holder.h"

#include <cstring>

#include "base/process.h"

namespace leat::shared {

SlotHolder HolderOf(const Slot& slot) {
  SlotHolder holder;
  holder.pid = slot.pid.load(std::memory_order_relaxed);
  holder.host = std::string(slot.host, strnlen(slot.host, sizeof slot.host));
  // A pid of another container may be somebody else's here.
  holder.is_here = holder.host == base::HostName() && base::ProcessStartTime(holder.pid) == slot.start_time;
  if (holder.is_here) {
    holder.stopped = base::IsStopped(holder.pid);
    holder.program = base::ProcessName(holder.pid);
  }
  return holder;
}

}  // namespace leat::shared
