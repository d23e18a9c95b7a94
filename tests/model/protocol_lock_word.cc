#include "model/protocol_lock_word.h"

namespace leat::model {

LockWordModel::State LockWordModel::First() const {
  State state{};
  for (Thread& thread : state.threads) thread.rounds = options_.rounds;
  return state;
}

const char* LockWordModel::Wrong(const State& now) const {
  int owners = 0;
  for (const Thread& thread : now.threads) {
    owners += Holds(thread) ? 1 : 0;
    if (thread.at == kChange && now.half_done != 0) return "an owner takes what is half done for whole";
  }
  return owners > 1 ? "two have the lock" : nullptr;
}

bool LockWordModel::Done(const State& now) const {
  for (const Thread& thread : now.threads) {
    if (thread.at != kDead && (thread.at != kOutside || thread.rounds > 0)) return false;
  }
  return true;
}

LockWordModel::State LockWordModel::Killed(const State& now, int t) const {
  State s = now;
  s.dead |= static_cast<std::uint8_t>(1u << (SelfOf(t) - 1));
  for (int other = 0; other < kThreads; ++other) {
    if (SelfOf(other) == SelfOf(t))
      s.threads[other] = {.at = kDead, .seen = 0, .asked_about = 0, .told = 0, .rounds = 0};
  }
  return s;
}

}  // namespace leat::model
