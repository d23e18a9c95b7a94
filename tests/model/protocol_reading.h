// A reader without a lock that follows a log over a roll: log/cursor.cc and Log::Refresh in log/log.cc, beside log/append.cc,
// log/roll.cc, and, where readers see only what is on the disk, the flush leader of log/syncer.cc.
//
// An owner of the append lock appends batches of one byte or two into segments of two, and begins the second segment when one
// does not fit; it is killed at any step, and its follower mends and goes on, maybe with a batch of the other size in the
// place of one that was never published. The first segment is cut to its end some time after the roll. The reader must come to
// every batch that was published, find it where it looks, and touch no byte beyond a file's end.
//
// The owner's stores are done in the order of the code, since each but those of the bytes releases; the commit slots are one
// step here (protocol_commit_slots.h). All loads of the reader acquire but the second one of Cursor::KnownBytes, which comes
// behind one that does.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_READING_H_
#define LEAT_TESTS_MODEL_PROTOCOL_READING_H_

#include <algorithm>
#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class ReadingModel {
 public:
  static constexpr int kBatches = 3;
  static constexpr int kSegments = 2;
  static constexpr std::uint8_t kSegmentBytes = 2;

  enum class Without : std::uint8_t {
    kNothing,
    kPositionFirst,     // the append stores its position after it has published (and, without disk, shown) the batch
    kGenerationOfRoll,  // BeginSegment leaves the segment list's generation as it is
    kGenerationFirst,   // BeginSegment moves it after the first position of the new segment
    kGenerationOfMend,  // Mend leaves it as it is
    kMendGenerationFirst,   // Mend moves it when it has stored the position
    kRenameFirst,           // the segment has its name only when it is published
    kLookAtGeneration,      // KnownBytes takes the position for one of its segment
    kPositionBeforeLook,    // KnownBytes looks at the generation first, and then at the position
    kGenerationBeforeList,  // Refresh reads the generation after it has listed
    kNewEnds,               // EndOfSegment does not look whether segments have come
  };

  struct Options {
    std::uint8_t owners = 2;  // of the append lock, one after the other's death
    bool to_disk = false;     // the watermark is raised by who syncs
    Without without = Without::kNothing;
  };

  struct State {
    // files
    std::uint8_t bytes[kSegments][kSegmentBytes];
    std::uint8_t size[kSegments];
    std::uint8_t exists;  // a bit for each segment
    std::uint8_t base;    // of the second segment: its name
    // the partition's page
    std::uint8_t segment;  // CommitState
    std::uint8_t position;
    std::uint8_t next;
    std::uint8_t visible_position;
    std::uint8_t watermark;
    std::uint8_t generation;

    std::uint8_t published[kBatches];  // what was, for us who look on

    std::uint8_t owner;  // how many died before
    std::uint8_t owner_at;
    std::uint8_t batch;   // that it is appending, with its size
    std::uint8_t began;   // it has begun a segment, and has not told yet
    std::uint8_t leader;  // the state that a flush leader has read and synced, one more than its next offset

    std::uint8_t reader_at;
    std::uint8_t back_to;  // where KnownBytes returns
    std::uint8_t seen_watermark;
    std::uint8_t batch_base;  // Cursor: the next offset
    std::uint8_t in;          // its segment, from 1; 0 for none
    std::uint8_t at;          // its place there
    std::uint8_t limit;
    std::uint8_t end_known;
    std::uint8_t end;
    std::uint8_t end_generation;
    std::uint8_t looked;  // what it has just loaded
    std::uint8_t listed;  // Log::segments_
    std::uint8_t listed_generation;
    std::uint8_t wrong;
  };

  explicit ReadingModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State& now) const;
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    Append(now, to);
    Sync(now, to);
    Seal(now, to);
    Read(now, to);
  }

 private:
  enum OwnerAt : std::uint8_t {
    kMendGeneration,
    kMendPosition,
    kMendWatermark,
    kMendGenerationLate,
    kMendRoll,
    kChoose,
    kBegin,
    kTellSegment,
    kStoreBytes,
    kStorePosition,
    kPublish,
    kShow,
    kStorePositionLate,
    kTellSegmentLate,
  };
  enum ReaderAt : std::uint8_t {
    kFetch,
    kFind,
    kRefresh,
    kList,
    kEnd,
    kEndRefresh,
    kEndList,
    kWalk,
    kPosition,
    kGeneration,
    kCommit
  };
  enum WrongThing : std::uint8_t { kBeyondFile = 1, kOtherBytes, kDamage };
  static constexpr std::uint8_t kNoEnd = 0xff;
  static constexpr std::uint8_t kSecondByte = 0x80;

  // Bit 0: of two bytes; then the owner, and the offset.
  static std::uint8_t Batch(int offset, int owner, int size) {
    return static_cast<std::uint8_t>((offset + 1) * 8 + owner * 2 + size - 1);
  }
  static std::uint8_t SizeOf(std::uint8_t batch) { return static_cast<std::uint8_t>((batch & 1) + 1); }
  bool Is(Without without) const { return options_.without == without; }
  std::uint8_t BaseOf(const State& now, int segment) const { return segment == 0 ? std::uint8_t{0} : now.base; }
  std::uint8_t AfterPublish() const {
    if (!options_.to_disk) return kShow;
    return Is(Without::kPositionFirst) ? kStorePositionLate : kChoose;
  }

  template <typename To>
  void Append(const State& now, To& to) const {
    State s = now;
    const int who = now.owner;
    const auto step = [&](const char* what, std::uint8_t at) {
      s.owner_at = at;
      to(s, Step{who, what});
    };
    switch (now.owner_at) {
      case kMendGeneration:  // Mend: whose position it is may have to be told first
        if (!Is(Without::kGenerationOfMend) && !Is(Without::kMendGenerationFirst)) ++s.generation;
        step("takes the lock over, and moves the generation", kMendPosition);
        break;
      case kMendPosition:
        s.visible_position = now.position;
        step("stores the position anew", kMendWatermark);
        break;
      case kMendWatermark:
        if (!options_.to_disk) s.watermark = std::max(now.watermark, now.next);
        step("raises the watermark", kMendGenerationLate);
        break;
      case kMendGenerationLate:
        if (Is(Without::kMendGenerationFirst)) ++s.generation;
        step("is about to look for a roll half done", kMendRoll);
        break;
      case kMendRoll:
        if (now.segment == 0 && (now.exists & 2) != 0) return step("finds a roll half done", kBegin);
        step("finds no roll half done", kChoose);
        break;
      case kChoose:  // AppendLocked, Roll
        if (now.next == kBatches) return;
        for (std::uint8_t size = 1; size <= 2; ++size) {
          s = now;
          s.batch = Batch(now.next, now.owner, size);
          if (now.position + size <= kSegmentBytes) {
            step("has a batch that fits", kStoreBytes);
          } else if (now.segment == 0) {
            if (!Is(Without::kRenameFirst)) s.exists |= 2;
            s.base = now.next;
            step("has a batch that does not fit, and renames the next segment", kBegin);
          }
        }
        break;
      case kBegin:  // BeginSegment
        s.segment = 1;
        s.position = 0;
        s.began = Is(Without::kGenerationFirst);
        step("publishes the new segment", s.began ? (now.batch != 0 ? kStoreBytes : kChoose) : kTellSegment);
        break;
      case kTellSegment:
        if (!Is(Without::kGenerationOfRoll)) ++s.generation;
        s.exists |= 2;
        step("moves the generation", now.batch != 0 ? kStoreBytes : kChoose);
        break;
      case kStoreBytes:
        s.bytes[now.segment][now.position] = now.batch;
        if (SizeOf(now.batch) == 2) s.bytes[now.segment][now.position + 1] = now.batch | kSecondByte;
        step("stores the batch", Is(Without::kPositionFirst) ? kPublish : kStorePosition);
        break;
      case kStorePosition:
        s.visible_position = static_cast<std::uint8_t>(now.position + SizeOf(now.batch));
        step("stores the position", now.began ? kTellSegmentLate : kPublish);
        break;
      case kTellSegmentLate:
        ++s.generation;
        s.began = 0;
        step("moves the generation", kPublish);
        break;
      case kPublish:
        s.published[now.next] = now.batch;
        s.position = static_cast<std::uint8_t>(now.position + SizeOf(now.batch));
        ++s.next;
        s.batch = 0;
        step("publishes the batch", AfterPublish());
        break;
      case kShow:
        s.watermark = std::max(now.watermark, now.next);
        step("raises the watermark", Is(Without::kPositionFirst) ? kStorePositionLate : kChoose);
        break;
      default:
        s.visible_position = now.position;
        step("stores the position", kChoose);
        break;
    }
    if (now.owner + 1 == options_.owners) return;
    s = now;
    ++s.owner;
    s.owner_at = kMendGeneration;
    s.batch = s.began = 0;
    to(s, Step{who, "is killed", Kind::kMishap});
  }

  template <typename To>
  void Sync(const State& now, To& to) const {  // Syncer::Lead
    constexpr int kLeader = 8;
    if (!options_.to_disk) return;
    State s = now;
    if (now.leader == 0 && now.watermark < now.next) {
      s.leader = static_cast<std::uint8_t>(now.next + 1);
      to(s, Step{kLeader, "reads the state, and syncs it"});
    } else if (now.leader != 0) {
      s.watermark = std::max(now.watermark, static_cast<std::uint8_t>(now.leader - 1));
      s.leader = 0;
      to(s, Step{kLeader, "raises the watermark"});
    }
  }

  template <typename To>
  void Seal(const State& now, To& to) const {
    constexpr int kHousekeeper = 7;
    std::uint8_t end = 0;  // of the first segment
    for (int offset = 0; offset < now.base; ++offset)
      end = static_cast<std::uint8_t>(end + SizeOf(now.published[offset]));
    if (now.segment == 0 || now.size[0] <= end) return;
    State s = now;
    s.size[0] = end;
    for (int at = end; at < kSegmentBytes; ++at) s.bytes[0][at] = 0;
    to(s, Step{kHousekeeper, "cuts the first segment to its end"});
  }

  template <typename To>
  void Read(const State& now, To& to) const {
    State s = now;
    const auto step = [&](const char* what, std::uint8_t at) {
      s.reader_at = at;
      to(s, Step{9, what});
    };
    const int in = now.in - 1;
    const bool late = Is(Without::kGenerationBeforeList);
    switch (now.reader_at) {
      case kFetch:  // Cursor::Fetch
        if (now.batch_base == now.watermark) break;
        s.seen_watermark = now.watermark;
        step("sees a watermark beyond its offset", now.in == 0 ? kFind : kEnd);
        break;
      case kFind:  // Locate, Log::FindSegment, RefreshIfStale
        if (now.listed != 0 && now.listed_generation == now.generation) {
          Enter(s);
          return step("finds its segment in the list", kPosition);
        }
        step("finds its list too old", late ? kList : kRefresh);
        break;
      case kRefresh:
        s.looked = now.generation;
        if (late) s.listed_generation = now.generation;
        if (late) Enter(s);
        step("reads the generation", late ? kPosition : kList);
        break;
      case kList:
        s.listed = now.exists;
        s.listed_generation = now.looked;
        if (!late) Enter(s);
        step("lists the segments", late ? kRefresh : kPosition);
        break;

      case kEnd:  // EndOfSegment, Log::SegmentEnd
        s.looked = now.generation;
        if (now.end_known != 0 && (now.generation == now.end_generation || Is(Without::kNewEnds))) {
          return step("knows where its segment ends", kWalk);
        }
        s.end_generation = now.generation;
        step("looks where its segment ends", kEndRefresh);
        break;
      case kEndRefresh:
        s.looked = now.generation;
        if (now.listed_generation != now.generation) return step("finds its list too old", kEndList);
        KnowEnd(s);
        step("knows where its segment ends", kWalk);
        break;
      case kEndList:
        s.listed = now.exists;
        s.listed_generation = late ? now.generation : now.looked;
        KnowEnd(s);
        step("lists the segments", kWalk);
        break;

      case kWalk: {  // Walk, BytesHere
        const std::uint8_t end = std::min(now.end, now.seen_watermark);
        if (now.batch_base >= end) {
          if (now.batch_base >= now.seen_watermark) return step("has read all below the watermark", kFetch);
          s.in = 0;
          return step("is at the end of its segment", kFind);
        }
        const std::uint8_t here = now.at < now.limit ? now.bytes[in][now.at] : std::uint8_t{0};
        if (now.at < now.limit && now.at >= now.size[in]) s.wrong = kBeyondFile;
        const int whole = now.at + SizeOf(here);
        if (now.at >= now.limit || (here != 0 && whole > now.limit)) {
          if (now.back_to == kWalk) s.wrong = kDamage;  // it has just learned how much there is
          s.back_to = kWalk;
          return step("wants to know of more bytes", kPosition);
        }
        if (here != now.published[now.batch_base]) s.wrong = kOtherBytes;
        if (whole > now.size[in]) s.wrong = kBeyondFile;
        s.at = static_cast<std::uint8_t>(whole);
        ++s.batch_base;
        s.back_to = 0;
        step("reads a batch", kWalk);
        break;
      }

      case kPosition: {  // KnownBytes
        const bool is_last = now.end_known != 0 && now.end == kNoEnd;
        if (!is_last) return step("does not take its segment for the last one", kCommit);
        if (Is(Without::kLookAtGeneration)) return Learn(s, now.visible_position, to, "loads the position");
        if (Is(Without::kPositionBeforeLook)) {
          const bool same = now.generation == now.end_generation;
          return step(same ? "sees the same generation" : "sees another generation", same ? kGeneration : kCommit);
        }
        s.looked = now.visible_position;
        step("loads the position", kGeneration);
        break;
      }
      case kGeneration:
        if (Is(Without::kPositionBeforeLook)) return Learn(s, now.visible_position, to, "loads the position");
        if (now.generation != now.end_generation) return step("sees another generation", kCommit);
        Learn(s, now.looked, to, "sees the same generation");
        break;
      default:
        if (now.segment == in) return Learn(s, now.position, to, "reads the commit slot");
        Learn(s, now.size[in], to, "reads the commit slot, and asks for the file's size");
        break;
    }
  }

  void Enter(State& s) const;
  void KnowEnd(State& s) const;

  template <typename To>
  static void Learn(State& s, std::uint8_t limit, To& to, const char* what) {
    s.limit = std::max(s.limit, limit);
    s.looked = 0;
    s.reader_at = s.back_to == kWalk ? kWalk : kEnd;
    to(s, Step{9, what});
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_READING_H_
