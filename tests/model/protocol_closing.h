// The end of the appends of a process that closes its folder, while its threads still append: Appender::TakeLock and End in
// log/append.cc, Locker::GiveBackLate in shared/slot_lock.cc.
//
// A process with two appending threads closes; two other processes append to the same log. Once it has left, the byte of its
// slot is free, so whatever lock word names it is anybody's, and it must neither be inside the lock nor ask the file LOCK who
// is alive. A thread may be so slow that its process has left before it has looked.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_CLOSING_H_
#define LEAT_TESTS_MODEL_PROTOCOL_CLOSING_H_

#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class ClosingModel {
 public:
  static constexpr int kOwnThreads = 2;
  static constexpr int kThreads = 4;  // the others are those of other processes

  enum class Without : std::uint8_t {
    kNothing,
    kLookAtEnd,       // who has taken the lock does not look whether the log has been closed
    kLookAtTheOwner,  // End does not wait for who has the lock
    kCountOfWaiters,  // End does not wait for those who wait for the lock
    kCountFirst,      // who waits looks whether the log has been closed, and is counted then
    kWaitersFirst,    // End looks who has the lock, and then whether anybody waits
    kGiveBackIfOwn,   // who comes too late gives the lock back, whoever has it
  };

  struct Options {
    Without without = Without::kNothing;
  };

  struct Thread {
    std::uint8_t at;
    std::uint8_t rounds;
  };
  struct State {
    std::uint8_t word;     // the append lock: processes, from 1
    std::uint8_t ended;    // Appender::ended_
    std::uint8_t waiting;  // Appender::waiting_
    std::uint8_t left;     // the byte of the slot is free
    std::uint8_t closer_at;
    Thread threads[kThreads];
  };

  explicit ClosingModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int t = 0; t < kThreads; ++t) Append(now, t, to);
    Close(now, to);
  }

 private:
  enum At : std::uint8_t {
    kOutside,
    kLookAtEnd,
    kGiveBack,
    kCount,
    kLookWhileCounted,
    kWait,
    kUncountAndGo,
    kUncount,
    kHolds,
  };
  enum CloserAt : std::uint8_t { kEnd, kAwaitWaiters, kAwaitOwner, kLeave, kLeft };

  static std::uint8_t SelfOf(int t) { return t < kOwnThreads ? 1 : static_cast<std::uint8_t>(t); }
  static bool IsOwn(int t) { return t < kOwnThreads; }
  bool Is(Without without) const { return options_.without == without; }

  template <typename To>
  void Append(const State& now, int t, To& to) const {
    State s = now;
    Thread& me = s.threads[t];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{t, what});
    };
    switch (now.threads[t].at) {
      case kOutside:  // TakeLock
        if (me.rounds == 0) break;
        --me.rounds;
        if (now.word == 0) {
          s.word = SelfOf(t);
          step("takes the free lock", IsOwn(t) && !Is(Without::kLookAtEnd) ? kLookAtEnd : kHolds);
        } else {
          const bool late = Is(Without::kCountFirst) && now.ended != 0;
          step("finds the lock taken", !IsOwn(t) ? kWait : late ? kOutside : kCount);
        }
        break;
      case kLookAtEnd:
        step(now.ended != 0 ? "sees that the log has been closed" : "sees that the log is open",
             now.ended != 0 ? kGiveBack : kHolds);
        break;
      case kGiveBack:  // GiveBackLate's compare-and-swap
        if (now.word == SelfOf(t) || Is(Without::kGiveBackIfOwn)) s.word = 0;
        step("gives the lock back if it is its own", kOutside);
        break;
      case kCount:
        ++s.waiting;
        step("is counted as one who waits", Is(Without::kCountFirst) ? kWait : kLookWhileCounted);
        break;
      case kLookWhileCounted:
        step(now.ended != 0 ? "sees that the log has been closed" : "sees that the log is open",
             now.ended != 0 ? kUncountAndGo : kWait);
        break;
      case kWait:  // Lock: see protocol_lock_word.h
        if (now.word != 0 && (now.word != 1 || now.left == 0)) break;
        s.word = SelfOf(t);
        step(now.word == 0 ? "takes the lock" : "takes the lock over from who has left",
             IsOwn(t) ? kUncount : kHolds);
        break;
      case kUncountAndGo:
      case kUncount:
        --s.waiting;
        step("is not counted any more", now.threads[t].at == kUncount ? kHolds : kOutside);
        break;
      default:  // Unlock
        s.word = 0;
        step("gives the lock back", kOutside);
        break;
    }
  }

  template <typename To>
  void Close(const State& now, To& to) const {
    constexpr int kCloser = 9;
    State s = now;
    const auto step = [&](const char* what, std::uint8_t at) {
      s.closer_at = at;
      to(s, Step{kCloser, what});
    };
    const bool turned = Is(Without::kWaitersFirst);
    switch (now.closer_at) {
      case kEnd:  // Appender::End
        s.ended = 1;
        step("says that the log is closed", turned ? kAwaitOwner : kAwaitWaiters);
        break;
      case kAwaitWaiters:
        if (now.waiting == 0 || Is(Without::kCountOfWaiters))
          return step("sees nobody wait", turned ? kLeave : kAwaitOwner);
        if (turned) step("sees somebody wait", kAwaitOwner);
        break;
      case kAwaitOwner:
        if (now.word != 1 || Is(Without::kLookAtTheOwner))
          return step("sees the lock not its own", turned ? kAwaitWaiters : kLeave);
        if (!turned) step("sees the lock its own", kAwaitWaiters);
        break;
      case kLeave:  // ProcessSlot::Leave
        s.left = 1;
        step("leaves its slot", kLeft);
        break;
      default:
        break;
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_CLOSING_H_
