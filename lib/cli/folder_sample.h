// What leat top shows: a folder at one moment, and what has come since another.
#ifndef LEAT_CLI_FOLDER_SAMPLE_H_
#define LEAT_CLI_FOLDER_SAMPLE_H_

#include <leat/folder_use.h>
#include <leat/metrics.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/json.h"
#include "cli/session.h"

namespace leat::cli {

struct TopicSample {
  std::string name;
  std::string id;
  PartitionId partitions = 0;
  std::int64_t records = 0;  // that can be read
  std::int64_t bytes = 0;
  std::int64_t appended = 0;  // the sum of the ends of its partitions: it only grows
  std::int64_t errors = 0;    // appends that were refused, reads that failed
  // A second, since the sample before; none in the first one, or of another topic of that name.
  std::optional<double> records_per_second = {};
  std::optional<double> bytes_per_second = {};
  std::optional<double> read_records_per_second = {};
  std::optional<double> read_bytes_per_second = {};
  std::optional<double> syncs_per_second = {};
  // Of 100, 99 were quicker, since the sample before, or ever; none where there were none.
  std::optional<std::chrono::nanoseconds> append_p99 = {};
  std::optional<std::chrono::nanoseconds> sync_p99 = {};
};

struct GroupSample {
  std::string id;
  std::int64_t members = 0;
  std::optional<std::int64_t> lag = {};  // in records, over all partitions; none where one cannot be told
};

struct FolderSample {
  std::chrono::system_clock::time_point time = {};
  std::chrono::steady_clock::time_point taken = {};
  std::vector<TopicSample> topics = {};
  std::vector<GroupSample> groups = {};
  FolderUse use = {};
  MetricsSnapshot metrics = {};
};

// Looks, with the rates since `before` if there is one.
absl::StatusOr<FolderSample> TakeSample(const Session& session, const FolderSample* before);

Json JsonOf(const FolderSample& sample);

// For a person's eyes.
std::vector<std::string> LinesOf(const FolderSample& sample, const std::string& folder);

}  // namespace leat::cli

#endif  // LEAT_CLI_FOLDER_SAMPLE_H_
