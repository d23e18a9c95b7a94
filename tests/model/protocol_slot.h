// A process's slot: taking it, with its byte in LOCK and its generation, leaving it, inheriting it from the dead, and what
// that means for a lock word that names it. shared/process_slot.cc, broker/folder_opening.cc, shared/slot_lock.cc.
//
// Processes open a folder, take its lock once, and leave; they are killed at any step, and others come after them, at most a
// given number in all. There are fewer slots than processes want.
//
// A generation has 20 bits, so a word that outlived its slot for a million openings would read as a living one's. That is
// kept out by a rule that is stronger than need be, and that the model checks instead: no lock word names a slot that is
// clean, and none names an older generation of a slot whose holder has begun its work.
//
// What is left out: the lock words of groups, which nobody settles when a slot is inherited. Whoever wants the group next takes
// its lock over from the dead generation, if he comes within a million openings of that slot.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_SLOT_H_
#define LEAT_TESTS_MODEL_PROTOCOL_SLOT_H_

#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class SlotModel {
 public:
  static constexpr int kProcesses = 3;
  static constexpr int kSlots = 2;

  enum class Without : std::uint8_t {
    kNothing,
    kByte,            // Join takes a slot that looks free, and no lock on its byte
    kGeneration,      // who takes a slot goes on with its last generation
    kSecondLook,      // Join does not look again, with the byte, whether the slot is clean
    kSettling,        // who inherits a slot leaves the words that name it as they are
    kUncleanLeaving,  // Folder::Open: who could not settle leaves the slot clean
    kStateFirst,      // Leave frees the byte, and says then that the slot is clean
    kCompareAndSwap,  // settling overwrites the word of the dead, whatever it has become
    kUsedBeforeWork,  // Join leaves the slot's state as it is
  };

  struct Options {
    std::uint8_t openings = 4;  // in all
    std::uint8_t slots = kSlots;
    Without without = Without::kNothing;
  };

  struct Process {
    std::uint8_t at;
    std::uint8_t slot;
    std::uint8_t inherit;    // Join's second pass
    std::uint8_t inherited;  // the slot was not left cleanly
    std::uint8_t word;       // what it writes into lock words
    std::uint8_t seen;
  };
  struct Slot {
    std::uint8_t clean;
    std::uint8_t generation;
    std::uint8_t byte;  // who has the lock on it, counted from 1; the kernel frees it when he dies
  };
  struct State {
    std::uint8_t word;  // a lock's
    std::uint8_t openings;
    Slot slots[kSlots];
    Process processes[kProcesses];
  };

  explicit SlotModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int p = 0; p < kProcesses; ++p) {
      TakeStep(now, p, to);
      if (now.processes[p].at != kClosed) to(Killed(now, p), Step{p, "is killed", Kind::kMishap});
    }
  }

 private:
  enum At : std::uint8_t {
    kClosed,
    kLookAtState,  // Join
    kTakeByte,
    kLookAgain,
    kGiveByteBack,
    kSetUsed,
    kSetGeneration,
    kSettle,  // FolderOpening::Settle
    kSettleLook,
    kSettleTakeOver,
    kSettleUnlock,
    kOpen,  // the work begins
    kLook,
    kTakeOver,
    kHolds,
    kLeave,  // Leave
    kFreeByte,
    kSetCleanLate
  };

  static constexpr std::uint8_t Word(int slot, int generation) {
    return static_cast<std::uint8_t>((slot + 1) * 16 + generation);
  }
  static constexpr int SlotOf(std::uint8_t word) { return word / 16 - 1; }
  static bool HasBegun(const Process& process) { return process.at >= kOpen && process.at <= kHolds; }
  bool Is(Without without) const { return options_.without == without; }

  State Killed(const State& now, int p) const;
  // ProcessSlot::IsAlive.
  static bool IsAlive(const State& now, std::uint8_t word) {
    const Slot& slot = now.slots[SlotOf(word)];
    return slot.generation == word % 16 && slot.byte != 0;
  }

  template <typename To>
  void TakeStep(const State& now, int p, To& to) const {
    State s = now;
    Process& me = s.processes[p];
    Slot& slot = s.slots[me.slot];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{p, what});
    };
    const auto next_slot = [&](const char* what) {
      ++me.slot;
      if (me.slot == options_.slots) {
        me.slot = 0;
        if (me.inherit != 0)
          me = {};  // "1,024 processes have the folder open"
        else
          me.inherit = 1;
      }
      step(what, me.inherit == 0 && me.slot == 0 ? kClosed : kLookAtState);
    };
    switch (now.processes[p].at) {
      case kClosed:
        if (now.openings == 0) break;
        --s.openings;
        step("opens the folder", kLookAtState);
        break;
      case kLookAtState:  // ProcessSlot::Join: first those that are clean, then any
        if (slot.clean == 0 && me.inherit == 0) return next_slot("passes a slot that is not clean");
        me.inherited = slot.clean == 0;
        step("sees a slot that may be free", kTakeByte);
        break;
      case kTakeByte:
        if (slot.byte != 0 && !Is(Without::kByte)) {
          me.inherited = 0;
          return next_slot("does not get the slot's byte");
        }
        slot.byte = static_cast<std::uint8_t>(p + 1);
        step("locks the slot's byte", Is(Without::kSecondLook) ? kSetUsed : kLookAgain);
        break;
      case kLookAgain:
        me.inherited = slot.clean == 0;
        step("looks at the slot again", me.inherited != 0 && me.inherit == 0 ? kGiveByteBack : kSetUsed);
        break;
      case kGiveByteBack:
        slot.byte = 0;
        me.inherited = 0;
        next_slot("frees the byte of a slot that is not clean");
        break;
      case kSetUsed:
        if (!Is(Without::kUsedBeforeWork)) slot.clean = 0;
        step("says that the slot is used", kSetGeneration);
        break;
      case kSetGeneration:
        if (!Is(Without::kGeneration)) ++slot.generation;
        me.word = Word(me.slot, slot.generation);
        step("begins a generation of it", me.inherited != 0 && !Is(Without::kSettling) ? kSettle : kOpen);
        break;

      case kSettle:  // Locker::TryLock, for each lock of the folder; here is one
        if (now.word == 0) {
          s.word = me.word;
          step("takes the free lock to see to it", kSettleUnlock);
        } else {
          step("sees to a lock that is taken", kSettleLook);
        }
        // Another lock comes first, and what it guards cannot be mended: Folder::Open gives up.
        s = now;
        s.processes[p].at = Is(Without::kUncleanLeaving) ? kLeave : kFreeByte;
        to(s, Step{p, "gives up before it comes to this lock", Kind::kMishap});
        break;
      case kSettleLook:
        me.seen = now.word;
        if (now.word == 0 || IsAlive(now, now.word)) return step("lets the living have it", kOpen);
        step("hears that its owner is dead", kSettleTakeOver);
        break;
      case kSettleTakeOver:
        if (now.word != me.seen && !Is(Without::kCompareAndSwap))
          return step("comes too late, another has taken it over", kOpen);
        s.word = me.word;
        step("takes it over", kSettleUnlock);
        break;
      case kSettleUnlock:
        s.word = 0;
        step("gives it back", kOpen);
        break;

      case kOpen:  // Locker::Lock
        me.seen = me.inherit = me.inherited = 0;
        if (now.word == 0) {
          s.word = me.word;
          step("takes the lock", kHolds);
        } else {
          step("finds the lock taken", kLook);
        }
        break;
      case kLook:
        me.seen = now.word;
        if (now.word == 0 || IsAlive(now, now.word)) return step("waits for the living", kOpen);
        step("hears that the owner is dead", kTakeOver);
        break;
      case kTakeOver:
        if (now.word != me.seen) return step("comes too late to take over", kOpen);
        s.word = me.word;
        step("takes the lock over", kHolds);
        break;
      case kHolds:
        s.word = 0;
        step("gives the lock back", Is(Without::kStateFirst) ? kFreeByte : kLeave);
        break;

      case kLeave:  // ProcessSlot::Leave
        slot.clean = 1;
        step("says that the slot is clean", kFreeByte);
        break;
      case kFreeByte:
        if (slot.byte == p + 1) slot.byte = 0;
        if (Is(Without::kStateFirst)) return step("frees the slot's byte", kSetCleanLate);
        me = {};
        step("frees the slot's byte", kClosed);
        break;
      case kSetCleanLate:
        slot.clean = 1;
        me = {};
        step("says that the slot is clean", kClosed);
        break;
      default:
        break;
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_SLOT_H_
