#include "log/damage_scan.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "log/index_check.h"
#include "log/segment_files.h"
#include "log/segment_scan.h"
#include "log/segment_window.h"
#include "record/expand.h"
#include "record/validate.h"

namespace leat::log {
namespace {

constexpr Offset kNoLimit = std::numeric_limits<Offset>::max();

const char* Describe(BatchVerdict verdict) {
  switch (verdict) {
    case BatchVerdict::kUnwritten:
      return "the beginning of a batch is missing there";
    case BatchVerdict::kTruncated:
      return "the batch there goes on behind the end of the file";
    case BatchVerdict::kBadCrc:
      return "the checksum of the batch there is wrong";
    case BatchVerdict::kBadCount:
      return "count and offsets of the batch there contradict each other";
    case BatchVerdict::kBadRecord:
      return "a record of the batch there is malformed";
    case BatchVerdict::kBadCompression:
      return "the records of the batch there cannot be decompressed";
    case BatchVerdict::kExpandsTooMuch:
      return "the records of the batch there would be more than 64 MiB, and 32 times as large, when decompressed";
    default:
      return "there is no batch";
  }
}

// Of a codec that we do not know, nothing more can be said.
bool IsRight(BatchVerdict verdict) { return verdict == BatchVerdict::kOk || verdict == BatchVerdict::kUnknownCodec; }

class DamageScanner {
 public:
  DamageScanner(io::FileSystem& files, const std::string& folder, const LogFacts& facts,
                const std::function<void(std::int64_t)>& on_scanned)
      : files_(files), folder_(folder), facts_(facts), on_scanned_(on_scanned) {}

  absl::StatusOr<LogDamage> Run();

 private:
  // One segment, while it is walked over.
  struct Walk {
    Offset base;
    Offset limit;  // all its batches are below it
    SegmentWindow& window;
    IndexCheck& indexes;
    WalkedSegment result;
    std::int64_t position = 0;
  };

  std::vector<SegmentFiles> SegmentsOf(std::vector<SegmentFiles> listed) const;
  absl::Status WalkSegment(const SegmentFiles& segment, Offset limit, bool is_last);
  absl::StatusOr<bool> Step(Walk& walk);
  absl::StatusOr<bool> GiveUp(Walk& walk, bool is_recoverys, const std::string& what);
  absl::StatusOr<bool> TakeIfRight(Walk& walk, std::span<const std::byte> bytes, std::string& what);
  absl::StatusOr<bool> OffsetIsKnown(Walk& walk, BatchView batch);
  void Take(Walk& walk, BatchView batch, Offset base_offset);
  absl::StatusOr<std::optional<std::int64_t>> NextRight(Walk& walk, std::int64_t bad);
  absl::StatusOr<bool> IsCandidate(Walk& walk, std::int64_t position);
  absl::StatusOr<std::int64_t> ContentEnd(const Walk& walk);
  void Missing(Offset segment, std::int64_t position, Offset next, std::string what);
  LeaderEpoch EpochOf(Offset offset, LeaderEpoch said) const;

  io::FileSystem& files_;
  const std::string& folder_;
  const LogFacts& facts_;
  const std::function<void(std::int64_t)>& on_scanned_;
  bool FilesMayHaveGap() const { return facts_.allow_gaps && !facts_.files_join; }
  record::OffsetDeltas deltas() const {
    return facts_.allow_gaps ? record::OffsetDeltas::kGrowing : record::OffsetDeltas::kDense;
  }

  LogDamage out_;
  const io::File* file_ = nullptr;
  Offset expected_ = 0;
  bool torn_ = false;  // what comes from here on is recovery's to cut
};

// Those that hold something of the log.
std::vector<SegmentFiles> DamageScanner::SegmentsOf(std::vector<SegmentFiles> listed) const {
  std::size_t first = 0;
  while (first + 1 < listed.size() && listed[first + 1].base <= facts_.log_start) ++first;
  listed.erase(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(first));
  // A roll that nobody has published.
  if (facts_.ends_there) std::erase_if(listed, [&](const auto& one) { return one.base > facts_.segment_base; });
  return listed;
}

absl::StatusOr<LogDamage> DamageScanner::Run() {
  auto listed = ListSegments(files_, folder_);
  if (!listed.ok()) return listed.status();
  const std::vector<SegmentFiles> segments = SegmentsOf(*std::move(listed));
  expected_ = facts_.log_start;
  if (!segments.empty() && segments.front().base <= expected_) expected_ = segments.front().base;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const SegmentFiles& segment = segments[i];
    const bool is_last = i + 1 == segments.size();
    // What recovery cuts begins where nothing vouches for anything any more.
    if (torn_ || (segment.base > expected_ && expected_ >= facts_.known_end && !FilesMayHaveGap())) {
      torn_ = true;
      const auto info = files_.Info(io::JoinPath(folder_, segment.LogName()));
      if (!info.ok()) return info.status();
      out_.torn.push_back({segment.base, 0, info->size, segment.base, "it comes behind the end of the log"});
      continue;
    }
    if (segment.base > expected_ && !FilesMayHaveGap()) {
      Missing(segment.base, 0, segment.base, "files of the log are missing before it");
    }
    expected_ = std::max(expected_, segment.base);
    const Offset limit = !is_last ? segments[i + 1].base : facts_.ends_there ? facts_.known_end : kNoLimit;
    if (absl::Status status = WalkSegment(segment, limit, is_last); !status.ok()) return status;
  }
  if (expected_ < facts_.known_end) {
    const Offset last = out_.segments.empty() ? facts_.log_start : out_.segments.back().base;
    Missing(last, out_.segments.empty() ? 0 : out_.segments.back().end, facts_.known_end,
            "there are no more records");
  }
  out_.end = expected_;
  return std::move(out_);
}

void DamageScanner::Missing(Offset segment, std::int64_t position, Offset next, std::string what) {
  out_.holes.push_back({segment, position, position, expected_, next, std::move(what)});
  out_.gaps_are_new = true;
  expected_ = next;
}

absl::Status DamageScanner::WalkSegment(const SegmentFiles& segment, Offset limit, bool is_last) {
  const std::string path = io::JoinPath(folder_, segment.LogName());
  const auto file = files_.Open(path, io::OpenMode::kRead);
  if (!file.ok()) return file.status();
  const auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  file_ = file->get();
  const bool ends_here = facts_.ends_there && segment.base == facts_.segment_base;
  SegmentWindow window(**file, ends_here ? std::min(facts_.position, info->size) : info->size, on_scanned_);
  auto indexes = IndexCheck::Load(files_, folder_, segment.base, info->size);
  if (!indexes.ok()) return indexes.status();
  Walk walk{segment.base,
            limit,
            window,
            *indexes,
            {.base = segment.base, .next_offset = segment.base, .file_size = info->size, .bad_index = {}}};
  for (bool more = true; more;) {
    const auto step = Step(walk);
    if (!step.ok()) return step.status();
    more = *step;
  }
  walk.result.end = walk.position;
  const bool whole = (out_.holes.empty() || out_.holes.back().segment != segment.base) &&
                     (out_.fixes.empty() || out_.fixes.back().segment != segment.base);
  // The active segment has none; of one that is to be written anew they are made anew.
  if (!is_last && whole && !torn_) walk.result.bad_index = indexes->Finish();
  out_.segments.push_back(std::move(walk.result));
  if (!torn_ && !is_last && expected_ < limit && !FilesMayHaveGap()) {
    Missing(segment.base, walk.position, limit, "there are no more records");
  }
  return absl::OkStatus();
}

// A batch, or what stands in the place of one; false at the end of the segment.
absl::StatusOr<bool> DamageScanner::Step(Walk& walk) {
  if (walk.position >= walk.window.size()) return false;
  const auto bytes = walk.window.BatchAt(walk.position);
  if (!bytes.ok()) return bytes.status();
  std::string what;
  const auto taken = TakeIfRight(walk, *bytes, what);
  if (!taken.ok() || *taken) return taken;
  const std::int64_t begin = walk.position;
  const bool is_recoverys = !facts_.ends_there && expected_ >= facts_.known_end;
  std::optional<std::int64_t> right_again;
  if (!is_recoverys) {
    const auto next = NextRight(walk, begin);
    if (!next.ok()) return next.status();
    right_again = *next;
  }
  if (!right_again.has_value()) return GiveUp(walk, is_recoverys, what);
  const std::int64_t next = *right_again;
  const auto found = walk.window.BatchAt(next);
  if (!found.ok()) return found.status();
  const Offset offset = BatchView(*found).base_offset();
  out_.holes.push_back({walk.base, begin, next, expected_, offset, what});
  out_.gaps_are_new = out_.gaps_are_new || offset > expected_;
  expected_ = offset;
  walk.position = next;
  return true;
}

// Nothing more of the segment is of the log.
absl::StatusOr<bool> DamageScanner::GiveUp(Walk& walk, bool is_recoverys, const std::string& what) {
  const std::int64_t begin = walk.position;
  const auto content_end = ContentEnd(walk);
  if (!content_end.ok()) return content_end.status();
  // Room that nobody has written to. If something is missing, that is told by who looks at the offsets.
  if (*content_end == begin) return false;
  if (is_recoverys) {
    // A roll left an append behind whose process had died: the log goes on in the next segment.
    torn_ = expected_ != walk.limit;
    out_.torn.push_back({walk.base, begin, *content_end, expected_, what});
    return false;
  }
  const Offset end = walk.limit != kNoLimit ? walk.limit : std::max(expected_, facts_.known_end);
  out_.holes.push_back({walk.base, begin, *content_end, expected_, end, what});
  out_.gaps_are_new = out_.gaps_are_new || end > expected_;
  expected_ = end;
  walk.position = *content_end;
  return false;
}

// False, and what is wrong with it.
absl::StatusOr<bool> DamageScanner::TakeIfRight(Walk& walk, std::span<const std::byte> bytes, std::string& what) {
  const BatchVerdict verdict = record::ValidateInside(bytes, deltas());
  if (verdict == BatchVerdict::kOldMagic && walk.position == 0 && facts_.allow_gaps) {
    return record::ReadError(verdict, file_->path(), 0);
  }
  if (!IsRight(verdict)) {
    what = Describe(verdict);
    return false;
  }
  const BatchView batch(bytes);
  const Offset size = Offset{batch.last_offset_delta()} + 1;
  if (size > walk.limit - expected_) {
    what = fmt::format("the batch there has {} records, and there is room for {}", size, walk.limit - expected_);
    return false;
  }
  const bool follows = batch.base_offset() == expected_ ||
                       (facts_.allow_gaps && batch.base_offset() > expected_ && batch.next_offset() <= walk.limit);
  if (follows) {
    Take(walk, batch, batch.base_offset());
    return true;
  }
  const Offset said = batch.base_offset();
  const auto known = OffsetIsKnown(walk, batch);
  if (!known.ok()) return known.status();
  // Looking at the batch behind it may have moved the bytes.
  const auto again = walk.window.BatchAt(walk.position);
  if (!again.ok()) return again.status();
  const BatchView same(*again);
  if (*known) {
    out_.fixes.push_back({walk.base, walk.position, expected_, EpochOf(expected_, same.leader_epoch()),
                          fmt::format("its base offset is {}", said)});
    Take(walk, same, expected_);
    return true;
  }
  if (said > expected_ && said + size <= walk.limit) {
    Missing(walk.base, walk.position, said, fmt::format("the batch there begins with offset {}", said));
    Take(walk, same, said);
    return true;
  }
  what = fmt::format("the batch there begins with offset {}", said);
  return false;
}

// Whether what comes behind a batch shows that it must begin with the offset that is expected here.
absl::StatusOr<bool> DamageScanner::OffsetIsKnown(Walk& walk, BatchView batch) {
  const Offset next = expected_ + batch.last_offset_delta() + 1;
  const std::int64_t behind = walk.position + static_cast<std::int64_t>(batch.size_bytes());
  if (behind >= walk.window.size()) return walk.limit == next;
  const auto bytes = walk.window.BatchAt(behind);
  if (!bytes.ok()) return bytes.status();
  if (CheckBatchHeader(*bytes) == BatchVerdict::kUnwritten) return walk.limit == next;
  return IsRight(record::ValidateInside(*bytes, deltas())) && BatchView(*bytes).base_offset() == next;
}

LeaderEpoch DamageScanner::EpochOf(Offset offset, LeaderEpoch said) const {
  // Of a Kafka's log, the file need not know all.
  const LeaderEpoch known = facts_.allow_gaps ? -1 : facts_.epochs.At(offset);
  return known >= 0 ? known : said;
}

void DamageScanner::Take(Walk& walk, BatchView batch, Offset base_offset) {
  const LeaderEpoch epoch = EpochOf(base_offset, batch.leader_epoch());
  const bool fixed = batch.base_offset() != base_offset;
  if (!fixed && epoch != batch.leader_epoch()) {
    out_.fixes.push_back(
        {walk.base, walk.position, base_offset, epoch, fmt::format("its leader epoch is {}", batch.leader_epoch())});
  }
  walk.indexes.See(batch, walk.position);
  expected_ = base_offset + batch.last_offset_delta() + 1;
  const auto size = static_cast<std::int64_t>(batch.size_bytes());
  walk.position += size;
  walk.result.good_bytes += size;
  walk.result.next_offset = expected_;
}

// Where the next batch of the log begins: behind the bad one, if its header can be believed; else wherever one is found.
// (Records may hold whole batches of other logs as their values: the first way steps over them.)
absl::StatusOr<std::optional<std::int64_t>> DamageScanner::NextRight(Walk& walk, std::int64_t bad) {
  const auto bytes = walk.window.BatchAt(bad);
  if (!bytes.ok()) return bytes.status();
  if (CheckBatchHeader(*bytes) == BatchVerdict::kOk) {
    const std::int64_t behind = bad + static_cast<std::int64_t>(BatchView(*bytes).size_bytes());
    const auto right = IsCandidate(walk, behind);
    if (!right.ok()) return right.status();
    if (*right) return behind;
  }
  for (std::int64_t at = bad + 1; at + static_cast<std::int64_t>(batch_layout::kHeaderSize) <= walk.window.size();
       ++at) {
    const auto right = IsCandidate(walk, at);
    if (!right.ok()) return right.status();
    if (*right) return at;
  }
  return std::optional<std::int64_t>();
}

// The cheap questions first: this is asked of every byte.
absl::StatusOr<bool> DamageScanner::IsCandidate(Walk& walk, std::int64_t position) {
  auto bytes = walk.window.At(position, batch_layout::kHeaderSize);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < batch_layout::kHeaderSize) return false;
  const BatchView header(*bytes);
  if (header.magic() != batch_layout::kMagicV2 || header.base_offset() < expected_) return false;
  if (header.base_offset() >= walk.limit || header.last_offset_delta() < 0) return false;
  if (Offset{header.last_offset_delta()} + 1 > walk.limit - header.base_offset()) return false;
  bytes = walk.window.BatchAt(position);
  if (!bytes.ok()) return bytes.status();
  return IsRight(record::ValidateInside(*bytes, deltas()));
}

absl::StatusOr<std::int64_t> DamageScanner::ContentEnd(const Walk& walk) {
  return SegmentScanner().FindContentEnd(*file_, walk.position, walk.window.size());
}

}  // namespace

absl::StatusOr<LogDamage> ScanForDamage(io::FileSystem& files, const std::string& folder, const LogFacts& facts,
                                        const std::function<void(std::int64_t)>& on_scanned) {
  return DamageScanner(files, folder, facts, on_scanned).Run();
}

}  // namespace leat::log
