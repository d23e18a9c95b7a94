// Reads what a person asked for, the newest first.
#ifndef LEAT_CLI_BACKWARD_READING_H_
#define LEAT_CLI_BACKWARD_READING_H_

#include <leat/backward_records.h>
#include <leat/broker.h>
#include <leat/partition.h>
#include <leat/record.h>
#include <leat/types.h>

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/reading.h"
#include "cli/session.h"

namespace leat::cli {

// What is there when it begins, and no more. Several partitions are merged by their records' timestamps; each keeps the
// reverse of its own order.
class BackwardReading {
 public:
  BackwardReading(const Session& session, const ReadingOptions& options) : session_(session), options_(options) {}

  absl::Status Begin();

  // The next record, which stays good until the next call; nullopt behind the last.
  absl::StatusOr<std::optional<ConsumerRecord>> Next();

 private:
  struct Source {
    Partition partition;
    Offset begin = 0;
    BackwardRecords records = {};
    std::size_t next = 0;  // of records
    bool over = false;

    const ConsumerRecord& head() const { return *(records.begin() + static_cast<std::ptrdiff_t>(next)); }
  };

  static absl::Status Fill(Source& source, Offset before);

  const Session& session_;
  const ReadingOptions& options_;
  std::optional<Broker> broker_;
  std::vector<Source> sources_;
  Source* last_ = nullptr;  // whose head was handed out
};

}  // namespace leat::cli

#endif  // LEAT_CLI_BACKWARD_READING_H_
