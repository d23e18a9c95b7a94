#include "broker/partition_repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/folder.h"
#include "log/checkpoint.h"
#include "log/compaction_mark.h"
#include "log/epochs.h"
#include "log/partition_metadata.h"
#include "log/salvage.h"
#include "log/segment_files.h"
#include "shared/commit_slots.h"

namespace leat::broker {
namespace {

constexpr std::uint32_t kReadOnlyFlags = shared::kFlagDamaged | shared::kFlagSyncFailed;

std::uint32_t FlagsOf(const shared::PartitionPage* page) {
  return page == nullptr ? 0 : page->flags.load(std::memory_order_acquire);
}

}  // namespace

PartitionRepair::PartitionRepair(const FolderPlace& place, const TopicFile& topic, PartitionId partition,
                                 const shared::PartitionPage* page)
    : place_(place),
      topic_(topic),
      page_(page),
      input_{.files = place.files,
             .folder = PartitionFolderPath(place, topic.name, partition),
             .partition = {topic.name, partition},
             .salvage_folder = io::JoinPath(place.path, kSalvageFolderName),
             .like = place.like} {}

absl::Status PartitionRepair::Look(const std::function<void(std::int64_t)>& on_scanned, RepairReport& report) {
  if (absl::Status status = LookAtSmallFiles(report); !status.ok()) return status;
  if (absl::Status status = ReadFacts(); !status.ok()) return status;
  auto damage = log::ScanForDamage(place_.files, input_.folder, facts_, on_scanned);
  if (!damage.ok()) return damage.status();
  damage_ = *std::move(damage);
  AddSteps(report);
  return absl::OkStatus();
}

absl::Status PartitionRepair::LookAtSmallFiles(RepairReport& report) {
  const auto judge = [&](const absl::Status& read, SmallFile& file, std::string_view name,
                         const char* remedy) -> absl::Status {
    if (!absl::IsNotFound(read) && !absl::IsDataLoss(read)) return read;
    file = absl::IsNotFound(read) ? SmallFile::kMissing : SmallFile::kBad;
    RepairStep step{.partition = input_.partition, .file = io::JoinPath(input_.folder, name)};
    step.problem = file == SmallFile::kMissing ? "the file is not there" : "it cannot be read as what it should be";
    step.remedy = remedy;
    Add(report, std::move(step));
    return absl::OkStatus();
  };
  const auto id = log::ReadPartitionMetadata(place_.files, input_.folder);
  if (id.ok() && *id != topic_.id) {
    return absl::DataLossError(fmt::format(
        "{}: the folder belongs to another topic, by its partition.metadata; move it away, and put the one "
        "of topic {} in its place",
        input_.folder, topic_.name));
  }
  // A Kafka may have written none.
  if (!topic_.adopted || !absl::IsNotFound(id.status())) {
    if (absl::Status s = judge(id.status(), metadata_, log::kPartitionMetadataFileName, "it is made anew"); !s.ok())
      return s;
  }
  const auto checkpoint = log::ReadCheckpoint(place_.files, input_.folder);
  if (!checkpoint.ok()) return checkpoint.status();
  if (checkpoint->garbage && !checkpoint->newest.has_value()) {
    const absl::Status bad = absl::DataLossError("neither of its slots is whole");
    if (absl::Status s = judge(bad, checkpoint_, log::kCheckpointFileName, "it is made anew"); !s.ok()) return s;
  }
  const auto epochs = log::ReadEpochs(place_.files, input_.folder);
  if (epochs.ok()) facts_.epochs = *epochs;
  // Where it is missing, recovery makes it whenever it is needed.
  if (absl::IsDataLoss(epochs.status())) {
    return judge(epochs.status(), epochs_, log::kEpochsFileName, "it is made anew, from the batches");
  }
  return epochs.ok() || absl::IsNotFound(epochs.status()) ? absl::OkStatus() : epochs.status();
}

absl::Status PartitionRepair::ReadFacts() {
  // A page that was filled with what could be read of a damaged log knows too little.
  if (page_ != nullptr && (FlagsOf(page_) & shared::kFlagDamaged) == 0) {
    FactsFromPage();
  } else if (auto s = FactsFromFiles(); !s.ok()) {
    return s;
  }
  if (!facts_.allow_gaps || topic_.adopted) return absl::OkStatus();
  // Our own compaction leaves gaps in files only; a Kafka's, and what was taken out by a repair, the checkpoint tells.
  const auto checkpoint = log::ReadCheckpoint(place_.files, input_.folder);
  if (!checkpoint.ok()) return checkpoint.status();
  facts_.files_join = !checkpoint->newest.has_value() || !checkpoint->newest->allow_gaps;
  return absl::OkStatus();
}

void PartitionRepair::FactsFromPage() {
  const shared::CommitState commit = shared::ReadCommit(*page_);
  facts_.log_start = page_->log_start.load(std::memory_order_acquire);
  facts_.known_end = commit.next_offset;
  facts_.allow_gaps = topic_.adopted || (FlagsOf(page_) & shared::kFlagGaps) != 0;
  facts_.ends_there = true;
  facts_.segment_base = commit.segment_base;
  facts_.position = commit.position;
  facts_.max_timestamp = commit.max_timestamp;
  facts_.segment_first_append = commit.segment_first_append;
  facts_.epoch = page_->leader_epoch.load(std::memory_order_acquire);
  input_.store_again = (FlagsOf(page_) & shared::kFlagSyncFailed) != 0;
  input_.store_again_from = page_->flushed.load(std::memory_order_acquire);
}

absl::Status PartitionRepair::FactsFromFiles() {
  const auto segments = log::ListSegments(place_.files, input_.folder);
  if (!segments.ok()) return segments.status();
  const auto checkpoint = log::ReadCheckpoint(place_.files, input_.folder);
  if (!checkpoint.ok()) return checkpoint.status();
  const auto compacted = log::HasCompactionMark(place_.files, input_.folder);
  if (!compacted.ok()) return compacted.status();
  facts_.allow_gaps = topic_.adopted || *compacted;
  facts_.epoch = std::max(facts_.epochs.latest(), 0);
  if (checkpoint->newest.has_value()) {
    facts_.log_start = checkpoint->newest->log_start;
    facts_.known_end = checkpoint->newest->end;
    facts_.allow_gaps = facts_.allow_gaps || checkpoint->newest->allow_gaps;
    return absl::OkStatus();
  }
  if (segments->empty()) return absl::OkStatus();
  facts_.log_start = segments->front().base;
  // Nobody knows what had been synced; but segments that were finished long ago don't tear.
  facts_.known_end = segments->back().base;
  return absl::OkStatus();
}

RepairStep PartitionRepair::StepAt(Offset segment, std::string problem, std::string remedy) const {
  RepairStep step{.partition = input_.partition,
                  .file = io::JoinPath(input_.folder, log::SegmentFileName(segment, log::kLogSuffix))};
  step.problem = std::move(problem);
  step.remedy = std::move(remedy);
  return step;
}

void PartitionRepair::Add(RepairReport& report, RepairStep step) {
  steps_.push_back(report.steps.size());
  report.steps.push_back(std::move(step));
}

void PartitionRepair::AddSteps(RepairReport& report) {
  for (const log::Hole& hole : damage_.holes) {
    const bool has_bytes = hole.end > hole.begin;
    RepairStep step =
        StepAt(hole.segment, hole.what,
               has_bytes ? "the bytes are taken out of the log" : "the log goes on without the offsets");
    step.position = hole.begin;
    step.bytes = hole.end - hole.begin;
    step.lost_begin = hole.first;
    step.lost_end = hole.next;
    hole_steps_.push_back(report.steps.size());
    Add(report, std::move(step));
  }
  for (const log::HeaderFix& fix : damage_.fixes) {
    RepairStep step = StepAt(fix.segment, fix.what,
                             fmt::format("the batch gets base offset {} and leader epoch {}, as its neighbours tell",
                                         fix.base_offset, fix.epoch));
    step.position = fix.position;
    step.lost_begin = step.lost_end = fix.base_offset;
    Add(report, std::move(step));
  }
  for (const log::WalkedSegment& segment : damage_.segments) {
    if (!segment.bad_index.empty()) Add(report, StepAt(segment.base, segment.bad_index, "its indexes are made anew"));
  }
  for (const log::Torn& torn : damage_.torn) {
    RepairStep step = StepAt(torn.segment, torn.what, "the log ends here, as after a power cut");
    step.position = torn.begin;
    step.bytes = torn.end - torn.begin;
    step.lost_begin = step.lost_end = torn.first;
    Add(report, std::move(step));
  }
  if (steps_.empty() && (FlagsOf(page_) & kReadOnlyFlags) != 0) {
    RepairStep step{.partition = input_.partition, .file = input_.folder};
    step.problem = input_.store_again ? "a sync has failed, and nobody knows what of it is on the disk"
                                      : "the partition is read-only for damage that is not there any more";
    step.remedy =
        input_.store_again ? "what was not on the disk is written anew" : "it is opened for appending again";
    Add(report, std::move(step));
  }
}

absl::Status PartitionRepair::KeepFacts(RepairReport& report) {
  if (checkpoint_ == SmallFile::kBad) {
    if (absl::Status aside = PutAside(log::kCheckpointFileName, report); !aside.ok()) return aside;
  }
  return log::KeepFacts(input_, facts_);
}

absl::Status PartitionRepair::Mend(RepairReport& report) {
  if (epochs_ == SmallFile::kBad) {
    if (absl::Status aside = PutAside(log::kEpochsFileName, report); !aside.ok()) return aside;
  }
  if (metadata_ != SmallFile::kWell) {
    if (metadata_ == SmallFile::kBad) {
      if (absl::Status aside = PutAside(log::kPartitionMetadataFileName, report); !aside.ok()) return aside;
    }
    const absl::Status made = log::WritePartitionMetadata(place_.files, input_.folder, topic_.id, place_.like);
    if (!made.ok()) return made;
  }
  for (const log::WalkedSegment& segment : damage_.segments) {
    if (segment.bad_index.empty()) continue;
    if (absl::Status removed = log::RemoveIndexes(input_.files, input_.folder, segment.base); !removed.ok())
      return removed;
  }
  if (!damage_.any() && !input_.store_again) return absl::OkStatus();
  const auto kept = log::Mend(input_, facts_, damage_);
  if (!kept.ok()) return kept.status();
  for (std::size_t i = 0; i < kept->size(); ++i) report.steps[hole_steps_[i]].kept_in = (*kept)[i];
  return absl::OkStatus();
}

// A small file that cannot be read is kept, too.
absl::Status PartitionRepair::PutAside(std::string_view name, RepairReport& report) {
  const std::string file = io::JoinPath(input_.folder, name);
  log::Salvage salvage(place_.files, input_.salvage_folder, input_.partition, place_.like);
  const auto kept = salvage.KeepFile(file, name);
  if (!kept.ok()) return kept.status();
  if (absl::Status synced = salvage.SyncFolders(); !synced.ok()) return synced;
  for (const std::size_t index : steps_) {
    if (report.steps[index].file == file) report.steps[index].kept_in = *kept;
  }
  return absl::OkStatus();
}

}  // namespace leat::broker
