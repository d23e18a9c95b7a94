// What leat top shows: a folder at one moment, and what has come since another.
#ifndef LEAT_CLI_FOLDER_SAMPLE_H_
#define LEAT_CLI_FOLDER_SAMPLE_H_

#include <leat/folder_use.h>

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
  // A second, since the sample before; none in the first one, or of another topic of that name.
  std::optional<double> records_per_second = {};
  std::optional<double> bytes_per_second = {};
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
};

// Looks, with the rates since `before` if there is one.
absl::StatusOr<FolderSample> TakeSample(const Session& session, const FolderSample* before);

Json JsonOf(const FolderSample& sample);

// For a person's eyes.
std::vector<std::string> LinesOf(const FolderSample& sample, const std::string& folder);

}  // namespace leat::cli

#endif  // LEAT_CLI_FOLDER_SAMPLE_H_
