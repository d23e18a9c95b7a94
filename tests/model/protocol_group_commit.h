// Group commit and vouching, log/syncer.{h,cc}: who syncs for whom, and whose sync means what.
//
// Three processes each open the segment, append a batch, and want it on the disk. The kernel writes a dirty batch whenever
// it likes, or fails to: then the batch is clean and not on the disk, every descriptor that is open hears of it once, by its
// next sync, and the page may be read anew from the disk at any time, as it was before. The promise: what is below `flushed`
// is on the disk.
//
// What is left out: how those who wait sleep (a futex with a time-out), segments (one stands for all), and the names of
// files. That two never have the flush lock is the affair of protocol_lock_word.h.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_GROUP_COMMIT_H_
#define LEAT_TESTS_MODEL_PROTOCOL_GROUP_COMMIT_H_

#include <algorithm>
#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class GroupCommitModel {
 public:
  static constexpr int kProcesses = 3;
  static constexpr int kBatches = kProcesses;

  enum class Without : std::uint8_t {
    kNothing,
    kVouching,       // what one cannot vouch for is synced as it is
    kFlag,           // a failed sync is not remembered
    kEndBeforeSync,  // the end that is published is read after the sync
    kOneBuffer,      // what is stored again is checked, and read once more to be stored
    kOwnDescriptor,  // the segment is opened anew for each sync, as if it had been open all the time
    kTakeOver,       // the lock of the dead is nobody's to take
  };

  struct Options {
    std::uint8_t deaths = 2;
    std::uint8_t losses = 1;
    Without without = Without::kNothing;
  };

  struct Batch {
    std::uint8_t appended;
    std::uint8_t dirty;
    std::uint8_t on_disk;
    std::uint8_t lost;  // what is read of it is not what was appended
  };
  struct Process {
    std::uint8_t at;
    std::uint8_t since;   // what it vouches for: batches from here on
    std::uint8_t told;    // its descriptor has an error to tell
    std::uint8_t target;  // one past its own batch
    std::uint8_t from;    // of the sync that it leads
    std::uint8_t limit;
  };
  struct State {
    Batch batches[kBatches];
    Process processes[kProcesses];
    std::uint8_t end;
    std::uint8_t flushed;
    std::uint8_t owner;  // of the flush lock, counted from 1; 0: nobody
    std::uint8_t failed;
    std::uint8_t deaths;  // still to come
    std::uint8_t losses;
  };

  explicit GroupCommitModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int p = 0; p < kProcesses; ++p) {
      TakeStep(now, p, to);
      const std::uint8_t at = now.processes[p].at;
      if (now.deaths > 0 && HasOpen(now, p) && at != kDone) to(Killed(now, p), Step{p, "is killed", Kind::kMishap});
    }
    for (int b = 0; b < kBatches; ++b) TakeKernelsStep(now, b, to);
  }

 private:
  enum At : std::uint8_t {
    kOutside,
    kOpened,
    kWaiting,
    kLeading,  // has the flush lock
    kStoring,
    kReady,
    kSynced,
    kFailed,
    kUnlocking,  // and not any more
    kDone,
    kDead
  };
  static constexpr int kKernel = kProcesses;

  static bool HasOpen(const State& now, int p) {
    return now.processes[p].at != kOutside && now.processes[p].at != kDead;
  }
  bool Is(Without without) const { return options_.without == without; }
  static bool AllGood(const State& now, int from, int to);
  State Killed(const State& now, int p) const;

  template <typename To>
  void TakeStep(const State& now, int p, To& to) const {
    State s = now;
    Process& me = s.processes[p];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{p, what});
    };
    switch (now.processes[p].at) {
      case kOutside:  // Appender::OpenWriter, under the append lock
        me.since = now.end;
        step("opens the segment", kOpened);
        break;
      case kOpened:  // Appender::AppendLocked
        if (now.failed != 0) return step("is refused", kDone);
        s.batches[now.end].appended = s.batches[now.end].dirty = 1;
        me.target = ++s.end;
        step("appends", kWaiting);
        break;

      case kWaiting: {  // Syncer::SyncTo
        if (now.flushed >= me.target) return step("is acknowledged", kDone);
        if (now.failed != 0) return step("is told that a sync failed", kDone);
        const bool free = now.owner == 0 || (now.processes[now.owner - 1].at == kDead && !Is(Without::kTakeOver));
        if (!free) break;
        s.owner = static_cast<std::uint8_t>(p + 1);
        step("leads", kLeading);
        break;
      }
      case kLeading: {  // Lead, and Vouching
        if (now.flushed >= me.target || now.failed != 0) return step("has nothing to do", kUnlocking);
        me.from = now.flushed;
        me.limit = now.end;
        if (Is(Without::kOwnDescriptor)) me.told = 0;
        const bool vouches = me.since <= me.from || Is(Without::kVouching);
        const bool bad = !vouches && Is(Without::kOneBuffer) && !AllGood(now, me.from, me.since);
        step("looks how far it is to the end", bad ? kFailed : vouches ? kReady : kStoring);
        break;
      }
      case kStoring:  // StoreAgain
        if (!Is(Without::kOneBuffer) && !AllGood(now, me.from, me.since)) {
          return step("reads back what was not appended", kFailed);
        }
        for (int b = me.from; b < me.since; ++b) s.batches[b].dirty = 1;
        me.since = me.from;
        step("stores again what it cannot vouch for", kReady);
        break;
      case kReady:  // File::Sync
        if (me.told != 0) {
          me.told = 0;
          return step("hears of a loss from its sync", kFailed);
        }
        for (Batch& batch : s.batches) {
          batch.on_disk |= batch.dirty & static_cast<std::uint8_t>(1 - batch.lost);
          batch.dirty = 0;
        }
        step("syncs", kSynced);
        break;
      case kSynced:  // Publish
        if (Is(Without::kEndBeforeSync)) me.limit = now.end;
        s.flushed = std::max(now.flushed, me.limit);
        step("publishes", kUnlocking);
        break;
      case kFailed:  // Failed
        s.failed = !Is(Without::kFlag);
        step("says that a sync failed", kUnlocking);
        break;
      case kUnlocking:
        if (now.owner == p + 1) s.owner = 0;
        step("unlocks", kWaiting);
        break;
      default:
        break;
    }
  }

  template <typename To>
  void TakeKernelsStep(const State& now, int b, To& to) const {
    const Batch& batch = now.batches[b];
    State s = now;
    if (batch.dirty != 0) {
      s.batches[b].dirty = 0;
      s.batches[b].on_disk |= static_cast<std::uint8_t>(1 - batch.lost);
      to(s, Step{kKernel, "writes a batch"});
      if (now.losses == 0) return;
      s = now;
      --s.losses;
      s.batches[b].dirty = 0;
      for (int p = 0; p < kProcesses; ++p) s.processes[p].told |= static_cast<std::uint8_t>(HasOpen(now, p) ? 1 : 0);
      to(s, Step{kKernel, "fails to write a batch", Kind::kMishap});
    } else if (batch.appended != 0 && batch.on_disk == 0 && batch.lost == 0) {
      s.batches[b].lost = 1;
      to(s, Step{kKernel, "drops the page of a batch that it has not written", Kind::kMishap});
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_GROUP_COMMIT_H_
