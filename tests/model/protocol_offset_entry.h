// What a group has committed for a partition: two slots, each with a checksum over itself that is stored last.
// group/offset_entry.cc.
//
// Owners of the group's lock commit one after another, and die at any store; a reader without the lock reads again and again.
// It must be told no less than what was committed, or told to anybody, before it began to read.
//
// Memory is as weak as in protocol_commit_slots.h; one commit is done before the next begins, since the lock is given back
// and taken between them. The metadata of a commit is like its other words, and left out.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_OFFSET_ENTRY_H_
#define LEAT_TESTS_MODEL_PROTOCOL_OFFSET_ENTRY_H_

#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class OffsetEntryModel {
 public:
  enum class Without : std::uint8_t {
    kNothing,
    kTwoSlots,         // the current slot is filled anew
    kZeroFirst,        // WriteEntry leaves the checksum as it is until it stores the new one
    kFenceBehindZero,  // and what it stores next may be seen before that
    kReleaseOfCrc,     // the checksum is stored relaxed
    kWholeOnly,        // LastSequence counts a slot that was not written to its end
    kInTheMaking,      // ReadEntry calls it nothing when it finds no slot whole
    kStillThere,       // ReadEntry takes the one slot that was whole without a second look
    kFenceOfLook,      // that look may be done before the other slot is read
  };

  struct Options {
    std::uint8_t commits = 5;
    std::uint8_t owners = 2;  // of the group's lock, one after the other's death
    Without without = Without::kNothing;
  };

  // What is in memory says who wrote it, for which commit; 0 is nothing yet.
  struct Slot {
    std::uint8_t crc;
    std::uint8_t offset;
    std::uint8_t sequence;
  };
  struct State {
    Slot slots[2];
    std::uint8_t owner;   // how many died before
    std::uint8_t begun;   // the commit that is being written, its sequence; 0: the owner has to look for the last one
    std::uint8_t stored;  // which of its stores are done
    std::uint8_t finished;  // the last commit that is whole, for us who look on
    std::uint8_t loaded;    // which of its loads the reader has done
    Slot copies[2];
    std::uint8_t again;  // the sequence, at the second look
    std::uint8_t least;  // what the reader must be told
    std::uint8_t told;   // what anybody was told
    std::uint8_t wrong;
  };

  explicit OffsetEntryModel(const Options& options) : options_(options) {}

  State First() const { return {}; }
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const { return now.told == options_.commits; }

  template <typename To>
  void Next(const State& now, To to) const {
    Commit(now, to);
    Read(now, to);
  }

 private:
  enum Store : std::uint8_t { kZero, kStoreOffset, kStoreSequence, kStoreCrc, kStores };
  enum Load : std::uint8_t { kCrc0, kOffset0, kSequence0, kCrc1, kOffset1, kSequence1, kAgain };
  enum WrongThing : std::uint8_t { kLess = 1, kMadeUp };

  static constexpr std::uint8_t Bit(int n) { return static_cast<std::uint8_t>(1u << n); }
  static std::uint8_t Tag(int sequence, int owner) { return static_cast<std::uint8_t>(sequence * 4 + owner + 1); }
  static int SequenceOf(std::uint8_t tag) { return (tag - 1) / 4; }
  static bool IsWhole(const Slot& slot) {
    return slot.crc != 0 && slot.offset == slot.crc && slot.sequence == slot.crc;
  }
  static bool IsDamaged(const Slot& slot) { return slot.crc != 0 && !IsWhole(slot); }
  bool Is(Without without) const { return options_.without == without; }
  int SlotOf(int sequence) const { return Is(Without::kTwoSlots) ? 0 : sequence & 1; }

  bool MayStore(std::uint8_t stored, int store) const;
  bool MayLoad(const State& now, int load) const;
  std::uint8_t LastSequence(const State& now) const;
  State AfterLoad(State s) const;
  static State Tell(State s, int sequence);
  static State LookAgain(State s);

  template <typename To>
  void Commit(const State& now, To& to) const {
    State s = now;
    const int who = now.owner;
    if (now.begun == 0) {
      s.begun = static_cast<std::uint8_t>(LastSequence(now) + 1);
      if (s.begun > options_.commits) return;
      to(s, Step{who, "takes the lock, and looks for the last commit"});
      return;
    }
    static constexpr const char* kNames[] = {"stores a checksum of 0", "stores the offset", "stores the sequence",
                                             "stores the checksum"};
    for (int store = 0; store < kStores; ++store) {
      if (!MayStore(now.stored, store)) continue;
      s = now;
      s.stored |= Bit(store);
      Slot& slot = s.slots[SlotOf(now.begun)];
      const std::uint8_t tag = Tag(now.begun, now.owner);
      if (store == kZero && !Is(Without::kZeroFirst)) slot.crc = 0;
      if (store == kStoreOffset) slot.offset = tag;
      if (store == kStoreSequence) slot.sequence = tag;
      if (store == kStoreCrc) slot.crc = tag;
      if (s.stored == Bit(kStores) - 1) {
        s.finished = now.begun;
        s.begun = s.stored = 0;
      }
      to(s, Step{who, kNames[store]});
    }
    if (now.owner + 1 == options_.owners) return;
    s = now;
    ++s.owner;
    s.begun = s.stored = 0;
    to(s, Step{who, "is killed", Kind::kMishap});
  }

  template <typename To>
  void Read(const State& now, To& to) const {
    static constexpr const char* kNames[] = {"loads the checksum of slot 0",
                                             "loads the offset of slot 0",
                                             "loads the sequence of slot 0",
                                             "loads the checksum of slot 1",
                                             "loads the offset of slot 1",
                                             "loads the sequence of slot 1",
                                             "loads the sequence of the one that was whole"};
    for (int load = 0; load <= kAgain; ++load) {
      if (!MayLoad(now, load)) continue;
      State s = now;
      if (now.loaded == 0) s.least = now.finished > now.told ? now.finished : now.told;
      s.loaded |= Bit(load);
      const Slot& slot = now.slots[load / 3 % 2];
      Slot& copy = s.copies[load / 3 % 2];
      if (load == kAgain)
        s.again = now.slots[IsWhole(now.copies[1]) ? 1 : 0].sequence;
      else if (load % 3 == 0)
        copy.crc = slot.crc;
      else if (load % 3 == 1)
        copy.offset = slot.offset;
      else
        copy.sequence = slot.sequence;
      to(AfterLoad(s), Step{9, kNames[load]});
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_OFFSET_ENTRY_H_
