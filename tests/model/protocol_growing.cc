#include "model/protocol_growing.h"

namespace leat::model {

// Recovery and creation leave the active segment as long as its batches are (log/page.h).
GrowingModel::State GrowingModel::First() const {
  State state{};
  state.exists = 1;
  state.appends = options_.appends;
  state.deaths = options_.deaths;
  return state;
}

const char* GrowingModel::Wrong(const State& now) const {
  switch (now.wrong) {
    case kBeyondFile:
      return "a batch is stored beyond the end of the file";
    case kBehindNext:
      return "a batch is stored behind an offset that the next segment claims";
    case kNotActive:
      return "an appender is told that its segment is not the active one";
    case kSealedActive:
      return "the active segment is sealed";
    default:
      break;
  }
  for (int base = 0; base < kSegments; ++base) {
    if ((now.sealed & Bit(base)) != 0 && now.size[base] != now.end[base])
      return "a sealed segment has another length";
  }
  return nullptr;
}

// Nobody is in the middle of anything.
bool GrowingModel::Done(const State& now) const {
  for (int t = 0; t < 4; ++t) {
    if (now.processes[t / 2].dead == 0 && now.threads[t].at != kIdle) return false;
  }
  return true;
}

}  // namespace leat::model
