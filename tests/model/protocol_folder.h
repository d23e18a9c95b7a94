// Byte 0 of LOCK and the mark in the control file: who is alone in a folder, who shares it, and who believes the state that is
// there. broker/folder_lock.cc, broker/folder_opening.cc, broker/folder_closing.cc.
//
// Processes open a folder, work in it, and close it; the first to come, or the first after a death in the middle of making or
// sealing, makes the state; the last to leave seals it. They are killed at any step.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_FOLDER_H_
#define LEAT_TESTS_MODEL_PROTOCOL_FOLDER_H_

#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class FolderModel {
 public:
  static constexpr int kProcesses = 3;

  enum class Without : std::uint8_t {
    kNothing,
    kAskingBeforeSharing,  // whoever gets the shared lock believes the state
    kSecondTryAlone,       // who may not share waits until somebody else has been alone
    kMarkWhileSealing,     // who seals leaves the mark that the state holds
    kMarkAfterMaking,      // who makes the state says that it holds before he begins
    kConversion,           // who was alone gives the lock back, and takes the shared one then
    kLettingGoFirst,       // who closes asks for the exclusive lock with the shared one held, and waits for it
  };

  struct Options {
    std::uint8_t openings = 5;  // in all
    Without without = Without::kNothing;
  };

  struct State {
    std::uint8_t alone;   // who holds byte 0 exclusive, from 1
    std::uint8_t shared;  // who holds it shared: a bit for each
    std::uint8_t mark;    // the topic generation is not 0: the state holds
    std::uint8_t whole;   // whether it really does, for us who look on
    std::uint8_t openings;
    std::uint8_t at[kProcesses];
    std::uint8_t kept_out;
  };

  explicit FolderModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int p = 0; p < kProcesses; ++p) {
      TakeStep(now, p, to);
      if (now.at[p] == kClosed) continue;
      State s = now;
      LetGo(s, p);
      s.at[p] = kClosed;
      to(s, Step{p, "is killed", Kind::kMishap});
    }
  }

 private:
  enum At : std::uint8_t {
    kClosed,
    kTryAlone,  // LockForOpening, TryEither
    kTryShared,
    kMayShare,
    kLetGo,
    kAlone,  // FolderOpening::Alone
    kMarkEarly,
    kMake,
    kMade,
    kSetMark,
    kConvert,
    kTakeSharedLate,
    kWork,
    kClose,  // Folder::Leave, BecomeAlone
    kUnmark,
    kSeal,
    kSealed,
    kMarkAgain,
    kLeave,
  };

  static constexpr std::uint8_t Bit(int p) { return static_cast<std::uint8_t>(1u << p); }
  bool Is(Without without) const { return options_.without == without; }
  static void LetGo(State& s, int p) {
    s.shared &= static_cast<std::uint8_t>(~Bit(p));
    if (s.alone == p + 1) s.alone = 0;
  }
  static bool MayBeAlone(const State& now, int p) { return now.alone == 0 && (now.shared & ~Bit(p)) == 0; }
  static void BeAlone(State& s, int p) {
    LetGo(s, p);
    s.alone = static_cast<std::uint8_t>(p + 1);
  }

  template <typename To>
  void TakeStep(const State& now, int p, To& to) const {
    State s = now;
    const auto step = [&](const char* what, std::uint8_t at) {
      s.at[p] = at;
      to(s, Step{p, what});
    };
    switch (now.at[p]) {
      case kClosed:
        if (now.openings == 0) break;
        --s.openings;
        step("opens the folder", kTryAlone);
        break;
      case kTryAlone:
        if (!MayBeAlone(now, p)) return step("is not alone", kTryShared);
        BeAlone(s, p);
        step("is alone", kAlone);
        break;
      case kTryShared:
        if (now.alone != 0)
          return step("may not share either", Is(Without::kSecondTryAlone) ? kTryShared : kTryAlone);
        s.shared |= Bit(p);
        step("shares the folder", Is(Without::kAskingBeforeSharing) ? kWork : kMayShare);
        break;
      case kMayShare:
        step(now.mark != 0 ? "reads that the state holds" : "reads that the state does not hold",
             now.mark != 0 ? kWork : kLetGo);
        break;
      case kLetGo:
        LetGo(s, p);
        step("lets go again", Is(Without::kSecondTryAlone) ? kTryShared : kTryAlone);
        break;

      case kAlone:
        if (now.mark != 0) return step("believes the state", kConvert);
        step("begins to make the state", Is(Without::kMarkAfterMaking) ? kMarkEarly : kMake);
        break;
      case kMarkEarly:
        s.mark = 1;
        step("says that the state holds", kMake);
        break;
      case kMake:  // FillPages
        s.whole = 0;
        step("is in the middle of making it", kMade);
        break;
      case kMade:
        s.whole = 1;
        step("has made it", kSetMark);
        break;
      case kSetMark:
        s.mark = 1;
        step("says that the state holds", kConvert);
        break;
      case kConvert:  // ShareFolder
        LetGo(s, p);
        if (Is(Without::kConversion)) return step("lets go, to share then", kTakeSharedLate);
        s.shared |= Bit(p);
        step("shares the folder", kWork);
        break;
      case kTakeSharedLate:
        if (now.alone != 0) s.kept_out = 1;
        s.shared |= Bit(p);
        step("shares the folder", kWork);
        break;

      case kWork:
        if (!Is(Without::kLettingGoFirst)) LetGo(s, p);
        step("closes the folder", kClose);
        break;
      case kClose:
        if (!MayBeAlone(now, p)) {
          if (!Is(Without::kLettingGoFirst)) step("is not the last one", kLeave);
          break;
        }
        BeAlone(s, p);
        step("is the last one", Is(Without::kMarkWhileSealing) ? kSeal : kUnmark);
        break;
      case kUnmark:
        s.mark = 0;
        step("says that the state does not hold", kSeal);
        break;
      case kSeal:  // SealAll
        s.whole = 0;
        step("is in the middle of sealing", kSealed);
        break;
      case kSealed:
        s.whole = 1;
        step("has sealed all", kMarkAgain);
        break;
      case kMarkAgain:
        s.mark = 1;
        step("says that the state holds", kLeave);
        break;
      default:
        LetGo(s, p);
        step("leaves", kClosed);
        break;
    }
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_FOLDER_H_
