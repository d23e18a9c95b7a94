// A process's place in the control file: how the others know that it is there, and that it is alive.
#ifndef LEAT_SHARED_PROCESS_SLOT_H_
#define LEAT_SHARED_PROCESS_SLOT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "shared/control_file.h"
#include "shared/slot_lock.h"

namespace leat::shared {

// The bytes of the file LOCK: the folder's, one a slot, and those for jobs that one process does at a time.
inline constexpr std::int64_t kFolderByte = 0;
constexpr std::int64_t SlotByte(std::uint32_t slot) { return 1 + std::int64_t{slot}; }
// Behind those: whoever looks for what is to be retired.
inline constexpr std::int64_t kRetentionByte = SlotByte(kMaxSlots);
// Whoever compacts.
inline constexpr std::int64_t kCompactionByte = kRetentionByte + 1;

class ProcessSlot : public Liveness {
 public:
  // Takes a place: an exclusive lock on a slot's byte, held until Leave or death. Prefers clean slots; when none is
  // left, one whose holder died: then inherited() is true, and before anything else the caller settles every lock
  // word that names this slot in an older generation (Log::Settle, the header lock), so that no such word outlives
  // the next reuse. kResourceExhausted when 1,024 live processes hold them all.
  static absl::StatusOr<std::unique_ptr<ProcessSlot>> Join(ControlFile& control, io::File& lock_file);

  ProcessSlot(const ProcessSlot&) = delete;
  ProcessSlot& operator=(const ProcessSlot&) = delete;
  // Without Leave the slot stays used, as after death: its lock is freed when `lock_file` closes.
  ~ProcessSlot() override = default;

  // Gives the place back. Only when no thread of ours holds a lock word.
  void Leave();

  bool inherited() const { return inherited_; }
  std::uint32_t index() const { return index_; }
  std::uint32_t word() const { return word_; }  // what our locks say

  // A sleeper of ours waits on this doorbell; 64 are shared among 1,024 slots.
  std::uint32_t doorbell_index() const { return index_ % kDoorbells; }
  std::uint64_t doorbell_bit() const { return std::uint64_t{1} << doorbell_index(); }

  // Liveness. A word that names our own slot and generation is alive without asking the kernel, to whom one's own
  // lock reads as free.
  bool IsAlive(std::uint32_t word) const override;
  std::string Describe(std::uint32_t word) const override;

 private:
  ProcessSlot(ControlFile& control, io::File& lock_file, std::uint32_t index, std::uint32_t word, bool inherited)
      : control_(control), lock_file_(lock_file), index_(index), word_(word), inherited_(inherited) {}

  ControlFile& control_;
  io::File& lock_file_;
  const std::uint32_t index_;
  const std::uint32_t word_;
  const bool inherited_;
};

}  // namespace leat::shared

#endif  // LEAT_SHARED_PROCESS_SLOT_H_
