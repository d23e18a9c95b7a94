#include "log/compaction.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <leat/batch.h>
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "fmt/format.h"
#include "log/age.h"
#include "log/compacted_file.h"
#include "log/compaction_mark.h"
#include "log/housekeeping.h"
#include "log/key_offsets.h"
#include "log/retiring.h"
#include "log/segment_files.h"
#include "log/segment_window.h"
#include "log/transactions.h"
#include "record/validate.h"
#include "shared/commit_slots.h"
#include "shared/counters.h"

namespace leat::log {
namespace {

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();
// Producers whose last batch is remembered, in 50 MiB at most; of more than that, all are taken for somebody's last one.
constexpr std::size_t kMostProducers = std::size_t{1} << 20;

}  // namespace

class Compaction {
 public:
  Compaction(Log& log, const CompactionRules& rules) : log_(log), settings_(log.settings()), rules_(rules) {}

  absl::StatusOr<CompactionResult> Run();
  absl::StatusOr<CompactionBacklog> LookAt();

 private:
  // A finished segment.
  struct Source {
    Offset base = 0;
    Offset end = 0;  // the next one's base
    std::int64_t size = 0;
    std::int64_t kept =
        0;  // bytes of it that stay as they are where it is the first of a group: all but a placeholder
    std::unique_ptr<io::File> file = nullptr;
    io::FileId id = {};
  };
  using Group = std::vector<Source>;
  using SeeBatch = absl::FunctionRef<absl::StatusOr<bool>(BatchView batch, std::int64_t position)>;

  absl::Status Write(const CompactionMark& mark) const;
  void Count() const;
  absl::Status FindSources();
  absl::Status SealSources();
  absl::Status StopAtYoung();
  absl::Status Open(Source& source) const;
  absl::Status Walk(Source& source, SeeBatch see);
  absl::Status Damage(BatchVerdict verdict, const Source& source, std::int64_t position) const;

  absl::Status LearnKeys();
  absl::StatusOr<bool> LearnKeysOf(BatchView batch);
  absl::StatusOr<bool> Counts(BatchView batch);
  absl::Status LookAhead();

  absl::Status CleanAll();
  absl::Status CleanFrom(std::size_t& next);
  bool FitsBehind(const Group& group, const CompactedFile& made, const Source& next) const;
  bool HasTransactionIndex(const Source& source) const;
  absl::Status CleanInto(CompactedFile& made, PlaceholderMaker& placeholder, Source& source);
  absl::Status CleanBatch(BatchView batch, std::int64_t most, record::Thinned& thinned);
  absl::StatusOr<bool> IsLastOfProducer(BatchView batch);
  absl::Status CopyBefore(const Source& source, std::int64_t position, CompactedFile& to) const;
  absl::Status PutInPlace(const Group& group, CompactedFile& made);

  Log& log_;
  const LogSettings& settings_;
  const CompactionRules& rules_;
  CompactionResult result_;

  CompactionMark mark_;
  Offset limit_ = 0;      // nothing from here on is looked at
  Offset clean_end_ = 0;  // keys_ knows all between the mark and this
  Offset log_start_ = 0;
  std::vector<Source> sources_;  // below the limit
  std::unique_ptr<KeyOffsets> keys_;
  std::unique_ptr<Transactions> transactions_;  // those from the mark on, once there is one
  std::unique_ptr<absl::flat_hash_map<std::int64_t, Offset>> last_of_producer_;
  record::BatchThinner thinner_;
  std::int64_t next_horizon_ = -1;
  Offset keeps_tombstones_from_ = CompactionMark::kNowhere;
  bool ended_ = false;
};

absl::StatusOr<CompactionResult> Compaction::Run() {
  if (log_.retiring_ == nullptr) {
    return absl::PermissionDeniedError(fmt::format(
        "{}: opened read-only; open the broker without OpenMode::kReadOnly to compact", settings_.folder));
  }
  if (auto s = log_.Writable(); !s.ok()) return s;
  limit_ = std::min(log_.high_watermark(), shared::ReadCommit(log_.page()).segment_base);
  // What replaces a record must not be lost where that is not: it is on the disk first.
  if (settings_.needs_sync) {
    if (auto s = log_.SyncSealed(); !s.ok()) return s;
  }
  if (auto s = log_.retiring_->RemoveLeftOver(Waiting::kForLocks); !s.ok()) return s;
  if (auto s = FindSources(); !s.ok()) return s;
  if (auto s = SealSources(); !s.ok()) return s;
  if (auto s = StopAtYoung(); !s.ok()) return s;
  if (auto s = LearnKeys(); !s.ok()) return s;
  if (auto s = CleanAll(); !s.ok()) return s;
  result_.clean_to = std::max(clean_end_, mark_.clean_to);
  result_.is_done = clean_end_ >= limit_;
  if (settings_.counts) Count();
  const CompactionMark now{
      .clean_to = result_.clean_to, .next_horizon = next_horizon_, .keeps_tombstones_from = keeps_tombstones_from_};
  if (now != mark_) {
    if (auto s = Write(now); !s.ok()) return s;
  }
  return result_;
}

absl::Status Compaction::Write(const CompactionMark& mark) const {
  return WriteCompactionMark(*settings_.files, settings_.folder, mark, settings_.like,
                             log_.housekeeping_->UniqueName());
}

void Compaction::Count() const {
  shared::PartitionCounters& counters = log_.page().counters;
  shared::Add(counters.cleanings);
  shared::Add(counters.cleaned_bytes_read, static_cast<std::uint64_t>(result_.bytes_read));
  shared::Add(counters.cleaned_bytes_written, static_cast<std::uint64_t>(result_.bytes_written));
  shared::Add(counters.cleaned_records, static_cast<std::uint64_t>(result_.records_removed));
}

absl::Status Compaction::FindSources() {
  const auto mark = ReadCompactionMark(*settings_.files, settings_.folder);
  if (!mark.ok()) return mark.status();
  if (log_.Deleted()) return log_.Writable();
  log_start_ = log_.log_start();
  const auto segments = log_.Segments();
  if (!segments.ok()) return segments.status();
  for (std::size_t i = 0; i + 1 < segments->size() && (*segments)[i + 1]->base() <= limit_; ++i) {
    const auto size = (*segments)[i]->FileSize();
    if (!size.ok()) return size.status();
    sources_.push_back({.base = (*segments)[i]->base(), .end = (*segments)[i + 1]->base(), .size = *size});
  }
  limit_ = sources_.empty() ? log_start_ : sources_.back().end;
  mark_ = *mark;
  // It may be another log's, that was put into the folder.
  mark_.clean_to = std::clamp(mark_.clean_to, Offset{0}, limit_);
  // From the beginning, all is found out anew.
  if (mark_.clean_to > 0) keeps_tombstones_from_ = mark_.keeps_tombstones_from;
  return absl::OkStatus();
}

// A segment that is not may still be cut by somebody.
absl::Status Compaction::SealSources() {
  const auto listed = ListSegments(*settings_.files, settings_.folder);
  if (!listed.ok()) return listed.status();
  for (Source& source : sources_) {
    const auto files =
        std::find_if(listed->begin(), listed->end(), [&](const auto& one) { return one.base == source.base; });
    if (files != listed->end() && files->has_offset_index && files->has_time_index) continue;
    if (auto sealed = log_.housekeeping_->Seal(source.base, source.end, Waiting::kForLocks); !sealed.ok())
      return sealed;
    const auto size = Segment(settings_, source.base).FileSize();
    if (!size.ok()) return size.status();
    source.size = *size;
  }
  return absl::OkStatus();
}

absl::Status Compaction::StopAtYoung() {
  if (rules_.min_lag_ms == 0) return absl::OkStatus();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.end <= mark_.clean_to) continue;
    const auto newest = log_.retiring_->MaxTimestamp(Segment(settings_, source.base), source.end);
    if (!newest.ok()) return newest.status();
    if (Later(*newest, rules_.min_lag_ms) <= rules_.now) continue;
    limit_ = source.base;
    sources_.resize(i);
    break;
  }
  return absl::OkStatus();
}

absl::StatusOr<CompactionBacklog> Compaction::LookAt() {
  limit_ = std::min(log_.high_watermark(), shared::ReadCommit(log_.page()).segment_base);
  if (auto s = FindSources(); !s.ok()) return s;
  if (log_.retiring_ != nullptr) {
    if (auto s = StopAtYoung(); !s.ok()) return s;
  }
  CompactionBacklog backlog{.clean_to = mark_.clean_to, .next_horizon = mark_.next_horizon};
  for (Source& source : sources_) {
    const bool dirty = source.end > mark_.clean_to;
    (dirty ? backlog.dirty_bytes : backlog.clean_bytes) += source.size;
    if (!dirty || backlog.oldest_dirty.has_value() || source.size == 0) continue;
    if (auto s = Open(source); !s.ok()) return s;
    std::byte header[batch_layout::kHeaderSize];
    const auto read = source.file->ReadAt(0, header);
    // A placeholder's time is nobody's.
    if (read.ok() && *read == sizeof header && !IsPlaceholder(BatchView(header))) {
      backlog.oldest_dirty = BatchView(header).max_timestamp();
    }
    source.file = nullptr;
  }
  return backlog;
}

absl::Status Compaction::Open(Source& source) const {
  auto file = settings_.files->Open(io::JoinPath(settings_.folder, SegmentFileName(source.base, kLogSuffix)),
                                    io::OpenMode::kRead);
  if (absl::IsNotFound(file.status()) && !log_.Deleted()) {
    return absl::AbortedError(
        fmt::format("a segment of {} was removed, or replaced, while the log was compacted", log_.Name()));
  }
  if (!file.ok()) return file.status();
  const auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  // After the opening: what stands at our path may be the next topic's of that name.
  if (log_.Deleted()) return log_.Writable();
  source.file = *std::move(file);
  source.id = info->id;
  source.size = info->size;
  return absl::OkStatus();
}

absl::Status Compaction::Damage(BatchVerdict verdict, const Source& source, std::int64_t position) const {
  return record::ReadError(verdict, Segment(settings_, source.base).Path(kLogSuffix),
                           static_cast<std::uint64_t>(position));
}

// Batch by batch, each checked, until `see` has seen enough.
absl::Status Compaction::Walk(Source& source, SeeBatch see) {
  const std::function<void(std::int64_t)> on_read = [this](std::int64_t bytes) {
    result_.bytes_read += bytes;
    if (rules_.on_read && !rules_.on_read(bytes)) ended_ = true;
  };
  SegmentWindow window(*source.file, source.size, on_read);
  Offset expected = source.base;
  for (std::int64_t position = 0; position < source.size && expected < source.end;) {
    const auto bytes = window.BatchAt(position);
    if (!bytes.ok()) return bytes.status();
    if (ended_) return absl::CancelledError(fmt::format("the compaction of {} was ended", log_.Name()));
    const BatchVerdict verdict = record::ValidateBatch(*bytes, record::OffsetDeltas::kGrowing);
    if (verdict != BatchVerdict::kOk && verdict != BatchVerdict::kCompressed)
      return Damage(verdict, source, position);
    const BatchView batch(*bytes);
    if (batch.base_offset() < expected || batch.next_offset() > source.end) {
      return Damage(BatchVerdict::kBadCount, source, position);
    }
    const auto goes_on = see(batch, position);
    if (!goes_on.ok()) return goes_on.status();
    if (!*goes_on) return absl::OkStatus();
    expected = batch.next_offset();
    position += static_cast<std::int64_t>(batch.size_bytes());
  }
  return absl::OkStatus();
}

absl::Status Compaction::LearnKeys() {
  // No more keys than offsets.
  keys_ = std::make_unique<KeyOffsets>(rules_.map_bytes, limit_ - mark_.clean_to, rules_.hash_key);
  result_.map_bytes = keys_->size_bytes();
  clean_end_ = limit_;
  for (Source& source : sources_) {
    if (source.end <= mark_.clean_to || source.base >= clean_end_) continue;
    if (auto s = Open(source); !s.ok()) return s;
    const absl::Status walked = Walk(source, [this, &source](BatchView batch, std::int64_t) -> absl::StatusOr<bool> {
      if (batch.base_offset() >= clean_end_) return false;
      if (batch.next_offset() <= mark_.clean_to || batch.is_control()) return true;
      const auto more = LearnKeysOf(batch);
      if (absl::IsDataLoss(more.status())) {
        return absl::DataLossError(fmt::format("{}: {}", Segment(settings_, source.base).Path(kLogSuffix),
                                               std::string(more.status().message())));
      }
      return more;
    });
    source.file = nullptr;
    if (!walked.ok()) return walked;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Compaction::LearnKeysOf(BatchView batch) {
  const auto counts = Counts(batch);
  if (!counts.ok()) return counts.status();
  // What an open transaction holds up is for the next round.
  if (batch.base_offset() >= clean_end_) return false;
  const BatchVerdict verdict = thinner_.ForEach(batch, [&](Offset offset, const RecordView& record) {
    if (offset < mark_.clean_to) return true;
    if (offset >= clean_end_) return false;
    if (record.key.is_null() || !*counts) return true;
    if (keys_->Put({record.key.data(), record.key.size()}, offset)) return true;
    clean_end_ = offset;
    result_.map_was_full = true;
    return false;
  });
  if (verdict == BatchVerdict::kOk) return true;
  return absl::DataLossError(
      fmt::format("the batch of offset {} cannot be read; run `leat verify`", batch.base_offset()));
}

// Whether the records of a batch supersede those before them: not those of a transaction that was aborted.
absl::StatusOr<bool> Compaction::Counts(BatchView batch) {
  if (!batch.is_transactional()) [[likely]]
    return true;
  if (transactions_ == nullptr) {
    if (auto s = LookAhead(); !s.ok()) return s;
  }
  return transactions_->IsCommitted(batch).value_or(false);
}

// How a transaction ended stands behind it.
absl::Status Compaction::LookAhead() {
  transactions_ = std::make_unique<Transactions>();
  for (const Source& source : sources_) {
    if (source.end <= mark_.clean_to) continue;
    Source again{.base = source.base, .end = source.end};
    if (auto s = Open(again); !s.ok()) return s;
    const absl::Status walked = Walk(again, [&](BatchView batch, std::int64_t) -> absl::StatusOr<bool> {
      if (batch.next_offset() > mark_.clean_to) transactions_->See(batch);
      return true;
    });
    if (!walked.ok()) return walked;
  }
  if (const auto open = transactions_->FirstOpen()) clean_end_ = std::min(clean_end_, *open);
  return absl::OkStatus();
}

absl::Status Compaction::CleanAll() {
  for (std::size_t next = 0; next < sources_.size() && sources_[next].base < clean_end_;) {
    if (auto s = CleanFrom(next); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// As many, from the one at `next` on, as will fit into one: how large they become is seen as they are cleaned. A segment by
// itself is written anew only from the first batch on that changes.
absl::Status Compaction::CleanFrom(std::size_t& next) {
  CompactedFile made(log_, log_.housekeeping_->NewPath(kCleanPrefix));
  Group group;
  PlaceholderMaker placeholder(sources_[next].base);
  do {
    const Source& source = sources_[next++];
    if (!group.empty() && !made.is_open()) {
      if (auto s = made.Open(); !s.ok()) return s;
      if (auto s = CopyBefore(group.front(), group.front().kept, made); !s.ok()) return s;
    }
    group.push_back({.base = source.base, .end = source.end, .size = source.size});
    if (auto s = CleanInto(made, placeholder, group.back()); !s.ok()) return s;
  } while (next < sources_.size() && FitsBehind(group, made, sources_[next]));
  if (!made.is_open()) return absl::OkStatus();
  if (auto s = made.Append(placeholder.UpTo(group.back().end)); !s.ok()) return s;
  return PutInPlace(group, made);
}

bool Compaction::FitsBehind(const Group& group, const CompactedFile& made, const Source& next) const {
  // Each is open until all are replaced.
  constexpr std::size_t kMostAtOnce = 64;
  const std::int64_t size = made.is_open() ? made.size() : group.back().size;
  // What is well filled, and does not change, is not written again for a little more.
  if (!made.is_open() && size > settings_.segment_bytes / 2) return false;
  return next.base < clean_end_ && group.size() < kMostAtOnce && size + next.size <= settings_.segment_bytes &&
         next.end - 1 - group.front().base <= kMaxInt32 && !HasTransactionIndex(group.front()) &&
         !HasTransactionIndex(next);
}

// A Kafka's list of the aborted transactions in a segment has that one's name, and speaks of it alone.
bool Compaction::HasTransactionIndex(const Source& source) const {
  return settings_.files->Info(io::JoinPath(settings_.folder, SegmentFileName(source.base, ".txnindex"))).ok();
}

absl::Status Compaction::CleanInto(CompactedFile& made, PlaceholderMaker& placeholder, Source& source) {
  if (auto s = Open(source); !s.ok()) return s;
  return Walk(source, [&](BatchView batch, std::int64_t position) -> absl::StatusOr<bool> {
    placeholder.See(batch);
    // Made anew at the end of what is made; where nothing changes it stays, and is no reason to write a segment anew.
    if (IsPlaceholder(batch)) return true;
    const std::int64_t end = position + static_cast<std::int64_t>(batch.size_bytes());
    record::Thinned thinned;
    const std::int64_t most = rules_.most_file_bytes - (made.is_open() ? made.size() : position) -
                              (source.size - end) - static_cast<std::int64_t>(batch_layout::kHeaderSize);
    if (auto s = CleanBatch(batch, most, thinned); !s.ok()) return s;
    if (!thinned.bytes.empty()) placeholder.Keep(BatchView(thinned.bytes));
    source.kept = end;
    if (!made.is_open()) {
      if (thinned.bytes.data() == batch.data()) return true;
      if (auto s = made.Open(); !s.ok()) return s;
      if (auto s = CopyBefore(source, position, made); !s.ok()) return s;
    }
    if (auto s = made.Append(thinned.bytes); !s.ok()) return s;
    return true;
  });
}

absl::Status Compaction::CleanBatch(BatchView batch, std::int64_t most, record::Thinned& thinned) {
  thinned = {.bytes = batch.bytes()};
  if (batch.is_control() || batch.base_offset() >= clean_end_) return absl::OkStatus();
  const bool too_old = batch.has_delete_horizon() && batch.base_timestamp() <= rules_.now;
  const bool all_known = batch.last_offset() < clean_end_;
  std::int64_t keyless = 0;
  std::int64_t tombstones = 0;
  std::int64_t superseded = 0;
  const auto keep = [&](Offset offset, const RecordView& record) {
    if (offset >= clean_end_) return true;
    if (offset < log_start_) return false;
    if (record.key.is_null()) {
      ++keyless;
      return true;
    }
    if (const auto newest = keys_->Find({record.key.data(), record.key.size()}); newest.value_or(offset) > offset) {
      ++superseded;
      return false;
    }
    if (!too_old || !record.value.is_null() || offset >= keeps_tombstones_from_) return true;
    ++tombstones;
    return false;
  };
  record::ThinningRules rules{
      .keep = keep, .most = static_cast<std::size_t>(std::max<std::int64_t>(most, 0)), .levels = rules_.levels};
  if (all_known) rules.horizon = Later(rules_.now, rules_.delete_retention_ms);
  if (batch.producer_id() >= 0) {
    const auto last = IsLastOfProducer(batch);
    if (!last.ok()) return last.status();
    rules.keep_header = *last;
  }
  if (thinner_.ThinOut(batch, rules, thinned) != BatchVerdict::kOk) {
    return absl::DataLossError(fmt::format("{}: the batch of offset {} cannot be read; run `leat verify`",
                                           log_.Name(), batch.base_offset()));
  }
  result_.keyless_records += keyless;
  result_.records_removed += thinned.removed;
  if (thinned.removed > 0) result_.tombstones_removed += tombstones;
  if (thinned.unwritten > 0 && superseded > 0) {
    result_.kept_superseded += superseded;
    keeps_tombstones_from_ = std::min(keeps_tombstones_from_, batch.base_offset());
  }
  if (thinned.kept == 0) return absl::OkStatus();
  const BatchView left(thinned.bytes);
  if (left.has_delete_horizon() && left.base_timestamp() > rules_.now) {
    next_horizon_ = next_horizon_ < 0 ? left.base_timestamp() : std::min(next_horizon_, left.base_timestamp());
  }
  return absl::OkStatus();
}

// A Kafka learns from it, when it starts, which number the producer has come to.
absl::StatusOr<bool> Compaction::IsLastOfProducer(BatchView batch) {
  if (last_of_producer_ == nullptr) {
    last_of_producer_ = std::make_unique<absl::flat_hash_map<std::int64_t, Offset>>();
    for (const Source& source : sources_) {
      Source again{.base = source.base, .end = source.end};
      if (auto s = Open(again); !s.ok()) return s;
      const absl::Status walked = Walk(again, [&](BatchView seen, std::int64_t) -> absl::StatusOr<bool> {
        if (seen.producer_id() < 0) return true;
        const auto known = last_of_producer_->find(seen.producer_id());
        if (known != last_of_producer_->end()) {
          known->second = seen.base_offset();
        } else if (last_of_producer_->size() < kMostProducers) {
          last_of_producer_->emplace(seen.producer_id(), seen.base_offset());
        }
        return true;
      });
      if (!walked.ok()) return walked;
    }
  }
  const auto last = last_of_producer_->find(batch.producer_id());
  return last == last_of_producer_->end() || last->second <= batch.base_offset();
}

absl::Status Compaction::CopyBefore(const Source& source, std::int64_t position, CompactedFile& to) const {
  constexpr std::int64_t kPiece = 1 << 20;
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min(kPiece, position)));
  for (std::int64_t at = 0; at < position;) {
    const auto part = std::span(piece).first(static_cast<std::size_t>(std::min(kPiece, position - at)));
    const auto read = source.file->ReadAt(at, part);
    if (!read.ok()) return read.status();
    if (*read < part.size()) return Damage(BatchVerdict::kTruncated, source, at);
    if (auto s = to.Append(part); !s.ok()) return s;
    at += static_cast<std::int64_t>(part.size());
  }
  return absl::OkStatus();
}

absl::Status Compaction::PutInPlace(const Group& group, CompactedFile& made) {
  if (auto s = made.Finish(); !s.ok()) return s;
  // Before the first gap, so that whoever comes after a power loss knows that there may be some.
  const auto marked = HasCompactionMark(*settings_.files, settings_.folder);
  if (!marked.ok()) return marked.status();
  if (!*marked) {
    if (auto s = Write(mark_); !s.ok()) return s;
  }
  Retiring::Replacement replacement{.path = made.path(), .end = group.back().end};
  std::int64_t size = 0;
  for (const Source& source : group) {
    replacement.segments.emplace_back(source.base, source.id);
    size += source.size;
  }
  if (auto s = log_.retiring_->Replace(replacement); !s.ok()) {
    // It may have got as far as to its new name; then somebody finishes that.
    if (!settings_.files->Info(made.path()).ok()) made.Keep();
    return s;
  }
  made.Keep();
  result_.bytes_written += made.size();
  result_.bytes_freed += size - made.size();
  result_.segments_removed += static_cast<std::int32_t>(group.size()) - 1;
  return absl::OkStatus();
}

absl::StatusOr<CompactionResult> CompactLog(Log& log, const CompactionRules& rules) {
  return Compaction(log, rules).Run();
}

absl::StatusOr<CompactionBacklog> BacklogOf(Log& log, std::int64_t now, std::int64_t min_lag_ms) {
  const CompactionRules rules{.now = now, .min_lag_ms = min_lag_ms};
  return Compaction(log, rules).LookAt();
}

}  // namespace leat::log
