#include "model/protocol_offset_entry.h"

#include <algorithm>

namespace leat::model {

const char* OffsetEntryModel::Wrong(const State& now) const {
  switch (now.wrong) {
    case kLess:
      return "a reader is told less than was committed before";
    case kMadeUp:
      return "a reader is told what was not committed";
    default:
      return nullptr;
  }
}

bool OffsetEntryModel::MayStore(std::uint8_t stored, int store) const {
  const auto done = [&](int other) { return (stored & Bit(other)) != 0; };
  if (done(store)) return false;
  switch (store) {
    case kZero:
      return true;
    case kStoreCrc:
      return done(kZero) && (Is(Without::kReleaseOfCrc) || (done(kStoreOffset) && done(kStoreSequence)));
    default:
      return done(kZero) || Is(Without::kFenceBehindZero);
  }
}

// ReadSlot of slot 0, ReadSlot of slot 1, IsStillAt. The loads of the checksums acquire, the others do not.
bool OffsetEntryModel::MayLoad(const State& now, int load) const {
  const auto done = [&](int other) { return (now.loaded & Bit(other)) != 0; };
  if (done(load)) return false;
  if (load == kCrc0) return true;
  if (load <= kCrc1) return done(kCrc0);
  if (load < kAgain) return done(kCrc1);
  if (Is(Without::kStillThere)) return false;
  if (now.loaded == Bit(kAgain) - 1) return true;
  // Without its fence it may be done when the slot itself has been read, and the other one not.
  return Is(Without::kFenceOfLook) && done(kCrc0) && done(kOffset0) && done(kSequence0) && IsWhole(now.copies[0]);
}

std::uint8_t OffsetEntryModel::LastSequence(const State& now) const {
  int last = 0;
  for (int i = 0; i < 2; ++i) {
    const Slot& slot = now.slots[i];
    if (slot.sequence == 0 || (slot.crc == 0 && !Is(Without::kWholeOnly))) continue;
    last = std::max(last, SequenceOf(slot.sequence));
  }
  return static_cast<std::uint8_t>(last);
}

OffsetEntryModel::State OffsetEntryModel::AfterLoad(State s) const {
  constexpr std::uint8_t kBoth = Bit(kAgain) - 1;
  if ((s.loaded & kBoth) != kBoth) return s;
  const bool whole[2] = {IsWhole(s.copies[0]), IsWhole(s.copies[1])};
  if (IsDamaged(s.copies[0]) || IsDamaged(s.copies[1])) return LookAgain(s);
  if (!whole[0] && !whole[1]) {
    const bool in_the_making = (s.copies[0].sequence | s.copies[1].sequence) != 0;
    // After a hundred looks it is what somebody died of who was the first to commit.
    return in_the_making && !Is(Without::kInTheMaking) ? LookAgain(s) : Tell(s, 0);
  }
  const Slot& newest =
      s.copies[whole[1] && (!whole[0] || SequenceOf(s.copies[1].sequence) > SequenceOf(s.copies[0].sequence))];
  if (whole[0] != whole[1] && !Is(Without::kStillThere)) {
    if ((s.loaded & Bit(kAgain)) == 0) return s;
    if (s.again != newest.sequence) return LookAgain(s);
  }
  return Tell(s, SequenceOf(newest.sequence));
}

OffsetEntryModel::State OffsetEntryModel::Tell(State s, int sequence) {
  if (sequence < s.least) s.wrong = kLess;
  // A commit whose last store is being done counts.
  if (sequence > s.finished + 1) s.wrong = kMadeUp;
  s.told = std::max(s.told, static_cast<std::uint8_t>(sequence));
  s.least = 0;
  return LookAgain(s);
}

OffsetEntryModel::State OffsetEntryModel::LookAgain(State s) {
  // What it must be told stays until it is told something.
  const std::uint8_t least = s.least;
  s.loaded = s.again = 0;
  s.copies[0] = s.copies[1] = {};
  s.least = least;
  return s;
}

}  // namespace leat::model
