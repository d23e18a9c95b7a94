// The one table of all that is counted. AllMetrics() is it; who counts names a row by its Id.
#ifndef LEAT_METRICS_TABLE_H_
#define LEAT_METRICS_TABLE_H_

#include <cstdint>

#include <leat/metrics.h>

namespace leat::metrics {

// In the table's order.
enum class Id : std::uint16_t {
  kFolderCountedSince,
  kFolderTopics,
  kFolderPartitions,
  kFolderGroups,
  kFolderProcesses,
  kFolderAllocated,
  kFolderOpenings,
  kFolderClosings,
  kFolderDeaths,
  kFolderTopicsCreated,
  kFolderTopicsDeleted,
  kFolderTopicsAltered,
  kFolderRecoveredPartitions,
  kFolderScannedBytes,
  kFolderCutBytes,
  kFolderCutSegments,
  kFolderRetentionRounds,
  kFolderRetentionFailures,
  kFolderCompactionFailures,
  kFolderBudgetRefusals,
  kFolderPolls,
  kFolderPollsWithRecords,
  kFolderPollWait,

  kTopicPartitions,
  kTopicAppend,
  kTopicSyncWait,
  kTopicFsync,

  kLogStart,
  kHighWatermark,
  kEnd,
  kFlushed,
  kLeaderEpoch,
  kSize,
  kSegments,
  kReadOnly,
  kAppendedRecords,
  kAppendedBatches,
  kAppendedBytes,
  kCompressedBatches,
  kCompressionInput,
  kCompressionOutput,
  kAppendErrors,
  kLockWaits,
  kTakeovers,
  kWakeups,
  kFetches,
  kFetchedRecords,
  kFetchedBytes,
  kDecompressedBytes,
  kReadErrors,
  kOutOfRange,
  kSyncs,
  kSyncErrors,
  kRolls,
  kSealedSegments,
  kRetiredSegments,
  kRetiredBytes,
  kCompactions,
  kCompactedBytesRead,
  kCompactedBytesWritten,
  kCompactedRecords,

  kGroupMembers,
  kGroupGeneration,
  kGroupCommits,
  kGroupCommittedOffsets,
  kGroupJoins,
  kGroupLeaves,
  kGroupFenced,
  kGroupChanges,
  kGroupLag,
  kGroupCommittedOffset,

  kCount
};

const Metric& MetricOf(Id id);

}  // namespace leat::metrics

#endif  // LEAT_METRICS_TABLE_H_
