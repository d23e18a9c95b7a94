// The two commit slots and their version, shared/commit_slots.h, and the high watermark behind them, log/append.cc.
//
// An owner of the append lock publishes state after state, and dies at any store; the next owner goes on from what it finds,
// and may die as well. A reader without the lock copies the current slot. A state is two numbers, of which each owner
// writes its own, so that a copy that was put together from two states shows.
//
// Memory is as weak as the C++ orders let it be on machines where a store is seen by all others at once (x86, ARMv8): each
// owner and each reader does its accesses in any order that the release, acquire and fences of the code leave open. Who is
// killed has done any part of them that this order allows.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_COMMIT_SLOTS_H_
#define LEAT_TESTS_MODEL_PROTOCOL_COMMIT_SLOTS_H_

#include <array>
#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class CommitSlotsModel {
 public:
  static constexpr int kPublications = 3;

  enum class Without : std::uint8_t {
    kNothing,
    kTwoSlots,            // the current slot is filled anew
    kReleaseOfVersion,    // PublishCommit stores the version relaxed
    kReleaseFence,        // before PublishCommit fills the slot
    kAcquireOfVersion,    // ReadCommit loads the version relaxed
    kAcquireFence,        // before ReadCommit looks at the version again
    kSecondLook,          // ReadCommit does not look again
    kReleaseOfWatermark,  // the append stores it relaxed
    kAcquireOfWatermark,  // the reader loads it relaxed
    kWatermarkLast,       // the append stores it before the version
    kMendedWatermark,     // who takes the lock over leaves the watermark as it is
  };

  struct Options {
    std::uint8_t owners = 3;  // of the append lock, one after the other's death
    Without without = Without::kNothing;
  };

  // What is in memory says who wrote it, and for which publication.
  struct State {
    std::uint8_t first[2];  // CommitSlot, as two numbers
    std::uint8_t second[2];
    std::uint8_t version;
    std::uint8_t watermark;
    std::uint8_t bytes[kPublications + 1];  // the batch that each publication is about

    std::uint8_t published[kPublications + 1];  // what was published, for us who look on

    std::uint8_t owner;  // how many died before
    std::uint8_t owner_at;
    std::uint8_t begun_from;                 // the version that this owner found
    std::uint8_t stored[kPublications + 1];  // by publication: which of its stores are done

    std::uint8_t reader_at;
    std::uint8_t loaded;  // which of its loads are done
    std::uint8_t place;   // the slot it copies
    std::uint8_t copied_version;
    std::uint8_t copied_first;
    std::uint8_t copied_second;
    std::uint8_t copied_bytes;
    std::uint8_t seen_watermark;
    std::uint8_t last_version;  // what it read the last time
    std::uint8_t wrong;
  };

  explicit CommitSlotsModel(const Options& options);

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    OwnerStep(now, to);
    ReaderStep(now, to);
  }

 private:
  // The stores of an append, in the order of the code.
  enum Store : std::uint8_t { kStoreBytes, kStoreFirst, kStoreSecond, kStoreVersion, kStoreWatermark, kStores };
  enum OwnerAt : std::uint8_t { kTakingOver, kMending, kAppending };
  enum ReaderAt : std::uint8_t { kLookAtWatermark, kReadCommit };
  enum Load : std::uint8_t { kLoadWatermark, kLoadBytes, kLoadVersion, kLoadFirst, kLoadSecond, kLoadAgain };
  enum WrongThing : std::uint8_t { kTornForOwner = 1, kNeverPublished, kBack, kBehindWatermark, kNoBytes };

  static constexpr std::uint8_t Bit(int n) { return static_cast<std::uint8_t>(1u << n); }
  static std::uint8_t Tag(int publication, int owner) { return static_cast<std::uint8_t>(publication * 4 + owner); }
  bool Is(Without without) const { return options_.without == without; }
  std::uint8_t SlotOf(int version) const {
    return Is(Without::kTwoSlots) ? 0 : static_cast<std::uint8_t>(version & 1);
  }
  bool MayStore(const State& now, int publication, int store) const;

  template <typename To>
  void OwnerStep(const State& now, To& to) const {
    State s = now;
    const int who = now.owner;
    switch (now.owner_at) {
      case kTakingOver: {  // ReadCommit, under the lock: all that the dead one has stored is seen
        const std::uint8_t slot = SlotOf(now.version);
        s.begun_from = now.version;
        if (now.first[slot] != now.published[now.version] || now.second[slot] != now.published[now.version]) {
          s.wrong = kTornForOwner;
        }
        s.owner_at = kMending;
        to(s, Step{who, "takes the lock over, and reads the last state"});
        return;
      }
      case kMending:  // Appender::Mend
        if (!Is(Without::kMendedWatermark) && s.watermark < s.begun_from) s.watermark = s.begun_from;
        s.owner_at = kAppending;
        to(s, Step{who, "raises the watermark to it"});
        break;
      default:
        for (int publication = now.begun_from + 1; publication <= kPublications; ++publication) {
          for (int store = 0; store < kStores; ++store) {
            if (MayStore(now, publication, store)) Perform(now, publication, store, to);
          }
        }
        break;
    }
    if (now.owner + 1 == options_.owners) return;
    s = now;
    ++s.owner;
    s.owner_at = kTakingOver;
    for (std::uint8_t& stored : s.stored) stored = 0;
    to(s, Step{who, "is killed", Kind::kMishap});
  }

  template <typename To>
  void Perform(const State& now, int publication, int store, To& to) const {
    static constexpr std::array<const char*, kStores> kNames = {
        "stores the batch", "stores the first half of the slot", "stores the second half of the slot",
        "stores the version", "stores the watermark"};
    State s = now;
    const std::uint8_t tag = Tag(publication, now.owner);
    s.stored[publication] |= Bit(store);
    switch (store) {
      case kStoreBytes:
        s.bytes[publication] = tag;
        break;
      case kStoreFirst:
        s.first[SlotOf(publication)] = tag;
        break;
      case kStoreSecond:
        s.second[SlotOf(publication)] = tag;
        break;
      case kStoreVersion:
        s.version = static_cast<std::uint8_t>(publication);
        s.published[publication] = tag;
        break;
      default:
        s.watermark = static_cast<std::uint8_t>(publication);
        break;
    }
    to(s, Step{now.owner, kNames[static_cast<unsigned>(store)]});
  }

  template <typename To>
  void ReaderStep(const State& now, To& to) const {
    constexpr int kReader = 9;
    if (now.reader_at == kLookAtWatermark) {  // Cursor::Fetch: the watermark, then the bytes below it
      if ((now.loaded & Bit(kLoadWatermark)) == 0) {
        State s = now;
        s.seen_watermark = now.watermark;
        s.loaded |= Bit(kLoadWatermark);
        to(AfterLook(s), Step{kReader, "loads the watermark"});
      }
      const bool ordered = !Is(Without::kAcquireOfWatermark);
      if ((now.loaded & Bit(kLoadBytes)) == 0 && (!ordered || (now.loaded & Bit(kLoadWatermark)) != 0)) {
        State s = now;
        // Of the last batch that it will have heard of: where it is one too early, it looks at nothing.
        s.copied_bytes = ordered ? now.bytes[now.seen_watermark] : now.bytes[kPublications];
        s.loaded |= Bit(kLoadBytes);
        to(AfterLook(s), Step{kReader, "loads the batch below the watermark"});
      }
      return;
    }
    const auto has = [&](int load) { return (now.loaded & Bit(load)) != 0; };
    if (!has(kLoadVersion)) {  // ReadCommit
      State s = now;
      s.copied_version = now.version;
      s.loaded |= Bit(kLoadVersion);
      const bool guessed = has(kLoadFirst) || has(kLoadSecond);
      if (guessed && s.place != SlotOf(now.version)) {
        s = BeginCopy(s);
      } else {
        s.place = SlotOf(now.version);
      }
      to(AfterLoad(s), Step{kReader, "loads the version"});
    }
    for (const int load : {kLoadFirst, kLoadSecond}) {
      if (has(load) || (!has(kLoadVersion) && !Is(Without::kAcquireOfVersion))) continue;
      for (std::uint8_t place = 0; place < 2; ++place) {
        const bool guesses = !has(kLoadVersion) && !has(kLoadFirst) && !has(kLoadSecond);
        if (!guesses && place != now.place) continue;
        State s = now;
        s.place = place;
        s.loaded |= Bit(load);
        (load == kLoadFirst ? s.copied_first : s.copied_second) =
            (load == kLoadFirst ? now.first : now.second)[place];
        to(AfterLoad(s), Step{kReader, load == kLoadFirst ? "copies the first half" : "copies the second half"});
      }
    }
    const bool copied = (has(kLoadFirst) && has(kLoadSecond)) || Is(Without::kAcquireFence);
    if (!has(kLoadVersion) || !copied || has(kLoadAgain) || Is(Without::kSecondLook)) return;
    State s = now;
    s.loaded |= Bit(kLoadAgain);
    to(now.version == now.copied_version ? AfterLoad(s) : BeginCopy(s), Step{kReader, "looks at the version again"});
  }

  State AfterLook(State s) const;
  State AfterLoad(State s) const;
  static State BeginCopy(State s);

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_COMMIT_SLOTS_H_
