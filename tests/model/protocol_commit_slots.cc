#include "model/protocol_commit_slots.h"

namespace leat::model {

CommitSlotsModel::CommitSlotsModel(const Options& options) : options_(options) {}

CommitSlotsModel::State CommitSlotsModel::First() const {
  State state{};
  state.owner_at = kAppending;
  return state;
}

const char* CommitSlotsModel::Wrong(const State& now) const {
  switch (now.wrong) {
    case kTornForOwner:
      return "the next owner finds a state that was not published";
    case kNeverPublished:
      return "a reader takes a state that was not published";
    case kBack:
      return "a reader sees the log go back";
    case kBehindWatermark:
      return "a reader sees a log that ends before the watermark";
    case kNoBytes:
      return "a reader sees no batch below the watermark";
    default:
      return nullptr;
  }
}

// Readers never end, and the last owner is not killed: it publishes all, and all of it is seen.
bool CommitSlotsModel::Done(const State& now) const {
  return now.version == kPublications && now.watermark == kPublications && now.last_version == kPublications;
}

bool CommitSlotsModel::MayStore(const State& now, int publication, int store) const {
  const auto done = [&](int of, int which) { return of <= now.begun_from || (now.stored[of] & Bit(which)) != 0; };
  if (done(publication, store)) return false;
  // Each place in memory keeps the order of the stores to it.
  if (store != kStoreBytes && !done(publication - 1, store)) return false;
  const auto all_before = [&](int of, int end) {
    for (int i = 0; i < end; ++i) {
      if (!done(of, i)) return false;
    }
    return true;
  };
  const bool last_is_over = all_before(publication - 1, kStores);
  switch (store) {
    case kStoreFirst:
    case kStoreSecond:
      if (publication >= 2 && !done(publication - 2, store)) return false;
      return Is(Without::kReleaseFence) || last_is_over;
    case kStoreVersion:
      if (Is(Without::kReleaseOfVersion)) return true;
      return last_is_over && all_before(publication, kStoreVersion);
    case kStoreWatermark:
      if (Is(Without::kReleaseOfWatermark)) return true;
      if (Is(Without::kWatermarkLast)) return last_is_over && all_before(publication, kStoreVersion);
      return last_is_over && all_before(publication, kStoreWatermark);
    default:
      return true;  // the batch's bytes are plain stores
  }
}

CommitSlotsModel::State CommitSlotsModel::AfterLook(State s) const {
  if (s.loaded != (Bit(kLoadWatermark) | Bit(kLoadBytes))) return s;
  const bool looked = !Is(Without::kAcquireOfWatermark) || s.seen_watermark == kPublications;
  const std::uint8_t published = s.published[s.seen_watermark];
  const bool there = s.copied_bytes / 4 == s.seen_watermark && (published == 0 || s.copied_bytes == published);
  if (looked && s.seen_watermark > 0 && !there) s.wrong = kNoBytes;
  s.reader_at = kReadCommit;
  s.loaded = s.copied_bytes = 0;
  return s;
}

// When nothing is left to load: the copy is taken.
CommitSlotsModel::State CommitSlotsModel::AfterLoad(State s) const {
  const int needed =
      Bit(kLoadVersion) | Bit(kLoadFirst) | Bit(kLoadSecond) | (Is(Without::kSecondLook) ? 0 : Bit(kLoadAgain));
  if (s.loaded != needed) return s;
  const std::uint8_t published = s.published[s.copied_version];
  if (s.copied_first != published || s.copied_second != published) s.wrong = kNeverPublished;
  if (s.copied_version < s.last_version) s.wrong = kBack;
  if (s.copied_version < s.seen_watermark) s.wrong = kBehindWatermark;
  s.last_version = s.copied_version;
  s.reader_at = kLookAtWatermark;
  s.seen_watermark = 0;
  return BeginCopy(s);
}

CommitSlotsModel::State CommitSlotsModel::BeginCopy(State s) {
  s.loaded = s.place = s.copied_version = s.copied_first = s.copied_second = 0;
  return s;
}

}  // namespace leat::model
