#include "shared/process_slot.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "base/process.h"
#include "fmt/format.h"
#include "shared/slot_holder.h"

namespace leat::shared {
namespace {

// Whether the lock on the slot's byte is now ours.
absl::StatusOr<bool> TakeByte(io::File& lock_file, std::uint32_t index) {
  return lock_file.TryLock(SlotByte(index), io::LockKind::kExclusive);
}

void WriteWhoWeAre(Slot& slot) {
  const std::string host = base::HostName();
  slot.pid.store(base::CurrentPid(), std::memory_order_relaxed);
  slot.start_time = base::ProcessStartTime(base::CurrentPid());
  std::memset(slot.host, 0, sizeof slot.host);
  host.copy(slot.host, sizeof slot.host - 1);
  slot.library_version = 0;
}

void RaiseBound(SharedWord& bound, std::uint32_t at_least) {
  std::uint32_t seen = bound.load(std::memory_order_relaxed);
  while (seen < at_least && !bound.compare_exchange_weak(seen, at_least, std::memory_order_acq_rel)) {
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessSlot>> ProcessSlot::Join(ControlFile& control, io::File& lock_file) {
  // Two passes: slots that were left cleanly, and only when there is none those whose holders died.
  for (const bool inherit : {false, true}) {
    for (std::uint32_t index = 0; index < kMaxSlots; ++index) {
      Slot& slot = control.slot(index);
      const bool clean = slot.state.load(std::memory_order_acquire) == kSlotClean;
      if (!clean && !inherit) continue;
      auto taken = TakeByte(lock_file, index);
      if (!taken.ok()) return taken.status();
      if (!*taken) continue;
      // Now it is ours, but it may have been used and left unclean since we looked.
      const bool inherited = slot.state.load(std::memory_order_acquire) != kSlotClean;
      if (inherited && !inherit) {
        if (auto s = lock_file.Unlock(SlotByte(index)); !s.ok()) return s;
        continue;
      }
      std::uint32_t generation = (slot.generation.load(std::memory_order_relaxed) + 1) & kGenerationMask;
      if (generation == 0) generation = 1;
      slot.state.store(kSlotUsed, std::memory_order_release);
      slot.generation.store(generation, std::memory_order_release);
      WriteWhoWeAre(slot);
      RaiseBound(control.header().slot_bound, index + 1);
      return std::unique_ptr<ProcessSlot>(
          new ProcessSlot(control, lock_file, index, LockWord(index, generation), inherited));
    }
  }
  return absl::ResourceExhaustedError(
      fmt::format("{}: {} processes have the folder open, and no more can; close one", lock_file.path(), kMaxSlots));
}

void ProcessSlot::Leave() {
  control_.slot(index_).state.store(kSlotClean, std::memory_order_release);
  // An unlock that fails leaves the byte to the closing of the file, which frees it too.
  lock_file_.Unlock(SlotByte(index_)).IgnoreError();
}

bool ProcessSlot::IsAlive(std::uint32_t word) const {
  const std::uint32_t owner = word & ~kWaitersBit;
  if (owner == word_) return true;
  const std::uint32_t slot = SlotOfWord(owner);
  if (slot >= kMaxSlots) return false;  // not a word that any process writes
  // An older generation of a slot is dead, whoever has it now. (Ours too: what we inherited.)
  if (control_.slot(slot).generation.load(std::memory_order_acquire) != GenerationOfWord(owner)) return false;
  if (slot == index_) return true;
  auto locked = lock_file_.IsLockedByOther(SlotByte(slot));
  // When the kernel does not say, the owner counts as alive: robbing the living is worse than waiting.
  return !locked.ok() || *locked;
}

std::string ProcessSlot::Describe(std::uint32_t word) const {
  const std::uint32_t index = SlotOfWord(word);
  if (index >= kMaxSlots) return "nobody who is known";
  const SlotHolder holder = HolderOf(control_.slot(index));
  if (holder.is_here) {
    return fmt::format("pid {}{} {}", holder.pid, holder.stopped ? " (stopped)" : "", holder.program);
  }
  if (holder.host != base::HostName()) return fmt::format("pid {} on host {}", holder.pid, holder.host);
  return fmt::format("pid {}", holder.pid);
}

}  // namespace leat::shared
