#include "log/mending.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "log/checkpoint.h"
#include "log/replacing.h"
#include "log/salvage.h"
#include "log/segment_files.h"
#include "log/segment_scan.h"

namespace leat::log {
namespace {

constexpr std::int64_t kPiece = 1 << 20;

std::string PathOf(const MendInput& input, Offset base) {
  return io::JoinPath(input.folder, SegmentFileName(base, kLogSuffix));
}

// Segments that somebody had made for a roll that was never published.
absl::Status PutUnpublishedAside(const MendInput& input, const LogFacts& facts, Salvage& salvage) {
  const auto segments = ListSegments(input.files, input.folder);
  if (!segments.ok()) return segments.status();
  for (const SegmentFiles& segment : *segments) {
    if (segment.base <= facts.segment_base) continue;
    const auto file = input.files.Open(PathOf(input, segment.base), io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    const auto info = (*file)->Info();
    if (!info.ok()) return info.status();
    const auto content = SegmentScanner().FindContentEnd(**file, 0, info->size);
    if (!content.ok()) return content.status();
    const absl::Status gone = *content == 0 ? input.files.Remove(PathOf(input, segment.base))
                                            : salvage.KeepSegment(input.folder, segment.base).status();
    if (!gone.ok()) return gone;
  }
  return absl::OkStatus();
}

// Bytes that a process has not published before it died, and room behind them.
absl::Status CutUnpublished(const MendInput& input, const LogFacts& facts) {
  const auto file = input.files.Open(PathOf(input, facts.segment_base), io::OpenMode::kReadWrite);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  if (!file.ok()) return file.status();
  const auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  return info->size > facts.position ? (*file)->Truncate(facts.position) : absl::OkStatus();
}

absl::Status SyncSegments(const MendInput& input) {
  const auto segments = ListSegments(input.files, input.folder);
  if (!segments.ok()) return segments.status();
  for (const SegmentFiles& segment : *segments) {
    const auto file = input.files.Open(PathOf(input, segment.base), io::OpenMode::kReadWrite);
    if (!file.ok()) return file.status();
    if (absl::Status synced = (*file)->Sync(); !synced.ok()) return synced;
  }
  return input.files.SyncDirectory(input.folder);
}

// One segment, written anew beside the old one, which it replaces when it is whole and on the disk.
class Rewriting {
 public:
  Rewriting(const MendInput& input, const LogDamage& damage, const WalkedSegment& segment)
      : input_(input), damage_(damage), segment_(segment) {}

  absl::Status Run() {
    const std::string path = PathOf(input_, segment_.base), temporary = path + ".tmp";
    auto from = input_.files.Open(path, io::OpenMode::kRead);
    if (!from.ok()) return from.status();
    auto to = input_.files.Open(temporary, io::OpenMode::kCreate);
    if (!to.ok()) return to.status();
    absl::Status status = (*to)->Truncate(0);
    if (status.ok()) status = (*to)->TakePermissionsOf(input_.like);
    if (status.ok()) status = CopyRight(**from, **to);
    if (status.ok()) status = (*to)->Sync();
    // They speak of the old positions.
    if (status.ok()) status = RemoveIndexes(input_.files, input_.folder, segment_.base);
    if (status.ok()) status = input_.files.Rename(temporary, path);
    if (!status.ok()) input_.files.Remove(temporary).IgnoreError();  // the first error is the one to report
    return status;
  }

 private:
  // All but the holes, with the headers set right.
  absl::Status CopyRight(const io::File& from, io::File& to) {
    std::int64_t position = 0;
    for (const Hole& hole : damage_.holes) {
      if (hole.segment != segment_.base) continue;
      if (absl::Status copied = Copy(from, to, position, hole.begin); !copied.ok()) return copied;
      position = hole.end;
    }
    return Copy(from, to, position, segment_.end);
  }

  absl::Status Copy(const io::File& from, io::File& to, std::int64_t begin, std::int64_t end) {
    std::vector<std::byte> piece(static_cast<std::size_t>(std::clamp<std::int64_t>(end - begin, 0, kPiece)));
    const std::int64_t shift = written_ - begin;
    for (std::int64_t at = begin; at < end;) {
      const auto part = std::span(piece).first(static_cast<std::size_t>(std::min(kPiece, end - at)));
      const auto got = from.ReadAt(at, part);
      if (!got.ok()) return got.status();
      if (*got < part.size()) {
        return absl::UnavailableError(fmt::format("{} became shorter while it was repaired", from.path()));
      }
      if (absl::Status put = to.WriteAt(at + shift, part); !put.ok()) return put;
      at += static_cast<std::int64_t>(part.size());
    }
    written_ += std::max<std::int64_t>(end - begin, 0);
    return FixHeaders(to, begin, end, shift);
  }

  absl::Status FixHeaders(io::File& to, std::int64_t begin, std::int64_t end, std::int64_t shift) {
    for (const HeaderFix& fix : damage_.fixes) {
      if (fix.segment != segment_.base || fix.position < begin || fix.position >= end) continue;
      std::array<std::byte, batch_layout::kHeaderSize> header{};
      const auto got = to.ReadAt(fix.position + shift, header);
      if (!got.ok()) return got.status();
      PatchBatch(header, fix.base_offset, fix.epoch);
      if (absl::Status put = to.WriteAt(fix.position + shift, header); !put.ok()) return put;
    }
    return absl::OkStatus();
  }

  const MendInput& input_;
  const LogDamage& damage_;
  const WalkedSegment& segment_;
  std::int64_t written_ = 0;
};

bool IsTouched(const MendInput& input, const LogDamage& damage, const WalkedSegment& segment) {
  const auto is_in = [&](const auto& one) { return one.segment == segment.base; };
  if (input.store_again && segment.next_offset > input.store_again_from) return true;
  return std::any_of(damage.holes.begin(), damage.holes.end(),
                     [&](const Hole& hole) { return is_in(hole) && hole.end > hole.begin; }) ||
         std::any_of(damage.fixes.begin(), damage.fixes.end(), is_in);
}

absl::StatusOr<std::vector<std::string>> KeepHoles(const MendInput& input, const LogDamage& damage,
                                                   Salvage& salvage) {
  std::vector<std::string> kept;
  for (const Hole& hole : damage.holes) {
    kept.emplace_back();
    if (hole.end == hole.begin) continue;
    const auto file = input.files.Open(PathOf(input, hole.segment), io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    auto path = salvage.KeepTail(**file, hole.segment, hole.begin, hole.end, hole.first);
    if (!path.ok()) return path.status();
    kept.back() = *std::move(path);
  }
  if (absl::Status synced = salvage.SyncFolders(); !synced.ok()) return synced;
  return kept;
}

// Offsets that are lost at the end are not given out again: an empty segment begins where the log ended.
absl::Status MakeSegment(const MendInput& input, Offset base) {
  const auto file = input.files.Open(PathOf(input, base), io::OpenMode::kCreate);
  if (!file.ok()) return file.status();
  if (absl::Status taken = (*file)->TakePermissionsOf(input.like); !taken.ok()) return taken;
  return (*file)->Sync();
}

}  // namespace

absl::Status KeepFacts(const MendInput& input, const LogFacts& facts) {
  const ReplacingIn in{.files = input.files, .folder = input.folder, .like = input.like};
  if (absl::Status s = FinishReplacements(
          in, [] {}, [](Offset, std::int64_t) {});
      !s.ok())
    return s;
  if (facts.ends_there) {
    Salvage salvage(input.files, input.salvage_folder, input.partition, input.like);
    if (absl::Status put = PutUnpublishedAside(input, facts, salvage); !put.ok()) return put;
    if (absl::Status synced = salvage.SyncFolders(); !synced.ok()) return synced;
    if (absl::Status cut = CutUnpublished(input, facts); !cut.ok()) return cut;
  }
  if (absl::Status synced = SyncSegments(input); !synced.ok()) return synced;
  if (!facts.ends_there) return absl::OkStatus();
  return SaveCheckpoint(input.files, input.folder,
                        {.log_start = facts.log_start,
                         .end = facts.known_end,
                         .segment_base = facts.segment_base,
                         .position = facts.position,
                         .max_timestamp = facts.max_timestamp,
                         .segment_first_append = facts.segment_first_append,
                         .epoch = facts.epoch,
                         .allow_gaps = facts.allow_gaps && !facts.files_join},
                        input.like);
}

absl::StatusOr<std::vector<std::string>> Mend(const MendInput& input, const LogFacts& facts,
                                              const LogDamage& damage) {
  Salvage salvage(input.files, input.salvage_folder, input.partition, input.like);
  auto kept = KeepHoles(input, damage, salvage);
  if (!kept.ok()) return kept;
  Offset first = damage.end, active = damage.end, end_of_files = -1;
  for (const WalkedSegment& segment : damage.segments) {
    if (segment.good_bytes == 0 && IsTouched(input, damage, segment)) {
      if (absl::Status s = RemoveIndexes(input.files, input.folder, segment.base); !s.ok()) return s;
      if (absl::Status s = io::RemoveIfThere(input.files, PathOf(input, segment.base)); !s.ok()) return s;
      continue;
    }
    if (IsTouched(input, damage, segment)) {
      if (absl::Status s = Rewriting(input, damage, segment).Run(); !s.ok()) return s;
    }
    first = std::min(first, segment.base);
    active = segment.base;
    end_of_files = segment.next_offset;
  }
  if (end_of_files != damage.end) {
    active = damage.end;
    if (absl::Status made = MakeSegment(input, active); !made.ok()) return made;
  }
  if (absl::Status synced = input.files.SyncDirectory(input.folder); !synced.ok()) return synced;
  // From the beginning of the active segment on, recovery reads once more what it finds.
  absl::Status saved = SaveCheckpoint(input.files, input.folder,
                                      {.log_start = std::max(facts.log_start, first),
                                       .end = active,
                                       .segment_base = active,
                                       .position = 0,
                                       // Of that place: what comes behind it is not older.
                                       .epoch = facts.epochs.At(active),
                                       .allow_gaps = (facts.allow_gaps && !facts.files_join) || damage.gaps_are_new},
                                      input.like);
  if (!saved.ok()) return saved;
  return kept;
}

}  // namespace leat::log
