// The lock word of shared/slot_lock.{h,cc}: taking, waiting, giving back, and taking over from the dead.
//
// Three threads want the lock, each a few times. Processes are killed at any step, with all of their threads. A process that
// is stopped is one that takes no step for a while, so each way of stopping is among the interleavings.
//
// What is left out: the spins of LockSlowly (they are the compare-and-swap of TakeIfFree once more) and max_block. A word
// names a process; that a slot's next holder is another one is the affair of protocol_slot.h. The accesses are done in
// order: all that change the word are compare-and-swaps or exchanges, and what a lock guards is between an acquire and a
// release of it.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_LOCK_WORD_H_
#define LEAT_TESTS_MODEL_PROTOCOL_LOCK_WORD_H_

#include <array>
#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class LockWordModel {
 public:
  static constexpr int kThreads = 3;

  enum class Without : std::uint8_t {
    kNothing,
    kLookWhoseWordItIs,   // LockSlowly, IsAlive: one's own word is alive, whatever the kernel says of one's own byte
    kAskingTheKernel,     // who waits takes the word when he has waited for long enough
    kCompareAndSwap,      // the word of the dead is overwritten, whatever it has become
    kWaitersBitOfTakers,  // who has slept takes the word as if nobody slept beside him
    kWaking,              // Unlock does not look at the waiters' bit
    kLookBeforeSleep,     // the futex sleeps though the word has changed
    kTellingOfTheDead,    // the new owner is told that the word was free
    kFlagOfTheUnmended,   // who is told, and cannot mend, gives the lock back as if all were well
  };

  struct Options {
    std::array<std::uint8_t, kThreads> process_of = {0, 1, 2};
    std::uint8_t rounds = 1;  // how often each thread takes the lock
    bool try_lock = false;    // by TryLock, too, as Settle and the leader of a sync do
    bool kills = true;
    Without without = Without::kNothing;
  };

  struct Thread {
    std::uint8_t at;
    std::uint8_t seen;         // what was loaded
    std::uint8_t asked_about;  // the owner whom LockSlowly saw at the last probe
    std::uint8_t told;         // Taken::kFromTheDead
    std::uint8_t rounds;       // still to go
  };
  struct State {
    std::uint8_t word;
    std::uint8_t half_done;  // what the lock guards: an owner is in the middle of changing it, or died there
    std::uint8_t unmended;   // kFlagUnmended
    std::uint8_t dead;       // a bit for each process; the kernel has freed its byte in LOCK
    Thread threads[kThreads];
  };

  explicit LockWordModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int t = 0; t < kThreads; ++t) {
      TakeStep(now, t, to);
      if (options_.kills && now.threads[t].at != kDead) to(Killed(now, t), Step{t, "is killed", Kind::kMishap});
    }
  }

 private:
  enum At : std::uint8_t {
    kOutside,
    kLookAgain,  // LockSlowly's loop
    kTakeFree,
    kSetBit,
    kCallFutex,
    kAsleep,
    kAwake,
    kProbe,
    kTakeOver,
    kTryLook,  // TryLock
    kTryProbe,
    kTryTakeOver,
    kTold,  // the lock is held from here on
    kMend,
    kChange,
    kMakeWhole,
    kUnlock,
    kWake,  // and not any more
    kDone,
    kDead
  };
  static constexpr std::uint8_t kWaitersBit = 0x80;

  static bool Holds(const Thread& thread) { return thread.at >= kTold && thread.at <= kUnlock; }
  // Words are processes, counted from 1: 0 is free.
  std::uint8_t SelfOf(int t) const {
    return static_cast<std::uint8_t>(options_.process_of[static_cast<unsigned>(t)] + 1);
  }
  static bool IsDead(const State& now, std::uint8_t word) { return (now.dead >> (word - 1) & 1) != 0; }
  bool Is(Without without) const { return options_.without == without; }

  State Killed(const State& now, int t) const;

  // What Liveness::IsAlive answers: see ProcessSlot::IsAlive. To oneself the kernel says that one's own byte is free.
  bool IsAlive(const State& now, std::uint8_t word, int asker) const {
    if (word == SelfOf(asker)) return !Is(Without::kLookWhoseWordItIs);
    return !IsDead(now, word);
  }

  template <typename To>
  void TakeStep(const State& now, int t, To& to) const {
    State s = now;
    Thread& me = s.threads[t];
    const std::uint8_t self = SelfOf(t);
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{t, what});
    };
    switch (now.threads[t].at) {
      case kOutside:  // Locker::Lock, TakeIfFree
        if (me.rounds == 0) break;
        --me.rounds;
        if (now.word == 0) {
          s.word = self;
          step("takes the lock, which is free", kTold);
        } else {
          step("finds the lock taken", kLookAgain);
        }
        if (!options_.try_lock || now.word == 0) break;
        step("tries to take the lock, and it is taken", kTryLook);
        break;

      case kLookAgain:  // LockSlowly: "Others may sleep behind us"
        me.seen = now.word;
        step("looks at the word", now.word == 0 ? kTakeFree : (now.word & kWaitersBit) ? kCallFutex : kSetBit);
        break;
      case kTakeFree:
        if (now.word != 0) return step("was too late for the free word", kLookAgain);
        s.word = Is(Without::kWaitersBitOfTakers) ? self : self | kWaitersBit;
        step("takes the free word", kTold);
        break;
      case kSetBit:
        if (now.word != me.seen) return step("does not get the waiters' bit in", kLookAgain);
        s.word |= kWaitersBit;
        step("sets the waiters' bit", kCallFutex);
        break;
      case kCallFutex:  // io::FutexWait: the kernel compares and sleeps at once
        me.seen &= static_cast<std::uint8_t>(~kWaitersBit);
        if (now.word == (me.seen | kWaitersBit) || Is(Without::kLookBeforeSleep)) return step("sleeps", kAsleep);
        step("does not sleep, for the word has changed", kAwake);
        break;
      case kAsleep:
        // kProbeInterval. Nobody should have to wait for it to see that the lock is free, unless somebody died.
        me.at = kAwake;
        to(s, Step{t, "has slept for 2 ms", now.dead != 0 ? Kind::kStep : Kind::kMishap});
        break;
      case kAwake:
        if ((now.word & ~kWaitersBit) != me.seen) {
          me.asked_about = 0;
          return step("sees another owner", kLookAgain);
        }
        if ((me.seen != self || Is(Without::kLookWhoseWordItIs)) && me.asked_about == me.seen) {
          return step("sees the same owner again", kProbe);
        }
        me.asked_about = me.seen;
        step("sees the same owner", kLookAgain);
        break;
      case kProbe:
        if (IsAlive(now, me.seen, t) && !Is(Without::kAskingTheKernel))
          return step("hears that the owner lives", kLookAgain);
        step("hears that the owner is dead", kTakeOver);
        break;
      case kTakeOver:
        if (now.word != (me.seen | kWaitersBit) && !Is(Without::kCompareAndSwap)) {
          return step("was too late to take over", kLookAgain);
        }
        s.word = self | kWaitersBit;
        me.told = !Is(Without::kTellingOfTheDead);
        step("takes the word over", kTold);
        break;

      case kTryLook:  // TryLock
        me.seen = now.word;
        step("looks at the word it did not get", now.word == 0 ? kOutside : kTryProbe);
        break;
      case kTryProbe:
        if (IsAlive(now, me.seen & static_cast<std::uint8_t>(~kWaitersBit), t))
          return step("lets the living have it", kOutside);
        step("hears that the owner is dead", kTryTakeOver);
        break;
      case kTryTakeOver:
        if (now.word != me.seen && !Is(Without::kCompareAndSwap)) return step("was too late to take over", kOutside);
        s.word = self | (me.seen & kWaitersBit);
        me.told = !Is(Without::kTellingOfTheDead);
        step("takes the word over", kTold);
        break;

      case kTold:  // Appender::Append
        if (me.told != 0 && !Is(Without::kFlagOfTheUnmended)) s.unmended = 1;
        step("has the lock", (me.told | s.unmended) != 0 ? kMend : kChange);
        break;
      case kMend:  // Appender::Mend
        me.told = s.half_done = s.unmended = 0;
        step("mends what the lock guards", kChange);
        s = now;
        s.threads[t].told = 0;
        s.threads[t].at = kUnlock;
        to(s, Step{t, "fails to mend", Kind::kMishap});
        break;
      case kChange:
        s.half_done = 1;
        step("begins to change what the lock guards", kMakeWhole);
        break;
      case kMakeWhole:
        s.half_done = 0;
        step("has changed it", kUnlock);
        break;
      case kUnlock:  // Locker::Unlock
        s.word = 0;
        step("gives the lock back", (now.word & kWaitersBit) != 0 && !Is(Without::kWaking) ? kWake : kOutside);
        break;
      case kWake: {  // WakeOne; the kernel chooses whom
        bool anybody = false;
        for (int other = 0; other < kThreads; ++other) {
          if (now.threads[other].at != kAsleep) continue;
          anybody = true;
          State woken = now;
          woken.threads[other].at = kAwake;
          woken.threads[t].at = kOutside;
          to(woken, Step{t, "wakes one who sleeps"});
        }
        if (!anybody) step("has nobody to wake", kOutside);
        break;
      }
      default:
        break;
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_LOCK_WORD_H_
