// Growing, rolling and sealing segments: log/space.cc, log/roll.cc, log/append.cc, log/housekeeping.cc.
//
// Two processes, each with an appender and a housekeeper, append to one log whose segments are two bytes long. An appender
// grows the active segment if it must, and rolls when it likes (a batch that does not fit). Housekeepers grow the segment that
// their process writes to, and seal what is finished, which cuts it to its end. Processes are killed at any step, with both
// threads; disks are full at any moment.
//
// What must hold: nobody stores beyond a file's end, which would be a signal; a file that was sealed stays as long as it is;
// no batch lands in a segment when the next one, with that batch's offset for a name, is there.
//
// The locks are those of protocol_lock_word.h, here one step each; what they guard is seen as it was stored.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_GROWING_H_
#define LEAT_TESTS_MODEL_PROTOCOL_GROWING_H_

#include <algorithm>
#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class GrowingModel {
 public:
  static constexpr int kSegments = 3;
  static constexpr std::uint8_t kSegmentBytes = 2;
  static constexpr std::uint8_t kFirstBytes = 1;  // of a segment that has just begun

  enum class Without : std::uint8_t {
    kNothing,
    kLookWhichIsActive,  // Grow grows whatever it was asked to grow
    kSizeLockOfRoll,     // BeginSegment stores whose space it is without the size lock
    kAskingBeforeSeal,  // Seal does not ask whether the segment is the active one (nor SealAbandoned keep its distance)
    kMendingOfSize,     // who takes a lock over from the dead believes `allocated`
    kFormerSize,        // what a failed allocation left is cut off down to what this writer needed before
    kLockOfGivingBack,  // it is cut off when the size lock is given back already
    kFileFirst,         // Grow stores `allocated` before it has the bytes
    kSizeOfOwnFile,     // OpenWriter keeps what it knew to be allocated of another segment
    kHalfRolled,        // Mend does not look for the file of a roll that was begun
  };

  struct Options {
    std::uint8_t appends = 4;  // at most, in all
    std::uint8_t deaths = 1;
    bool full_disks = true;
    Without without = Without::kNothing;
  };

  struct Thread {
    std::uint8_t at;
    std::uint8_t back_to;  // where Grow returns
    std::uint8_t base;     // of the segment it grows or seals
    std::uint8_t needed;
    std::uint8_t wanted;
    std::uint8_t tried;  // the size that it asks for
    std::uint8_t ok;
  };
  struct Process {
    std::uint8_t writer_base;  // Appender::writer_base_, from 1; 0 for none
    std::uint8_t allocated;    // Appender::allocated_
    std::uint8_t finished;     // Housekeeping::finished_: a bit for each segment
    std::uint8_t dead;
  };
  struct State {
    std::uint8_t exists;             // files: a bit for each segment
    std::uint8_t size[kSegments];    // of the files
    std::uint8_t end[kSegments];     // bytes of them that are batches
    std::uint8_t sealed;             // a bit for each segment
    std::uint8_t active;             // CommitState::segment_base
    std::uint8_t append_lock;        // processes, from 1
    std::uint8_t size_lock;          // threads, from 1
    std::uint8_t allocated_segment;  // of the page
    std::uint8_t allocated;
    std::uint8_t unmended;  // kFlagUnmended
    std::uint8_t appends;
    std::uint8_t deaths;
    std::uint8_t wrong;
    Process processes[2];
    Thread threads[4];  // 0 and 2 append, 1 and 3 keep house
  };

  explicit GrowingModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int t = 0; t < 4; ++t) {
      if (now.processes[t / 2].dead != 0) continue;
      const std::uint8_t at = now.threads[t].at;
      if (at >= kLockSize)
        Grow(now, t, to);
      else if (t % 2 == 0)
        Append(now, t, to);
      else
        KeepHouse(now, t, to);
    }
    for (int p = 0; p < 2; ++p) {
      if (now.processes[p].dead != 0 || now.deaths == 0) continue;
      State s = now;
      --s.deaths;
      s.processes[p] = {.writer_base = 0, .allocated = 0, .finished = 0, .dead = 1};
      s.threads[2 * p] = s.threads[2 * p + 1] = {};
      to(s, Step{2 * p, "is killed, and its housekeeper with it", Kind::kMishap});
    }
  }

 private:
  enum At : std::uint8_t {
    kIdle,
    // an appender
    kMend,
    kMendSpace,
    kChoose,
    kBeginSegment,
    kNameSpace,
    kStoreSpace,
    kUnlockSpace,
    kPublishSegment,
    kOpenWriter,
    kGrown,
    kStore,
    kUnlock,
    // a housekeeper
    kAheadDone,
    kAsk,
    kCut,
    // Grow
    kLockSize,
    kAllocate,
    kGiveBack,
    kStoreAllocated,
    kGiveBackLate,
  };
  enum WrongThing : std::uint8_t { kBeyondFile = 1, kBehindNext, kNotActive, kSealedActive };

  static constexpr std::uint8_t Bit(int n) { return static_cast<std::uint8_t>(1u << n); }
  bool Is(Without without) const { return options_.without == without; }
  static bool IsDead(const State& now, std::uint8_t lock) { return now.processes[(lock - 1) / 2].dead != 0; }

  // Takes the size lock, from the dead if need be, and mends then: MendSizeLocked. False: somebody has it.
  bool TakeSizeLock(State& s, int t) const {
    if (s.size_lock != 0 && !IsDead(s, s.size_lock)) return false;
    if (s.size_lock != 0 && !Is(Without::kMendingOfSize)) s.allocated = s.size[s.allocated_segment];
    s.size_lock = static_cast<std::uint8_t>(t + 1);
    return true;
  }

  template <typename To>
  void Append(const State& now, int t, To& to) const {
    State s = now;
    Thread& me = s.threads[t];
    Process& own = s.processes[t / 2];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{t, what});
    };
    const bool begins_without_lock = Is(Without::kSizeLockOfRoll);
    switch (now.threads[t].at) {
      case kIdle:  // Appender::Append; the words are threads, but a process has one appender
        if (now.appends == 0 || (now.append_lock != 0 && !IsDead(now, now.append_lock))) break;
        if (now.append_lock != 0) s.unmended = 1;
        s.append_lock = static_cast<std::uint8_t>(t + 1);
        --s.appends;
        step("takes the append lock", s.unmended != 0 ? kMend : kChoose);
        break;

      case kMend: {  // Mend: a roll that was begun is finished
        own.writer_base = 0;
        const int next = now.active + 1;
        const bool half_rolled = next < kSegments && (now.exists & Bit(next)) != 0 && !Is(Without::kHalfRolled);
        me.base = static_cast<std::uint8_t>(half_rolled ? next : now.active);
        me.back_to = kMendSpace;
        step(half_rolled ? "finds a roll half done" : "finds no roll half done",
             half_rolled ? begins_without_lock ? kNameSpace : kBeginSegment : kMendSpace);
        break;
      }
      case kMendSpace:
        if (!TakeSizeLock(s, t)) break;
        s.allocated_segment = now.active;
        if (!Is(Without::kMendingOfSize)) s.allocated = now.size[now.active];
        s.size_lock = s.unmended = 0;
        step("mends the space", kChoose);
        break;

      case kChoose: {  // AppendLocked: into this segment, or into the next one
        const std::uint8_t end = now.end[now.active];
        if (end < kSegmentBytes) step("has a batch that fits", kOpenWriter);
        const int next = now.active + 1;
        if (end == 0 || next == kSegments) {
          if (end == kSegmentBytes) step("has a batch for which the model has no room", kUnlock);
          break;
        }
        s = now;  // Roll
        s.exists |= Bit(next);
        s.size[next] = kFirstBytes;
        me.base = static_cast<std::uint8_t>(next);
        me.back_to = kOpenWriter;
        step("renames the next segment", begins_without_lock ? kNameSpace : kBeginSegment);
        break;
      }
      case kBeginSegment:  // BeginSegment
        if (!TakeSizeLock(s, t)) break;
        step("takes the size lock", kNameSpace);
        break;
      case kNameSpace:
        s.allocated_segment = me.base;
        step("says whose space it is", kStoreSpace);
        break;
      case kStoreSpace:
        s.allocated = now.size[me.base];
        step("says how much it is", kUnlockSpace);
        break;
      case kUnlockSpace:
        if (!begins_without_lock) s.size_lock = 0;
        step("gives the size lock back", kPublishSegment);
        break;
      case kPublishSegment:
        s.active = me.base;
        own.finished |= Bit(now.active);
        own.writer_base = static_cast<std::uint8_t>(me.base + 1);
        own.allocated = now.size[me.base];
        step("publishes the new segment", me.back_to);
        break;

      case kOpenWriter: {  // OpenWriter, and Grow if it must
        if (own.writer_base != now.active + 1) {
          own.writer_base = static_cast<std::uint8_t>(now.active + 1);
          if (!Is(Without::kSizeOfOwnFile)) own.allocated = 0;
        }
        const auto needed = static_cast<std::uint8_t>(now.end[now.active] + 1);
        if (needed <= own.allocated) return step("has room", kStore);
        me.base = now.active;
        me.needed = needed;
        me.wanted = kSegmentBytes;
        me.back_to = kGrown;
        step("has no room", kLockSize);
        break;
      }
      case kGrown:
        if (me.ok == 0) return step("has no room, and fails", kUnlock);
        own.allocated = me.ok;
        step("has room now", kStore);
        break;
      case kStore:
        if (now.size[now.active] <= now.end[now.active]) s.wrong = kBeyondFile;
        if (now.active + 1 < kSegments && (now.exists & Bit(now.active + 1)) != 0) s.wrong = kBehindNext;
        ++s.end[now.active];
        step("stores the batch, and publishes it", kUnlock);
        break;
      default:
        s.append_lock = 0;
        me = {};
        step("gives the append lock back", kIdle);
        break;
    }
  }

  template <typename To>
  void KeepHouse(const State& now, int t, To& to) const {
    State s = now;
    Thread& me = s.threads[t];
    Process& own = s.processes[t / 2];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{t, what});
    };
    switch (now.threads[t].at) {
      case kIdle:
        // GrowAhead
        if (own.writer_base == now.active + 1 && now.size[now.active] < kSegmentBytes && now.appends > 0) {
          me.base = now.active;
          me.needed = now.end[now.active];
          me.wanted = kSegmentBytes;
          me.back_to = kAheadDone;
          step("wants to grow the segment ahead of the writer", kLockSize);
        }
        // SealFinished, SealAbandoned
        for (int base = 0; base < kSegments; ++base) {
          const int later = base + (Is(Without::kAskingBeforeSeal) ? 1 : 2);
          const bool abandoned = later < kSegments && (now.exists & Bit(later)) != 0;
          if ((now.sealed & Bit(base)) != 0 || (!abandoned && (now.processes[t / 2].finished & Bit(base)) == 0))
            continue;
          s = now;
          own.finished &= static_cast<std::uint8_t>(~Bit(base));
          me.base = static_cast<std::uint8_t>(base);
          step("wants to seal a segment", Is(Without::kAskingBeforeSeal) ? kCut : kAsk);
        }
        break;
      case kAsk:  // IsActive
        if (!TakeSizeLock(s, t)) break;
        s.size_lock = 0;
        step("asks which segment is the active one", now.allocated_segment == me.base ? kAheadDone : kCut);
        break;
      case kCut:  // Cut
        if (now.active == me.base) s.wrong = kSealedActive;
        s.size[me.base] = std::min(now.size[me.base], now.end[me.base]);
        s.sealed |= Bit(me.base);
        step("cuts the segment to its end", kAheadDone);
        break;
      default:
        me = {};
        step("is done", kIdle);
        break;
    }
  }

  // Appender::Grow.
  template <typename To>
  void Grow(const State& now, int t, To& to) const {
    State s = now;
    Thread& me = s.threads[t];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{t, what});
    };
    const auto grown = [&](const char* what, std::uint8_t size) {
      s.size_lock = 0;
      me.ok = size;
      step(what, me.back_to);
    };
    switch (now.threads[t].at) {
      case kLockSize:
        if (!TakeSizeLock(s, t)) break;
        if (s.allocated_segment != me.base && !Is(Without::kLookWhichIsActive)) {
          if (t % 2 == 0) s.wrong = kNotActive;
          return grown("hears that another segment is the active one", 0);
        }
        if (s.allocated >= me.wanted) return grown("finds that there is room already", s.allocated);
        me.tried = me.wanted;
        if (Is(Without::kFileFirst)) s.allocated = me.wanted;
        step("takes the size lock, to grow the segment", kAllocate);
        break;
      case kAllocate:
        if (me.tried <= now.allocated && !Is(Without::kFileFirst))
          return grown("leaves it at what there is", now.allocated);
        s.size[me.base] = std::max(now.size[me.base], me.tried);
        step("allocates", kStoreAllocated);
        if (!options_.full_disks) break;
        for (const bool longer : {false, true}) {  // a failed allocation may leave either
          s = now;
          if (longer) s.size[me.base] = std::max(now.size[me.base], me.tried);
          me.at = kGiveBack;
          if (Is(Without::kLockOfGivingBack)) {
            s.size_lock = 0;
            me.wanted = now.allocated;
            me.at = kGiveBackLate;
          }
          to(s, Step{t, longer ? "finds the disk full, half way" : "finds the disk full", Kind::kMishap});
        }
        break;
      case kGiveBack: {
        const std::uint8_t down_to = Is(Without::kFormerSize) ? me.needed : now.allocated;
        s.size[me.base] = std::min(now.size[me.base], down_to);
        if (me.tried == me.needed || me.needed == 0) return grown("gives back what a failed allocation left", 0);
        me.tried = me.needed;
        step("gives back what a failed allocation left, to ask for less", kAllocate);
        break;
      }
      case kGiveBackLate:
        s.size[me.base] = std::min(now.size[me.base], me.wanted);
        me.ok = 0;
        step("gives back what a failed allocation left", me.back_to);
        break;
      default:
        s.allocated = me.tried;
        grown("says how much is allocated", me.tried);
        break;
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_GROWING_H_
