#include "model/protocol_slot.h"

namespace leat::model {

SlotModel::State SlotModel::First() const {
  State state{};
  state.openings = options_.openings;
  for (Slot& slot : state.slots) slot.clean = 1;
  return state;
}

const char* SlotModel::Wrong(const State& now) const {
  for (int p = 0; p < kProcesses; ++p) {
    for (int q = 0; q < p; ++q) {
      if (now.processes[p].at == kHolds && now.processes[q].at == kHolds) return "two have the lock";
      if (HasBegun(now.processes[p]) && HasBegun(now.processes[q]) &&
          now.processes[p].slot == now.processes[q].slot) {
        return "two have one slot";
      }
    }
    const Process& process = now.processes[p];
    if (!HasBegun(process) || now.word == 0 || SlotOf(now.word) != process.slot) continue;
    if (now.word != process.word) return "a lock word names who had the slot before";
    if (process.at != kHolds) return "a lock word names a process that has not taken it";
  }
  if (now.word != 0 && now.slots[SlotOf(now.word)].clean != 0) return "a lock word names a slot that is clean";
  return nullptr;
}

bool SlotModel::Done(const State& now) const {
  for (const Process& process : now.processes) {
    if (process.at != kClosed) return false;
  }
  return true;
}

SlotModel::State SlotModel::Killed(const State& now, int p) const {
  State s = now;
  s.processes[p] = {};
  for (Slot& slot : s.slots) {
    if (slot.byte == p + 1) slot.byte = 0;
  }
  return s;
}

}  // namespace leat::model
