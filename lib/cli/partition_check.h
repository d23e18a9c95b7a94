// Looks at every byte of a partition's files.
#ifndef LEAT_CLI_PARTITION_CHECK_H_
#define LEAT_CLI_PARTITION_CHECK_H_

#include <leat/broker.h>
#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/batch_file.h"
#include "cli/damage_list.h"
#include "cli/index_file.h"
#include "cli/progress.h"

namespace leat::cli {

// The segments of a partition's folder, by their base offsets, and how many bytes they have.
struct SegmentFiles {
  std::map<Offset, std::string> logs;
  std::int64_t bytes = 0;
};
absl::StatusOr<SegmentFiles> ListSegments(const std::string& partition_folder);

class PartitionCheck {
 public:
  // `state` is what the library said before the files were looked at. What stands behind the end of the log, others may
  // be writing, unless the files are at rest. `topic_id` is that of the partition's topic.
  // `may_have_gaps`: offsets may be missing, as in a log that a Kafka compacted, or that was repaired.
  PartitionCheck(std::string folder, const PartitionDescription& state, std::string topic_id, bool may_have_gaps,
                 bool at_rest, DamageList& damage, Progress& progress)
      : folder_(std::move(folder)),
        topic_id_(std::move(topic_id)),
        log_start_(state.log_start),
        end_(state.end),
        is_well_(!absl::IsDataLoss(state.status)),
        may_have_gaps_(may_have_gaps),
        at_rest_(at_rest),
        damage_(damage),
        progress_(progress) {}

  // Not OK: a file cannot be read at all. What is wrong in one goes to the list.
  absl::Status Run();

  std::int64_t batches() const { return batches_; }
  std::int64_t records() const { return records_; }

 private:
  // The batches of a segment, as they come, for its indexes to be held against.
  struct SeenBatch {
    std::int64_t position = 0;
    Offset last_offset = 0;
    std::int64_t max_timestamp = 0;  // of all up to this one
  };
  using Seen = std::vector<SeenBatch>;

  // `limit` is the next segment's base; none for the last one.
  absl::Status CheckLog(Offset base, const std::string& path, std::optional<Offset> limit);
  void CheckBatch(const BatchFile& file, const FoundBatch& found, Offset base, Seen* seen);
  absl::Status CheckEnd(BatchFile& file, const std::optional<FoundBatch>& found, std::optional<Offset> limit);
  absl::Status CheckBehindEnd(BatchFile& file);
  // What an index of one kind is held against.
  template <typename Entry>
  struct IndexRule {
    absl::StatusOr<std::vector<Entry>> (*read)(const std::string& path);
    std::size_t entry_size;  // bytes
    std::string expected;
    std::function<bool(const Entry&)> is_right;  // but for the order of entries
    std::function<std::string(const Entry&)> show;
  };
  template <typename Entry>
  void CheckIndex(Offset base, const std::string& path, const IndexRule<Entry>& rule);
  void CheckOffsetIndex(Offset base, const std::string& path, const Seen& seen);
  void CheckTimeIndex(Offset base, const std::string& path, const Seen& seen);
  void CheckCheckpoint();
  void CheckSmallFiles();
  void CheckTransactions();
  void AddIndexDamage(const std::string& path, std::size_t entry, const std::string& expected,
                      const std::string& found);

  const std::string folder_;
  const std::string topic_id_;
  const Offset log_start_;
  const Offset end_;
  const bool is_well_;  // as far as the library knows
  const bool may_have_gaps_;
  const bool at_rest_;
  DamageList& damage_;
  Progress& progress_;
  Offset next_ = -1;  // behind the batches seen so far
  std::int64_t batches_ = 0;
  std::int64_t records_ = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_PARTITION_CHECK_H_
