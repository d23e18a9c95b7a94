#include "metrics/table.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace leat::metrics {
namespace {

constexpr auto kCounter = MetricKind::kCounter;
constexpr auto kGauge = MetricKind::kGauge;
constexpr auto kHistogram = MetricKind::kHistogram;
constexpr auto kNone = MetricUnit::kNone;
constexpr auto kBytes = MetricUnit::kBytes;
constexpr auto kSeconds = MetricUnit::kSeconds;
constexpr auto kFolder = MetricScope::kFolder;
constexpr auto kTopic = MetricScope::kTopic;
constexpr auto kPartition = MetricScope::kPartition;
constexpr auto kGroup = MetricScope::kGroup;
constexpr auto kGroupPartition = MetricScope::kGroupPartition;

struct Row {
  Id id;
  Metric metric;
};

constexpr Row kRows[] = {
    {Id::kFolderCountedSince,
     {"leat_folder_counted_since_seconds", kGauge, kSeconds, kFolder,
      "When the counters began at 0, in seconds since 1970."}},
    {Id::kFolderTopics, {"leat_folder_topics", kGauge, kNone, kFolder, "Topics in the folder."}},
    {Id::kFolderPartitions, {"leat_folder_partitions", kGauge, kNone, kFolder, "Partitions of all topics."}},
    {Id::kFolderGroups, {"leat_folder_groups", kGauge, kNone, kFolder, "Consumer groups."}},
    {Id::kFolderProcesses,
     {"leat_folder_processes", kGauge, kNone, kFolder,
      "Openings for writing: processes that have the folder open, each as often as it opened it."}},
    {Id::kFolderAllocated,
     {"leat_folder_allocated_bytes", kGauge, kBytes, kFolder,
      "What the segments of all topics take of size.limit, with what is allocated ahead of writers. After a kill it "
      "may "
      "be off by a step."}},
    {Id::kFolderOpenings, {"leat_folder_openings", kCounter, kNone, kFolder, "Openings for writing."}},
    {Id::kFolderClosings, {"leat_folder_closings", kCounter, kNone, kFolder, "Closings of those."}},
    {Id::kFolderDeaths,
     {"leat_folder_deaths", kCounter, kNone, kFolder,
      "Openings that ended without a closing, as far as a later opening has noticed."}},
    {Id::kFolderTopicsCreated, {"leat_folder_topic_creations", kCounter, kNone, kFolder, "Topics that were made."}},
    {Id::kFolderTopicsDeleted,
     {"leat_folder_topic_deletions", kCounter, kNone, kFolder, "Topics that were deleted."}},
    {Id::kFolderTopicsAltered,
     {"leat_folder_topic_changes", kCounter, kNone, kFolder,
      "Changes of topics' settings or of their number of partitions."}},
    {Id::kFolderRecoveredPartitions,
     {"leat_folder_recovered_partitions", kCounter, kNone, kFolder,
      "Partitions whose state was made from their files at an opening: after a reboot, in a copy, after a death "
      "while "
      "closing."}},
    {Id::kFolderScannedBytes,
     {"leat_folder_recovery_scanned_bytes", kCounter, kBytes, kFolder, "Bytes of logs that those recoveries read."}},
    {Id::kFolderCutBytes,
     {"leat_folder_recovery_cut_bytes", kCounter, kBytes, kFolder,
      "Bytes that those recoveries cut off, and kept in salvage/: what a power loss left of appends that had not "
      "been "
      "synced."}},
    {Id::kFolderCutSegments,
     {"leat_folder_recovery_cut_segments", kCounter, kNone, kFolder, "Whole segments among them."}},
    {Id::kFolderRetentionRounds,
     {"leat_folder_retention_rounds", kCounter, kNone, kFolder, "Looks for what retention and the budget let go."}},
    {Id::kFolderRetentionFailures,
     {"leat_folder_retention_failures", kCounter, kNone, kFolder,
      "Partitions in which such a look could not remove what is to go: damage, or files that cannot be deleted. Each "
      "look counts them anew."}},
    {Id::kFolderCompactionFailures,
     {"leat_folder_compaction_failures", kCounter, kNone, kFolder,
      "How often a partition could not be compacted in the background. `leat compact` says why."}},
    {Id::kFolderBudgetRefusals,
     {"leat_folder_budget_refusals", kCounter, kNone, kFolder,
      "How often there was no room for a segment within size.limit or free.space.min."}},
    {Id::kFolderPolls,
     {"leat_folder_polls", kCounter, kNone, kFolder,
      "Polls of consumers. Those that neither find something nor wait are counted with the consumer's next one that "
      "does."}},
    {Id::kFolderPollsWithRecords,
     {"leat_folder_polls_with_records", kCounter, kNone, kFolder, "Polls that returned records."}},
    {Id::kFolderPollWait,
     {"leat_folder_poll_wait_seconds", kHistogram, kSeconds, kFolder,
      "How long polls slept until there was something, or their time was over. What came while they were still "
      "looking "
      "(some 40 us) is not among them."}},

    {Id::kTopicPartitions, {"leat_topic_partitions", kGauge, kNone, kTopic, "Partitions of the topic."}},
    {Id::kTopicAppend,
     {"leat_topic_append_seconds", kHistogram, kSeconds, kTopic,
      "How long an append of a batch took, from the call to its being in the log: waiting for the lock, the copy, a "
      "new "
      "segment if need be; not waiting for the disk. Two appends of 2,048 are timed."}},
    {Id::kTopicSyncWait,
     {"leat_topic_sync_wait_seconds", kHistogram, kSeconds, kTopic,
      "How long appends that ask for the disk, and flushes, waited for it. All of them."}},
    {Id::kTopicFsync,
     {"leat_topic_fsync_seconds", kHistogram, kSeconds, kTopic,
      "How long each fdatasync of a segment took. One serves all who wait."}},

    {Id::kLogStart,
     {"leat_partition_log_start_offset", kGauge, kNone, kPartition, "The first offset that can be read."}},
    {Id::kHighWatermark,
     {"leat_partition_high_watermark", kGauge, kNone, kPartition, "One past the last offset that can be read."}},
    {Id::kEnd, {"leat_partition_end_offset", kGauge, kNone, kPartition, "One past the last offset of the log."}},
    {Id::kFlushed,
     {"leat_partition_flushed_offset", kGauge, kNone, kPartition, "What is below it is known to be on the disk."}},
    {Id::kLeaderEpoch,
     {"leat_partition_leader_epoch", kGauge, kNone, kPartition,
      "Moves when the log is recovered: what comes next may have offsets that others had before."}},
    {Id::kSize, {"leat_partition_size_bytes", kGauge, kBytes, kPartition, "Bytes of all its records."}},
    {Id::kSegments, {"leat_partition_segments", kGauge, kNone, kPartition, "Segment files."}},
    {Id::kReadOnly,
     {"leat_partition_read_only", kGauge, kNone, kPartition,
      "1: damaged, or a sync has failed, so that nothing can be appended; else 0."}},
    {Id::kAppendedRecords,
     {"leat_partition_appended_records", kCounter, kNone, kPartition,
      "Records that were appended. Exact, whoever was killed when, as the next two are."}},
    {Id::kAppendedBatches,
     {"leat_partition_appended_batches", kCounter, kNone, kPartition, "Batches that were appended."}},
    {Id::kAppendedBytes,
     {"leat_partition_appended_bytes", kCounter, kBytes, kPartition, "Bytes of these batches, as they are stored."}},
    {Id::kCompressedBatches,
     {"leat_partition_compressed_batches", kCounter, kNone, kPartition,
      "Batches that were appended compressed, by whomever."}},
    {Id::kCompressionInput,
     {"leat_partition_compression_input_bytes", kCounter, kBytes, kPartition,
      "Bytes of batches before leat's producers compressed them."}},
    {Id::kCompressionOutput,
     {"leat_partition_compression_output_bytes", kCounter, kBytes, kPartition,
      "Bytes of the same batches afterwards."}},
    {Id::kAppendErrors,
     {"leat_partition_append_errors", kCounter, kNone, kPartition,
      "Records and batches that were refused, by the error's code. deadline_exceeded: in the log, but not known to "
      "be on "
      "the disk."}},
    {Id::kLockWaits,
     {"leat_partition_append_lock_waits", kCounter, kNone, kPartition,
      "Appends that found another one under way and waited for it."}},
    {Id::kTakeovers,
     {"leat_partition_append_lock_takeovers", kCounter, kNone, kPartition,
      "How often the lock of appends was taken over from somebody who had died with it."}},
    {Id::kWakeups,
     {"leat_partition_wakeups", kCounter, kNone, kPartition,
      "Calls that woke processes which slept for new records."}},
    {Id::kFetches,
     {"leat_partition_fetches", kCounter, kNone, kPartition,
      "Reads that found something; a poll is one or several."}},
    {Id::kFetchedRecords,
     {"leat_partition_fetched_records", kCounter, kNone, kPartition,
      "Records that were handed to readers, before their filters."}},
    {Id::kFetchedBytes,
     {"leat_partition_fetched_bytes", kCounter, kBytes, kPartition, "Bytes of these, as they are stored."}},
    {Id::kDecompressedBytes,
     {"leat_partition_decompressed_bytes", kCounter, kBytes, kPartition,
      "Bytes that readers made of compressed batches."}},
    {Id::kReadErrors,
     {"leat_partition_read_errors", kCounter, kNone, kPartition,
      "Reads that met damage, or what leat cannot read; each time anew."}},
    {Id::kOutOfRange,
     {"leat_partition_reads_out_of_range", kCounter, kNone, kPartition,
      "Reads of offsets that the log does not have: most often of a reader that retention was quicker than."}},
    {Id::kSyncs,
     {"leat_partition_syncs", kCounter, kNone, kPartition, "Syncs after which more of the log was on the disk."}},
    {Id::kSyncErrors,
     {"leat_partition_sync_errors", kCounter, kNone, kPartition,
      "Syncs that failed; the first one makes the partition read-only."}},
    {Id::kRolls, {"leat_partition_segments_rolled", kCounter, kNone, kPartition, "Segments that were begun."}},
    {Id::kSealedSegments,
     {"leat_partition_segments_sealed", kCounter, kNone, kPartition,
      "Segments that were cut to their end and given indexes, the active one at each closing among them."}},
    {Id::kRetiredSegments,
     {"leat_partition_segments_retired", kCounter, kNone, kPartition,
      "Segments that were removed: by retention, the budget, or Trim."}},
    {Id::kRetiredBytes,
     {"leat_partition_retired_bytes", kCounter, kBytes, kPartition, "Bytes of the files of these."}},
    {Id::kCompactions,
     {"leat_partition_compactions", kCounter, kNone, kPartition, "Rounds of compaction, by all processes."}},
    {Id::kCompactedBytesRead,
     {"leat_partition_compacted_read_bytes", kCounter, kBytes, kPartition, "Bytes of the log that these read."}},
    {Id::kCompactedBytesWritten,
     {"leat_partition_compacted_written_bytes", kCounter, kBytes, kPartition, "Bytes of the log that these wrote."}},
    {Id::kCompactedRecords,
     {"leat_partition_compacted_records", kCounter, kNone, kPartition,
      "Records that these removed: superseded ones, and tombstones whose time was over."}},

    {Id::kGroupMembers, {"leat_group_members", kGauge, kNone, kGroup, "Members of the group."}},
    {Id::kGroupGeneration,
     {"leat_group_generation", kGauge, kNone, kGroup, "Moves when partitions are divided anew."}},
    {Id::kGroupCommits, {"leat_group_commits", kCounter, kNone, kGroup, "Commits."}},
    {Id::kGroupCommittedOffsets,
     {"leat_group_committed_offsets", kCounter, kNone, kGroup, "Partitions' offsets that these commits set."}},
    {Id::kGroupJoins, {"leat_group_joins", kCounter, kNone, kGroup, "Members that came."}},
    {Id::kGroupLeaves, {"leat_group_leaves", kCounter, kNone, kGroup, "Members that left by themselves."}},
    {Id::kGroupFenced,
     {"leat_group_fenced", kCounter, kNone, kGroup,
      "Members that were taken out of the group: dead, silent for too long, or replaced."}},
    {Id::kGroupChanges,
     {"leat_group_changes", kCounter, kNone, kGroup, "Changes of who is a member, or who reads which partition."}},
    {Id::kGroupLag,
     {"leat_group_lag", kGauge, kNone, kGroupPartition,
      "Records behind what the group has committed, or in all, where it has committed nothing for a partition that a "
      "member reads."}},
    {Id::kGroupCommittedOffset,
     {"leat_group_committed_offset", kGauge, kNone, kGroupPartition, "What the group has committed."}},
};

constexpr std::size_t kSize = static_cast<std::size_t>(Id::kCount);
static_assert(std::size(kRows) == kSize);

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (kRows[i].id != static_cast<Id>(i)) return false;
  }
  return true;
}
static_assert(InOrder(), "a row stands where its Id does");

constexpr std::array<Metric, kSize> Table() {
  std::array<Metric, kSize> table = {};
  for (std::size_t i = 0; i < kSize; ++i) table[i] = kRows[i].metric;
  return table;
}
constexpr std::array<Metric, kSize> kTable = Table();

}  // namespace

const Metric& MetricOf(Id id) { return kTable[static_cast<std::size_t>(id)]; }

}  // namespace leat::metrics

namespace leat {
inline namespace v1 {

std::span<const Metric> AllMetrics() { return metrics::kTable; }

std::string_view NameOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      break;
  }
  return "histogram";
}

std::string_view NameOf(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kBytes:
      return "bytes";
    case MetricUnit::kSeconds:
      return "seconds";
    case MetricUnit::kNone:
      break;
  }
  return "";
}

std::string_view NameOf(MetricScope scope) {
  switch (scope) {
    case MetricScope::kFolder:
      return "folder";
    case MetricScope::kTopic:
      return "topic";
    case MetricScope::kPartition:
      return "partition";
    case MetricScope::kGroup:
      return "group";
    case MetricScope::kGroupPartition:
      break;
  }
  return "group and partition";
}

}  // namespace v1
}  // namespace leat
