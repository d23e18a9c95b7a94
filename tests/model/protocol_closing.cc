#include "model/protocol_closing.h"

namespace leat::model {

ClosingModel::State ClosingModel::First() const {
  State state{};
  for (Thread& thread : state.threads) thread.rounds = 2;
  return state;
}

const char* ClosingModel::Wrong(const State& now) const {
  int owners = 0;
  for (int t = 0; t < kThreads; ++t) {
    const std::uint8_t at = now.threads[t].at;
    owners += at == kHolds ? 1 : 0;
    if (!IsOwn(t) || now.left == 0) continue;
    if (at == kHolds) return "a process appends that has left";
    if (at == kWait) return "a process that has left asks who is alive";
  }
  return owners > 1 ? "two have the lock" : nullptr;
}

bool ClosingModel::Done(const State& now) const {
  for (const Thread& thread : now.threads) {
    if (thread.at != kOutside || thread.rounds > 0) return false;
  }
  return now.closer_at == kLeft;
}

}  // namespace leat::model
