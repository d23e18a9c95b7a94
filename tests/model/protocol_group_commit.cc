#include "model/protocol_group_commit.h"

namespace leat::model {

GroupCommitModel::State GroupCommitModel::First() const {
  State first{};
  first.deaths = options_.deaths;
  first.losses = options_.losses;
  return first;
}

const char* GroupCommitModel::Wrong(const State& now) const {
  for (int b = 0; b < now.flushed; ++b) {
    if (now.batches[b].on_disk == 0) return "what is said to be on the disk is not";
  }
  return nullptr;
}

bool GroupCommitModel::Done(const State& now) const {
  return std::all_of(now.processes, now.processes + kProcesses,
                     [](const Process& process) { return process.at == kDone || process.at == kDead; });
}

bool GroupCommitModel::AllGood(const State& now, int from, int to) {
  return std::none_of(now.batches + from, now.batches + std::max(from, to),
                      [](const Batch& batch) { return batch.lost != 0; });
}

// Its descriptor goes with it, and what that had to tell.
GroupCommitModel::State GroupCommitModel::Killed(const State& now, int p) const {
  State s = now;
  --s.deaths;
  s.processes[p] = {};
  s.processes[p].at = kDead;
  return s;
}

}  // namespace leat::model
