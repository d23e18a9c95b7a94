#include "broker/folder_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/folder_users.h"
#include "broker/topics.h"
#include "log/log.h"
#include "shared/commit_slots.h"
#include "shared/counters.h"

namespace leat::broker {
namespace {

using metrics::Id;
using metrics::Labels;
using metrics::Samples;
using shared::Read;

constexpr auto kRelaxed = std::memory_order_relaxed;

template <typename Counters>
struct Counted {
  Id id;
  shared::SharedCount Counters::*counter;
};

using Partition = shared::PartitionCounters;
constexpr Counted<Partition> kPartitionCounters[] = {
    {Id::kCompressedBatches, &Partition::compressed_batches},
    {Id::kCompressionInput, &Partition::compression_input_bytes},
    {Id::kCompressionOutput, &Partition::compression_output_bytes},
    {Id::kLockWaits, &Partition::lock_waits},
    {Id::kTakeovers, &Partition::takeovers},
    {Id::kWakeups, &Partition::wakeups},
    {Id::kFetches, &Partition::fetches},
    {Id::kFetchedRecords, &Partition::fetched_records},
    {Id::kFetchedBytes, &Partition::fetched_bytes},
    {Id::kDecompressedBytes, &Partition::decompressed_bytes},
    {Id::kReadErrors, &Partition::read_errors},
    {Id::kOutOfRange, &Partition::out_of_range},
    {Id::kSyncs, &Partition::syncs},
    {Id::kSyncErrors, &Partition::sync_errors},
    {Id::kRolls, &Partition::rolls},
    {Id::kSealedSegments, &Partition::sealed_segments},
    {Id::kRetiredSegments, &Partition::retired_segments},
    {Id::kRetiredBytes, &Partition::retired_bytes},
    {Id::kCompactions, &Partition::cleanings},
    {Id::kCompactedBytesRead, &Partition::cleaned_bytes_read},
    {Id::kCompactedBytesWritten, &Partition::cleaned_bytes_written},
    {Id::kCompactedRecords, &Partition::cleaned_records},
};

using Whole = shared::FolderCounters;
constexpr Counted<Whole> kFolderCounters[] = {
    {Id::kFolderOpenings, &Whole::openings},
    {Id::kFolderClosings, &Whole::closings},
    {Id::kFolderDeaths, &Whole::deaths},
    {Id::kFolderTopicsCreated, &Whole::topics_created},
    {Id::kFolderTopicsDeleted, &Whole::topics_deleted},
    {Id::kFolderTopicsAltered, &Whole::topics_altered},
    {Id::kFolderRecoveredPartitions, &Whole::recovered_partitions},
    {Id::kFolderScannedBytes, &Whole::scanned_bytes},
    {Id::kFolderCutBytes, &Whole::cut_bytes},
    {Id::kFolderCutSegments, &Whole::cut_segments},
    {Id::kFolderRetentionRounds, &Whole::retention_rounds},
    {Id::kFolderRetentionFailures, &Whole::retention_failures},
    {Id::kFolderCompactionFailures, &Whole::compaction_failures},
    {Id::kFolderBudgetRefusals, &Whole::budget_refusals},
};

// By shared::ErrorKindOf; what has no name of its own comes first.
constexpr std::string_view kErrorCodes[] = {
    "other", "invalid_argument", "not_found", "unavailable", "resource_exhausted", "data_loss", "deadline_exceeded"};
static_assert(std::size(kErrorCodes) <= shared::kErrorKinds);

// Together, of all partitions of a topic.
struct Times {
  std::uint64_t nanoseconds = 0;
  std::array<std::uint64_t, shared::kTimeBuckets> buckets = {};

  void Add(const shared::TimeHistogram& more) {
    nanoseconds += Read(more.nanoseconds);
    for (std::uint32_t i = 0; i < shared::kTimeBuckets; ++i) buckets[i] += Read(more.buckets[i]);
  }

  MetricHistogram Shown() const {
    constexpr auto kMost = static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count());
    MetricHistogram shown{.sum = std::chrono::nanoseconds(std::min(nanoseconds, kMost))};
    for (std::uint32_t i = 0; i < shared::kTimeBuckets; ++i) {
      const bool last = i + 1 == shared::kTimeBuckets;
      shown.buckets.push_back(
          {.end = last ? std::chrono::nanoseconds::max() : shared::BucketEnd(i), .count = buckets[i]});
    }
    return shown;
  }
};

struct TopicTimes {
  Times append, sync_wait, fsync;

  void Add(const shared::PartitionCounters& counters) {
    append.Add(counters.append);
    sync_wait.Add(counters.sync_wait);
    fsync.Add(counters.fsync);
  }
};

void AddState(const shared::PartitionPage& page, const Labels& labels, Samples& samples) {
  constexpr std::uint32_t kNotWritable = shared::kFlagSyncFailed | shared::kFlagDamaged;
  samples.Add(Id::kLogStart, labels, page.log_start.load(kRelaxed));
  samples.Add(Id::kHighWatermark, labels, page.high_watermark.load(kRelaxed));
  samples.Add(Id::kEnd, labels, shared::ReadCommit(page).next_offset);
  samples.Add(Id::kFlushed, labels, page.flushed.load(kRelaxed));
  samples.Add(Id::kLeaderEpoch, labels, page.leader_epoch.load(kRelaxed));
  samples.Add(Id::kReadOnly, labels, (page.flags.load(kRelaxed) & kNotWritable) != 0 ? 1 : 0);
}

void AddCounters(const shared::PartitionPage& page, const Labels& labels, Samples& samples) {
  const shared::CommitState state = shared::ReadCommit(page);
  samples.Add(Id::kAppendedRecords, labels, state.appended_records);
  samples.Add(Id::kAppendedBatches, labels, state.appended_batches);
  samples.Add(Id::kAppendedBytes, labels, state.appended_bytes);
  for (const auto& counted : kPartitionCounters) {
    samples.Add(counted.id, labels, Read(page.counters.*(counted.counter)));
  }
  Labels with_code = labels;
  for (std::size_t i = 0; i < std::size(kErrorCodes); ++i) {
    with_code.code = kErrorCodes[i];
    samples.Add(Id::kAppendErrors, with_code, Read(page.counters.append_errors[i]));
  }
}

// From the files, which are counted where they lie.
void AddSizes(const Folder& folder, const TopicFile& topic, shared::PartitionPage* page, const Labels& labels,
              Samples& samples) {
  log::LogSettings settings = folder.LogSettingsOf(topic, labels.partition, page);
  settings.locker = nullptr;  // a log that is only looked at
  const std::shared_ptr<log::Log> log = log::Log::Open(std::move(settings));
  const auto size = log->SizeBytes();
  const auto segments = log->Segments();
  if (size.ok()) samples.Add(Id::kSize, labels, *size);
  if (segments.ok()) samples.Add(Id::kSegments, labels, segments->size());
  if (!size.ok() || !segments.ok()) samples.LeaveOut(size.ok() ? segments.status() : size.status());
}

void AddTopic(Folder& folder, const TopicFile& topic, Samples& samples) {
  const Labels of_topic{.topic = topic.name};
  samples.Add(Id::kTopicPartitions, of_topic, topic.options.partitions);
  TopicTimes times;
  for (PartitionId p = 0; p < topic.options.partitions; ++p) {
    const absl::StatusOr<shared::PartitionPage*> page = folder.PageOf(topic, p);
    if (!page.ok()) {
      if (!absl::IsNotFound(page.status())) samples.LeaveOut(page.status());  // else it is being deleted
      continue;
    }
    const Labels labels{.topic = topic.name, .partition = p};
    AddState(**page, labels, samples);
    AddSizes(folder, topic, *page, labels, samples);
    if (!folder.has_control()) continue;
    AddCounters(**page, labels, samples);
    times.Add((*page)->counters);
  }
  if (!folder.has_control()) return;
  samples.Add(Id::kTopicAppend, of_topic, times.append.Shown());
  samples.Add(Id::kTopicSyncWait, of_topic, times.sync_wait.Shown());
  samples.Add(Id::kTopicFsync, of_topic, times.fsync.Shown());
}

void AddFolderCounters(const shared::ControlFile& control, Samples& samples) {
  const shared::HeaderPage& header = control.header();
  const shared::FolderCounters& counters = header.counters;
  samples.Add(Id::kFolderCountedSince, {}, static_cast<double>(counters.counted_since.load(kRelaxed)) / 1000);
  samples.Add(Id::kFolderAllocated, {}, std::max<std::int64_t>(header.size_bytes.load(kRelaxed), 0));
  for (const auto& counted : kFolderCounters) samples.Add(counted.id, {}, Read(counters.*(counted.counter)));
  std::uint64_t polls = 0, with_records = 0;
  for (std::uint32_t i = 0; i < shared::kActivityLines; ++i) {
    polls += Read(control.activity(i).polls);
    with_records += Read(control.activity(i).polls_with_records);
  }
  samples.Add(Id::kFolderPolls, {}, polls);
  samples.Add(Id::kFolderPollsWithRecords, {}, with_records);
  Times waits;
  waits.Add(counters.poll_wait);
  samples.Add(Id::kFolderPollWait, {}, waits.Shown());
}

void AddProcesses(const Folder& folder, Samples& samples) {
  if (folder.in_memory()) {
    samples.Add(Id::kFolderProcesses, {}, 1);
    return;
  }
  const absl::StatusOr<FolderUse> use = FindUsers(folder.path(), folder.environment());
  if (use.ok()) {
    samples.Add(Id::kFolderProcesses, {}, use->processes.size());
  } else {
    samples.LeaveOut(use.status());
  }
}

}  // namespace

absl::Status AddFolderMetrics(Folder& folder, Samples& samples) {
  const absl::StatusOr<std::vector<std::string>> names = ListTopics(folder);
  if (!names.ok()) return names.status();
  std::int64_t topics = 0, partitions = 0;
  for (const std::string& name : *names) {
    const absl::StatusOr<TopicFile> topic = ReadTopic(folder, name);
    if (absl::IsNotFound(topic.status())) continue;  // deleted meanwhile
    if (!topic.ok()) return topic.status();
    ++topics;
    partitions += topic->options.partitions;
    AddTopic(folder, *topic, samples);
  }
  samples.Add(Id::kFolderTopics, {}, topics);
  samples.Add(Id::kFolderPartitions, {}, partitions);
  AddProcesses(folder, samples);
  if (folder.has_control()) AddFolderCounters(folder.control(), samples);
  return absl::OkStatus();
}

absl::Status WhyNotCounted(const Folder& folder) {
  if (folder.has_control()) return absl::OkStatus();
  const std::string path = io::JoinPath(folder.path(), kControlFileName);
  const auto control =
      shared::ControlFile::Open(folder.files(), path, folder.environment().boot_id, io::MapAccess::kRead);
  if (!control.ok()) return control.status();
  switch ((*control)->verdict()) {
    case shared::IdentityVerdict::kOtherBoot:
    case shared::IdentityVerdict::kCopied:
      return absl::FailedPreconditionError(fmt::format(
          "{}: counts nothing yet: nobody has had the folder open since the machine was started, or the folder was "
          "copied; open it for writing",
          path));
    case shared::IdentityVerdict::kOtherLayout:
      return absl::FailedPreconditionError(fmt::format(
          "{}: is of layout {}, and this library knows {}: use the version of leat that has the folder open", path,
          (*control)->layout_version(), shared::kLayoutVersion));
    case shared::IdentityVerdict::kGarbage:
      return absl::DataLossError(fmt::format(
          "{}: is damaged; close the folder in every process and open it again, which makes it anew", path));
    case shared::IdentityVerdict::kOurs:
      break;
  }
  return absl::UnavailableError(
      fmt::format("{}: is being filled, or whoever did so died: look again, or open the folder for writing", path));
}

}  // namespace leat::broker
